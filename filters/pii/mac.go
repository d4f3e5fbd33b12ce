package pii

// The address of a network device (IEEE 802): six pairs of hexadecimal digits with ':' or '-', or three groups of four with '.'. Not: those of nobody,
// 00:00:00:00:00:00 and ff:ff:ff:ff:ff:ff.

var _ = register(detector{
	kind: MAC, reason: "MAC address",
	colons: func(t *text, i int) { t.mac(i, 2, 6, ':') },
	dashes: func(t *text, i int) {
		if t.b[i] == '-' {
			t.mac(i, 2, 6, '-')
		} else {
			t.mac(i, 4, 3, '.')
		}
	},
})

// mac looks for groups of so many digits, of which the first ends at i.
func (t *text) mac(i, size, groups int, sep byte) {
	start := i - size
	end := start + groups*(size+1) - 1
	if start < t.claimed || end > len(t.b) {
		return
	}
	t.work += end - start
	b, first := t.alone(start)
	if c := at(b, first-1); isWord(c) && !endsEscape(b, first) || c == sep || c == '*' || isWord(at(t.b, end)) || at(t.b, end) == sep && isWord(at(t.b, end+1)) {
		return
	}
	same, letters := true, false
	for k := start; k < end; k++ {
		c := t.b[k]
		if (k-start)%(size+1) == size {
			if c != sep {
				return
			}
			continue
		}
		if !isHex(c) {
			return
		}
		same, letters = same && c == t.b[start], letters || isLetter(c)
	}
	if same || sep == '.' && !letters {
		return
	}
	t.add(start, end, 85)
}

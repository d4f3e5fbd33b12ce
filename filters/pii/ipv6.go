package pii

// An IPv6 address (RFC 4291): eight groups, or fewer around one "::", also with an IPv4 address at its end, a zone (RFC 4007) and the length of its prefix.
// Not: "::" alone, times, names of C++ and Ruby.

var _ = register(detector{kind: IPv6, reason: "IPv6 address", colons: ipv6})

const maxIPv6 = 64 // with zone and length of the prefix, in bytes

func ipv6(t *text, i int) {
	b, i := t.alone(i)
	base := t.claimed
	if i >= len(b) || base > len(t.b)-len(b) {
		base = len(t.b) - len(b)
	}
	start := i
	for start > 0 && i-start < maxIPv6 && (isHex(b[start-1]) || b[start-1] == ':') {
		start--
	}
	t.work += maxIPv6
	if c := at(b, start-1); isWord(c) && !endsEscape(b, start) || c == '.' || c == '*' {
		return
	}
	end, confidence := ipv6End(b, start)
	if end == 0 {
		return
	}
	t.add(base+start, base+end, confidence)
}

// ipv6End returns the end of the address that begins at i, 0 if there is none, and how sure that is.
func ipv6End(b []byte, i int) (end int, confidence uint8) {
	start, groups, double, digits := i, 0, false, false
	if at(b, i) == ':' {
		if at(b, i+1) != ':' {
			return 0, 0
		}
		double = true
		i += 2
	}
	for groups < 8 {
		stop := i
		for stop < len(b) && stop < i+5 && isHex(b[stop]) {
			digits = digits || isDigit(b[stop])
			stop++
		}
		if stop-i > 4 {
			return 0, 0
		}
		if stop == i { // behind "::"
			break
		}
		if at(b, stop) == '.' && groups <= 6 && (groups == 6 || double) {
			if v4 := ipv4End(b, i, len(b)); v4 > 0 && !isDigit(at(b, v4)) {
				groups, i = groups+2, v4
				break
			}
		}
		groups++
		i = stop
		if groups == 8 || at(b, i) != ':' {
			break
		}
		if at(b, i+1) == ':' {
			if double {
				return 0, 0
			}
			double = true
			i += 2
		} else if !isHex(at(b, i+1)) {
			break // "address: text"
		} else {
			i++
		}
	}
	if double == (groups == 8) || groups == 0 || groups < 8 && !double || double && groups < 3 && !digits {
		return 0, 0
	}
	confidence = 85
	if double && groups < 3 {
		confidence = 60
	}
	if c := at(b, i); isWord(c) || c == ':' && (isHex(at(b, i+1)) || at(b, i+1) == ':') || c == '.' && isDigit(at(b, i+1)) || i-start < 3 {
		return 0, 0
	}
	return zoneEnd(b, i), confidence
}

// zoneEnd passes over "%eth0" and "/64".
func zoneEnd(b []byte, i int) int {
	if at(b, i) == '%' && isAlnum(at(b, i+1)) {
		for i++; i < len(b) && isAlnum(b[i]); i++ {
			long(i)
		}
	}
	if at(b, i) == '/' {
		if end := digitsEnd(b, i+1, 4); end > i+1 && end < i+5 && !isWord(at(b, end)) {
			return end
		}
	}
	return i
}

package pii

// An IPv4 address: four octets without leading zeros, with the length of its prefix if there is one (CIDR, RFC 4632). Not: versions, OIDs and other
// rows of numbers with dots, and 0.0.0.0/8, which addresses nobody (RFC 6890).

var _ = register(detector{kind: IPv4, reason: "IPv4 address", number: ipv4, digits: span{4, 12}, forms: dotForm, group: span{1, 3}, seps: 3})

func ipv4(t *text, n *number) {
	if n.bare() || t.b[n.start+n.first()] != '.' {
		return
	}
	for start := n.start; start >= 0 && start < n.end; {
		end := ipv4End(t.b, start, n.end)
		if end == 0 {
			return
		}
		if b, i := t.alone(start); !isLoopback(t.b[start:end]) && addressStarts(b, i) && addressEnds(t.b, end) {
			end = prefixEnd(t.b, end)
			t.add(start, end, 85)
		}
		start = end + 1 // a range: 10.0.0.1-10.0.0.9
	}
}

// isLoopback tells whether an address is the one that every host gives itself.
func isLoopback(v []byte) bool { return string(v) == "127.0.0.1" }

// ipv4End returns the end of the four octets that begin at i, 0 if there are none.
func ipv4End(b []byte, i, stop int) int {
	if b[i] == '0' {
		return 0
	}
	for k := range 4 {
		end := digitsEnd(b, i, 4)
		if !octet(b[i:end]) {
			return 0
		}
		if k == 3 {
			return end
		}
		if at(b, end) != '.' || end+1 >= stop {
			return 0
		}
		i = end + 1
	}
	return 0
}

func octet(d []byte) bool {
	switch len(d) {
	case 1:
		return true
	case 2:
		return d[0] != '0'
	case 3:
		return d[0] == '1' || d[0] == '2' && (d[1] < '5' || d[1] == '5' && d[2] <= '5')
	}
	return false
}

// addressStarts tells whether what is before four octets doesn't make them something else.
func addressStarts(b []byte, i int) bool {
	switch at(b, i-1) {
	case '.':
		return false
	case '-': // lib-1.2.3.4
		return !isAlnum(at(b, i-2))
	case '/': // Product/1.2.3.4
		return !isUpper(at(b, wordBegin(b, i-1)))
	}
	return wordStarts(b, i) && !versionBefore(b, i) && (i < 3 || string(b[i-3:i]) != "rv:") // of a browser
}

// suffixes follow a version and a hyphen.
var suffixes = []string{"alpha", "beta", "rc", "pre", "dev", "snapshot", "release", "final", "stable", "canary", "nightly", "build", "ubuntu", "debian", "deb", "el"}

// addressEnds tells whether what is behind four octets doesn't make them something else.
func addressEnds(b []byte, i int) bool {
	switch c := at(b, i); c {
	case '.':
		return !isDigit(at(b, i+1))
	case '-', '+', '~':
		for _, s := range suffixes {
			if hasPrefixFold(b[i+1:], s) {
				return false
			}
		}
		return true
	default:
		return !isWord(c)
	}
}

// maxWord is how long a word is looked at, in bytes.
const maxWord = 24

// wordBegin returns the beginning of the word that ends before i, i if there is none.
func wordBegin(b []byte, i int) int {
	start := i
	for start > 0 && i-start < maxWord && isWord(b[start-1]) {
		start--
	}
	return start
}

var versionWords = []string{"version", "release", "revision", "build", "oid"}

// versionBefore tells whether the word before i says that a version follows, or an object identifier.
func versionBefore(b []byte, i int) bool {
	end := i
	for end > 0 && i-end < 6 && (isBlank(b[end-1]) || contains("\"':=(.\\", b[end-1])) {
		end--
	}
	word := b[wordBegin(b, end):end]
	for _, w := range versionWords {
		if n := len(word) - len(w); n >= 0 && equalFold(word[n:], w) {
			return true
		}
	}
	return equalFold(word, "ver") || equalFold(word, "v")
}

// prefixEnd passes over "/24".
func prefixEnd(b []byte, end int) int {
	if at(b, end) != '/' {
		return end
	}
	stop := digitsEnd(b, end+1, 3)
	switch n := stop - end - 1; {
	case n == 1, n == 2 && (b[end+1] < '3' || b[end+1] == '3' && b[end+2] <= '2'):
		if !isWord(at(b, stop)) {
			return stop
		}
	}
	return end
}

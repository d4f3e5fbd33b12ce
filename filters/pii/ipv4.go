package pii

// An IPv4 address: four octets without leading zeros, with the length of its prefix if there is one (CIDR, RFC 4632). Not: versions, OIDs and other
// rows of numbers with dots.

var versionWords = []string{"version", "release", "ver.", "ver "}

// ipv4 returns the end of the address that begins with the digits from i to end.
func ipv4(text []byte, i, end int) (stop int, ok bool) {
	if c := at(text, i-1); isAlnum(c) || c == '_' || c == '.' || (c == '-' && isAlnum(at(text, i-2))) {
		return 0, false
	}
	start := i
	for octets := 1; ; octets++ {
		if !octet(text[i:end]) {
			return 0, false
		}
		if octets == 4 {
			break
		}
		if at(text, end) != '.' {
			return 0, false
		}
		i, end = end+1, digitsEnd(text, end+1)
	}
	if c := at(text, end); isAlnum(c) || c == '_' || (c == '.' && isDigit(at(text, end+1))) || (c == '-' && isLetter(at(text, end+1))) {
		return 0, false
	}
	return prefixEnd(text, end), !wordBefore(text, start, 10, versionWords)
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

// prefixEnd passes over "/24".
func prefixEnd(text []byte, end int) int {
	if at(text, end) != '/' {
		return end
	}
	stop := digitsEnd(text, end+1)
	if n := stop - end - 1; n < 1 || n > 2 || isAlnum(at(text, stop)) {
		return end
	}
	return stop
}

// mayBeIPv4 tells whether digits that end here may be the first octet of an address.
func mayBeIPv4(run []byte, end int) bool {
	for range 3 {
		if at(run, end) != '.' || !isDigit(at(run, end+1)) {
			return false
		}
		end = digitsEnd(run, end+1)
	}
	return true
}

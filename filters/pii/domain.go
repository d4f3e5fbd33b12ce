package pii

// domainEnd returns the end of the domain that begins at i, 0 if there is none: behind the last label that may be a top-level one.
func (t *text) domainEnd(i int) (end int) {
	b, stop := t.b, min(len(t.b), i+maxDomain)
	label := i
	j := i
	for ; j < stop; j++ {
		c := b[j]
		if classOf[c]&inLabel != 0 && (c != '-' || j > label) || c >= 0x80 && (b[label] >= 0x80 || twoBytes(b, j)) {
			continue
		}
		if c != '.' || j == label || b[j-1] == '-' {
			break
		}
		label = j + 1
		if e := topLevelEnd(b, label); e > 0 {
			end = min(e, stop)
		}
	}
	t.work += j - i
	return wholeRunes(b, end)
}

// topLevelEnd returns the end of the top-level label that begins at i, 0 if there is none: at least two letters, with what is stuck to
// them, or letters beyond ASCII, or punycode.
func topLevelEnd(b []byte, i int) int {
	j := i
	if hasPrefixFold(b[min(i, len(b)):], "xn--") {
		for j += 4; isAlnum(at(b, j)) || at(b, j) == '-' && isAlnum(at(b, j+1)); j++ {
			if j-i > maxLabel {
				break
			}
		}
		if j > i+4 {
			return j
		}
		return 0
	}
	for n := letterLen(b, j); n > 1 && j-i <= maxLabel; n = letterLen(b, j) {
		j += n
	}
	if j > i {
		return j
	}
	for isLetter(at(b, j)) && j-i <= maxLabel {
		j++
	}
	if j < i+2 {
		return 0
	}
	for isAlnum(at(b, j)) && j-i <= maxLabel {
		j++
	}
	return j
}

// letterLen returns the length of the letter beyond ASCII that begins at i, as letterBefore does.
func letterLen(b []byte, i int) int {
	for n := 2; n <= 3; n++ {
		if i < len(b) && i+n <= len(b) && b[i] >= 0xc3 && letterBefore(b, i+n) == n {
			return n
		}
	}
	return 0
}

// maxLabel is how long a label is, in bytes (RFC 1035).
const maxLabel = 63

// twoBytes tells whether the byte at j is of a code point of two bytes: a letter of an alphabet. An ASCII label goes on with those only.
func twoBytes(b []byte, j int) bool {
	lead := func(c byte) bool { return c >= 0xc3 && c <= 0xd4 }
	return lead(b[j]) || b[j] < 0xc0 && lead(b[j-1])
}

// wholeRunes moves the end of a range backwards to the end of a code point.
func wholeRunes(b []byte, end int) int {
	for n := 0; end > 0 && end < len(b) && b[end] >= 0x80 && b[end] < 0xc0 && n < 3; n++ {
		end--
	}
	return end
}

// isFileSuffix tells whether what looks like a top-level domain is none, but ends names of files that have an '@'.
func isFileSuffix(label []byte) bool {
	if len(label) > 4 { // as long as the longest of these
		return false
	}
	var l [4]byte
	for i, c := range label {
		l[i] = c | 0x20
	}
	switch string(l[:len(label)]) {
	case "png", "jpg", "jpeg", "gif", "svg", "webp", "css", "js", "ts", "json", "html", "tgz", "jar", "txt", "log", "xml", "yml", "yaml", "exe", "dll":
		return true
	}
	return false
}

// notDomain tells whether a domain is rather a version (package@1.2.3-rc.one) or the end of a file's name (logo@2x.png).
func notDomain(d []byte) bool {
	first := digitsEnd(d, 0, len(d))
	if first > 0 && at(d, first) == '.' && digitsEnd(d, first+1, 1) > first+1 {
		second := digitsEnd(d, first+1, len(d))
		if c := at(d, second); c == '.' || c == '-' {
			return true
		}
	}
	last := len(d)
	for last > 0 && d[last-1] != '.' {
		last--
	}
	return isFileSuffix(d[last:])
}

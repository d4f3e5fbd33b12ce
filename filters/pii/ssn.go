package pii

// A US social security number: area-group-serial with '-' or ' ' between, or nine digits after a word that says what they are. Areas 000, 666 and
// 9xx, group 00 and serial 0000 aren't given out, and some numbers are known from advertisements.

var ssnWords = []string{"ssn", "social security", "social_security", "socialsecurity", "social-security", "tax id", "taxpayer"}

// ssnWindow is how far before the number a word counts, in bytes.
const ssnWindow = 40

// ssn returns the end of the number that begins with the digits from i to end.
func ssn(text []byte, i, end int) (stop int, ok bool) {
	if !numberBoundary(text, i) {
		return 0, false
	}
	if end-i == 9 {
		return end, cardEnds(text, end) && ssnValid(text[i:i+3], text[i+3:i+5], text[i+5:end]) && wordBefore(text, i, ssnWindow, ssnWords)
	}
	if end-i != 3 || !ssnShape(text, end) || !cardEnds(text, i+11) || !ssnValid(text[i:i+3], text[i+4:i+6], text[i+7:i+11]) {
		return 0, false
	}
	return i + 11, text[end] == '-' || wordBefore(text, i, ssnWindow, ssnWords)
}

// ssnShape tells whether what follows the first three digits is -dd-dddd.
func ssnShape(text []byte, end int) bool {
	sep := at(text, end)
	if (sep != '-' && sep != ' ') || at(text, end+3) != sep || end+8 > len(text) {
		return false
	}
	return digitsEnd(text[:end+3], end+1) == end+3 && digitsEnd(text[:end+8], end+4) == end+8
}

func ssnValid(area, group, serial []byte) bool {
	switch a := string(area); {
	case a == "000", a == "666", a[0] == '9', string(group) == "00", string(serial) == "0000":
		return false
	case a == "078" && string(group) == "05" && string(serial) == "1120", a == "219" && string(group) == "09" && string(serial) == "9999":
		return false
	case a == "111" && string(group) == "11" && string(serial) == "1111": // what a masked number looks like
		return false
	}
	return true
}

// mayBeSSN tells whether the digits from i to end may hold a number, or the beginning of one.
func mayBeSSN(run []byte, i, end int) bool {
	if end-i >= 3 && ssnShape(run, end) {
		return true
	}
	// The number may be any nine of the digits, so the word may be farther away from the first.
	return end-i >= 9 && wordBefore(run, i, ssnWindow, ssnWords) || end-i > ssnWindow
}

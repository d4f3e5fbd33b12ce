package pii

// A US social security number: area-group-serial with '-' between, or after a word that says what it is with ' ' or nothing between. Areas 000, 666
// and 9xx, group 00 and serial 0000 aren't given out, and some numbers are known from advertisements.

// ssnWindow is how far apart the word and the number may be, in bytes.
const ssnWindow = 40

var ssnWords = []string{"ssn", "social security", "social_security", "socialsecurity", "social-security"}

// ssn looks for the number whose first separator is at i.
func (t *text) ssn(i int) {
	b, i := t.alone(i)
	start, end := i-3, i+8
	if start < 0 || end > len(b) || digitsEnd(b, start, 3) != i || b[i+3] != b[i] || !ssnValid(b[start:i], b[i+1:i+3], b[i+4:end]) {
		return
	}
	t.work += ssnWindow
	switch {
	case t.loose:
		t.maybe = true
	case numberStarts(b, start) && numberEnds(b, end) && (b[i] == '-' || wordBefore(b, start, ssnWindow, ssnWords)):
		t.add(t.claimed+start, t.claimed+end, USSSN)
	}
}

// ssnWord tells whether a hint is the word, or its second half: it stands at "sec" of "social security".
func ssnWord(b []byte, i int) bool {
	if b[i]|0x20 != 's' {
		return false
	}
	if !hasPrefixFold(b[i:], "security") {
		return hasPrefixFold(b[i:], "ssn")
	}
	return i >= 6 && hasPrefixFold(b[i-6:], "social") || i >= 7 && hasPrefixFold(b[i-7:], "social") && contains(" _-", b[i-1])
}

// ssnAfter looks for a number without separators behind the word at i.
func (t *text) ssnAfter(i int) {
	b, stop := t.b, min(len(t.b), i+ssnWindow)
	t.work += 2 * ssnWindow
	for start := i; start < stop; start++ {
		if !isDigit(b[start]) {
			continue
		}
		end := digitsEnd(b, start, ssnWindow)
		if t.loose {
			t.maybe = t.maybe || end-start >= 9
		} else if end-start == 9 && start >= t.claimed && numberStarts(b, start) && numberEnds(b, end) && ssnValid(b[start:start+3], b[start+3:start+5], b[start+5:end]) {
			t.later(start, end, USSSN)
			return
		}
		start = end
	}
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

package pii

// A US social security number: area-group-serial with '-' between, or after a word that says what it is with ' ' or nothing between. Areas 000, 666
// and 9xx, group 00 and serial 0000 aren't given out, and some numbers are known from advertisements.

var ssnWords = newContext("ssn", "social security", "social", "tax id", "taxid")

var _ = register(detector{kind: USSSN, reason: "social security number", number: ssn, digits: span{9, 9}, needsBare: ssnWords})

func ssn(t *text, n *number) {
	b, i := t.b, n.start
	const grouped, two = 1<<3 | 1<<6, 1<<7 - 1
	switch {
	case n.bare():
		if ssnValid(b[i:i+3], b[i+3:i+5], b[i+5:i+9]) && t.endsAt(i+9) && t.context(i, i+9, ssnWords) {
			t.add(i, i+9, 80)
		}
	case n.seps&two == grouped && b[i+3] == b[i+6] && n.end-i >= 11 && (n.seps>>7&15 == 0) && ssnValid(b[i:i+3], b[i+4:i+6], b[i+7:i+11]) && t.endsAt(i+11):
		switch {
		case b[i+3] == '-':
			t.add(i, i+11, 80)
		case b[i+3] == ' ' && t.context(i, i+11, ssnWords):
			t.add(i, i+11, 80)
		}
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

package check

// MRZLine tells whether s is a line of the machine readable zone of a passport, visa or identity card (ICAO 9303): 44, 36 or 30 of A-Z, 0-9 and
// '<', with the check digits of its numbers and dates where it has some, a document's code and a state and a name where it has none.
func MRZLine(s []byte) bool {
	if len(s) != 44 && len(s) != 36 && len(s) != 30 {
		return false
	}
	for _, c := range s {
		if !isDigit(c) && c-'A' > 'Z'-'A' && c != '<' {
			return false
		}
	}
	switch {
	case len(s) == 30:
		return mrzCard(s)
	case mrzName(s):
		return true
	}
	// Number, nationality, birth, sex, expiry; what follows is the state's, with one more check over all in passports.
	if !mrzField(s[:10]) || !mrzLetters(s[10:13]) || !mrzDates(s[13:20], s[20], s[21:28]) {
		return false
	}
	return true
}

// mrzCard is MRZLine for identity cards, which have three lines.
func mrzCard(s []byte) bool {
	switch {
	case isDigit(s[0]): // birth, sex, expiry, nationality
		return mrzDates(s[:7], s[7], s[8:15]) && mrzLetters(s[15:18])
	case contains("ACI", s[0]) && mrzField(s[5:15]):
		return mrzLetters(s[2:5])
	}
	return mrzNames(s)
}

// mrzName tells whether s is the first line of a passport or visa.
func mrzName(s []byte) bool {
	return contains("PVIAC", s[0]) && !isDigit(s[1]) && mrzLetters(s[2:5]) && mrzNames(s[5:])
}

// mrzNames tells whether s has a surname and given names, and is filled up.
func mrzNames(s []byte) bool {
	double := false
	for i, c := range s {
		if isDigit(c) || i == 0 && c == '<' {
			return false
		}
		double = double || c == '<' && i+1 < len(s) && s[i+1] == '<'
	}
	return double
}

func mrzDates(birth []byte, sex byte, expiry []byte) bool {
	return contains("MFX<", sex) && mrzField(birth) && mrzField(expiry) && mrzDay(birth[:6]) && mrzDay(expiry[:6])
}

func mrzDay(d []byte) bool {
	for _, c := range d {
		if c == '<' {
			return true // unknown
		}
		if !isDigit(c) {
			return false
		}
	}
	return isDay(int(d[0]-'0')*10+int(d[1]-'0'), int(d[2]-'0')*10+int(d[3]-'0'), int(d[4]-'0')*10+int(d[5]-'0'))
}

// mrzLetters tells whether s is a state's code: letters, filled up.
func mrzLetters(s []byte) bool {
	for i, c := range s {
		if !isLetter(c) && (c != '<' || i == 0) {
			return false
		}
	}
	return true
}

// mrzField tells whether the last of s is the check digit of what is before: weights 7, 3, 1, letters count from 10, '<' is 0.
func mrzField(s []byte) bool {
	total := 0
	for i, c := range s[:len(s)-1] {
		v := 0
		switch {
		case isDigit(c):
			v = int(c - '0')
		case isLetter(c):
			v = int(c-'A') + 10
		}
		total += v * int("\x07\x03\x01"[i%3])
	}
	return s[len(s)-1] == byte('0'+total%10)
}

package check

// NINO tells whether s may be a UK national insurance number: a prefix that is given out, six digits, A to D.
func NINO(s []byte) bool {
	var buf [maxLen]byte
	c := compact(&buf, s)
	if !hasForm(c, "AA000000A") || c[8] > 'D' || contains("DFIQUV", c[0]) || contains("DFIOQUV", c[1]) {
		return false
	}
	switch string(c[:2]) {
	case "BG", "GB", "NK", "KN", "TN", "NT", "ZZ":
		return false
	}
	return true
}

// NHS tells whether s is a patient's number of the UK's National Health Service: ten digits, modulo 11.
func NHS(s []byte) bool {
	var buf [maxLen]byte
	d := digits(&buf, s, 10, 10)
	return d != nil && sum(d, ":987654321")%11 == 0 && !allSame(d)
}

// UKDrivingLicence tells whether s may be the number of a British driving licence: five letters of the surname (filled up by 9), birth as
// decade, month (50 more for women), day and year, two initials (or 9), a digit, and two check characters.
func UKDrivingLicence(s []byte) bool {
	var buf [maxLen]byte
	c := compact(&buf, s)
	if len(c) != 16 && len(c) != 18 {
		return false
	}
	nines := false
	for i, v := range c[:5] {
		if v != '9' && (!isLetter(v) || nines) || v == '9' && i == 0 {
			return false
		}
		nines = v == '9'
	}
	if !isLetter(c[11]) && c[11] != '9' || !isLetter(c[12]) && c[12] != '9' || !isLetter(c[14]) || !isLetter(c[15]) || !values(c[5:11]) || !isDigit(c[13]) {
		return false
	}
	if len(c) == 18 && (!isDigit(c[16]) || !isDigit(c[17])) {
		return false
	}
	return isDay(int(c[5])*10+int(c[10]), number(c[6:8])%50, number(c[8:10])) && c[6] != 2 && c[6] != 3 && c[6] != 4
}

package check

// Aadhaar tells whether s is the number of a resident of India: 12 digits from 2 on, no palindrome, Verhoeff's check digit.
func Aadhaar(s []byte) bool {
	var buf [maxLen]byte
	d := digits(&buf, s, 12, 12)
	if d == nil || d[0] < 2 || !verhoeff(d) {
		return false
	}
	for i := range 6 {
		if d[i] != d[11-i] {
			return true
		}
	}
	return false
}

// PAN tells whether s may be a permanent account number of India's tax office: the fourth letter says whose it is.
func PAN(s []byte) bool {
	var buf [maxLen]byte
	c := compact(&buf, s)
	return hasForm(c, "AAAAA0000A") && contains("ABCFGHJKLPT", c[3]) && string(c[5:9]) != "0000"
}

// GSTIN tells whether s is a number for India's goods and services tax: a state, a PAN, an entity, Z, and Luhn's check in base 36.
func GSTIN(s []byte) bool {
	var buf [maxLen]byte
	c := compact(&buf, s)
	if len(c) != 15 || !isDigit(c[0]) || !isDigit(c[1]) || !PAN(c[2:12]) || c[12] == '0' || c[13] != 'Z' {
		return false
	}
	if state := int(c[0]-'0')*10 + int(c[1]-'0'); state < 1 || state > 38 {
		return false
	}
	total := 0
	for i, v := range c {
		n := int(v - '0')
		if isLetter(v) {
			n = int(v-'A') + 10
		}
		if i%2 == 1 {
			n *= 2
		}
		total += n/36 + n%36
	}
	return total%36 == 0
}

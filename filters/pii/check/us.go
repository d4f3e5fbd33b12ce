package check

// SSN tells whether s may be a US social security number: area-group-serial, of which areas 000, 666 and 9xx, group 00 and serial 0000 aren't given
// out. Numbers that are known from advertisements aren't either.
func SSN(s []byte) bool {
	var buf [maxLen]byte
	d := digits(&buf, s, 9, 9)
	if d == nil {
		return false
	}
	area, group, serial := number(d[:3]), number(d[3:5]), number(d[5:])
	switch n := number(d); {
	case area == 0, area == 666, area >= 900, group == 0, serial == 0:
		return false
	case n == 78051120, n == 457555462, n == 219099999, n == 111111111:
		return false
	}
	return true
}

// ITIN tells whether s may be a US taxpayer's number of somebody without a social security number: 9xx, with a group that the IRS gives out.
func ITIN(s []byte) bool {
	var buf [maxLen]byte
	d := digits(&buf, s, 9, 9)
	if d == nil || d[0] != 9 {
		return false
	}
	g := number(d[3:5])
	return g >= 50 && g <= 65 || g >= 70 && g <= 88 || g >= 90 && g <= 92 || g >= 94 && g <= 99
}

// einPrefixes has a bit for each first two digits that the IRS gives out, 64 and up in the second.
var einPrefixes = newEINPrefixes()

func newEINPrefixes() (bits [2]uint64) {
	const none = "0007080917181928294969707879899697" // the IRS's list of valid prefixes is the rest
	for i := range bits {
		bits[i] = 1<<(64-28*i) - 1
	}
	for i := 0; i < len(none); i += 2 {
		n := (none[i]-'0')*10 + none[i+1] - '0'
		bits[n/64] &^= 1 << (n % 64)
	}
	return bits
}

// EIN tells whether s may be a US employer's number: two digits that the IRS gives out, and seven.
func EIN(s []byte) bool {
	var buf [maxLen]byte
	d := digits(&buf, s, 9, 9)
	if d == nil {
		return false
	}
	prefix := number(d[:2])
	return einPrefixes[prefix/64]>>(prefix%64)&1 != 0 && !allSame(d)
}

// ABA tells whether s is a routing number of a US bank: of a Federal Reserve district, with the weights 3, 7, 1.
func ABA(s []byte) bool {
	var buf [maxLen]byte
	d := digits(&buf, s, 9, 9)
	if d == nil || sum(d, "371371371")%10 != 0 {
		return false
	}
	p := number(d[:2])
	return p >= 1 && p <= 12 || p >= 21 && p <= 32 || p >= 61 && p <= 72 || p == 80
}

// NPI tells whether s is the number of a US health care provider: ten digits from 1 or 2 on, Luhn behind 80840.
func NPI(s []byte) bool {
	var buf [maxLen]byte
	d := digits(&buf, s, 10, 10)
	return d != nil && (d[0] == 1 || d[0] == 2) && (24+luhnSum(d))%10 == 0
}

// DEA tells whether s is the number by which a prescriber is registered with the US Drug Enforcement Administration.
func DEA(s []byte) bool {
	var buf [maxLen]byte
	c := compact(&buf, s)
	if len(c) != 9 || !contains("ABCDEFGHJKLMPRSTUX", c[0]) || !isLetter(c[1]) && c[1] != '9' || !values(c[2:]) {
		return false
	}
	return sum(c[2:8], "121212")%10 == int(c[8])
}

// mbiForm is the form of an MBI by the Centers for Medicare: C is 1 to 9, N a digit, A a letter that isn't S, L, O, I, B or Z, E one of both.
const mbiForm = "CAENAENAANN"

// MBI tells whether s may be a Medicare beneficiary's identifier, with or without the hyphens of 1EG4-TE5-MK73.
func MBI(s []byte) bool {
	var buf [maxLen]byte
	c := compact(&buf, s)
	if len(c) != len(mbiForm) {
		return false
	}
	for i, v := range c {
		letter := isLetter(v) && !contains("SLOIBZ", v)
		switch mbiForm[i] {
		case 'C':
			if !isDigit(v) || v == '0' {
				return false
			}
		case 'N':
			if !isDigit(v) {
				return false
			}
		case 'A':
			if !letter {
				return false
			}
		default:
			if !letter && !isDigit(v) {
				return false
			}
		}
	}
	return true
}

// ICD10 tells whether s looks like a diagnosis of ICD-10-CM: a letter, a digit, a digit or A or B, then up to four more behind a dot.
func ICD10(s []byte) bool {
	if len(s) < 3 || len(s) == 4 || len(s) > 8 || !isLetter(s[0]) || !isDigit(s[1]) || !isDigit(s[2]) && upper(s[2]) != 'A' && upper(s[2]) != 'B' {
		return false
	}
	if len(s) == 3 {
		return true
	}
	for i, c := range s[4:] {
		if !isDigit(c) && (i == 0 && upper(c) != 'X' && upper(c) != 'A' || !isLetter(c)) {
			return false
		}
	}
	return s[3] == '.'
}

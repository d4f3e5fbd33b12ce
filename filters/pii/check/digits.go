package check

// Check digits that several identifiers share. All take values, 0 to 9, of which the last is the check digit.

// doubled are the sums of the digits of twice a digit.
const doubled = "\x00\x02\x04\x06\x08\x01\x03\x05\x07\x09"

// luhnSum is the sum of ISO/IEC 7812: each second digit is doubled, from the one before the last.
func luhnSum(d []byte) int {
	s := 0
	for i, v := range d {
		if (len(d)-i)%2 == 0 {
			v = doubled[v]
		}
		s += int(v)
	}
	return s
}

func luhn(d []byte) bool { return luhnSum(d)%10 == 0 }

// mod1110 is ISO/IEC 7064, MOD 11,10.
func mod1110(d []byte) bool {
	p := 10
	for _, v := range d[:len(d)-1] {
		p = (p + int(v)) % 10
		if p == 0 {
			p = 10
		}
		p = p * 2 % 11
	}
	return (p+int(d[len(d)-1]))%10 == 1
}

// The tables of Verhoeff's dihedral check: the product of the group D5, and the permutation for each place modulo 8.
var (
	verhoeffProduct = [10]string{
		"\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09", "\x01\x02\x03\x04\x00\x06\x07\x08\x09\x05", "\x02\x03\x04\x00\x01\x07\x08\x09\x05\x06",
		"\x03\x04\x00\x01\x02\x08\x09\x05\x06\x07", "\x04\x00\x01\x02\x03\x09\x05\x06\x07\x08", "\x05\x09\x08\x07\x06\x00\x04\x03\x02\x01",
		"\x06\x05\x09\x08\x07\x01\x00\x04\x03\x02", "\x07\x06\x05\x09\x08\x02\x01\x00\x04\x03", "\x08\x07\x06\x05\x09\x03\x02\x01\x00\x04",
		"\x09\x08\x07\x06\x05\x04\x03\x02\x01\x00",
	}
	verhoeffPlace = [8]string{
		"\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09", "\x01\x05\x07\x06\x02\x08\x03\x00\x09\x04", "\x05\x08\x00\x03\x07\x09\x06\x01\x04\x02",
		"\x08\x09\x01\x06\x00\x04\x03\x05\x02\x07", "\x09\x04\x05\x03\x01\x02\x06\x08\x07\x00", "\x04\x02\x08\x06\x05\x07\x03\x09\x00\x01",
		"\x02\x07\x09\x03\x08\x00\x06\x04\x01\x05", "\x07\x00\x04\x06\x09\x01\x03\x02\x05\x08",
	}
)

func verhoeff(d []byte) bool {
	c := byte(0)
	for i := range d {
		c = verhoeffProduct[c][verhoeffPlace[i%8][d[len(d)-1-i]]]
	}
	return c == 0
}

// cpfDigit is a check digit of Brazil, and of Portugal: what is missing to a multiple of 11, 10 counts as 0.
func cpfDigit(d []byte, weights string) byte { return byte((11 - sum(d, weights)%11) % 11 % 10) }

package pii

// A payment card's number: 12 to 19 digits with a check digit (ISO/IEC 7812, Luhn), of a range that an issuer has, alone or in groups with
// the same separator. Not: a part of a longer number, of a hexadecimal one, of a decimal.

const (
	minCard = 12
	maxCard = 19
	// maxCardRun bounds the digits that mayBeCard looks at; a longer row of digits counts as suspicious.
	maxCardRun = 64
)

var cardWords = []string{"card", "maestro", "credit", "debit", "visa", "pan:", "pan=", `pan"`}

// card returns the end of the card's number that begins with the digits at i.
func card(text []byte, i int) (end int, ok bool) {
	if !numberBoundary(text, i) {
		return 0, false
	}
	var digits [maxCard]byte
	n, sep := 0, byte(0)
	group := 0 // digits in the group at hand
	for j := i; ; j++ {
		c := at(text, j)
		if j < len(text) && isDigit(c) {
			if n == maxCard {
				return end, ok // a longer row of digits: what ended before a separator may still be one
			}
			digits[n] = c - '0'
			n++
			group++
			continue
		}
		if group >= 3 && cardEnds(text, j) && isCard(digits[:n], text, i) {
			end, ok = j, true
		}
		if (c != ' ' && c != '-') || (sep != 0 && c != sep) || group < 3 || group > 6 || !isDigit(at(text, j+1)) {
			return end, ok
		}
		sep, group = c, 0
	}
}

// numberBoundary tells whether digits that begin at i aren't the rest of a word, a decimal, a UUID or a longer number.
func numberBoundary(text []byte, i int) bool {
	switch c := at(text, i-1); {
	case isAlnum(c), c == '_':
		return false
	case c == '.':
		return !isDigit(at(text, i-2))
	case c == '-':
		return !wordHasDigit(text, i-1)
	}
	return true
}

// wordHasDigit tells whether the word that ends before i has a digit.
func wordHasDigit(text []byte, i int) bool {
	for j := i - 1; j >= 0 && j >= i-maxCard && isAlnum(text[j]); j-- {
		if isDigit(text[j]) {
			return true
		}
	}
	return false
}

// cardEnds tells whether a number may end before j.
func cardEnds(text []byte, j int) bool {
	c := at(text, j)
	if c == '.' || c == '-' {
		return !isDigit(at(text, j+1))
	}
	return !isAlnum(c) && c != '_'
}

// isCard checks the digits. A short number needs a word before it that says what it is.
func isCard(digits []byte, text []byte, i int) bool {
	if len(digits) < minCard || !issued(digits) || !luhn(digits) {
		return false
	}
	return len(digits) > 13 || digits[0] == 4 || wordBefore(text, i, 40, cardWords)
}

// issued tells whether an issuer has numbers that begin so and are so long.
func issued(d []byte) bool {
	p4 := int(d[0])*1000 + int(d[1])*100 + int(d[2])*10 + int(d[3])
	p2 := p4 / 100
	n := len(d)
	switch {
	case d[0] == 4: // Visa
		return n == 13 || n == 16 || n == 19
	case p2 >= 51 && p2 <= 55, p4 >= 2221 && p4 <= 2720: // Mastercard
		return n == 16
	case p2 == 34, p2 == 37: // American Express
		return n == 15
	case p4 == 6011, p4 >= 6440 && p4 <= 6499, p2 == 65: // Discover
		return n >= 16
	case p4 >= 3000 && p4 <= 3059, p4 == 3095, p2 == 36, p2 == 38, p2 == 39: // Diners Club
		return n == 14 || n >= 16
	case p4 >= 3528 && p4 <= 3589: // JCB
		return n >= 16
	case p4 == 2131, p4 == 1800: // JCB
		return n == 15
	case p2 == 62, p4 >= 8100 && p4 <= 8171: // UnionPay
		return n >= 16
	case p2 == 50, p2 >= 56 && p2 <= 58, p2 == 67, p4 == 6304: // Maestro
		return true
	}
	return false
}

func luhn(digits []byte) bool {
	sum := 0
	for i, d := range digits {
		v := int(d)
		if (len(digits)-i)%2 == 0 {
			if v *= 2; v > 9 {
				v -= 9
			}
		}
		sum += v
	}
	return sum%10 == 0
}

// mayBeCard tells whether a card's number may be in the row of digits and separators that i is the beginning of a group of.
func mayBeCard(run []byte, i int) bool {
	var digits [maxCardRun]byte
	n := 0
	for j := i; j < len(run); j++ {
		c := run[j]
		switch {
		case isDigit(c):
			if n == maxCardRun {
				return true
			}
			digits[n] = c - '0'
			n++
		case (c == ' ' || c == '-') && isDigit(at(run, j+1)):
		default:
			return anyCard(digits[:n])
		}
	}
	return anyCard(digits[:n])
}

func anyCard(d []byte) bool {
	for start := 0; start+minCard <= len(d); start++ {
		for end := start + minCard; end <= min(len(d), start+maxCard); end++ {
			if issued(d[start:end]) && luhn(d[start:end]) {
				return true
			}
		}
	}
	return false
}

package pii

// A payment card's number: 12 to 19 digits with a check digit (ISO/IEC 7812, Luhn), of a range that an issuer has, alone or in groups with
// the same separator. Not: a part of a longer number, of a hexadecimal one, of a decimal.

const (
	minCard = 12
	maxCard = 19
)

// cardWords before a short number say what it is.
var cardWords = []string{"card", "maestro", "credit", "debit", "cc ", "cc:", "cc#", `cc"`, "pan:", "pan=", `pan"`}

// articleWords before thirteen digits say that they are an article's number: those of Germany and Japan begin with 4, as Visa's do.
var articleWords = []string{"ean", "gtin", "barcode"}

var _ = register(detector{
	kind: PaymentCard, reason: "card number, check digit valid",
	number: card, digits: span{minCard, maxCard},
	leads: []string{"06", "18", "21", "22", "23", "24", "25", "26", "27", "30", "34", "35", "36", "37", "38", "39", "4*", "5*", "60", "62", "63", "64", "65", "67", "81"},
})

func card(t *text, n *number) {
	t.work += 2 * maxCard
	if end := cardEnd(t.b, n.start); end > 0 {
		t.add(n.start, end, 90)
	}
}

// cardEnd returns the end of the longest number that begins at i, 0 if there is none.
func cardEnd(b []byte, i int) (end int) {
	var d cardDigits
	group, sep := 0, byte(0)
	for j := i; ; j++ {
		c := at(b, j)
		if isDigit(c) {
			if d.n == maxCard {
				return end // what ended before a separator may still be a number
			}
			d.add(c)
			group++
			continue
		}
		if d.n >= minCard && group >= 1 && numberEnds(b, j) && d.issued() && d.valid() && (!d.short() || wordBefore(b, i, 40, cardWords)) && (d.n != 13 || !wordBefore(b, i, 10, articleWords)) {
			end = j
		}
		if c != ' ' && c != '-' || sep != 0 && c != sep || group < 3 || group > 8 {
			return end
		}
		sep, group = c, 0
	}
}

// cardDigits are the first digits of a number, with the sums by which it is valid or not if it ends there.
type cardDigits struct {
	n    int
	lead int    // the first four
	sums [2]int // of all digits: with those doubled that have an even, an odd index
}

// doubled are the sums of the digits of twice a digit.
const doubled = "\x00\x02\x04\x06\x08\x01\x03\x05\x07\x09"

func (d *cardDigits) add(c byte) {
	v := c - '0'
	if d.n < 4 {
		d.lead = d.lead*10 + int(v)
	}
	d.sums[d.n&1] += int(doubled[v])
	d.sums[d.n&1^1] += int(v)
	d.n++
}

// valid is the check of Luhn: each second digit is doubled, from the one before the last.
func (d *cardDigits) valid() bool { return d.sums[d.n&1]%10 == 0 }

// issued tells whether an issuer has numbers that begin so and are so long.
func (d *cardDigits) issued() bool { return cardLengths(d.lead)>>d.n&1 != 0 }

// short tells whether the number says too little by itself: Maestro has many prefixes and lengths. Twelve digits with a prefix of those that are in use say
// enough: one in ten thousand others looks so.
func (d *cardDigits) short() bool {
	if d.n == minCard {
		switch d.lead {
		case 5018, 5020, 5038, 6304, 6390, 6759, 6761, 6762, 6763, 604:
			return false
		}
	}
	return d.n < 16 && maestro(d.lead)
}

func maestro(lead int) bool {
	p2 := lead / 100
	return p2 == 50 || p2 >= 56 && p2 <= 58 || p2 == 67 || lead == 6304 || lead == 6390 || lead == 604
}

// cardLengths returns the lengths, a bit for each, of numbers that begin with these four digits.
func cardLengths(lead int) uint32 {
	const from12, from14, from16, is14, is15, is16 = 0xff << 12, 0x3f << 14, 0xf << 16, 1 << 14, 1 << 15, 1 << 16
	p2 := lead / 100
	switch {
	case p2/10 == 4: // Visa
		return 1<<13 | is16 | 1<<19
	case p2 >= 51 && p2 <= 55, lead >= 2221 && lead <= 2720: // Mastercard
		return is16
	case p2 == 34, p2 == 37: // American Express
		return is15
	case lead == 6011, lead >= 6440 && lead <= 6499, p2 == 65: // Discover
		return from16
	case lead >= 3000 && lead <= 3059, lead == 3095, p2 == 36, p2 == 38, p2 == 39: // Diners Club
		return is14 | from16
	case p2 == 35: // JCB
		return from16
	case lead == 2131, lead == 1800: // JCB
		return is15
	case lead >= 2200 && lead <= 2204: // Mir
		return from16
	case p2 == 62, lead >= 8100 && lead <= 8171: // UnionPay
		return from16
	case lead == 6363 || lead == 6364 || lead >= 6370 && lead <= 6399 && lead != 6390: // InterPayment, InstaPayment
		return is16
	case maestro(lead):
		return from12
	}
	return 0
}

package pii

// A payment card's number: 12 to 19 digits with a check digit (ISO/IEC 7812, Luhn), of a range that an issuer has, alone or in groups with
// the same separator. Not: a part of a longer number, of a hexadecimal one, of a decimal.

const (
	minCard = 12
	maxCard = 19
)

// cardWords before a short number say what it is.
var cardWords = []string{"card", "maestro", "credit", "debit", "pan:", "pan=", `pan"`}

// card looks for a number that begins at the digit at i: at the first one of a group, or at any in a loose text.
func (t *text) card(i int) {
	t.work += 2 * maxCard
	if t.loose {
		t.maybe = t.maybe || mayBeCard(t.b[i:min(len(t.b), i+2*maxCard)])
		return
	}
	b, i := t.alone(i)
	i = afterEscape(b, i)
	if end := cardEnd(b, i); end > 0 && numberStarts(b, i) {
		t.add(t.claimed+i, t.claimed+end, PaymentCard)
	}
}

// leads has, for each first digit of a card's number, a bit for each second one.
var leads = [10]uint16{1: 1 << 8, 2: 1<<1 | 0xfc, 3: 1<<0 | 1<<4 | 1<<5 | 1<<6 | 1<<7 | 1<<8 | 1<<9, 4: 0x3ff, 5: 0x3ff &^ (1 << 9), 6: 1<<0 | 1<<2 | 1<<3 | 1<<4 | 1<<5 | 1<<7, 8: 1 << 1}

// cardBegins is a first glance at the digit at i: whether a number may begin there.
func (t *text) cardBegins(i int) bool {
	b := t.b
	if i+1 == len(b) || leads[b[i]-'0']>>(b[i+1]-'0')&1 != 0 {
		return true
	}
	return i > 0 && !t.loose && (isLetter(b[i-1]) || b[i-1] == '%') // behind an escape it may begin later: card looks
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
		if d.n >= minCard && group >= 1 && numberEnds(b, j) && d.issued() && d.valid() && (!d.short() || wordBefore(b, i, 40, cardWords)) {
			end = j
		}
		if c != ' ' && c != '-' || sep != 0 && c != sep || group < 3 || group > 8 {
			return end
		}
		sep, group = c, 0
	}
}

// mayBeCard tells whether b begins with digits of a card, whatever follows them.
func mayBeCard(b []byte) bool {
	var d cardDigits
	for j := 0; j < len(b) && d.n < maxCard; j++ {
		switch c := b[j]; {
		case isDigit(c):
			d.add(c)
			if d.n == 4 && !d.issuer() {
				return false
			}
			if d.n >= minCard && d.issued() && d.valid() {
				return true
			}
		case c != ' ' && c != '-':
			return false
		}
	}
	return false
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

// issuer tells whether an issuer may have numbers that begin so.
func (d *cardDigits) issuer() bool { return cardLengths(d.lead) != 0 }

// issued tells whether an issuer has numbers that begin so and are so long.
func (d *cardDigits) issued() bool { return cardLengths(d.lead)>>d.n&1 != 0 }

// short tells whether the number says too little by itself: Maestro has many prefixes and lengths.
func (d *cardDigits) short() bool { return d.n < 16 && maestro(d.lead) }

func maestro(lead int) bool {
	p2 := lead / 100
	return p2 == 50 || p2 >= 56 && p2 <= 58 || p2 == 67 || lead == 6304
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
	case lead >= 3528 && lead <= 3589: // JCB
		return from16
	case lead == 2131, lead == 1800: // JCB
		return is15
	case lead >= 2200 && lead <= 2204: // Mir
		return from16
	case p2 == 62, lead >= 8100 && lead <= 8171: // UnionPay
		return from16
	case lead == 6363 || lead == 6364 || lead >= 6380 && lead <= 6399: // InterPayment, InstaPayment
		return is16
	case maestro(lead):
		return from12
	}
	return 0
}

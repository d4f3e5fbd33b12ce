package check

// Issuer is who gives out a payment card's number.
type Issuer uint8

// The issuers that Card knows.
const (
	NoIssuer Issuer = iota
	Visa
	Mastercard
	AmericanExpress
	Discover
	Diners
	JCB
	UnionPay
	Mir
	Maestro
	InstaPayment
	RuPay
	Elo
	Verve
	Troy
)

// A range of first six digits that an issuer gives out, and the lengths, a bit for each, that its numbers have.
type cardRange struct {
	from, to uint32
	lengths  uint32
	issuer   Issuer
}

const (
	is13, is14, is15, is16, is19 = 1 << 13, 1 << 14, 1 << 15, 1 << 16, 1 << 19
	from12, from14, from16       = 0xff << 12, 0x3f << 14, 0xf << 16
)

// cardRanges is ordered; of ranges that overlap the narrower one comes first.
var cardRanges = [...]cardRange{
	{180000, 180099, is15, JCB},
	{213100, 213199, is15, JCB},
	{220000, 220499, from16, Mir},
	{222100, 272099, is16, Mastercard},
	{300000, 305999, is14 | from16, Diners},
	{309500, 309599, is14 | from16, Diners},
	{340000, 349999, is15, AmericanExpress},
	{350000, 359999, from16, JCB},
	{360000, 369999, from14, Diners},
	{370000, 379999, is15, AmericanExpress},
	{380000, 399999, is14 | from16, Diners},
	{400000, 499999, is13 | is16 | is19, Visa},
	{506099, 506198, is16 | is19, Verve},
	{506699, 506778, is16, Elo},
	{500000, 509999, from12, Maestro},
	{510000, 559999, is16, Mastercard},
	{560000, 589999, from12, Maestro},
	{601100, 601199, from16, Discover},
	{620000, 629999, from16, UnionPay},
	{630400, 630499, from12, Maestro},
	{636300, 636499, is16, InstaPayment},
	{637000, 639999, is16, InstaPayment},
	{644000, 649999, from16, Discover},
	{650002, 650027, is16 | is19, Verve},
	{650000, 659999, from16, Discover},
	{670000, 679999, from12, Maestro},
	{810000, 817199, from16, UnionPay},
	{817200, 820199, is16, RuPay},
	{979200, 979289, is16, Troy},
}

// Card returns the issuer of a payment card's number: 12 to 19 digits with Luhn's check digit (ISO/IEC 7812), in a range and of a length that the issuer
// has. It returns NoIssuer for anything else. A short Maestro number says little by itself, since that issuer
// has many prefixes and lengths.
func Card(s []byte) Issuer {
	var buf [maxLen]byte
	d := digits(&buf, s, 12, 19)
	if d == nil || !luhn(d) {
		return NoIssuer
	}
	lead := uint32(number(d[:6]))
	for i := range cardRanges {
		if r := &cardRanges[i]; lead >= r.from && lead <= r.to && r.lengths>>len(d)&1 != 0 {
			return r.issuer
		}
	}
	return NoIssuer
}

package check

import "math/bits"

// phoneCode is what libphonenumber knows of a country calling code: the state of phoneNodes from which its national numbers are read, a bit for each length
// that they have, and the prefix for calls inside of the country.
type phoneCode struct {
	code    uint16
	root    uint16
	lengths uint32
	prefix  string
}

// PhoneValid tells whether the values d are a national number, without the prefix for calls inside of the country, that is given out under a country
// calling code (ITU-T E.164), by libphonenumber's metadata.
func PhoneValid(code int, d []byte) bool {
	c := phoneCodeOf(code)
	return c != nil && c.valid(d)
}

func (c *phoneCode) valid(d []byte) bool {
	at := c.root
	for _, v := range d {
		runs := phoneNodes[at] & (2<<v - 1)
		if at = phoneNodes[int(at)+bits.OnesCount16(runs)]; at == 0 {
			return false
		}
	}
	return phoneNodes[at]>>15 != 0
}

// phoneCodeOf finds a code by bisection, nil if there is no such.
func phoneCodeOf(code int) *phoneCode {
	low, high := 0, len(phoneCodes)
	for low < high {
		if middle := (low + high) / 2; int(phoneCodes[middle].code) < code {
			low = middle + 1
		} else {
			high = middle
		}
	}
	if low == len(phoneCodes) || int(phoneCodes[low].code) != code {
		return nil
	}
	return &phoneCodes[low]
}

// phoneCodePrefix finds the code that values begin with, and its length. No code is the beginning of another.
func phoneCodePrefix(d []byte) (*phoneCode, int) {
	code := 0
	for n := range min(3, len(d)) {
		code = code*10 + int(d[n])
		if c := phoneCodeOf(code); c != nil {
			return c, n + 1
		}
	}
	return nil, 0
}

// Phone scores: how sure it is that digits written like that are a phone number.
const (
	PhoneNone   = 0
	PhoneWeak   = 30 // any digits: a phone number where a word or a field's name says so
	PhoneFair   = 50 // a number that is given out somewhere, written as it is there, or one that looks like it: such digits are other things as well
	PhoneLikely = 75 // written like a phone number
	PhoneSure   = 90 // the same, and given out
)

// MaxPhone is the most bytes that Phone looks at.
const MaxPhone = 64

const (
	maxPhoneDigits = 18 // 15 of E.164, and a prefix for calls abroad
	maxPhoneGroups = 8
)

// phone is what a candidate is made of.
type phone struct {
	d      [maxPhoneDigits]byte // values
	n      int
	groups [maxPhoneGroups + 1]group
	count  int
	plus   bool
	more   bool // more digits follow than a number has: groups[count] has what separates them
}

// group is a run of digits.
type group struct {
	start, n uint8 // in digits
	end      uint8 // in bytes, with the parenthesis that closes it
	sep      byte  // before it: ' ', '-', '.', '/', or 0 if only a parenthesis
	paren    bool  // in parentheses
}

// Phone reads a phone number that b begins with: at a '+', '(' or digit. It returns how many bytes it has, with its extension, and how sure that is:
// one of the scores, PhoneNone if there is none. What is before b counts for nothing: it may be a longer number's rest.
func Phone(b []byte) (n, score int) {
	if len(b) > MaxPhone {
		b = b[:MaxPhone]
	}
	var p phone
	p.read(b)
	all := p.count
	for k := all; k > 0; k-- {
		end := int(p.groups[k-1].end)
		if !phoneMayEnd(b, end) || (k < all || p.more) && !p.mayCut(k) {
			continue
		}
		p.count, p.n = k, int(p.groups[k-1].start+p.groups[k-1].n)
		s := p.score()
		if s == PhoneNone || (k < all || p.more) && (s < PhoneSure || score >= PhoneFair) && p.all(' ') && p.groups[k].sep == ' ' && !p.groups[k].paren {
			continue // where a number that isn't known ends among such groups is a guess
		}
		if x := extension(b, end, s); x > 0 && phoneMayEnd(b, end+x) {
			if s >= PhoneFair && b[end] != ',' || p.count == 1 && p.n >= 10 {
				s = max(s, PhoneLikely)
			}
			end += x
		} else if !phoneEnds(b, end, s) {
			continue
		}
		if s > score {
			n, score = end, s
		}
		if s >= PhoneLikely && k <= 4 {
			return n, score
		}
	}
	return n, score
}

// mayCut tells whether the number may end before group k: what follows is set off by a blank, or is of another kind.
func (p *phone) mayCut(k int) bool {
	return p.groups[k].sep == ' ' || p.groups[k].sep == '/' || p.groups[k].paren && p.groups[k].sep != '-' && p.groups[k].sep != '.'
}

// phoneMayEnd tells whether the byte at i isn't a part of the same word.
func phoneMayEnd(b []byte, i int) bool {
	return i >= len(b) || !isDigit(b[i]) && b[i] != '_' && b[i] != '@' && b[i] != '%'
}

// phoneEnds tells whether what follows isn't the rest of an identifier, a decimal, a time or an amount.
func phoneEnds(b []byte, i, score int) bool {
	if i >= len(b) {
		return true
	}
	next := byte(0)
	if i+1 < len(b) {
		next = b[i+1]
	}
	switch c := b[i]; {
	case isLetter(c):
		return false
	case c == '-', c == '.', c == ':', c == ',', c == '/':
		return !isDigit(next) && (c != '-' || !isLetter(next) || score >= PhoneLikely || i > 8) || c == ',' && isDigit(next) && i > 9 // a list's comma, not that of thousands
	}
	return true
}

// read takes b apart into groups.
func (p *phone) read(b []byte) {
	var g group
	i := 0
	for ; i < len(b) && i < 3 && !isDigit(b[i]); i++ {
		switch c := b[i]; {
		case c == '+' && !p.plus:
			p.plus = true
		case c == '(' && !g.paren:
			g.paren = true
		case c != ' ' || !p.plus:
			return
		}
	}
	for {
		if i = p.digits(b, i, g); i < 0 {
			return
		}
		g = group{}
		j, ok := separatorEnd(b, i, &g)
		if !ok || j == i && !p.groups[p.count-1].paren {
			return
		}
		i = j
	}
}

// digits adds the group at i, and returns its end. It returns -1 if there is none, or if there are too many.
func (p *phone) digits(b []byte, i int, g group) int {
	start := p.n
	for ; i < len(b) && isDigit(b[i]); i++ {
		if p.n == len(p.d) || p.count == maxPhoneGroups || g.paren && p.count > 2 {
			p.n, p.more, p.groups[p.count] = start, true, g
			return -1
		}
		p.d[p.n] = b[i] - '0'
		p.n++
	}
	g.start, g.n = uint8(start), uint8(p.n-start)
	if g.paren && i < len(b) && b[i] == ')' {
		i++
	} else if g.paren {
		g.n = 0 // not the only one in there
	}
	if g.n == 0 {
		p.n = start
		return -1
	}
	g.end = uint8(i)
	p.groups[p.count] = g
	p.count++
	return i
}

// separatorEnd reads what is between two groups: at most three of ' ', '-', '.', '/' and a parenthesis that opens, also as no-break space, no-break hyphen and
// dash. It notes in g which one, and whether the group is in parentheses.
func separatorEnd(b []byte, i int, g *group) (int, bool) {
	for n := 0; i < len(b); n++ {
		if n == 3 {
			return i, isDigit(b[i])
		}
		c, size := b[i], 1
		switch {
		case isDigit(c):
			return i, true
		case c == 0xc2 && i+1 < len(b) && b[i+1] == 0xa0:
			c, size = ' ', 2
		case c == 0xe2 && i+2 < len(b) && b[i+1] == 0x80 && (b[i+2] == 0xaf || b[i+2] == 0x89):
			c, size = ' ', 3
		case c == 0xe2 && i+2 < len(b) && b[i+1] == 0x80 && b[i+2] >= 0x90 && b[i+2] <= 0x93:
			c, size = '-', 3
		}
		switch {
		case c == '(' && !g.paren:
			g.paren = true
		case !isSeparator(c), g.paren, g.sep != 0 && g.sep != ' ' && c != ' ':
			return i, false
		case g.sep == 0 || g.sep == ' ':
			g.sep = c
		}
		i += size
	}
	return i, false
}

// extension returns the length of an extension at i: "x123", "ext. 123", "#12", "durchwahl 12", 0 if there is none.
func extension(b []byte, i, score int) int {
	start := i
	for i < len(b) && i < start+2 && (b[i] == ' ' || b[i] == ',') {
		i++
	}
	n := 0
	for _, w := range [...]string{"extension", "ext.", "ext", "x.", "x", "#", "poste", "durchwahl", "доб."} {
		if hasPrefix(b[i:], w) {
			n = len(w)
			break
		}
	}
	if n == 0 || n == 1 && score < PhoneLikely && b[i] == '#' {
		return 0
	}
	i += n
	for i < len(b) && (b[i] == ' ' || b[i] == ':' || b[i] == '.') && n > 1 {
		i++
	}
	first := i
	for i < len(b) && isDigit(b[i]) {
		i++
	}
	if i == first || i-first > 7 || i < len(b) && isAlnum(b[i]) {
		return 0
	}
	return i - start
}

func hasPrefix(b []byte, s string) bool {
	if len(b) < len(s) {
		return false
	}
	for i := range len(s) {
		if c := b[i]; c != s[i] && (!isLetter(c) || c|0x20 != s[i]) {
			return false
		}
	}
	return true
}

// shape is how many digits the groups have: four bits for each, from the lowest on.
func (p *phone) shape() uint32 {
	s := uint32(0)
	for k, g := range p.groups[:p.count] {
		s |= uint32(min(g.n, 15)) << (4 * k)
	}
	return s
}

// all tells whether all separators are c, and no group is in parentheses.
func (p *phone) all(c byte) bool {
	for k, g := range p.groups[:p.count] {
		if k > 0 && g.sep != c || g.paren {
			return false
		}
	}
	return p.count > 1
}

// score judges the whole.
func (p *phone) score() int {
	g := p.groups[:p.count]
	switch {
	case p.n < 6, p.same(), p.count == 1 && g[0].paren: // (+4930123456): the parentheses are the text's
		return PhoneNone
	case p.plus:
		return p.abroad(0)
	case p.otherThing(), p.count > 2 && g[p.count-1].n == 1: // a check digit ends it: an ISBN
		return PhoneNone
	case p.d[0] == 0 && p.d[1] == 0 && p.n >= 10:
		return max(PhoneWeak, p.afterPrefix(2))
	case p.d[0] == 0 && p.d[1] == 1 && p.d[2] == 1 && g[0].n == 3 && p.n >= 12:
		return max(p.afterPrefix(3), p.national())
	}
	return p.national()
}

// same tells whether all digits but the first few are the same: a masked number, or one that fills a field.
func (p *phone) same() bool { return allSame(p.d[:p.n]) || p.n > 8 && allSame(p.d[3:p.n]) }

// abroad judges a number with a country calling code behind its first skip digits.
func (p *phone) abroad(skip int) int {
	c, n := phoneCodePrefix(p.d[skip:p.n])
	if c == nil {
		return PhoneNone
	}
	rest := p.d[skip+n : p.n]
	if first := int(p.groups[0].n); first < skip+n && first != skip && !p.groups[0].paren { // +38 050 …
		if !c.valid(rest) {
			return PhoneNone
		}
		return PhoneLikely
	}
	if len(rest) < 4 || len(rest) > maxPhoneDigits-3 {
		return PhoneNone
	}
	if c.valid(rest) {
		return PhoneSure
	}
	if len(rest) < 5 {
		return PhoneNone
	}
	without := rest
	if n := len(c.prefix); n > 0 && values2string(rest, c.prefix) {
		without = rest[n:]
	} else if rest[0] == 0 {
		without = rest[1:]
	}
	if c.valid(without) {
		return PhoneSure
	}
	if p.count == 2 && p.groups[1].sep == '.' { // a decimal
		return PhoneNone
	}
	near := c.lengths | c.lengths<<1 | c.lengths>>1
	switch {
	case near>>len(without)&1 != 0 && len(without) >= 7:
		return PhoneLikely
	case p.n >= 8 && p.n <= 15:
		return PhoneFair
	}
	return PhoneNone
}

// values2string tells whether values begin with the digits of s.
func values2string(d []byte, s string) bool {
	if len(d) < len(s) {
		return false
	}
	for i := range len(s) {
		if d[i] != s[i]-'0' {
			return false
		}
	}
	return true
}

// afterPrefix judges a number with the prefix for calls abroad, 00 or 011.
func (p *phone) afterPrefix(skip int) int {
	s := p.abroad(skip)
	switch {
	case p.count == 1 || int(p.groups[0].n) < skip: // digits from 00 on are other things, too
		return min(s, PhoneFair)
	case s == PhoneFair:
		return PhoneWeak
	}
	return s
}

// otherThing tells whether it looks like a date, an address of the internet, an amount or a card's number.
func (p *phone) otherThing() bool {
	g := p.groups[:p.count]
	year := p.d[0] == 1 && p.d[1] == 9 || p.d[0] == 2 && p.d[1] == 0
	two := func(k int) int { return number(p.d[g[k].start : g[k].start+g[k].n]) }
	switch s := p.shape(); {
	case p.n > 15, p.n == 15 && p.d[0] != 0 && p.d[0] != 1:
		return true
	case year && g[0].n == 4 && p.count >= 3 && g[1].n <= 2 && g[2].n <= 2 && !g[0].paren && isDay(two(0), two(1), two(2)):
		return true
	case g[0].n == 4 && year && p.count == 2 && g[1].n == 4 && (two(1)/100 == 19 || two(1)/100 == 20): // years
		return true
	case s&0xfff == 0x422 && (two(2)/100 == 19 || two(2)/100 == 20) && (isDay(two(2), two(1), two(0)) || isDay(two(2), two(0), two(1))):
		return true
	case s == 0x222 && (isDay(two(2), two(1), two(0)) || isDay(two(2), two(0), two(1)) || isDay(two(0), two(1), two(2))):
		return true
	case year && g[0].n == 8 && isDay(number(p.d[:4]), number(p.d[4:6]), number(p.d[6:8])): // 20240131 123456
		return true
	case s == 0x423 && g[1].sep == '-' && g[2].sep == '-': // a social security number
		return true
	case s == 0x444 || s&0xffff == 0x4444 || s == 0x564 || s == 0x464 || s == 0x4444: // cards
		return true
	case p.count > 1 && g[0].n == 1 && g[1].sep == '.', p.all('.') && (p.count == 2 || p.d[0] == 0 && g[0].n == 1): // a decimal
		return true
	case p.all('/') && p.count > 2, p.n == 13 && p.d[0] == 9 && p.d[1] == 7 && p.d[2] >= 8 && p.count > 1: // a date, an ISBN
		return true
	}
	return p.thousands()
}

// thousands tells whether dots or blanks part an amount into thousands, or an address of the internet into its bytes.
func (p *phone) thousands() bool {
	if !p.all('.') {
		return false
	}
	for _, g := range p.groups[1:p.count] {
		if g.n > 3 {
			return false
		}
	}
	return p.groups[0].n <= 3 && (p.count == 4 || p.allThree()) && p.d[0] != 0
}

func (p *phone) allThree() bool {
	for _, g := range p.groups[1:p.count] {
		if g.n != 3 {
			return false
		}
	}
	return true
}

// national judges a number without a country calling code.
func (p *phone) national() int {
	g := p.groups[:p.count]
	if p.n < 7 || p.n > 14 {
		if p.n == 6 && p.count > 1 {
			return PhoneWeak
		}
		return PhoneNone
	}
	if p.count == 1 {
		return PhoneWeak
	}
	if s := p.northAmerican(); s != PhoneNone {
		return s
	}
	if g[0].paren || g[1].paren {
		return p.parenthesis()
	}
	known := p.known()
	if p.d[0] == 0 {
		return p.trunk(known)
	}
	switch s := p.shape(); {
	case !known:
		if s == 0x22331 && (p.d[0] == 8 || p.d[0] == 7) {
			return PhoneLikely
		}
		return PhoneWeak
	case s == 0x2242 && !p.all(' ') && p.d[0] != 7:
		return PhoneWeak
	case p.count >= 4 && p.n >= 9 && (!p.all('-') || s == 0x2233 || s == 0x22331), s == 0x452, s == 0x442 && g[2].sep == '-' && g[1].sep == ' ':
		return PhoneLikely
	case p.all('.'):
		return PhoneWeak
	}
	return PhoneFair
}

// northAmerican judges 3-3-4, with a 1 before or without.
func (p *phone) northAmerican() int {
	g := p.groups[:p.count]
	if p.count == 4 && g[0].n == 1 && p.d[0] == 1 {
		g = g[1:]
	}
	if len(g) != 3 || g[0].n != 3 || g[1].n != 3 || g[2].n != 4 {
		return PhoneNone
	}
	area, exchange := p.d[g[0].start], p.d[g[1].start]
	switch {
	case g[0].paren:
		return PhoneSure
	case g[1].paren || g[2].paren:
		return PhoneWeak
	case area >= 2 && exchange >= 2:
		return PhoneSure - 5*bit(g[1].sep == ' ')
	case g[1].sep == ' ' && (g[2].sep == ' ' || area == 1) && area != 0:
		return PhoneFair
	}
	return PhoneLikely
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// parenthesis judges an area code in parentheses.
func (p *phone) parenthesis() int {
	g := p.groups[:p.count]
	k := 0
	if !g[0].paren {
		k = 1
		if g[0].n > 3 || p.count < 3 {
			return PhoneWeak
		}
	}
	area := p.d[g[k].start : g[k].start+g[k].n]
	rest := p.n - int(g[k].start) - int(g[k].n)
	switch {
	case len(area) < 2 && area[0] != 0, len(area) > 6, rest < 5, rest > 9:
		return PhoneWeak
	case k == 0 && len(area) == 4 && area[0] != 0 && (number(area[:2]) == 19 || number(area[:2]) == 20): // a year
		return PhoneWeak
	case area[0] == 0 && p.n >= 8, p.n >= 9, k == 1:
		return PhoneLikely + 10
	}
	return PhoneFair
}

// trunk judges a number that begins with 0, as most countries have it for calls inside.
func (p *phone) trunk(known bool) int {
	g := p.groups[:p.count]
	switch s := p.shape(); {
	case p.all('.') && p.n < 9:
		return PhoneWeak
	case s == 0x53 && g[1].sep == '-', s == 0x2224 && p.all('-'):
		return PhoneWeak
	case known && p.n == 8 && g[0].n < 4:
		return PhoneFair
	case known && p.n >= 8 && (p.n > 8 || g[1].sep == ' '):
		return PhoneSure
	case p.n < 8 || p.n > 13 || p.d[1] == 0 || g[0].n > 6:
		return PhoneWeak
	case p.all('.') && p.count < 3, p.n == 13 && p.count > 3:
		return PhoneWeak
	}
	for k, x := range g {
		if x.n == 1 && (k > 1 || p.n < 9) {
			return PhoneWeak
		}
	}
	if p.n < 9 || g[0].n == 1 {
		return PhoneFair
	}
	return PhoneLikely
}

// known tells whether there is a country where such a number is given out and written in such groups.
func (p *phone) known() bool {
	if p.count > 7 {
		return false
	}
	if p.knownAs(p.shape(), 0) {
		return true
	}
	first := int(p.groups[0].n)
	for n := 1; n <= 2 && n <= first; n++ { // without the prefix for calls inside of the country
		s := p.shape() - uint32(n)
		if n == first {
			s >>= 4
		}
		if p.knownAs(s, n) {
			return true
		}
	}
	return false
}

// knownAs is known for a shape, with a prefix for calls inside of the country of so many digits.
func (p *phone) knownAs(shape uint32, prefix int) bool {
	low, high := 0, len(phoneShapes)
	for low < high {
		if middle := (low + high) / 2; phoneShapes[middle] < shape {
			low = middle + 1
		} else {
			high = middle
		}
	}
	if low == len(phoneShapes) || phoneShapes[low] != shape {
		return false
	}
	for _, i := range phoneShapeCodes[phoneShapeAt[low]:phoneShapeAt[low+1]] {
		c := &phoneCodes[i]
		if prefix > 0 && (len(c.prefix) != prefix || !values2string(p.d[:], c.prefix)) {
			continue
		}
		if c.valid(p.d[prefix:p.n]) {
			return true
		}
	}
	return false
}

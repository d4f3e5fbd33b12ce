package pii

// Mask overwrites the findings in text, which Find returned for it, by '*', byte for byte. A number of a JSON document stays one: its digits
// become '1'.
func Mask(text []byte, findings []Finding) {
	m := NewMasker(text)
	for _, f := range findings {
		m.Mask(f)
	}
}

// Masker is Mask for the findings of one text one by one, in order. It looks at each byte between them once.
type Masker struct{ numbers arrays }

// NewMasker returns a Masker of text.
func NewMasker(text []byte) Masker { return Masker{arrays{text: text}} }

// Mask overwrites one finding.
func (m *Masker) Mask(f Finding) {
	v := m.numbers.text[f.Start:f.End]
	number := isNumber(v) && m.numbers.jsonNumber(f.Start, f.End)
	for i := range v {
		long(i)
		if !number {
			v[i] = '*'
		} else if isDigit(v[i]) {
			v[i] = '1'
		}
	}
	m.numbers.end, m.numbers.last = f.End, number
}

// arrays tells which numbers are of JSON. Bytes between two findings are looked at once.
type arrays struct {
	text []byte
	end  int  // of the finding before
	last bool // that one is a number
}

// jsonNumber tells whether the number in this range is a value of JSON: behind a quoted name, or in an array.
func (a *arrays) jsonNumber(start, end int) bool {
	if after := skipSpace(a.text, end); after < len(a.text) && !contains(",}]", a.text[after]) {
		return false
	}
	i := a.skipBack(start)
	switch at(a.text, i-1) {
	case ':':
		i = a.skipBack(i - 1)
		return at(a.text, i-1) == '"'
	case '[':
		return true
	case ',':
		return a.inArray(i - 1)
	}
	return false
}

// inArray tells whether the comma at i is in an array.
func (a *arrays) inArray(i int) bool {
	for from := i; i > a.end; {
		i--
		long(from - i)
		switch c := a.text[i]; {
		case c == '[':
			return true
		case !isAlnum(c) && !contains(",.+-", c) && !isSpace(c):
			return contains("[{", at(a.text, skipSpace(a.text, 0))) // of whatever: the document is one of JSON
		}
	}
	return a.last
}

func (a *arrays) skipBack(i int) int {
	for from := i; i > a.end && isSpace(a.text[i-1]); {
		i--
		long(from - i)
	}
	return i
}

func skipSpace(b []byte, i int) int {
	for from := i; i < len(b) && isSpace(b[i]); {
		i++
		long(i - from)
	}
	return i
}

// isNumber tells whether v may be a number of JSON (RFC 8259, section 6).
func isNumber(v []byte) bool {
	if len(v) == 0 || !isDigit(v[len(v)-1]) || !isDigit(v[0]) && v[0] != '-' {
		return false
	}
	for i, c := range v {
		if !isDigit(c) && !contains("+-.eE", c) {
			return false
		}
		long(i)
	}
	return true
}

// jsonOnes tells whether the value in this range is what Mask makes of a number.
func jsonOnes(b []byte, start, end int) bool {
	if !isNumber(b[start:end]) {
		return false
	}
	for i, c := range b[start:end] {
		if isDigit(c) && c != '1' {
			return false
		}
		long(i)
	}
	a := arrays{text: b}
	return a.jsonNumber(start, end)
}

// Numbers tells which findings are numbers of JSON. It is asked about them in their order.
type Numbers struct {
	Text   []byte // that they were found in
	arrays arrays
}

// IsNumber tells whether the range is a number that is a value of JSON.
func (n *Numbers) IsNumber(start, end int) bool {
	n.arrays.text = n.Text
	number := isNumber(n.Text[start:end]) && n.arrays.jsonNumber(start, end)
	n.arrays.end, n.arrays.last = end, number
	return number
}

package structure

// CSV walks over the rows of a table, RFC 4180, also with ';', '|' or tabs between fields. Its zero value works; it isn't safe for
// concurrent use.
type CSV struct {
	names [maxColumns]span
	count int
	comma byte
	field Field
}

type span struct{ start, end int }

// maxColumns bounds the columns that have names: those behind have none.
const maxColumns = 256

// MayBeTable tells whether b may begin with the names of a table's columns: whether Table is worth its time. Most texts have soon a byte that no
// name has.
func MayBeTable(b []byte) bool {
	commas := false
	for i, ch := range b[:min(len(b), maxHeader)] {
		switch {
		case ch|0x20 >= 'a' && ch|0x20 <= 'z' || ch >= 0x80, ch >= '0' && ch <= '9':
		case ch == ',', ch == ';', ch == '\t', ch == '|':
			commas = true
		case ch == '\n', ch == '\r':
			return commas && i+1 < len(b)
		case ch == '_', ch == '-', ch == ' ', ch == '.', ch == '#', ch == '(', ch == ')', ch == '"':
		default:
			return false
		}
	}
	return false
}

// maxHeader is the length of the longest line of names.
const maxHeader = 8 << 10

// Header reads a line of names. It tells whether it is one: at least two columns, each of which is named by a word or a few.
func (c *CSV) Header(line []byte) bool {
	for _, comma := range []byte{',', ';', '\t', '|'} {
		c.comma, c.count = comma, 0
		if c.readNames(line) && c.count >= 2 {
			return true
		}
	}
	return false
}

func (c *CSV) readNames(line []byte) bool {
	for i := 0; i <= len(line); {
		s, next, _ := c.next(line, i)
		if !isColumnName(line[s.start:s.end]) || c.count == maxColumns {
			return false
		}
		c.names[c.count] = s
		c.count++
		i = next
	}
	return true
}

func isColumnName(b []byte) bool {
	letters := 0
	for _, ch := range b {
		switch {
		case ch|0x20 >= 'a' && ch|0x20 <= 'z' || ch >= 0x80:
			letters++
		case ch >= '0' && ch <= '9', ch == '_', ch == '-', ch == ' ', ch == '.', ch == '#', ch == '(', ch == ')':
		default:
			return false
		}
	}
	return letters > 0 && len(b) <= 64
}

// next reads the field at i: its content, where the next one begins, and whether the line goes on there.
func (c *CSV) next(b []byte, i int) (s span, next int, more bool) {
	if i < len(b) && b[i] == '"' {
		for end := i + 1; end < len(b); end++ {
			if b[end] != '"' {
				continue
			}
			if end+1 < len(b) && b[end+1] == '"' {
				end++
				continue
			}
			s = span{i + 1, end}
			return s, end + 2, end+1 < len(b) && b[end+1] == c.comma
		}
	}
	end := i
	for end < len(b) && b[end] != c.comma && b[end] != '\n' && b[end] != '\r' {
		end++
	}
	return span{i, end}, end + 1, end < len(b) && b[end] == c.comma
}

// Row calls visit with each field of the row at i and returns where the next row begins. header is the line that the names are in. It tells whether the row
// has as many fields as there are names.
func (c *CSV) Row(header, b []byte, i int, visit func(*Field) bool) (next int, ok bool) {
	for column := 0; ; column++ {
		s, n, more := c.next(b, i)
		c.field = Field{Start: s.start, End: s.end}
		if column < c.count {
			c.field.Name = header[c.names[column].start:c.names[column].end]
		}
		if visit != nil && !visit(&c.field) {
			return len(b), true
		}
		i = n
		if !more {
			for i = min(n-1, len(b)); i < len(b) && (b[i] == '\r' || b[i] == '\n'); i++ {
			}
			return i, column+1 == c.count
		}
	}
}

// Table tells whether b is a table with a header, and where its rows begin: the header, and rows of as many fields as far as they are looked at.
func (c *CSV) Table(b []byte) (header []byte, rows int, ok bool) {
	end := 0
	for end < len(b) && b[end] != '\n' && b[end] != '\r' {
		end++
	}
	header = b[:end]
	if end == len(b) || end > maxHeader || !c.Header(header) {
		return nil, 0, false
	}
	for rows = end; rows < len(b) && (b[rows] == '\r' || b[rows] == '\n'); rows++ {
	}
	if rows == len(b) {
		return nil, 0, false
	}
	for i, n := rows, 0; i < len(b) && n < 8; n++ {
		if i, ok = c.Row(header, b, i, nil); !ok {
			return nil, 0, false
		}
	}
	return header, rows, true
}

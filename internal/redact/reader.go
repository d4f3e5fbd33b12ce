package redact

import (
	"bytes"
	"errors"
	"io"
	"unicode/utf8"
)

// Record is a piece of the input that is looked at for itself: a line, or lines that belong together.
type Record struct {
	Text []byte // without the end of its last line
	// From and To are the part of Text that is this record's. The rest is there to be looked at: a line that is longer than a window comes in pieces, and
	// each sees some of those beside it.
	From, To int
	EOL      []byte // what ends its last line: "\n", "\r\n" or nothing
	Line     int64  // the number of its first line, from 1 on
	Begin    int64  // where that line begins in the input, in bytes
	Offset   int64  // where Text does: the same, but for a piece of a long line
}

// Whole tells whether the record is all of Text.
func (r *Record) Whole() bool { return r.From == 0 && r.To == len(r.Text) }

const (
	readSize      = 128 << 10 // bytes of one Read
	defaultWindow = 1 << 20   // bytes of the longest text that is looked at
	wholeWindow   = 64 << 20  // the same, if it is all of an input
	overlapShare  = 16        // of a window is what a piece of a long line sees of those beside it
	keepWord      = 256       // bytes in which a piece looks for a space to end at
)

// Reader splits its input into records. It holds as much of it as one record has, and at most Window bytes and what one Read gives.
//
// Lines belong together where a private key in PEM begins (RFC 7468) and doesn't end: such a key is one secret. They do up to the line that ends it, or
// that can't be a part of it.
type Reader struct {
	Source io.Reader
	Window int // bytes of the longest record, 0 for 1 MiB
	// Whole makes one record of all of the source, for tables with a header and documents over many lines. Window is 64 MiB then, and an input that is
	// longer is an error.
	Whole bool

	buf      []byte
	start    int   // of the record that is being looked for in buf
	context  int   // bytes behind start that were in a record before
	line     int   // where its last line begins in buf
	scanned  int   // no line ends in buf between line and here
	key      bool  // within a private key
	offset   int64 // of buf in the input
	begin    int64 // of the record's first line in the input
	number   int64 // of lines before start
	lines    int64 // of lines between start and line
	err      error
	records  []Record
	overlap  int
	prepared bool
}

// Next reads from the source once, or until there is a record, and returns the records that are complete. They are valid until the next call, and
// may be changed. At the end of the input it returns io.EOF and no records.
func (r *Reader) Next() ([]Record, error) {
	if !r.prepared {
		if r.Window <= 0 {
			r.Window = defaultWindow
			if r.Whole {
				r.Window = wholeWindow
			}
		}
		r.overlap, r.prepared = r.Window/overlapShare, true
	}
	for r.records = r.records[:0]; len(r.records) == 0; {
		if r.err != nil {
			return nil, r.err
		}
		r.fill()
		r.split()
	}
	return r.records, nil
}

// fill reads once, behind what is left.
func (r *Reader) fill() {
	n := copy(r.buf, r.buf[r.start:])
	r.buf = r.buf[:n]
	r.offset += int64(r.start)
	r.line -= r.start
	r.scanned -= r.start
	r.start = 0
	if cap(r.buf)-n < readSize {
		r.buf = append(make([]byte, 0, 2*(n+readSize)), r.buf...)
	}
	got, err := r.Source.Read(r.buf[n : n+readSize])
	r.buf, r.err = r.buf[:n+got], err
}

// ErrTooLong is returned for an input that is to be one record and is longer than that may be.
var ErrTooLong = errors.New("redact: the input is too long to be looked at as a whole: leave -whole away, and each line is looked at for itself")

// whole makes a record of all that there is, once that has been read.
func (r *Reader) whole() {
	switch {
	case len(r.buf) > r.Window:
		r.err = ErrTooLong
	case r.err == io.EOF:
		r.emit(len(r.buf))
	}
}

// split looks for records in what has been read.
func (r *Reader) split() {
	if r.Whole {
		r.whole()
		return
	}
	for {
		i := bytes.IndexByte(r.buf[r.scanned:], '\n')
		if i < 0 {
			break
		}
		r.scanned += i + 1
		r.endLine(r.scanned)
	}
	r.scanned = len(r.buf)
	if r.err != nil {
		if r.line < len(r.buf) {
			r.endLine(len(r.buf))
		}
		r.emit(r.line)
		return
	}
	if r.key && len(r.buf)-r.start >= r.Window {
		r.key = false
		r.emit(r.line)
	}
	if len(r.buf)-r.start >= r.Window {
		r.piece()
	}
}

// endLine decides what becomes of the line that ends at end.
func (r *Reader) endLine(end int) {
	line := r.buf[r.line:end]
	if r.key && !keyGoesOn(line) {
		r.key = false
		r.emit(r.line)
	}
	ends := bytes.Contains(line, keyEnd)
	r.key = !ends && (r.key || keyBegins(line))
	r.line = end
	r.lines++
	if !r.key {
		r.emit(end)
	}
}

// emit makes a record of the bytes up to end, if there are any.
func (r *Reader) emit(end int) {
	text := r.buf[r.start:end:end]
	if len(text) == 0 {
		return
	}
	eol := endOfLine(text)
	text = text[:len(text)-len(eol)]
	from := min(r.context, len(text))
	r.add(Record{Text: text, From: from, To: len(text), EOL: eol[r.context-from:]}) // a "\r" may have gone with the piece before
	r.number += r.lines
	r.begin = r.offset + int64(end)
	r.start, r.context, r.lines = end, 0, 0
	r.line = max(r.line, end)
}

// add adds a record whose text begins at start.
func (r *Reader) add(rec Record) {
	rec.Line, rec.Begin, rec.Offset = r.number+1, r.begin, r.offset+int64(r.start)
	r.records = append(r.records, rec)
}

// piece makes a record of the beginning of a line that is too long to be held.
func (r *Reader) piece() {
	text := bytes.Clone(r.buf[r.start:]) // some of it is looked at again
	to := pieceEnd(text, len(text)-r.overlap)
	r.add(Record{Text: text, From: r.context, To: to})
	next := r.start + to
	r.start = max(next-r.overlap, r.start)
	r.context = next - r.start
	r.line = r.start
}

// pieceEnd returns where a piece ends: behind a space before limit if there is one, else not within a code point.
func pieceEnd(text []byte, limit int) int {
	if i := bytes.LastIndexAny(text[limit-min(keepWord, limit):limit], " \t,;"); i >= 0 {
		return limit - min(keepWord, limit) + i + 1
	}
	for i := limit; i > limit-utf8.UTFMax && i > 0; i-- {
		if utf8.RuneStart(text[i]) {
			return i
		}
	}
	return limit
}

func endOfLine(text []byte) []byte {
	switch {
	case bytes.HasSuffix(text, []byte("\r\n")):
		return text[len(text)-2:]
	case bytes.HasSuffix(text, []byte("\n")):
		return text[len(text)-1:]
	}
	return nil
}

var (
	keyBegin = []byte("-----BEGIN ")
	keyEnd   = []byte("-----END ")
	keyLabel = []byte("PRIVATE KEY")
)

// keyBegins tells whether a private key begins in a line.
func keyBegins(line []byte) bool {
	i := bytes.Index(line, keyBegin)
	return i >= 0 && bytes.Contains(line[i:], keyLabel)
}

// keyGoesOn tells whether a line can be one of a private key: base64, the end, a header of RFC 1421 or RFC 4880, or nothing, indented or quoted as
// they are in source code and in YAML.
func keyGoesOn(line []byte) bool {
	line = bytes.Trim(line, " \t\r\n\"'`+,\\")
	if bytes.HasPrefix(line, keyEnd) {
		return true
	}
	for _, header := range []string{"Proc-Type:", "DEK-Info:", "Version:", "Comment:", "Hash:", "Charset:"} {
		if bytes.HasPrefix(line, []byte(header)) {
			return true
		}
	}
	for _, c := range line {
		if !isBase64(c) && c != '\\' { // "\n" as an escape is of these two
			return false
		}
	}
	return true
}

func isBase64(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '+' || c == '/' || c == '='
}

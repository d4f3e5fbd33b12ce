package wire

// Tag is a tagged field (KIP-482) that this library doesn't know in the
// version at hand. It is kept so that it goes out as it came in.
type Tag struct {
	// Number is the field's tag.
	Number uint32
	// Data is the field's content; after decoding it aliases the input.
	Data []byte
}

// The smallest tagged field: a tag and a size of 0.
const minTag = 2

// Tags reads tagged fields none of which is known, into s from its start.
func (r *Reader) Tags(s []Tag, message string) []Tag {
	s = s[:0]
	// Nearly every struct ends in a 0 here.
	if r.off < len(r.b) && r.b[r.off] == 0 {
		r.off++
		return s
	}
	it := r.TagSection(message)
	for it.Next(r) {
		s = it.Keep(r, s)
	}
	return s
}

// SkipTags passes over tagged fields none of which is wanted.
func (r *Reader) SkipTags(message string) {
	if r.off < len(r.b) && r.b[r.off] == 0 {
		r.off++
		return
	}
	it := r.TagSection(message)
	for it.Next(r) {
		r.off = it.end
	}
}

// TagIter goes through the tagged fields of one struct. Its methods take the
// reader, for one that is held in it would be allocated.
type TagIter struct {
	message string
	whole   []byte // the reader's input, while the reader is cut to one field
	left    uint32
	start   int
	end     int
	// Number is the tag of the current field.
	Number uint32
	begun  bool
}

// TagSection reads the number of tagged fields.
func (r *Reader) TagSection(message string) TagIter {
	start := r.off
	n := r.Uvarint(message)
	if r.err == nil && uint64(n)*minTag > uint64(len(r.b)-r.off) {
		r.Fail(LengthBeyondInput, message, start)
		n = 0
	}
	return TagIter{message: message, left: n}
}

// Next moves to the next field and tells whether there is one. The field
// before must have been read to its end with Enter and Leave, or kept.
func (t *TagIter) Next(r *Reader) bool {
	if t.left == 0 || r.err != nil {
		return false
	}
	t.left--
	t.start = r.off
	number := r.Uvarint(t.message)
	if t.begun && number <= t.Number && r.err == nil {
		r.Fail(TagOrder, t.message, t.start)
	}
	t.Number, t.begun = number, true
	size := r.Uvarint(t.message)
	if r.err != nil {
		return false
	}
	if uint64(size) > uint64(len(r.b)-r.off) {
		r.Fail(LengthBeyondInput, t.message, t.start)
		return false
	}
	t.end = r.off + int(size)
	return true
}

// Enter cuts the reader to the current field.
func (t *TagIter) Enter(r *Reader) {
	t.whole = r.b
	r.b = r.b[:t.end]
}

// Leave ends what Enter began; the field must have been read to its end.
func (t *TagIter) Leave(r *Reader, field string) {
	if r.err != nil {
		return
	}
	r.End(field)
	if r.err == nil {
		r.b = t.whole
	}
}

// Keep appends the current field to s as it is.
func (t *TagIter) Keep(r *Reader, s []Tag) []Tag {
	if r.err != nil {
		return s
	}
	s = append(s, Tag{t.Number, r.b[r.off:t.end:t.end]})
	r.off = t.end
	return s
}

// AppendTags appends the tagged section of a struct without known tags.
//
//go:noinline
func AppendTags(b []byte, tags []Tag, e *Encoding, message string) []byte {
	if len(tags) == 0 {
		return append(b, 0)
	}
	b = AppendUvarint(b, uint32(len(tags)))
	b, rest := AppendTagsBelow(b, tags, 1<<32, e, message)
	return AppendRestTags(b, rest, e, message)
}

// AppendTagsBelow appends the leading tags that are below the known tag limit
// and returns the others.
func AppendTagsBelow(b []byte, tags []Tag, limit uint64, e *Encoding, message string) ([]byte, []Tag) {
	for i := range tags {
		number := tags[i].Number
		if uint64(number) >= limit {
			return b, tags[i:]
		}
		if i+1 < len(tags) && tags[i+1].Number <= number {
			e.Fail(TagOrder, message)
		}
		b = AppendUvarint(b, number)
		b = AppendUvarint(b, uint32(len(tags[i].Data)))
		b = append(b, tags[i].Data...)
	}
	return b, nil
}

// AppendKnown appends the unknown tags that come before a known one, then
// that one's number and size. The caller appends its content.
func AppendKnown(b []byte, tags []Tag, number uint32, size int, e *Encoding, field string) ([]byte, []Tag) {
	b, tags = AppendTagsBelow(b, tags, uint64(number), e, field)
	if len(tags) > 0 && tags[0].Number == number {
		e.Fail(TagOrder, field)
	}
	b = AppendUvarint(b, number)
	return AppendUvarint(b, uint32(size)), tags
}

// AppendRestTags appends the unknown tags above every known one.
func AppendRestTags(b []byte, tags []Tag, e *Encoding, message string) []byte {
	b, _ = AppendTagsBelow(b, tags, 1<<32, e, message)
	return b
}

// SizeTags returns the size of tags without the count before them.
func SizeTags(tags []Tag) int {
	n := 0
	for i := range tags {
		n += UvarintSize(tags[i].Number) + UvarintSize(uint32(len(tags[i].Data))) + len(tags[i].Data)
	}
	return n
}

// SizeTag returns the size of a known tagged field with size bytes of content.
func SizeTag(number uint32, size int) int {
	return UvarintSize(number) + UvarintSize(uint32(size)) + size
}

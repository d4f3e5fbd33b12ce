package structure

// UTF16 is how a text in UTF-16 begins and in which order its bytes are.
type UTF16 struct {
	BigEndian bool
	Start     int // behind the byte order mark, if there is one
}

// utf16Probe is how many bytes decide, beside the byte order mark, whether a value is UTF-16.
const utf16Probe = 128

// DetectUTF16 tells whether b is text in UTF-16: by its byte order mark, or since every other byte of most of its beginning is zero, as in texts in
// Latin script. Single characters of others may be among them.
func DetectUTF16(b []byte) (UTF16, bool) {
	if len(b) < 8 {
		return UTF16{}, false
	}
	probe := b[:min(len(b), utf16Probe)&^1]
	switch {
	case b[0] == 0xff && b[1] == 0xfe && mostlyText(probe[2:], 0):
		return UTF16{Start: 2}, true
	case b[0] == 0xfe && b[1] == 0xff && mostlyText(probe[2:], 1):
		return UTF16{BigEndian: true, Start: 2}, true
	case mostlyText(probe, 0):
		return UTF16{}, true
	case mostlyText(probe, 1):
		return UTF16{BigEndian: true}, true
	}
	return UTF16{}, false
}

// mostlyText tells whether most pairs have a printable character at their byte low, and zero as the other one.
func mostlyText(b []byte, low int) bool {
	n := 0
	for i := 0; i+1 < len(b); i += 2 {
		if c := b[i+low]; b[i+1-low] == 0 && (c >= ' ' && c < 0x7f || c == '\n' || c == '\r' || c == '\t') {
			n++
		}
	}
	return n*10 >= len(b)/2*8
}

// DecodeUTF16 reads b as UTF-16.
func (v *View) DecodeUTF16(b []byte, u UTF16) {
	v.reset()
	b = b[:min(len(b), maxView)]
	i := u.Start
	for i+1 < len(b) {
		r, n := u.unit(b, i), 2
		if r >= 0xd800 && r < 0xdc00 && i+3 < len(b) {
			if low := u.unit(b, i+2); low >= 0xdc00 && low < 0xe000 {
				r, n = (r-0xd800)<<10|(low-0xdc00)+0x10000, 4
			}
		}
		v.addRune(r, i)
		i += n
	}
	v.end(i)
}

func (u UTF16) unit(b []byte, i int) rune {
	if u.BigEndian {
		return rune(b[i])<<8 | rune(b[i+1])
	}
	return rune(b[i+1])<<8 | rune(b[i])
}

// Put writes an ASCII character as one unit to the two bytes of dst.
func (u UTF16) Put(dst []byte, c byte) {
	dst[0], dst[1] = c, 0
	if u.BigEndian {
		dst[0], dst[1] = 0, c
	}
}

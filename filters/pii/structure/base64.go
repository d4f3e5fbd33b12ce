package structure

// minBase64 is how many characters of Base64 are worth decoding: twelve bytes of content, the shortest e-mail address or so.
const minBase64 = 16

// Base64 is a run of characters that is text in Base64, RFC 4648, in the value that it was found in.
type Base64 struct {
	Start, End int  // without padding
	url        bool // of section 5: '-' and '_'
}

// FindBase64 returns the first run of Base64 at i or behind that reads as text: printable and mostly ASCII. It looks at one byte of each
// minBase64 until it meets one that may be in a run, since most words are shorter.
func FindBase64(b []byte, i int) (run Base64, ok bool) {
	floor := i // runs begin here or behind
	for i += minBase64 - 1; i < len(b); {
		if base64Value[b[i]] < 0 {
			floor = i + 1
			i += minBase64
			continue
		}
		start, end := i, i+1
		for start > floor && base64Value[b[start-1]] >= 0 {
			start--
		}
		if start+minBase64 > i+1 { // the rest of the shortest run is behind
			for end < len(b) && end < start+minBase64 && base64Value[b[end]] >= 0 {
				end++
			}
			if end < start+minBase64 {
				floor = end
				i = end + minBase64
				continue
			}
		}
		for end < len(b) && base64Value[b[end]] >= 0 {
			end++
		}
		run = Base64{Start: start, End: end}
		if run.readsAsText(b) {
			return run, true
		}
		floor = end
		i = end + minBase64
	}
	return Base64{}, false
}

// readsAsText looks at the first bytes, which tell most runs that are words, numbers or random bytes from text.
func (r *Base64) readsAsText(b []byte) bool {
	if (r.End-r.Start)%4 == 1 {
		return false
	}
	letters := 0
	for i := r.Start; i+3 < r.End && i < r.Start+64; i += 4 {
		for k := range 3 {
			c := r.byte(b, i, k)
			if c >= 0x80 || c < ' ' && c != '\n' && c != '\r' && c != '\t' {
				return false
			}
			if c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == ' ' {
				letters++
			}
		}
	}
	for i := r.Start; i < r.End; i++ {
		if b[i] == '-' || b[i] == '_' {
			r.url = true
		}
	}
	return letters >= 8
}

// byte returns byte k of the three that the four characters at i stand for.
func (r *Base64) byte(b []byte, i, k int) byte {
	hi, lo := byte(base64Value[b[i+k]]), byte(base64Value[b[i+k+1]])
	return hi<<(2*k+2) | lo>>(4-2*k)
}

// Decode appends what the run stands for to dst.
func (r *Base64) Decode(dst, b []byte) []byte {
	var acc uint32
	bits := 0
	for _, c := range b[r.Start:r.End] {
		acc = acc<<6 | uint32(base64Value[c])
		if bits += 6; bits >= 8 {
			bits -= 8
			dst = append(dst, byte(acc>>bits))
		}
	}
	return dst
}

// DecodeBase64 decodes all of s, with or without padding; encoding/base64 would bring reflect into guests.
func DecodeBase64(s string) (b []byte, ok bool) {
	for len(s) > 0 && s[len(s)-1] == '=' {
		s = s[:len(s)-1]
	}
	for i := range len(s) {
		if base64Value[s[i]] < 0 {
			return nil, false
		}
	}
	run := Base64{End: len(s)}
	return run.Decode(nil, []byte(s)), len(s)%4 != 1
}

// AppendEncoded appends the characters that hold the bytes from start to end of text, the decoded content, to dst: what stands in their Range.
func (r *Base64) AppendEncoded(dst, text []byte, start, end int) []byte {
	alphabet := base64Alphabet
	if r.url {
		alphabet = base64URLAlphabet
	}
	from, to := r.Range(start, end)
	for i := from - r.Start; i < to-r.Start; i++ {
		dst = append(dst, alphabet[sextet(text, i)])
	}
	return dst
}

// Range returns where the bytes from start to end of the decoded content are held.
func (r *Base64) Range(start, end int) (from, to int) {
	return r.Start + start*8/6, min(r.Start+(end*8-1)/6+1, r.End)
}

// sextet returns the i-th six bits of text.
func sextet(text []byte, i int) byte {
	bit := i * 6
	k, shift := bit/8, bit%8
	v := uint16(text[k]) << 8
	if k+1 < len(text) {
		v |= uint16(text[k+1])
	}
	return byte(v>>(10-shift)) & 63
}

const (
	base64Alphabet    = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	base64URLAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
)

// base64Value has the six bits of each character of either alphabet, -1 for others.
var base64Value = newBase64Value()

func newBase64Value() (t [256]int8) {
	for i := range t {
		t[i] = -1
	}
	for i := range 64 {
		t[base64Alphabet[i]], t[base64URLAlphabet[i]] = int8(i), int8(i)
	}
	return t
}

package pii

// The password of credentials in a URL (RFC 3986, userinfo): scheme://user:PASSWORD@host, of any scheme.

// maxUserinfo bounds the bytes between "://" and '@', and behind that.
const maxUserinfo = 300

var urlPassword = detector{kind: Secret, reason: "password in a URL"}

// urlPassword looks for a password before the '@' at i, which is the first one of a URL. It tells whether the '@' belongs to a URL's authority, so
// that it is none of an address.
func (t *text) urlPassword(i int, wanted bool) bool {
	start, colon := t.userinfo(i)
	if start < 0 {
		return false
	}
	end := lastAt(t.b, i)
	t.work += end - i
	if colon < 0 {
		if colon = indexByte(t.b[i:end], ':'); colon < 0 {
			return true // a user without a password
		}
		colon += i
	}
	if wanted && colon+1 < end && hostBegins(t.b, end+1) && isSecretValue(t.b[colon+1:end]) {
		t.d = &urlPassword
		t.add(colon+1, end, 95)
	}
	return true
}

// userinfo returns where the credentials before i begin, behind "://", or -1, and where their first colon is, or -1.
func (t *text) userinfo(i int) (start, colon int) {
	b, colon, query := t.b, -1, -1
	j, stop := i-1, max(3, i-maxUserinfo)
	for ; j >= stop; j-- {
		switch c := b[j]; c {
		case '/':
			t.work += i - j
			if b[j-1] != '/' || b[j-2] != ':' || !isAlnum(b[j-3]) || t.isFound(j-3) {
				return -1, -1
			}
			if query >= 0 && (colon < 0 || colon > query || digitsEnd(b, colon+1, query) == query) {
				return -1, -1 // scheme://host:port?x=user@host
			}
			return j + 1, colon
		case ':':
			colon = j
		case '?', '#':
			query = j
		default:
			if classOf[c]&endsLocal != 0 {
				stop = j
			}
		}
	}
	t.work += i - j
	return -1, -1
}

// lastAt returns the last '@' of the authority: a password may have one that isn't escaped.
func lastAt(b []byte, i int) int {
	last := i
	for j := i + 1; j < len(b) && j-i <= maxUserinfo; j++ {
		c := b[j]
		if c == '@' {
			last = j
		} else if classOf[c]&endsAuthority != 0 {
			break
		}
	}
	return last
}

func hostBegins(b []byte, i int) bool {
	c := at(b, i)
	return isAlnum(c) || c >= 0x80 || c == '[' || c == '_'
}

func indexByte(b []byte, c byte) int {
	for i, x := range b {
		if x == c {
			return i
		}
	}
	return -1
}

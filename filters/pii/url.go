package pii

// The password of credentials in a URL (RFC 3986, userinfo): scheme://user:PASSWORD@host, of any scheme.

// maxUserinfo bounds the bytes between "://" and '@'.
const maxUserinfo = 300

// urlPassword returns the range of the password before the '@' at i, which is the first one of a URL.
func urlPassword(text []byte, i int) (start, end int, ok bool) {
	info := userinfo(text, i)
	if info < 0 {
		return 0, 0, false
	}
	start = info
	for start < i && text[start] != ':' {
		start++
	}
	start++
	end = lastAt(text, i)
	if start >= end || !hostBegins(text, end+1) {
		return 0, 0, false
	}
	return start, end, secretValue(text[start:end])
}

// userinfo returns where the credentials before i begin, behind "://", or -1.
func userinfo(text []byte, i int) int {
	for j := i - 1; j >= 2 && i-j <= maxUserinfo; j-- {
		switch c := text[j]; {
		case c == '/':
			if text[j-1] == '/' && text[j-2] == ':' {
				return j + 1
			}
			return -1
		case c <= ' ', contains("\"'`<>@", c):
			return -1
		}
	}
	return -1
}

// lastAt returns the last '@' of the authority: a password may have one that isn't escaped.
func lastAt(text []byte, i int) int {
	last := i
	for j := i + 1; j < len(text) && j-i <= maxUserinfo; j++ {
		c := text[j]
		if c == '@' {
			last = j
		} else if c <= ' ' || contains("/?#\"'`<>,;", c) {
			break
		}
	}
	return last
}

func hostBegins(text []byte, i int) bool {
	c := at(text, i)
	return isAlnum(c) || c >= 0x80 || c == '[' || c == '_'
}

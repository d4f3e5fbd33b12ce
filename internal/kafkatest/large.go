package kafkatest

import "strings"

// repeat returns size bytes.
func repeat(s string, size int) string { return strings.Repeat(s, size/len(s)+1)[:size] }

// many returns as many records as make up size bytes.
func many(r Record, size int) []Record {
	n := len(r.Value) + len(r.Key) + 8
	for _, h := range r.Headers {
		n += len(h[0]) + len(h[1]) + 2
	}
	out := make([]Record, size/n)
	for i := range out {
		out[i] = r
	}
	return out
}

// Large returns the records of large requests, of about size bytes each: plain ones, and some that make filters of texts work hard.
func Large(size int) map[string][]Record {
	one := func(s string) []Record { return Text(s) }
	headers := Record{}
	for len(headers.Headers)*8 < size {
		headers.Headers = append(headers.Headers, [2]string{"abc", "def"})
	}
	return map[string][]Record{
		"prose, one record":   one(repeat("The quick brown fox jumps over the lazy dog. ", size)),
		"prose, 1 KiB":        many(Record{Value: []byte(repeat("The quick brown fox jumps over the lazy dog. ", 1000))}, size),
		"tiny":                many(Record{Value: []byte("x")}, size),
		"headers, one record": {headers},
		"headers":             many(Record{Headers: [][2]string{{"password", "x"}, {"a", "b"}}}, size),
		"addresses":           one(repeat("a@example.com ", size)),
		"addresses, tiny":     many(Record{Value: []byte("a@example.com")}, size),
		"assignments":         one(repeat("password=hunter2 ", size)),
		"cards":               one(repeat("4111 1111 1111 1111, ", size)),
		"hints":               one(repeat("pass tok key ", size)),
		"quoted secret":       one(`{"password": "` + repeat("The quick brown fox ", size) + `"}`),
		"bare secret":         one(`password=` + repeat("abcdefgh", size)),
		"secret of XML":       one(`<password>` + repeat("abcdefgh ", size) + `</password>`),
		"name":                one(repeat("password_", size) + "=x"),
		"name of digits":      one(repeat("password123456789", size)),
		"url":                 one(`http://` + repeat("abcdefgh", size) + ":b@c"),
		"local part":          one(repeat("abcdefgh", size) + "@example.com"),
		"domain":              one("a@" + repeat("example.com.", size)),
		"digits":              one(repeat("1234567890", size)),
		"braces":              one("password={" + repeat("abcdefgh", size)),
		"at signs":            one(repeat("@", size)),
		"array of numbers":    one("[" + repeat("4111111111111111,", size) + "1]"),
		"json":                one(repeat(`{"a":1,"b":"password","c":[1,2,3]},`, size)),
	}
}

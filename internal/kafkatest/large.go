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

// Large has the records of large requests, by the size of one in bytes, which is about met: plain ones, and some that make filters of texts work
// hard.
var Large = map[string]func(size int) []Record{
	"prose, one record": func(size int) []Record { return Text(repeat("The quick brown fox jumps over the lazy dog. ", size)) },
	"prose, 1 KiB": func(size int) []Record {
		return many(Record{Value: []byte(repeat("The quick brown fox jumps over the lazy dog. ", 1000))}, size)
	},
	"tiny":                func(size int) []Record { return many(Record{Value: []byte("x")}, size) },
	"headers, one record": func(size int) []Record { return headers(size) },
	"headers": func(size int) []Record {
		return many(Record{Headers: [][2]string{{"password", "x"}, {"a", "b"}}}, size)
	},
	"addresses":        func(size int) []Record { return Text(repeat("a@example.com ", size)) },
	"addresses, tiny":  func(size int) []Record { return many(Record{Value: []byte("a@example.com")}, size) },
	"assignments":      func(size int) []Record { return Text(repeat("password=hunter2 ", size)) },
	"cards":            func(size int) []Record { return Text(repeat("4111 1111 1111 1111, ", size)) },
	"hints":            func(size int) []Record { return Text(repeat("pass tok key ", size)) },
	"quoted secret":    func(size int) []Record { return Text(`{"password": "` + repeat("The quick brown fox ", size) + `"}`) },
	"bare secret":      func(size int) []Record { return Text(`password=` + repeat("abcdefgh", size)) },
	"secret of XML":    func(size int) []Record { return Text(`<password>` + repeat("abcdefgh ", size) + `</password>`) },
	"name":             func(size int) []Record { return Text(repeat("password_", size) + "=x") },
	"name of digits":   func(size int) []Record { return Text(repeat("password123456789", size)) },
	"url":              func(size int) []Record { return Text(`http://` + repeat("abcdefgh", size) + ":b@c") },
	"local part":       func(size int) []Record { return Text(repeat("abcdefgh", size) + "@example.com") },
	"domain":           func(size int) []Record { return Text("a@" + repeat("example.com.", size)) },
	"digits":           func(size int) []Record { return Text(repeat("1234567890", size)) },
	"braces":           func(size int) []Record { return Text("password={" + repeat("abcdefgh", size)) },
	"at signs":         func(size int) []Record { return Text(repeat("@", size)) },
	"array of numbers": func(size int) []Record { return Text("[" + repeat("4111111111111111,", size) + "1]") },
	"json":             func(size int) []Record { return Text(repeat(`{"a":1,"b":"password","c":[1,2,3]},`, size)) },
}

// headers is one record of short headers.
func headers(size int) []Record {
	var r Record
	for len(r.Headers)*8 < size {
		r.Headers = append(r.Headers, [2]string{"abc", "def"})
	}
	return []Record{r}
}

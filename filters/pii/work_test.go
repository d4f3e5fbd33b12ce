package pii

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// hostile are units that, repeated, would cost a naive detector the square of their length.
var hostile = []string{
	"@", "a@", "a@a.", "a@b.c", "a@1.", "é@", "日@", "a.@", "@a.bc", "a@b.co:", "a@b.co:x", "x'", "%40", `\u0040`, `\u003c`, "a=", "a=a=", "1-", "1 ", "1.", "1.1.", "::", ":", ">", "<a>", "://", "a://b:c@", "a://b:", "://:@", "?:@", "#@/",
	"1.2.3.4 ", "1.2.3.4@", "DE89", "DE89 ", "NO00", "4111 ", "4111", "5018 ", "4", "219-09-", "219-09-1234", "ssn", "ssn1", "ssn ", "social security", "social security 219091234 ", "219091234 ",
	"password=\"", "password=\\\"", "password=", "password:", "password", "passwordcount", "pass", "token_", "key", "api key", "api key=", "api_key=", "auth:a ", "auth=a,", "authauth=", "password=a(", "password=${", "password=${}", "password={{", "password=\"{{",
	"token=$A", "token,", "token=%s", "password=[", "password=[\"a\",", "password=['", "[\"", "password\":[\"x\",\"", "'", "\\", "\\\\\"", "\\\"password\\\":\\\"", "password='x',", "password=)", ")", "password=,", ",", "password=a,b", "password=,a=",
	"pass:{", "Pwd={", "Pwd={a};", "password: str", "password: str = ", "x=1,", "tokens=1", "tokens=1 ", "\"token\":1,", "token=1 ", "<password>", "<password ", "\"name\":\"password\",\"value\":", "\"password\",", "password\"'`\\]", "1234567890", "bearer ", "Authorization: Bearer ",
	"a_", "_-.", "secsec", "pwd.", "-----BEGIN", "password=\"-----BEGIN", "*", "password=*", "password=x", "x", " ", "\n", "\xff", "\xc3", "日本",
	"born ", "dob", "birth 12 ", "birth 12 mar", "first_name=", "first_name=a", "first_name: A ", "\"first_name\":\"", "name", "name: A", "addr: ", "address=", "<zip>", "zip zip ", "<<<", "<<<A", "P<", "A<<<", "1 2 3 4 5 6 7 ", "12 34 56 78 ", "12 34 56 7", "(1) ", "(123) ", "+1 ", "+", "(", "00 00 1 ", "0711 / ", " / ",
	"ab:cd:", "::a", "a::", "1:2:3:", "1a-2b-", "1a2b.3c4d.", "1a:2b:3c:4d:5e:6f ", "mrn ", "mrn 1", "icd ", "icd a1", "bic ", "BIC A", "licence ", "driv licence 1", "driver license 12345,", "\"licence\":[\"12345a\",\"", "phone ", "phone 1234567 ", "1234567,", "[\"1234567\",", "[1234567,", "phone, ", "bc1", "0x", "AB 12 34 56 C ",
	"1.12345 ", "lat 1.12345,", "medicare ", "1A2B3C4D ", "passport 1A2B3C4D ", "2024-01-15 ", "555-123-4567 ", "555 123 4567 ", "тел", "☎1234567 ", "1980-01-31,", "5551234567 is my ", "5551234567 (",
	"ghp_", "glpat-", "sk-", "-----BEGIN PRIVATE KEY-----", "-----BEGIN PRIVATE KEY-----a", "eyJ", "eyJhbGciOiJub25lIn0.", "hooks.slack.com/", "AKIA", "AKIAIOSFODNN7EXAMPL2 ", "?sig=", "8Q~", "12345678:A", "123456789012345|", "xoxb-1",
	"my password is ", "--password ", "password 'x", "password(\"", "password: |\n ", "a1b2c3d4", "a1b2c3d4 ", "1 2 3 ", "12/", "(1) ", "555-1234 ", "phone 5551234567 ", "a:b:c:", "::a", "1a-2b-3c-", "abcd.1234.", "x_key=", "some_key: a1b2c3d4e5",
}

// TestWorkIsLinear counts how many bytes detectors look at one by one: never more than a constant for each byte of the text.
func TestWorkIsLinear(t *testing.T) {
	const most = 64 // for each byte; more for what is a multiple of n would be seen, too
	e := newEngine(t)
	r := rand.New(rand.NewPCG(9, 10))
	units := append([]string(nil), hostile...)
	for range 1000 {
		units = append(units, hostile[r.IntN(len(hostile))]+hostile[r.IntN(len(hostile))])
	}
	for _, unit := range units {
		for _, prefix := range []string{"", "password=", "\"", "a://"} {
			b := []byte(prefix + strings.Repeat(unit, 8_000/len(unit)))
			e.text.work = 0
			if e.Find(nil, b); e.text.work > most*len(b) {
				t.Errorf("%q %q: %d bytes looked at in %d", prefix, unit, e.text.work, len(b))
			}
		}
	}
}

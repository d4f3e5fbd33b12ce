package pattern

import (
	"strings"
	"testing"

	"github.com/libnasp/libnasp/filters/pii"
)

func masked(t *testing.T, text string, c ...pii.CustomDetector) string {
	t.Helper()
	e, err := pii.New(pii.Config{Kinds: []pii.Kind{pii.Custom}, Custom: c})
	if err != nil {
		t.Fatal(err)
	}
	b := []byte(text)
	pii.Mask(b, e.Find(nil, b))
	return string(b)
}

func TestDetector(t *testing.T) {
	number, err := Detector("customer number", `\bCUST-\d{4,8}\b`, "CUST-")
	if err != nil {
		t.Fatal(err)
	}
	group, err := Detector("badge", `badge[ :]+([A-Z]\d{3})`, "badge")
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("x", 1000)
	for in, want := range map[string]string{
		"for CUST-12345, please":          "for **********, please",
		"CUST-12 CUST-1234 XCUST-1234":    "CUST-12 ********* XCUST-1234",
		"the badge: A123 of":              "the badge: **** of",
		"badge B456, badge: x":            "badge ****, badge: x",
		long + " CUST-99999 " + long:      long + " ********** " + long,
		"customers cust-1234 are no CUST": "customers cust-1234 are no CUST",
	} {
		if got := masked(t, in, number, group); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestErrors(t *testing.T) {
	for _, expr := range []string{"(", "a*"} {
		if _, err := Detector("x", expr, "abc"); err == nil {
			t.Errorf("%q is accepted", expr)
		}
	}
}

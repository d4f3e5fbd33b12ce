package piikafka

import "testing"

// TestPolicies: what configurations do to a text.
func TestPolicies(t *testing.T) {
	const text = `mail jane@example.com, card 4111 1111 1111 1111, CUST-1234, ticket jane-42`
	for name, c := range map[string]struct {
		config Config
		want   string
	}{
		"default":  {Config{}, `mail ****************, card *******************, CUST-1234, ticket jane-42`},
		"profile":  {Config{Profile: "pci"}, `mail jane@example.com, card *******************, CUST-1234, ticket jane-42`},
		"and kind": {Config{Profile: "pci", Kinds: []string{"email"}}, `mail ****************, card *******************, CUST-1234, ticket jane-42`},
		"custom": {
			Config{Profile: "secrets", Custom: []Custom{{Name: "customer", Literal: "cust-", Pattern: `CUST-\d+`}}, Deny: []string{"JANE-42"}},
			`mail jane@example.com, card 4111 1111 1111 1111, *********, ticket *******`,
		},
		"allow":     {Config{Allow: []string{"jane@example.com"}}, `mail jane@example.com, card *******************, CUST-1234, ticket jane-42`},
		"threshold": {Config{Thresholds: map[string]uint8{"payment_card": 100}}, `mail ****************, card 4111 1111 1111 1111, CUST-1234, ticket jane-42`},
	} {
		f, _ := newFilter(t, c.config)
		got := []byte(text)
		for _, e := range f.Text(got).Edits {
			copy(got[e.Start:e.End], e.New)
		}
		if string(got) != c.want {
			t.Errorf("%s: %s\nwant %s", name, got, c.want)
		}
	}
}

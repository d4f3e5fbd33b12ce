package nasp

import (
	"net"
	"slices"
	"strings"
	"testing"
)

func TestRules(t *testing.T) {
	ports := func(s string) []PortRange {
		p, err := ParsePortRange(s)
		if err != nil {
			t.Fatal(err)
		}
		return []PortRange{p}
	}
	tests := map[string]struct {
		rule          Rule
		dialled, addr string
		want          bool
	}{
		"zero rule":                    {Rule{}, "", "192.0.2.1:9092", true},
		"network":                      {Rule{Addresses: []string{"192.0.2.0/24"}}, "", "192.0.2.1:9092", true},
		"network of a name":            {Rule{Addresses: []string{"192.0.2.0/24"}}, "kafka.example:9092", "192.0.2.1:9092", true},
		"other network":                {Rule{Addresses: []string{"192.0.2.0/24"}}, "", "192.0.3.1:9092", false},
		"network with bits set":        {Rule{Addresses: []string{"192.0.2.7/24"}}, "", "192.0.2.1:9092", true},
		"IPv4 in IPv6":                 {Rule{Addresses: []string{"192.0.2.0/24"}}, "", "[::ffff:192.0.2.1]:9092", true},
		"network of IPv4 in IPv6":      {Rule{Addresses: []string{"::ffff:192.0.2.0/120"}}, "", "192.0.2.1:9092", true},
		"address":                      {Rule{Addresses: []string{"192.0.2.1"}}, "", "192.0.2.1:9092", true},
		"IPv6":                         {Rule{Addresses: []string{"2001:db8::1"}}, "", "[2001:db8::1]:9092", true},
		"IPv6 with a zone":             {Rule{Addresses: []string{"fe80::/10"}}, "", "[fe80::1%lo]:9092", true},
		"dialled address by a proxy":   {Rule{Addresses: []string{"192.0.2.1"}}, "192.0.2.1:9092", "127.0.0.1:1080", true},
		"name":                         {Rule{Addresses: []string{"kafka.example"}}, "kafka.example:9092", "192.0.2.1:9092", true},
		"name with other case and dot": {Rule{Addresses: []string{"Kafka.Example"}}, "KAFKA.example.:9092", "192.0.2.1:9092", true},
		"star":                         {Rule{Addresses: []string{"*.example"}}, "b-1.kafka.example:9092", "192.0.2.1:9092", true},
		"star isn't everything":        {Rule{Addresses: []string{"*.example"}}, "b-1.kafka.example.org:9092", "192.0.2.1:9092", false},
		"star without a name":          {Rule{Addresses: []string{"*.example"}}, "", "192.0.2.1:9092", false},
		"question mark":                {Rule{Addresses: []string{"b-?"}}, "b-1:9092", "192.0.2.1:9092", true},
		"second of two":                {Rule{Addresses: []string{"a", "b"}}, "b:9092", "192.0.2.1:9092", true},
		"port":                         {Rule{Ports: ports("9092")}, "", "192.0.2.1:9092", true},
		"other port":                   {Rule{Ports: ports("9092")}, "", "192.0.2.1:9093", false},
		"range":                        {Rule{Ports: ports("9092-9094")}, "", "192.0.2.1:9094", true},
		"beyond the range":             {Rule{Ports: ports("9092-9094")}, "", "192.0.2.1:9095", false},
		"port behind a proxy":          {Rule{Ports: ports("9092")}, "b:9092", "127.0.0.1:1080", true},
		"address and other port":       {Rule{Addresses: []string{"192.0.2.1"}, Ports: ports("1")}, "", "192.0.2.1:9092", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			addr, err := net.ResolveTCPAddr("tcp", test.addr)
			if err != nil {
				t.Skip(err)
			}
			m, err := test.rule.matcher()
			if err != nil {
				t.Fatal(err)
			}
			if got := m.matches(newTarget(test.dialled, addr)); got != test.want {
				t.Errorf("got %v", got)
			}
		})
	}
	zero, _ := new(Rule).matcher()
	if !zero.matches(newTarget("", &net.UnixAddr{Name: "@"})) {
		t.Error("the zero rule doesn't match what isn't TCP")
	}
}

func TestRulesThatAreRefused(t *testing.T) {
	for name, rule := range map[string]Rule{
		"port in the address": {Addresses: []string{"kafka:9092"}},
		"network too wide":    {Addresses: []string{"10.0.0.0/33"}},
		"list in one":         {Addresses: []string{"a,b"}},
		"empty address":       {Addresses: []string{""}},
		"character class":     {Addresses: []string{"[ab"}},
		"port 0":              {Ports: []PortRange{{}}},
		"range backwards":     {Ports: []PortRange{{9094, 9092}}},
		"unknown filter":      {Filters: []string{"nobody"}},
	} {
		_, err := Config{Rules: []Rule{{}, rule}}.withDefaults()
		if err == nil || !strings.HasPrefix(err.Error(), "nasp: rule 1") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestParsePortRange(t *testing.T) {
	for in, want := range map[string]PortRange{"9092": {9092, 9092}, "1-65535": {1, 65535}} {
		if got, err := ParsePortRange(in); err != nil || got != want || got.String() != in {
			t.Errorf("%s: %v, %v", in, got, err)
		}
	}
	for _, in := range []string{"", "0", "65536", "-1", "1-", "2-1", "a", "1-2-3", " 1", "+1"} {
		if got, err := ParsePortRange(in); err == nil {
			t.Errorf("%q is read as %v", in, got)
		}
	}
}

// TestOrderOfRules: the first rule that matches counts, and its filters keep the order of the configuration.
func TestOrderOfRules(t *testing.T) {
	named := func(name string) Filter { return Filter{Name: name, New: nil, Wasm: []byte("x")} }
	g := &generation{}
	for _, f := range []Filter{named("a"), named("b"), named("c")} {
		g.filters = append(g.filters, &loadedFilter{config: f})
	}
	for _, r := range []Rule{
		{Name: "exception", Addresses: []string{"192.0.2.1"}, Filters: []string{}},
		{Name: "two", Addresses: []string{"192.0.2.0/24"}, Filters: []string{"c", "a"}},
		{Name: "all", Addresses: []string{"198.51.100.0/24"}},
	} {
		m, err := r.matcher()
		if err != nil {
			t.Fatal(err)
		}
		g.routes = append(g.routes, &route{r.Name, m, g.named(r.Filters)})
	}
	for addr, want := range map[string]string{"192.0.2.1": "exception", "192.0.2.2": "two a c", "198.51.100.1": "all a b c", "203.0.113.1": "untouched"} {
		got := []string{"untouched"}
		if r := g.route(newTarget("", &net.TCPAddr{IP: net.ParseIP(addr), Port: 1})); r != nil {
			got = []string{r.name}
			for _, f := range r.filters {
				got = append(got, f.config.Name)
			}
		}
		if !slices.Equal(got, strings.Fields(want)) {
			t.Errorf("%s: %v, want %s", addr, got, want)
		}
	}
}

// FuzzRules: an address of a rule that is accepted can be compared with anything.
func FuzzRules(f *testing.F) {
	f.Add("10.0.0.0/8", "kafka:9092")
	f.Add("*.example", "[::1]:1")
	f.Fuzz(func(_ *testing.T, address, dialled string) {
		if m, err := (&Rule{Addresses: []string{address}}).matcher(); err == nil {
			m.matches(newTarget(dialled, &net.TCPAddr{IP: net.IPv4(10, 0, 0, 1), Port: 9092}))
		}
		if p, err := ParsePortRange(address); err == nil && p.validate() != nil {
			panic("a range that is none")
		}
	})
}

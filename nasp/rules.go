package nasp

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Rule says which filters run on connections to some servers. Its zero value matches every connection and means all filters.
type Rule struct {
	// Name appears in logs and metrics.
	Name string
	// Addresses are those of the server's end: IP addresses, networks in CIDR notation, and names of hosts as the client dials them, in which * stands
	// for any characters, ? for one, and case doesn't matter. Networks are compared with the address that the connection has, so behind a SOCKS or HTTP
	// proxy with the proxy's. Empty means any.
	//
	// Kafka clients dial what brokers advertise, which may be names here and addresses there: what no rule matches isn't filtered, so let the
	// rule for what matters most be the last one, without Addresses.
	Addresses []string
	// Ports are those of the server's end. Empty means any.
	Ports []PortRange
	// Filters are names of Config.Filters that run on these connections, in the order of that list. Nil means all of them; empty but not nil none, which
	// makes an exception from the rules that follow.
	Filters []string
}

// PortRange is the ports from First to Last, both included. Last may be 0, which means First alone.
type PortRange struct{ First, Last uint16 }

// ParsePortRange reads "9092" or "9092-9094".
func ParsePortRange(s string) (PortRange, error) {
	first, last, isRange := strings.Cut(s, "-")
	if !isRange {
		last = first
	}
	a, err := strconv.ParseUint(first, 10, 16)
	b, err2 := strconv.ParseUint(last, 10, 16)
	p := PortRange{uint16(a), uint16(b)}
	if err = errors.Join(err, err2, p.validate()); err != nil {
		return PortRange{}, fmt.Errorf("nasp: %q is neither a port nor a range like 9092-9094", s)
	}
	return p, nil
}

func (p PortRange) String() string {
	if p.Last == 0 || p.Last == p.First {
		return strconv.Itoa(int(p.First))
	}
	return fmt.Sprintf("%d-%d", p.First, p.Last)
}

func (p PortRange) contains(port uint16) bool {
	return port == p.First || p.First < port && port <= p.Last
}

func (p PortRange) validate() error {
	if p.First == 0 || p.Last != 0 && p.Last < p.First {
		return fmt.Errorf("the ports from %d to %d are no range", p.First, p.Last)
	}
	return nil
}

// validate checks a rule; filters are the names that there are.
func (r *Rule) validate(filters map[string]bool) error {
	for _, name := range r.Filters {
		if !filters[name] {
			return fmt.Errorf("no filter has the name %q", name)
		}
	}
	for _, p := range r.Ports {
		if err := p.validate(); err != nil {
			return err
		}
	}
	_, err := r.matcher()
	return err
}

// matcher is a rule's Addresses and Ports, ready to be compared.
type matcher struct {
	networks []netip.Prefix
	globs    []string
	ports    []PortRange
}

func (r *Rule) matcher() (matcher, error) {
	m := matcher{ports: r.Ports}
	for _, a := range r.Addresses {
		if p, err := netip.ParsePrefix(a); err == nil {
			if p.Addr().Is4In6() && p.Bits() >= 96 {
				p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
			}
			m.networks = append(m.networks, p.Masked())
			continue
		}
		if ip, err := netip.ParseAddr(a); err == nil {
			ip = ip.Unmap().WithZone("")
			m.networks = append(m.networks, netip.PrefixFrom(ip, ip.BitLen()))
			continue
		}
		if err := checkGlob(a); err != nil {
			return m, err
		}
		m.globs = append(m.globs, strings.ToLower(a))
	}
	return m, nil
}

// checkGlob refuses what was meant to be something else, which would silently match nothing.
func checkGlob(s string) error {
	if s == "" || strings.ContainsAny(s, " \t/:[]\\,") {
		return fmt.Errorf("address %q is neither an IP address, nor a network like 10.0.0.0/8, nor a host name with * and ? (ports have a list of their own)", s)
	}
	_, err := path.Match(s, "")
	return err
}

// target is the server's end of a connection, as far as it is known.
type target struct {
	host string // as dialled, without the port; may be empty
	ip   netip.Addr
	port uint16
}

// newTarget describes a connection to addr; dialled may be empty.
func newTarget(dialled string, addr net.Addr) target {
	var t target
	if a, ok := addr.(*net.TCPAddr); ok {
		ip := a.AddrPort()
		t.ip, t.port = ip.Addr().Unmap().WithZone(""), ip.Port()
	}
	if host, port, err := net.SplitHostPort(dialled); err == nil {
		t.host = strings.TrimSuffix(strings.ToLower(host), ".")
		if p, err := net.LookupPort("tcp", port); err == nil {
			t.port = uint16(p) // through a proxy, the connection's own is the proxy's
		}
	}
	if ip, err := netip.ParseAddr(t.host); err == nil {
		t.ip = ip.Unmap().WithZone("")
	}
	return t
}

func (m *matcher) matches(t target) bool {
	return m.matchesPort(t.port) && m.matchesAddress(t)
}

func (m *matcher) matchesPort(port uint16) bool {
	return len(m.ports) == 0 || slices.ContainsFunc(m.ports, func(p PortRange) bool { return p.contains(port) })
}

func (m *matcher) matchesAddress(t target) bool {
	if len(m.networks)+len(m.globs) == 0 {
		return true
	}
	if t.ip.IsValid() && slices.ContainsFunc(m.networks, func(n netip.Prefix) bool { return n.Contains(t.ip) }) {
		return true
	}
	return slices.ContainsFunc(m.globs, func(g string) bool {
		ok, _ := path.Match(g, t.host) // the pattern was checked
		return ok
	})
}

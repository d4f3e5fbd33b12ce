package corpus

import (
	"fmt"
	"math/big"
	"net/netip"
	"slices"
	"strings"
)

func init() {
	add(IP, map[string]func(g gen) string{"ip": ip, "ipv4": ipv4, "ipv6": ipv6})
	add(MAC, map[string]func(g gen) string{"mac": mac})
	add(Email, map[string]func(g gen) string{"email": email})
	add(Crypto, map[string]func(g gen) string{"btc": btc, "eth": func(g gen) string { return "0x" + g.chars(hexLower, 40) }, "bech32": bech32})
	add(Position, map[string]func(g gen) string{"coordinates": func(g gen) string {
		return fmt.Sprintf("%d.%05d, %d.%05d", g.between(-80, 80), g.IntN(100000), g.between(-170, 170), g.IntN(100000))
	}})
	add(User, map[string]func(g gen) string{"user": user})
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func ip(g gen) string {
	if g.oneIn(3) {
		return ipv6(g)
	}
	return ipv4(g)
}

func ipv4(g gen) string {
	s := fmt.Sprintf("%d.%d.%d.%d", g.between(1, 223), g.IntN(256), g.IntN(256), g.IntN(256))
	switch g.IntN(8) {
	case 0:
		s = fmt.Sprintf("10.%d.%d.%d", g.IntN(256), g.IntN(256), g.between(1, 254))
	case 1:
		s = fmt.Sprintf("192.168.%d.%d", g.IntN(256), g.between(1, 254))
	}
	if g.oneIn(15) {
		s += fmt.Sprintf("/%d", g.between(8, 32))
	}
	return s
}

func ipv6(g gen) string {
	var b [16]byte
	for i := range b {
		b[i] = byte(g.IntN(256))
	}
	b[0], b[1] = 0x20, pick(g, []byte{0x01, 0x03, 0x0a})
	switch g.IntN(8) {
	case 0, 1:
		clear(b[4:14])
	case 2:
		clear(b[8:15])
	case 3:
		b[0], b[1] = 0xfe, 0x80
		clear(b[2:8])
		if g.bool() {
			return netip.AddrFrom16(b).WithZone(pick(g, []string{"eth0", "en1", "wlan0"})).String()
		}
	case 4:
		return "::ffff:" + strings.TrimSuffix(strings.Split(ipv4(g), "/")[0], "/")
	case 5:
		a := netip.AddrFrom16(b)
		return a.StringExpanded()
	}
	s := netip.AddrFrom16(b).String()
	if g.oneIn(5) {
		s = strings.ToUpper(s)
	}
	return s
}

func mac(g gen) string {
	s := g.chars(pick(g, []string{hexLower, hexUpper}), 12)
	switch g.IntN(4) {
	case 0:
		return group(s, 2, "-")
	case 1:
		return group(s, 4, ".")
	}
	return group(s, 2, ":")
}

var domains = []string{
	"gmail.com", "yahoo.com", "hotmail.com", "outlook.com", "web.de", "gmx.net", "orange.fr", "libero.it", "example.com", "example.org", "example.net", "corp.example.com",
	"mail.example.co.uk", "uol.com.br", "wp.pl", "yandex.ru", "qq.com", "docomo.ne.jp", "uni-example.edu", "startup.io", "team.dev", "shop.online", "xn--bcher-kva.example",
	"mx1.eu-west-1.example.com", "proton.me", "icloud.com", "smith-jones.com", "williams.biz", "miller.info", "acme.museum",
}

func email(g gen) string {
	first, last := ascii(pick(g, names[pick(g, languages)].first)), ascii(pick(g, names[pick(g, languages)].last))
	first, last = strings.ToLower(first), strings.ToLower(last)
	local := pick(g, []string{
		first + "." + last, first + last, first[:1] + last, first + "_" + last, last + fmt.Sprint(g.IntN(100)), first + "." + last + "+" + pick(g, []string{"news", "shop", "test1"}),
		first, first + "-" + last, fmt.Sprintf("%s%d", first, g.between(1950, 2010)), first[:1] + "." + last, pick(g, []string{"info", "support", "o'brien", "sales", "no-reply"}),
	})
	domain := pick(g, domains)
	if g.oneIn(12) {
		local, domain = strings.ToUpper(local), strings.ToUpper(domain)
	}
	if g.oneIn(40) {
		local = pick(g, []string{"jürgen", "josé.garcía", "用户", "почта"})
	}
	return local + "@" + domain
}

func user(g gen) string {
	return strings.ToLower(ascii(pick(g, names[pick(g, languages)].first))) + g.chars(digits, g.between(1, 4))
}

const base58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

// btc makes an address with its checksum: base58check of a version, 20 bytes and the beginning of a double SHA-256.
func btc(g gen) string {
	b := make([]byte, 21)
	for i := range b {
		b[i] = byte(g.IntN(256))
	}
	b[0] = pick(g, []byte{0, 5})
	n := new(big.Int).SetBytes(append(b, doubleSHA(b)...))
	var s []byte
	for n.Sign() > 0 {
		var digit big.Int
		n.DivMod(n, big.NewInt(58), &digit)
		s = append(s, base58[digit.Int64()])
	}
	if b[0] == 0 {
		s = append(s, '1')
		for _, c := range b[1:] {
			if c != 0 {
				break
			}
			s = append(s, '1')
		}
	}
	slices.Reverse(s)
	return string(s)
}

// bech32 makes a witness address of version 0 (BIP 173).
func bech32(g gen) string {
	const charset = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
	data := make([]byte, 33)
	for i := range data[1:] {
		data[1+i] = byte(g.IntN(32))
	}
	polymod := func(values []byte) uint32 {
		chk := uint32(1)
		for _, v := range values {
			top := chk >> 25
			chk = chk&0x1ffffff<<5 ^ uint32(v)
			for i, gen := range []uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3} {
				if top>>i&1 == 1 {
					chk ^= gen
				}
			}
		}
		return chk
	}
	expanded := append([]byte{3, 3, 0, 'b' & 31, 'c' & 31}, data...)
	check := polymod(append(expanded, 0, 0, 0, 0, 0, 0)) ^ 1
	s := "bc1"
	for _, d := range data {
		s += string(charset[d])
	}
	for i := range 6 {
		s += string(charset[check>>(5*(5-i))&31])
	}
	return s
}

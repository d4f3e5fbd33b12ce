package check

const base58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

// base58Value has the value of each letter of base58, 255 for others.
var base58Value = newBase58Value()

func newBase58Value() (t [256]byte) {
	for i := range t {
		t[i] = 255
	}
	for i := range len(base58) {
		t[base58[i]] = byte(i)
	}
	return t
}

// BitcoinBase58 tells whether s is a Bitcoin address that begins with 1 or 3: 25 bytes in base 58, of which the last four check the others.
func BitcoinBase58(s []byte) bool {
	if len(s) < 26 || len(s) > 35 || s[0] != '1' && s[0] != '3' {
		return false
	}
	var n [26]byte // one more than there may be
	for _, c := range s {
		carry := uint(base58Value[c])
		if carry == 255 {
			return false
		}
		for i := len(n) - 1; i >= 0; i-- {
			carry += uint(n[i]) * 58
			n[i] = byte(carry)
			carry >>= 8
		}
		if carry != 0 || n[0] != 0 {
			return false
		}
	}
	if n[1] != 0 && n[1] != 5 {
		return false
	}
	once := sha256(n[1:22])
	twice := sha256(once[:])
	return string(twice[:4]) == string(n[22:])
}

const bech32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"

// Bech32 tells whether s is a Bitcoin address of a witness program: bc1, tb1 or bcrt1, in one case, with the checksum of BIP 173 for version 0 or of
// BIP 350 for later ones.
func Bech32(s []byte) bool {
	hrp := 2
	if len(s) > 4 && (string(s[:4]) == "bcrt" || string(s[:4]) == "BCRT") {
		hrp = 4
	}
	if len(s) < hrp+12 || len(s) > 90 || s[hrp] != '1' {
		return false
	}
	lower := s[0] | 0x20
	if lower != 'b' && lower != 't' || hrp == 2 && s[1]|0x20 != 'c' && lower == 'b' || lower == 't' && s[1]|0x20 != 'b' {
		return false
	}
	isUpper := s[0]&0x20 == 0
	sum := uint32(1)
	for _, c := range s[:hrp] {
		sum = bech32Step(sum, (c|0x20)>>5)
	}
	sum = bech32Step(sum, 0)
	for _, c := range s[:hrp] {
		sum = bech32Step(sum, (c|0x20)&31)
	}
	version := 0
	for i, c := range s[hrp+1:] {
		if isLetter(c) && (c&0x20 == 0) != isUpper {
			return false
		}
		v := index(bech32, c|0x20)
		if v < 0 {
			return false
		}
		if i == 0 {
			version = v
		}
		sum = bech32Step(sum, byte(v))
	}
	program := (len(s) - hrp - 8) * 5 / 8
	if version == 0 {
		return sum == 1 && (program == 20 || program == 32)
	}
	return sum == 0x2bc830a3 && version <= 16 && program >= 2 && program <= 40
}

// bech32Step appends five bits to what the checksum is over.
func bech32Step(sum uint32, v byte) uint32 {
	top := sum >> 25
	sum = sum&0x1ffffff<<5 ^ uint32(v)
	for i, g := range [5]uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3} {
		if top>>i&1 != 0 {
			sum ^= g
		}
	}
	return sum
}

// Ethereum tells whether s is an Ethereum address: 0x and 40 hexadecimal digits, whose case is the checksum of EIP-55 if it is mixed.
func Ethereum(s []byte) bool {
	if len(s) != 42 || s[0] != '0' || s[1] != 'x' {
		return false
	}
	var lower [40]byte
	upperCase, lowerCase, zeros := false, false, true
	for i, c := range s[2:] {
		if !isDigit(c) {
			if c|0x20-'a' > 'f'-'a' {
				return false
			}
			upperCase, lowerCase = upperCase || c&0x20 == 0, lowerCase || c&0x20 != 0
		}
		lower[i] = c | 0x20 // digits have that bit
		zeros = zeros && c == s[2]
	}
	if zeros || !upperCase || !lowerCase {
		return !zeros
	}
	hash := keccak256(lower[:])
	for i, c := range s[2:] {
		nibble := hash[i/2] >> (4 * uint(1-i%2)) & 15
		if isLetter(c) && (c&0x20 == 0) != (nibble >= 8) {
			return false
		}
	}
	return true
}

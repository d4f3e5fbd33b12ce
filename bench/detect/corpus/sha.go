package corpus

import "crypto/sha256"

// doubleSHA returns the four bytes that end a base58check address.
func doubleSHA(b []byte) []byte {
	first := sha256.Sum256(b)
	second := sha256.Sum256(first[:])
	return second[:4]
}

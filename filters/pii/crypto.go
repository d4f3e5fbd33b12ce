package pii

import "github.com/libnasp/libnasp/filters/pii/check"

// Addresses of cryptocurrencies: Bitcoin (base58check, bech32, bech32m) and Ethereum.

var (
	_ = register(detector{kind: CryptoAddress, reason: "Bitcoin address, checksum valid", word: bitcoin, length: span{26, 35}})
	_ = register(detector{kind: CryptoAddress, reason: "Bitcoin address, checksum valid", word: bech32, length: span{42, 62}})
	_ = register(detector{kind: CryptoAddress, reason: "Ethereum address", word: ethereum, length: span{42, 42}})
)

func bitcoin(t *text, w *word) {
	if c := t.b[w.start]; (c == '1' || c == '3') && check.BitcoinBase58(t.b[w.start:w.end]) {
		t.add(w.start, w.end, 99)
	}
}

func bech32(t *text, w *word) {
	if t.b[w.start]|0x20 == 'b' && t.b[w.start+2] == '1' && check.Bech32(t.b[w.start:w.end]) {
		t.add(w.start, w.end, 99)
	}
}

func ethereum(t *text, w *word) {
	if t.b[w.start] == '0' && t.b[w.start+1] == 'x' && check.Ethereum(t.b[w.start:w.end]) {
		t.add(w.start, w.end, 80)
	}
}

package kafkaproto

import (
	"errors"
	"testing"
)

func TestFrameSize(t *testing.T) {
	tests := []struct {
		name string
		in   []byte
		max  int
		size int
		want error
	}{
		{"TLS handshake", []byte{0x16, 3, 1, 0}, 0, 0, TLS},
		{"TLS alert", []byte{0x15, 3, 3, 0}, 0, 0, TLS},
		{"negative", []byte{0xff, 0xff, 0xff, 0xff}, 0, 0, TooLarge},
		{"over the default", []byte{0x06, 0x40, 0, 1}, 0, 0, TooLarge},
		{"the default", []byte{0x06, 0x40, 0, 0}, 0, 100 << 20, nil},
		{"over the limit", []byte{0, 0, 0, 11}, 10, 0, TooLarge},
		{"the limit", []byte{0, 0, 0, 10}, 10, 10, nil},
		{"HTTP", []byte("GET / HTTP/1.1"), 0, 0, TooLarge},
	}
	for _, tt := range tests {
		if size, err := FrameSize(tt.in, tt.max); size != tt.size || !errors.Is(err, tt.want) {
			t.Errorf("%s: %d, %v", tt.name, size, err)
		}
	}
}

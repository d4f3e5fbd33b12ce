package kafkaproto

import (
	"encoding/binary"
	"errors"
	"testing"

	"github.com/libnasp/libnasp/internal/kafkatest"
)

func answer(id int32) []byte { return binary.BigEndian.AppendUint32(nil, uint32(id)) }

func mustRequest(t *testing.T, tr *Tracker, frame []byte, expected bool) Exchange {
	t.Helper()
	x, got, err := tr.Request(frame)
	if err != nil || got != expected {
		t.Fatalf("request %x: expected %v, %v", frame[:min(len(frame), 12)], got, err)
	}
	return x
}

func TestTrackerPairs(t *testing.T) {
	var tr Tracker
	requests := []struct {
		key, version int16
		id           int32
	}{{18, 3, 1}, {3, 12, 2}, {1, 17, 3}, {10001, 7, 4}, {18, 99, 5}, {7, 0, 6}}
	for range 50 { // long enough that the queue wraps
		for _, q := range requests {
			mustRequest(t, &tr, kafkatest.Header(q.key, q.version, q.id), true)
		}
		for _, q := range requests {
			x, err := tr.Response(answer(q.id))
			if err != nil || x.APIKey != APIKey(q.key) || x.APIVersion != q.version {
				t.Fatalf("%+v, %v", x, err)
			}
		}
	}
	if tr.Pending() != 0 || cap(tr.pending) > 64 {
		t.Errorf("%d pending, room for %d", tr.Pending(), cap(tr.pending))
	}
}

// TestTrackerAcks0 checks that what gets no response isn't waited for, in every version.
func TestTrackerAcks0(t *testing.T) {
	for version := int16(0); version <= ProduceMaxVersion; version++ {
		var tr Tracker
		frame := request(version)
		mustRequest(t, &tr, frame, true)
		var p ProduceRequest
		if err := p.Parse(frame); err != nil {
			t.Fatal(err)
		}
		at := 8 + 4
		if version >= 9 {
			at += 5 + 1
		} else if version >= 3 {
			at += 2
		}
		if frame[at] != 0xff || frame[at+1] != 0xff {
			t.Fatalf("version %d: the acks aren't at %d", version, at)
		}
		frame[at], frame[at+1] = 0, 0
		mustRequest(t, &tr, frame[:at+2], false)
		if tr.Pending() != 1 {
			t.Errorf("version %d: %d pending", version, tr.Pending())
		}
		if _, _, err := tr.Request(frame[:at+1]); !errors.Is(err, Truncated) {
			t.Errorf("version %d, cut before the acks: %v", version, err)
		}
	}
	var tr Tracker
	if _, _, err := tr.Request(request(ProduceMaxVersion + 1)); !errors.Is(err, UnsupportedVersion) {
		t.Errorf("a newer Produce: %v", err)
	}
}

func TestTrackerErrors(t *testing.T) {
	var tr Tracker
	if _, err := tr.Response(answer(1)); !errors.Is(err, Unpaired) {
		t.Errorf("no request: %v", err)
	}
	mustRequest(t, &tr, kafkatest.Header(3, 9, 7), true)
	if _, err := tr.Response(answer(8)); !errors.Is(err, Unpaired) {
		t.Errorf("another correlation id: %v", err)
	}
	if _, err := tr.Response([]byte{0, 0, 0}); !errors.Is(err, Truncated) {
		t.Errorf("cut off: %v", err)
	}
	if _, _, err := tr.Request([]byte{0, 3, 0, 9, 0, 0, 0}); !errors.Is(err, Truncated) {
		t.Errorf("a request cut off: %v", err)
	}
	tr.MaxPending = 1
	if _, _, err := tr.Request(kafkatest.Header(3, 9, 8)); !errors.Is(err, TooLarge) {
		t.Errorf("too many: %v", err)
	}
}

// TestTrackerRawTokens goes through SASL as clients before KIP-152 did it.
func TestTrackerRawTokens(t *testing.T) {
	tests := map[string]struct {
		client, server [][]byte
	}{
		"PLAIN":           {[][]byte{[]byte("\x00user\x00secret")}, [][]byte{{}}},
		"PLAIN, upper":    {[][]byte{[]byte("\x00ADMIN\x00secret")}, [][]byte{{}}},
		"SCRAM":           {[][]byte{[]byte("n,,n=user,r=abc"), []byte("c=biws,r=abc,p=x")}, [][]byte{[]byte("r=abc"), []byte("v=x")}},
		"OAUTHBEARER":     {[][]byte{[]byte("n,,\x01auth=Bearer x\x01\x01")}, [][]byte{{}}},
		"GSSAPI, no last": {[][]byte{{0x60, 0x82, 1, 2, 3, 4, 5, 6}, {}, {5, 4, 4, 0xff, 0, 0, 0, 0, 1}}, [][]byte{{0x60, 1}, {5, 4, 5, 0xff}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var tr Tracker
			mustRequest(t, &tr, kafkatest.Header(17, 0, 1), true)
			if x, err := tr.Response(answer(1)); err != nil || x.Token {
				t.Fatalf("%+v, %v", x, err)
			}
			for i, token := range tt.client {
				if x := mustRequest(t, &tr, token, true); !x.Token {
					t.Fatalf("token %d is taken for a request", i)
				}
				if i < len(tt.server) {
					if x, err := tr.Response(tt.server[i]); err != nil || !x.Token {
						t.Fatalf("answer %d: %+v, %v", i, x, err)
					}
				}
			}
			for _, id := range []int32{2, 3} {
				mustRequest(t, &tr, kafkatest.Header(3, 9, id), true)
				if x, err := tr.Response(answer(id)); err != nil || x.APIKey != APIKeyMetadata {
					t.Fatalf("%+v, %v", x, err)
				}
			}
			// Tokens are over now.
			if _, _, err := tr.Request([]byte("n,,")); err == nil {
				t.Error("a token in mid-stream was taken")
			}
		})
	}
}

// TestTrackerReauthentication checks KIP-368: handshake and tokens as requests in mid-stream.
func TestTrackerReauthentication(t *testing.T) {
	var tr Tracker
	for i, q := range [][2]int16{{17, 1}, {36, 2}, {3, 9}, {17, 1}, {36, 2}, {3, 9}} {
		mustRequest(t, &tr, kafkatest.Header(q[0], q[1], int32(i)), true)
		if x, err := tr.Response(answer(int32(i))); err != nil || x.APIKey != APIKey(q[0]) {
			t.Fatalf("%+v, %v", x, err)
		}
	}
}

func TestResponseVersion(t *testing.T) {
	x := Exchange{APIKey: APIKeyApiVersions, APIVersion: 99}
	if v := x.ResponseVersion([]byte{0, 35, 0, 0}); v != 0 {
		t.Errorf("unsupported: %d", v)
	}
	if v := x.ResponseVersion([]byte{0, 0, 0, 0}); v != 99 {
		t.Errorf("supported: %d", v)
	}
}

func FuzzTracker(f *testing.F) {
	f.Add(kafkatest.Header(17, 0, 1), []byte("n,,"), answer(1))
	f.Fuzz(func(t *testing.T, first, second, response []byte) {
		tr := Tracker{MaxPending: 4}
		for _, frame := range [][]byte{first, second, first} {
			_, _, _ = tr.Request(frame)
		}
		for range 4 {
			before := tr.Pending()
			_, err := tr.Response(response)
			if err == nil && tr.Pending() >= before {
				t.Fatal("a response left the queue as it was")
			}
		}
	})
}

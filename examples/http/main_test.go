package main

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

const want = "X-User-Email: ********************, and a body of 6 bytes"

func Example() {
	main()
	// Output:
	// sent: X-User-Email: jane.doe@example.com
	// got:  X-User-Email: ********************, and a body of 6 bytes
}

// TestKeptAlive sends several requests over one connection, plain and by TLS.
func TestKeptAlive(t *testing.T) {
	for name, start := range map[string]func(http.Handler) *httptest.Server{"http": httptest.NewServer, "https": httptest.NewTLSServer} {
		t.Run(name, func(t *testing.T) {
			peers := map[string]bool{}
			server := start(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				peers[r.RemoteAddr] = true
				answer(w, r)
			}))
			defer server.Close()
			config := &tls.Config{MinVersion: tls.VersionTLS12}
			if name == "https" {
				config.RootCAs = x509.NewCertPool()
				config.RootCAs.AddCert(server.Certificate())
			}
			client, closeAll, err := newClient(t.Context(), config)
			if err != nil {
				t.Fatal(err)
			}
			defer closeAll()
			for range 3 {
				if got, err := post(t.Context(), client, server.URL); err != nil || got != want {
					t.Errorf("%q, %v", got, err)
				}
			}
			if len(peers) != 1 {
				t.Errorf("%d connections were made", len(peers))
			}
		})
	}
}

// TestUnknownBody: what the filter can't follow doesn't pass.
func TestUnknownBody(t *testing.T) {
	arrived := false
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { arrived = true }))
	defer server.Close()
	client, closeAll, err := newClient(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer closeAll()
	resp, err := client.Post(server.URL, "text/plain", struct{ *strings.Reader }{strings.NewReader("of unknown length")})
	if err == nil {
		resp.Body.Close()
	}
	if err == nil || !strings.Contains(err.Error(), "without a Content-Length") || arrived {
		t.Errorf("%v, arrived: %v", err, arrived)
	}
}

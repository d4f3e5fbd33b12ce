package conn_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"math/big"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/libnasp/libnasp/conn"
)

// tlsPipe returns both ends of a TLS connection over net.Pipe, after the handshake.
func tlsPipe(t *testing.T) (client, server *tls.Conn) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"localhost"}}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	cert, _ := x509.ParseCertificate(der)
	roots.AddCert(cert)
	a, b := net.Pipe()
	client = tls.Client(a, &tls.Config{RootCAs: roots, ServerName: "localhost"})
	server = tls.Server(b, &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}})
	done := make(chan error)
	go func() { done <- server.Handshake() }()
	if err := errors.Join(client.Handshake(), <-done); err != nil {
		t.Fatal(err)
	}
	return client, server
}

func TestTLS(t *testing.T) {
	t.Run("waking a Read doesn't break it", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			nc, peer := tlsPipe(t)
			defer peer.Close()
			h := &hook{up: pause}
			c := wrap(t, nc, filters(h))
			for range 5 {
				go peer.Write([]byte("held"))
				go func() {
					time.Sleep(time.Second)
					h.Continue(conn.Upstream)
				}()
				mustRead(t, c, "held")
			}
			c.SetReadDeadline(time.Now().Add(time.Second))
			_, err := c.Read(make([]byte, 1))
			wantTimeout(t, err)
			c.SetReadDeadline(time.Time{})
			go peer.Write([]byte("held"))
			time.AfterFunc(time.Second, func() { h.Continue(conn.Upstream) })
			mustRead(t, c, "held")
			go peer.Read(make([]byte, 1)) // takes the alert
			if err := c.Close(); err != nil {
				t.Fatal(err)
			}
		})
	})
	t.Run("a timed-out Write ends its direction", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			nc, peer := tlsPipe(t)
			defer peer.Close()
			c := wrap(t, nc, filters(pass{}))
			c.SetWriteDeadline(time.Now().Add(time.Second))
			_, err := c.Write([]byte("abc"))
			wantTimeout(t, err)
			c.SetWriteDeadline(time.Time{})
			if n, err := c.Write([]byte("def")); n != 0 || err == nil {
				t.Fatalf("Write = %d, %v", n, err)
			}
			go func() { // the other direction lives
				peer.Write([]byte("up"))
			}()
			mustRead(t, c, "up")
			var de *conn.DiscardedError
			if err := c.Close(); !errors.As(err, &de) || de.Bytes != 3 {
				t.Fatalf("Close = %v", err)
			}
		})
	})
}

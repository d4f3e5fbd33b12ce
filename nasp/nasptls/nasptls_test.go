package nasptls_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/libnasp/libnasp/nasp"
	"github.com/libnasp/libnasp/nasp/nasptls"
)

// authority signs certificates.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a := &authority{t, nil, key}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "roots"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(1000 * time.Hour),
	}
	a.cert = a.sign(template, template, key)
	return a
}

func (a *authority) sign(template, parent *x509.Certificate, key *ecdsa.PrivateKey) *x509.Certificate {
	a.t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return cert
}

// files are the paths of what one end has.
type files struct{ cert, key, roots string }

func newFiles(t *testing.T) files {
	dir := t.TempDir()
	return files{filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key"), filepath.Join(dir, "ca.crt")}
}

// issue writes a new certificate for name, valid so long from now on, by an atomic rename.
func (a *authority) issue(f files, name string, valid time.Duration) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name}, IPAddresses: []net.IP{net.IPv4(192, 0, 2, 1)},
		NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().Add(valid), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	write(a.t, f.cert, "CERTIFICATE", a.sign(template, a.cert, key).Raw)
	write(a.t, f.key, "EC PRIVATE KEY", der)
}

// trust writes the roots.
func (a *authority) trust(f files) { write(a.t, f.roots, "CERTIFICATE", a.cert.Raw) }

func write(t *testing.T, path, kind string, der []byte) {
	t.Helper()
	tmp := path + ".tmp"
	if err := os.WriteFile(tmp, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(tmp, path); err != nil {
		t.Fatal(err)
	}
}

// handshake connects a client and a server in memory and returns the names of both as the other end sees them.
func handshake(t *testing.T, client, server *tls.Config) (clientName, serverName string, err error) {
	t.Helper()
	near, far := net.Pipe()
	a, b := newBuffered(near), newBuffered(far)
	defer a.Close()
	defer b.Close()
	s := tls.Server(b, server)
	served := make(chan error, 1)
	go func() {
		err := s.Handshake()
		if err == nil {
			_, err = s.Write([]byte("x")) // TLS 1.3: the client learns in Read that it was refused
		} else {
			b.Close()
		}
		served <- err
	}()
	c := tls.Client(a, client)
	err = c.Handshake()
	if err == nil {
		_, err = io.ReadFull(c, make([]byte, 1))
	}
	a.Close()
	if serr := <-served; err == nil {
		err = serr
	}
	if err != nil {
		return "", "", err
	}
	return s.ConnectionState().PeerCertificates[0].Subject.CommonName, c.ConnectionState().PeerCertificates[0].Subject.CommonName, nil
}

// buffered is an end of net.Pipe whose writes don't wait for the reader: both ends of a failing handshake may write at once.
type buffered struct {
	net.Conn
	queue chan []byte
	once  sync.Once
}

func newBuffered(c net.Conn) *buffered {
	b := &buffered{Conn: c, queue: make(chan []byte, 100)}
	go func() {
		for p := range b.queue {
			_, _ = c.Write(p)
		}
		c.Close()
	}()
	return b
}

func (b *buffered) Write(p []byte) (int, error) {
	b.queue <- bytes.Clone(p)
	return len(p), nil
}

// Close closes the connection after what was written has been read.
func (b *buffered) Close() error {
	b.once.Do(func() { close(b.queue) })
	return nil
}

// ends makes both ends of files that the authority has signed.
func ends(t *testing.T, a *authority, log io.Writer) (c, s files, client, server *tls.Config) {
	t.Helper()
	c, s = newFiles(t), newFiles(t)
	a.issue(c, "client-1", time.Hour)
	a.issue(s, "server", time.Hour)
	a.trust(c)
	a.trust(s)
	logger := slog.New(slog.NewTextHandler(log, nil))
	client, err := (&nasptls.Files{CertFile: c.cert, KeyFile: c.key, RootsFile: c.roots, Logger: logger}).Client(&tls.Config{ServerName: "server"})
	if err != nil {
		t.Fatal(err)
	}
	server, err = (&nasptls.Files{CertFile: s.cert, KeyFile: s.key, RootsFile: s.roots, Logger: logger}).Server(nil)
	if err != nil {
		t.Fatal(err)
	}
	return c, s, client, server
}

// TestCertificatesAreReplaced before they end, on both ends, and the roots with them.
func TestCertificatesAreReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAuthority(t)
		c, s, client, server := ends(t, a, io.Discard)
		expect := func(when, want string) {
			t.Helper()
			if name, server, err := handshake(t, client, server); err != nil || name != want || server != "server" {
				t.Errorf("%s: %q and %q, %v", when, name, server, err)
			}
		}
		expect("at first", "client-1")
		time.Sleep(50 * time.Minute)
		a.issue(c, "client-2", time.Hour)
		a.issue(s, "server", time.Hour)
		expect("replaced before the end", "client-2")
		time.Sleep(30 * time.Minute) // past the end of the first
		expect("past the end of the first", "client-2")

		next := newAuthority(t)
		next.issue(c, "client-3", 10*time.Hour)
		if _, _, err := handshake(t, client, server); err == nil {
			t.Error("the server takes a certificate that it has no root for")
		}
		next.issue(s, "server", 10*time.Hour)
		next.trust(s)
		if _, _, err := handshake(t, client, server); err == nil {
			t.Error("the client takes a certificate that it has no root for")
		}
		next.trust(c)
		expect("with other roots", "client-3")
	})
}

// TestCertificatesThatEnd: without a replacement, handshakes fail on either end.
func TestCertificatesThatEnd(t *testing.T) {
	for _, which := range []string{"client", "server"} {
		synctest.Test(t, func(t *testing.T) {
			a := newAuthority(t)
			c, s, client, server := ends(t, a, io.Discard)
			if which == "client" {
				a.issue(s, "server", 10*time.Hour)
			} else {
				a.issue(c, "client", 10*time.Hour)
			}
			time.Sleep(2 * time.Hour)
			if _, _, err := handshake(t, client, server); err == nil {
				t.Errorf("the certificate of the %s has ended, and is taken", which)
			}
		})
	}
}

// TestHalfReplaced: a certificate whose key isn't there yet leaves the old pair in use, until that has ended.
func TestHalfReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAuthority(t)
		var log bytes.Buffer
		c, s, client, server := ends(t, a, &log)
		a.issue(s, "server", 100*time.Hour)
		old, err := os.ReadFile(c.key)
		if err != nil {
			t.Fatal(err)
		}
		a.issue(c, "client-2", 10*time.Hour)
		current, err := os.ReadFile(c.key)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(c.key, old, 0o600); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if name, _, err := handshake(t, client, server); err != nil || name != "client-1" {
				t.Errorf("half replaced: %q, %v", name, err)
			}
		}
		if n := strings.Count(log.String(), "level=ERROR"); n != 1 || !strings.Contains(log.String(), "private key does not match") {
			t.Errorf("the log is %q", log.String())
		}
		time.Sleep(2 * time.Hour)
		if _, _, err := handshake(t, client, server); err == nil || !strings.Contains(err.Error(), "the certificate ended at") {
			t.Errorf("past the end of the old: %v", err)
		}
		if err := os.WriteFile(c.key, current, 0o600); err != nil {
			t.Fatal(err)
		}
		if name, _, err := handshake(t, client, server); err != nil || name != "client-2" {
			t.Errorf("replaced: %q, %v", name, err)
		}
		if err := os.Remove(c.cert); err != nil {
			t.Fatal(err)
		}
		if name, _, err := handshake(t, client, server); err != nil || name != "client-2" {
			t.Errorf("removed: %q, %v", name, err)
		}
	})
}

// TestNames: the server's name is checked, that of an IP address too, and a handshake without a name fails.
func TestNames(t *testing.T) {
	a := newAuthority(t)
	_, _, client, server := ends(t, a, io.Discard)
	for name, ok := range map[string]bool{"server": true, "other": false, "": false} {
		config := client.Clone()
		config.ServerName = name
		_, _, err := handshake(t, config, server)
		var verification *tls.CertificateVerificationError
		if (err == nil) != ok || name == "other" && !errors.As(err, &verification) {
			t.Errorf("%q: %v", name, err)
		}
	}
	n, err := nasp.New(t.Context(), nasp.Config{Filters: []nasp.Filter{}})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close(t.Context())
	for addr, ok := range map[string]bool{"192.0.2.1:9092": true, "server:9092": true, "192.0.2.2:9092": false, "other:9092": false} {
		config := client.Clone()
		config.ServerName = ""
		a, b := net.Pipe()
		near, far := newBuffered(a), newBuffered(b)
		go func() {
			_ = tls.Server(far, server).Handshake()
			_, _ = io.Copy(io.Discard, far)
		}()
		d := nasp.Dialer{Interceptor: n, TLS: config, Base: pipe{near}.dial}
		c, err := d.DialContext(t.Context(), "tcp", addr)
		if (err == nil) != ok {
			t.Errorf("%s: %v", addr, err)
		}
		if err == nil {
			c.Close()
		}
		far.Close()
	}
}

// pipe is a dialer that gives a connection that is there.
type pipe struct{ net.Conn }

func (p pipe) dial(context.Context, string, string) (net.Conn, error) { return p.Conn, nil }

func TestRefused(t *testing.T) {
	a := newAuthority(t)
	f := newFiles(t)
	a.issue(f, "x", time.Hour)
	a.trust(f)
	for name, try := range map[string]func() error{
		"missing": func() error {
			_, err := (&nasptls.Files{CertFile: f.cert + "x", KeyFile: f.key}).Client(nil)
			return err
		},
		"no key":         func() error { _, err := (&nasptls.Files{CertFile: f.cert}).Client(nil); return err },
		"no PEM":         func() error { _, err := (&nasptls.Files{RootsFile: f.key}).Client(nil); return err },
		"key for cert":   func() error { _, err := (&nasptls.Files{CertFile: f.key, KeyFile: f.key}).Client(nil); return err },
		"server without": func() error { _, err := (&nasptls.Files{RootsFile: f.roots}).Server(nil); return err },
		"skipping anyway": func() error {
			_, err := (&nasptls.Files{RootsFile: f.roots}).Client(&tls.Config{InsecureSkipVerify: true})
			return err
		},
		"other for client": func() error {
			_, err := (&nasptls.Files{CertFile: f.cert, KeyFile: f.key}).Server(&tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return nil, nil }})
			return err
		},
	} {
		if err := try(); err == nil || !strings.HasPrefix(err.Error(), "nasptls: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestVerifyConnectionOfTheCaller is called after ours, with the chains.
func TestVerifyConnectionOfTheCaller(t *testing.T) {
	a := newAuthority(t)
	c, _, _, server := ends(t, a, io.Discard)
	chains := 0
	refuse := errors.New("refused by the caller")
	client, err := (&nasptls.Files{CertFile: c.cert, KeyFile: c.key, RootsFile: c.roots}).Client(&tls.Config{ServerName: "server", VerifyConnection: func(cs tls.ConnectionState) error {
		chains = len(cs.VerifiedChains)
		return refuse
	}})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := handshake(t, client, server); !errors.Is(err, refuse) || chains != 1 {
		t.Errorf("%v, %d chains", err, chains)
	}
}

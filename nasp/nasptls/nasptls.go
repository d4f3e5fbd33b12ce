// Package nasptls has TLS configurations whose certificates and roots come from files that are replaced while the program runs, as cert-manager, Vault and
// SPIFFE helpers do before a certificate ends. Each handshake uses what the files hold then; connections that are there aren't touched.
//
//	files := &nasptls.Files{CertFile: "tls.crt", KeyFile: "tls.key", RootsFile: "ca.crt"}
//	config, err := files.Client(nil)
//	…
//	dialer := &nasp.Dialer{Interceptor: n, TLS: config}
//
// It knows nothing of filters, and works with everything that takes a tls.Config.
package nasptls

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// Files names PEM files. They are read again for each handshake, and parsed when they have changed: a few kilobytes from the cache of the system, beside a
// handshake of milliseconds. Files that can't be used, for example because certificate and key don't belong together while they are being replaced,
// are logged once and leave what was read before in use, until that has ended.
//
// A Files must not be copied or changed after its first use. Its methods may be called from any goroutine.
type Files struct {
	// CertFile and KeyFile have this end's certificate, with intermediate ones behind it, and its key. Both may be empty for a client.
	CertFile, KeyFile string
	// RootsFile has the certificates that the other end's is checked against. Empty means those of the system for a client, and that clients aren't checked for a
	// server, unless the tls.Config says otherwise.
	RootsFile string
	// Logger gets what is wrong with replaced files. Nil means slog.Default.
	Logger *slog.Logger

	mu      sync.Mutex
	raw     [3][]byte // of the files, as they were seen last
	pair    *tls.Certificate
	roots   *x509.CertPool
	problem error // with what was seen last
}

// Client returns a configuration for clients, a copy of base, which may be nil. It fails if the files can't be used now.
//
// Where RootsFile is set, the copy has InsecureSkipVerify set and VerifyConnection does what crypto/tls would do, with the roots of the day. For a
// server that is dialled by its IP address, the name to check is only known to a caller like nasp.Dialer, which sets ConnectionState.ServerName; elsewhere such
// handshakes fail.
func (f *Files) Client(base *tls.Config) (*tls.Config, error) {
	c, err := f.prepare(base)
	if err != nil {
		return nil, err
	}
	if f.CertFile != "" {
		c.Certificates = nil
		c.GetClientCertificate = f.GetClientCertificate
	}
	if f.RootsFile == "" {
		return c, nil
	}
	if c.InsecureSkipVerify || c.VerifyPeerCertificate != nil {
		return nil, errors.New("nasptls: with RootsFile, the tls.Config must have neither InsecureSkipVerify nor VerifyPeerCertificate (VerifyConnection works)")
	}
	c.RootCAs = nil
	c.InsecureSkipVerify = true // VerifyConnection checks
	then, now := c.VerifyConnection, c.Time
	c.VerifyConnection = func(cs tls.ConnectionState) error {
		chains, err := f.verify(cs, now)
		if err != nil || then == nil {
			return err
		}
		cs.VerifiedChains = chains
		return then(cs)
	}
	return c, nil
}

// Server returns a configuration for servers, a copy of base, which may be nil. It fails if the files can't be used now. With RootsFile, clients must have a
// certificate, unless base says otherwise by ClientAuth.
func (f *Files) Server(base *tls.Config) (*tls.Config, error) {
	if f.CertFile == "" {
		return nil, errors.New("nasptls: a server needs CertFile and KeyFile")
	}
	c, err := f.prepare(base)
	if err != nil {
		return nil, err
	}
	if c.GetConfigForClient != nil {
		return nil, errors.New("nasptls: the tls.Config must not have GetConfigForClient, which Files needs itself")
	}
	if f.RootsFile != "" && c.ClientAuth == tls.NoClientCert {
		c.ClientAuth = tls.RequireAndVerifyClientCert
	}
	c.Certificates, c.GetCertificate = nil, f.GetCertificate
	inner := c.Clone()
	c.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
		_, roots, err := f.current()
		if err != nil || f.RootsFile == "" {
			return nil, err // nil: the configuration that is there
		}
		forClient := inner.Clone()
		forClient.ClientCAs = roots
		return forClient, nil
	}
	return c, nil
}

// prepare checks the files and copies base.
func (f *Files) prepare(base *tls.Config) (*tls.Config, error) {
	if (f.CertFile == "") != (f.KeyFile == "") {
		return nil, errors.New("nasptls: set both CertFile and KeyFile, or none")
	}
	if _, _, err := f.current(); err != nil {
		return nil, err
	}
	if base == nil {
		return &tls.Config{MinVersion: tls.VersionTLS12}, nil
	}
	return base.Clone(), nil
}

// GetClientCertificate is for tls.Config.
func (f *Files) GetClientCertificate(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
	return f.certificate()
}

// GetCertificate is for tls.Config.
func (f *Files) GetCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	return f.certificate()
}

// VerifyConnection is for a client's tls.Config with InsecureSkipVerify: it checks the server's certificate and name as crypto/tls does, with the roots of
// RootsFile.
func (f *Files) VerifyConnection(cs tls.ConnectionState) error {
	_, err := f.verify(cs, nil)
	return err
}

func (f *Files) verify(cs tls.ConnectionState, now func() time.Time) ([][]*x509.Certificate, error) {
	if cs.ServerName == "" { // x509 would check no name
		return nil, errors.New("nasptls: the server's name isn't known, as is so for IP addresses without nasp.Dialer: set ServerName")
	}
	if len(cs.PeerCertificates) == 0 {
		return nil, errors.New("nasptls: the server has no certificate")
	}
	_, roots, err := f.current()
	if err != nil {
		return nil, err
	}
	options := x509.VerifyOptions{Roots: roots, DNSName: cs.ServerName, Intermediates: x509.NewCertPool()}
	if now != nil {
		options.CurrentTime = now()
	}
	for _, c := range cs.PeerCertificates[1:] {
		options.Intermediates.AddCert(c)
	}
	chains, err := cs.PeerCertificates[0].Verify(options)
	if err != nil {
		return nil, &tls.CertificateVerificationError{UnverifiedCertificates: cs.PeerCertificates, Err: err}
	}
	return chains, nil
}

// certificate returns this end's certificate. When it has ended and its replacement can't be used, that is the error.
func (f *Files) certificate() (*tls.Certificate, error) {
	pair, _, err := f.current()
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if end := pair.Leaf.NotAfter; f.problem != nil && time.Now().After(end) {
		return nil, fmt.Errorf("nasptls: the certificate ended at %v, and what has replaced it can't be used: %w", end.Format(time.RFC3339), f.problem)
	}
	return pair, nil
}

// current returns what the files hold, or held when they could be used last.
func (f *Files) current() (*tls.Certificate, *x509.CertPool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	raw, err := f.read()
	if err == nil && f.problem == nil && f.same(raw) && (f.pair != nil || f.roots != nil) {
		return f.pair, f.roots, nil
	}
	known := f.problem
	if err == nil {
		err = f.parse(raw)
	}
	f.problem = err
	if err == nil {
		return f.pair, f.roots, nil
	}
	if f.pair == nil && f.roots == nil {
		return nil, nil, err
	}
	if known == nil || known.Error() != err.Error() {
		logger := f.Logger
		if logger == nil {
			logger = slog.Default()
		}
		logger.LogAttrs(context.Background(), slog.LevelError, "nasptls: replaced files can't be used, those before stay in use", slog.String("error", err.Error()))
	}
	return f.pair, f.roots, nil
}

func (f *Files) read() (raw [3][]byte, err error) {
	for i, path := range []string{f.CertFile, f.KeyFile, f.RootsFile} {
		if path == "" {
			continue
		}
		if raw[i], err = os.ReadFile(path); err != nil {
			return raw, fmt.Errorf("nasptls: %w", err)
		}
	}
	return raw, nil
}

func (f *Files) same(raw [3][]byte) bool {
	for i := range raw {
		if !bytes.Equal(raw[i], f.raw[i]) {
			return false
		}
	}
	return true
}

// parse takes over all files, or none.
func (f *Files) parse(raw [3][]byte) error {
	var pair *tls.Certificate
	var roots *x509.CertPool
	if f.CertFile != "" {
		p, err := tls.X509KeyPair(raw[0], raw[1])
		if err != nil {
			return fmt.Errorf("nasptls: %s and %s: %w", f.CertFile, f.KeyFile, err)
		}
		if p.Leaf == nil { // with GODEBUG=x509keypairleaf=0
			if p.Leaf, err = x509.ParseCertificate(p.Certificate[0]); err != nil {
				return fmt.Errorf("nasptls: %s: %w", f.CertFile, err)
			}
		}
		pair = &p
	}
	if f.RootsFile != "" {
		if roots = x509.NewCertPool(); !roots.AppendCertsFromPEM(raw[2]) {
			return fmt.Errorf("nasptls: %s holds no certificate in PEM", f.RootsFile)
		}
	}
	f.raw, f.pair, f.roots = raw, pair, roots
	return nil
}

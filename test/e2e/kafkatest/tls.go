package kafkatest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"net"
	"os"
	"path/filepath"
	"time"
)

// certificates are those of one broker and its clients, signed by an authority that nobody else knows.
type certificates struct {
	authority *x509.Certificate
	broker    tls.Certificate
	client    tls.Certificate
}

func newCertificates() (*certificates, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := certificateTemplate("kafkatest authority")
	template.IsCA, template.BasicConstraintsValid = true, true
	template.KeyUsage = x509.KeyUsageCertSign
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	authority, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	c := &certificates{authority: authority}
	var brokerErr, clientErr error
	c.broker, brokerErr = signed("localhost", x509.ExtKeyUsageServerAuth, authority, key)
	c.client, clientErr = signed("kafkatest client", x509.ExtKeyUsageClientAuth, authority, key)
	return c, errors.Join(brokerErr, clientErr)
}

// signed makes a certificate for loopback and a key for it.
func signed(name string, use x509.ExtKeyUsage, authority *x509.Certificate, authorityKey *ecdsa.PrivateKey) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := certificateTemplate(name)
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{use}
	template.DNSNames = []string{"localhost"}
	template.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	der, err := x509.CreateCertificate(rand.Reader, template, authority, key.Public(), authorityKey)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}

func certificateTemplate(name string) *x509.Certificate {
	return &x509.Certificate{
		Subject:   pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour),
		NotAfter:  time.Now().Add(24 * time.Hour),
	}
}

// The files of the broker, in Kafka's PEM format (KIP-651).
const (
	keyStore   = "keystore.pem"
	trustStore = "truststore.pem"
)

// write puts the broker's key and certificate, and the authority that it trusts, into dir.
func (c *certificates) write(dir string) error {
	key, err := x509.MarshalPKCS8PrivateKey(c.broker.PrivateKey)
	if err != nil {
		return err
	}
	var store bytes.Buffer
	err = errors.Join(
		pem.Encode(&store, &pem.Block{Type: "PRIVATE KEY", Bytes: key}),
		pem.Encode(&store, &pem.Block{Type: "CERTIFICATE", Bytes: c.broker.Certificate[0]}))
	if err != nil {
		return err
	}
	trust := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.authority.Raw})
	return errors.Join(
		os.WriteFile(filepath.Join(dir, keyStore), store.Bytes(), 0o600),
		os.WriteFile(filepath.Join(dir, trustStore), trust, 0o600))
}

// tlsProperties are those of a listener with TLS, for the files of write.
func tlsProperties(dir string) map[string]string {
	return map[string]string{
		"ssl.keystore.type":       "PEM",
		"ssl.keystore.location":   filepath.Join(dir, keyStore),
		"ssl.truststore.type":     "PEM",
		"ssl.truststore.location": filepath.Join(dir, trustStore),
		"ssl.client.auth":         "required", // so that a test shows that a client's certificate is used
	}
}

func (c *certificates) clientConfig() *tls.Config {
	pool := x509.NewCertPool()
	pool.AddCert(c.authority)
	return &tls.Config{RootCAs: pool, Certificates: []tls.Certificate{c.client}, MinVersion: tls.VersionTLS12}
}

// Command http masks a header of what a net/http client sends, by a filter in Go: nothing in nasp is about Kafka only.
//
//	go run ./examples/http
package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/libnasp/libnasp/conn"
	"github.com/libnasp/libnasp/nasp"
)

func main() {
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	server := httptest.NewServer(http.HandlerFunc(answer)) // in the place of a service of somebody else
	defer server.Close()
	client, closeAll, err := newClient(ctx, nil)
	if err != nil {
		return err
	}
	defer closeAll()
	got, err := post(ctx, client, server.URL)
	if err != nil {
		return err
	}
	fmt.Printf("sent: X-User-Email: %s\ngot:  %s\n", email, got)
	return nil
}

const email = "jane.doe@example.com"

// answer tells the client what has arrived.
func answer(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	fmt.Fprintf(w, "X-User-Email: %s, and a body of %d bytes", r.Header.Get("X-User-Email"), len(body))
}

// newClient returns an HTTP/1.1 client whose connections go through the filter. nasp does TLS beneath it, so that the filter sees HTTP; config may be nil.
func newClient(ctx context.Context, config *tls.Config) (client *http.Client, closeAll func(), err error) {
	n, err := nasp.New(ctx, nasp.Config{Filters: []nasp.Filter{{
		Name: "headers", New: func() (conn.Filter, error) { return &headers{name: "X-User-Email"}, nil },
	}}})
	if err != nil {
		return nil, nil, err
	}
	if config == nil {
		config = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	plain := &nasp.Dialer{Interceptor: n}
	secure := &nasp.Dialer{Interceptor: n, TLS: config}
	transport := &http.Transport{DialContext: plain.DialContext, DialTLSContext: secure.DialContext}
	return &http.Client{Transport: transport}, func() {
		transport.CloseIdleConnections()
		_ = n.Close(ctx)
	}, nil
}

func post(ctx context.Context, client *http.Client, url string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader("a body"))
	if err != nil {
		return "", err
	}
	req.Header.Set("X-User-Email", email)
	resp, err := client.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return string(body), err
}

package nasp_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"sync"
	"testing"

	"github.com/libnasp/libnasp/nasp"
)

// TestPanicsOfOneConnection: one client's bytes make the filter panic again and again; 99 other connections on the same VMs lose nothing.
func TestPanicsOfOneConnection(t *testing.T) {
	const others, rounds = 99, 20
	n := newInterceptor(t, nasp.Config{Filters: []nasp.Filter{testGuest(t, "")}, VMs: 2})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go echo(l)

	stop := make(chan struct{})
	panics := make(chan int)
	go func() {
		count := 0
		defer func() { panics <- count }()
		for {
			select {
			case <-stop:
				return
			default:
			}
			c, err := (&nasp.Dialer{Interceptor: n}).DialContext(t.Context(), "tcp", l.Addr().String())
			if err != nil {
				t.Error("a panic has cost more than its connection:", err)
				return
			}
			if _, err := c.Write([]byte("Panic")); err == nil {
				t.Error("no error though the filter panics")
			}
			c.Close()
			count++
		}
	}()

	var wg sync.WaitGroup
	for range others {
		wg.Go(func() {
			if err := converse(n, l.Addr().String(), rounds); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	close(stop)
	if count := <-panics; count == 0 {
		t.Error("there was no panic in the meantime")
	}
}

// echo sends back what each connection sends.
func echo(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			_, _ = io.Copy(c, c)
		}()
	}
}

// converse sends text that the guest upper-cases, and reads it back.
func converse(n *nasp.Interceptor, addr string, rounds int) error {
	c, err := (&nasp.Dialer{Interceptor: n}).Dial("tcp", addr)
	if err != nil {
		return err
	}
	defer c.Close()
	sent := append([]byte("U"), bytes.Repeat([]byte("abc"), 300)...)
	got := make([]byte, len(sent))
	for range rounds {
		if _, err := c.Write(sent); err != nil {
			return err
		}
		if _, err := io.ReadFull(c, got); err != nil {
			return err
		}
		if !bytes.Equal(got, bytes.ToUpper(sent)) {
			return errors.New("other bytes came back")
		}
	}
	return nil
}

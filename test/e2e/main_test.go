package e2e

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/libnasp/libnasp/test/e2e/envoytest"
	"github.com/libnasp/libnasp/test/e2e/kafkatest"
)

// broker is shared by all tests of this package. Each test makes topics of its own.
var broker *kafkatest.Broker

// TestMain starts the broker. The tests need Java, Maven, kcat and Python, so that people without them run the others first.
func TestMain(m *testing.M) {
	if os.Getenv("NASP_E2E") != "1" {
		// The first line is what makes "go test ./..." say "[no tests to run]" beside the package instead of a mere "ok".
		fmt.Println("testing: warning: no tests to run\n" +
			"The end-to-end tests run a real Apache Kafka and Envoy: they need java (17 or newer), mvn,\n" +
			"kcat and python3 (with venv, for Envoy). Switch them on with NASP_E2E=1.")
		return
	}
	os.Exit(run(m))
}

// run returns the exit code of the tests.
func run(m *testing.M) (code int) {
	ctx := context.Background()
	failed := func(err error) bool {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
		return err != nil
	}
	var err error
	fmt.Fprintln(os.Stderr, "e2e: loading the filters (the first time with -race takes half a minute)")
	if interceptor, err = newInterceptor(ctx); failed(err) {
		return
	}
	defer func() { failed(interceptor.Close(ctx)) }()
	if envoyPort, err = envoytest.Reserve(); failed(err) {
		return
	}
	defer envoyPort.Release()
	if rulesPort, err = envoytest.Reserve(); failed(err) {
		return
	}
	defer rulesPort.Release()
	if broker, err = kafkatest.Start(ctx, brokerConfig()); failed(err) {
		return
	}
	defer func() { failed(broker.Stop()) }()
	return m.Run()
}

func brokerConfig() kafkatest.Config {
	return kafkatest.Config{Listeners: []kafkatest.Listener{
		{Name: tlsListener, Protocol: kafkatest.TLS},
		{Name: proxiedListener, Advertised: proxyAddr},
		{Name: envoyListener, Advertised: envoyPort.Addr()},
		{Name: rulesListener, Advertised: rulesPort.Addr()},
		saslConfig(),
	}}
}

// tlsListener is the broker's listener with TLS.
const tlsListener = "SECURE"

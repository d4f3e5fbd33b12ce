package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/IBM/sarama"

	"github.com/libnasp/libnasp/nasp"
	"github.com/libnasp/libnasp/nasp/naspsarama"
)

// interceptor has the default configuration and is shared by all tests, as it would be in a program.
var interceptor *nasp.Interceptor

func newInterceptor(ctx context.Context) (*nasp.Interceptor, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, fmt.Errorf("e2e: no folder to keep compiled modules in: %w", err)
	}
	return nasp.New(ctx, nasp.Config{CacheDir: filepath.Join(cache, "nasp", "e2e-modules")})
}

// wrapped is a configuration whose connections go through the shared interceptor.
func wrapped(t *testing.T, config *sarama.Config) *sarama.Config {
	t.Helper()
	c, err := naspsarama.Wrap(config, interceptor)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

package naspconfig

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/libnasp/libnasp/nasp"
)

// Source is a configuration file that is followed. Its zero value but for Path works.
type Source struct {
	// Path is that of the file.
	Path string
	// Logger becomes that of the configuration. Nil means slog.Default.
	Logger *slog.Logger
	// Prepare, if not nil, completes each configuration that was read by what a file can't say, for example filters in Go.
	Prepare func(*nasp.Config)
	// Interval is the time between two looks at the file. 0 means DefaultInterval.
	Interval time.Duration

	mu     sync.Mutex
	loaded fingerprint // of what Load has read
}

// DefaultInterval is what Source.Interval means when it is zero.
const DefaultInterval = time.Second

// fingerprint tells one state of the file and its modules from another.
type fingerprint [sha256.Size]byte

// emptyFile is what some programs leave for a moment while they write the file. It would mean the defaults, so Watch doesn't believe it.
var emptyFile = fingerprint(sha256.Sum256(nil))

// Load reads the file.
func (s *Source) Load() (nasp.Config, error) {
	c, seen, err := s.read()
	if err != nil {
		return nasp.Config{}, err
	}
	if s.Prepare != nil {
		s.Prepare(&c)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.loaded = seen
	return c, nil
}

// read reads the file. The fingerprint is that of what was read, also where the configuration is wrong.
func (s *Source) read() (nasp.Config, fingerprint, error) {
	b, err := os.ReadFile(s.Path)
	if err != nil {
		return nasp.Config{}, fingerprint{}, fmt.Errorf("naspconfig: %w", err)
	}
	h := sha256.New()
	h.Write(b)
	c, err := parse(b, filepath.Dir(s.Path))
	if err != nil {
		err = fmt.Errorf("naspconfig: %s: %w", s.Path, err)
	}
	c.Logger = s.Logger
	for _, f := range c.Filters {
		describe(h, f.File)
	}
	return c, fingerprint(h.Sum(nil)), err
}

// describe adds what tells a module from the one that was at its path before. Modules are large, so their bytes aren't read.
func describe(w io.Writer, path string) {
	if path == "" {
		return
	}
	if info, err := os.Stat(path); err == nil {
		fmt.Fprintf(w, "\x00%s %d %d", path, info.Size(), info.ModTime().UnixNano())
	} else {
		fmt.Fprintf(w, "\x00%s missing", path)
	}
}

// Watch has n reload the configuration each time that the file, or a module that it names, has changed, until ctx is done, and returns its error; or nasp.ErrShutdown
// when there is a change and n has been shut down. A file that can't be used changes nothing and is logged, once; neither does one that is missing or empty, as it is for a moment while some editors save it.
//
// It looks at the file from time to time, which works on every file system and with each way of replacing files, and waits until two looks see the same, so
// that it doesn't read half of a file that is being written. The state that Load has read before counts as known.
func (s *Source) Watch(ctx context.Context, n *nasp.Interceptor) error {
	ticker := time.NewTicker(cmp.Or(s.Interval, DefaultInterval))
	defer ticker.Stop()
	s.mu.Lock()
	w := watcher{source: s, tried: s.loaded}
	s.mu.Unlock()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
			if err := w.look(ctx, n); errors.Is(err, nasp.ErrShutdown) {
				return err
			}
		}
	}
}

type watcher struct {
	source      *Source
	seen, tried fingerprint
	missing     bool // and that was logged
}

// look looks once; its error is that of a Reload.
func (w *watcher) look(ctx context.Context, n *nasp.Interceptor) error {
	s := w.source
	_, now, err := s.read()
	if now == emptyFile {
		err = errors.New("it is empty")
	}
	if now == (fingerprint{}) || now == emptyFile {
		if !w.missing {
			s.logger().LogAttrs(ctx, slog.LevelWarn, "naspconfig: the configuration file can't be read, the configuration stays", slog.String("error", err.Error()))
		}
		w.missing = true
		return nil
	}
	w.missing = false
	if settled := now == w.seen; !settled || now == w.tried {
		w.seen = now
		return nil
	}
	w.tried = now
	err = n.ReloadFunc(ctx, s.Load) // which logs an error
	if err == nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		w.tried = s.loaded
	}
	return err
}

func (s *Source) logger() *slog.Logger {
	if s.Logger != nil {
		return s.Logger
	}
	return slog.Default()
}

package download

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestOnce(t *testing.T) {
	cache := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", cache)
	t.Setenv("HOME", cache) // on macOS the cache folder is below it
	calls := 0
	fetch := func(fail error) func(string) (string, error) {
		return func(work string) (string, error) {
			calls++
			made := filepath.Join(work, "made")
			return made, errors.Join(os.Mkdir(made, 0o755), os.WriteFile(filepath.Join(made, "file"), nil, 0o600), fail)
		}
	}
	broken := errors.New("broken")
	if dir, err := Once("thing", fetch(broken)); !errors.Is(err, broken) || dir != "" {
		t.Errorf("got %q and %v, want the error of a download that failed", dir, err)
	}
	for range 2 {
		dir, err := Once("thing", fetch(nil))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(filepath.Join(dir, "file")); err != nil {
			t.Error(err)
		}
		left, err := filepath.Glob(filepath.Join(filepath.Dir(dir), "download-*"))
		if len(left) > 0 || err != nil {
			t.Errorf("%q are left: %v", left, err)
		}
	}
	if calls != 2 {
		t.Errorf("fetched %d times, want once without success and once with it", calls)
	}
}

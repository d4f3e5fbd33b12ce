// Package download keeps what tests fetch from package registries in the user's cache folder.
package download

import (
	"fmt"
	"os"
	"path/filepath"
)

// Once returns the folder name below nasp in the user's cache folder. If it isn't there, fetch makes it: it is given a folder to work in, and
// returns the folder below it that is to be kept. The folder appears whole or not at all.
func Once(name string, fetch func(work string) (string, error)) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no folder to keep downloads in: %w", err)
	}
	parent := filepath.Join(cache, "nasp")
	dir := filepath.Join(parent, name)
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return "", err
	}
	work, err := os.MkdirTemp(parent, "download-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(work)
	made, err := fetch(work)
	if err != nil {
		return "", err
	}
	// Another process may have been faster: what it fetched is as good.
	if err := os.Rename(made, dir); err != nil && !isDir(dir) {
		return "", err
	}
	return dir, nil
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

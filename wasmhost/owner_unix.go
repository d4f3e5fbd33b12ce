//go:build unix

package wasmhost

import (
	"io/fs"
	"os"
	"syscall"
)

// ownedByOthers tells whether a file belongs to neither this process's user nor root.
func ownedByOthers(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && stat.Uid != 0 && int(stat.Uid) != os.Geteuid()
}

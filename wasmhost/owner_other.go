//go:build !unix

package wasmhost

import "io/fs"

// ownedByOthers can't tell here.
func ownedByOthers(fs.FileInfo) bool { return false }

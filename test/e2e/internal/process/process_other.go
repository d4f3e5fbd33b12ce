//go:build !linux

package process

import "syscall"

// endWithParent returns nil: the child stays in our process group, so that an interrupt from the terminal ends both.
func endWithParent() *syscall.SysProcAttr { return nil }

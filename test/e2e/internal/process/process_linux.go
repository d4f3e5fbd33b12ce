package process

import "syscall"

// endWithParent asks the kernel to end the child when we end, however that happens.
func endWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}

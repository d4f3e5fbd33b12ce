package process

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestChildEndsWithKilledParent kills a process, which has no chance to clean up, and looks whether the child that it started goes too.
func TestChildEndsWithKilledParent(t *testing.T) {
	const inHelper = "PROCESS_TEST_HELPER_LOG"
	if log := os.Getenv(inHelper); log != "" {
		p, err := Start(log, "sleep", "600")
		if err != nil {
			t.Fatal(err)
		}
		fmt.Println("child", p.cmd.Process.Pid)
		select {}
	}
	self := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	self.Env = append(os.Environ(), inHelper+"="+filepath.Join(t.TempDir(), "log"))
	out, err := self.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := self.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if killErr := self.Process.Kill(); killErr != nil {
		t.Error(killErr)
	}
	_ = self.Wait() // an error, since it was killed
	pid, found := strings.CutPrefix(strings.TrimSpace(line), "child ")
	if !found {
		t.Fatalf("the helper printed %q: %v", line, err)
	}
	for deadline := time.Now().Add(30 * time.Second); running(pid); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the child %s still runs", pid)
		}
	}
}

// running tells whether a process is there and not just waiting for somebody to read its exit status.
func running(pid string) bool {
	stat, err := os.ReadFile(filepath.Join("/proc", pid, "stat"))
	if err != nil {
		return false
	}
	_, state, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(state, "Z")
}

// Command buildguest builds the Wasm modules that are committed, byte for byte the same on every machine, and with -check compares
// them with the committed ones.
//
//	go run ./internal/buildguest [-check]
//
// Run it from the root of the repository. It needs the toolchain that it names, which the go command downloads by itself.
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// toolchain is pinned because another one makes other bytes. It is newer than what go.mod asks for: its assembler knows Wasm SIMD.
const toolchain = "go1.27.4"

// modules are the packages that are built, and the files that hold the result.
var modules = []struct{ pkg, file string }{
	{"./filters/guest/kafka", "filters/guest/kafkawasm/kafka.wasm"},
}

func main() {
	check := flag.Bool("check", false, "compare with the committed files instead of writing them")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: go run ./internal/buildguest [-check]\nBuilds the committed Wasm modules. Run it from the root of the repository.")
		flag.PrintDefaults()
	}
	flag.Parse()
	if err := run(*check); err != nil {
		fmt.Fprintln(os.Stderr, "buildguest:", err)
		os.Exit(1)
	}
}

func run(check bool) error {
	dir, err := os.MkdirTemp("", "buildguest")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	for _, m := range modules {
		wasm, err := build(m.pkg, filepath.Join(dir, filepath.Base(m.file)))
		if err != nil {
			return err
		}
		sum := sha256.Sum256(wasm)
		line := hex.EncodeToString(sum[:]) + "  " + filepath.Base(m.file) + "\n"
		if check {
			err = compare(m.file, wasm, line)
		} else {
			err = write(m.file, wasm, line)
		}
		if err != nil {
			return err
		}
		fmt.Printf("%s: %d bytes, sha256 %x\n", m.file, len(wasm), sum)
	}
	return nil
}

// build compiles a package in an environment that is the same everywhere.
func build(pkg, out string) ([]byte, error) {
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-buildmode=c-shared", "-ldflags=-s -w -buildid=", "-o", out, pkg)
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "GOTOOLCHAIN="+toolchain, "GOFLAGS=", "GOWASM=", "GOEXPERIMENT=", "GOWORK=off", "CGO_ENABLED=0")
	if b, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building %s with %s: %w\n%s", pkg, toolchain, err, b)
	}
	return os.ReadFile(out)
}

func write(file string, wasm []byte, sum string) error {
	if err := os.WriteFile(file, wasm, 0o644); err != nil {
		return err
	}
	return os.WriteFile(file+".sha256", []byte(sum), 0o644)
}

func compare(file string, wasm []byte, sum string) error {
	committed, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if !bytes.Equal(committed, wasm) {
		return fmt.Errorf("%s isn't what its sources build: run go run ./internal/buildguest and commit the result", file)
	}
	committedSum, err := os.ReadFile(file + ".sha256")
	if err != nil {
		return err
	}
	if string(committedSum) != sum {
		return fmt.Errorf("%s.sha256 isn't the checksum of %s", file, file)
	}
	return nil
}

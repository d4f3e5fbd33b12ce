package main

import (
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
)

// The marks in README.md around the short table.
const (
	tableBegin = "<!-- detection: written by go run ./bench/detect -->\n"
	tableEnd   = "<!-- detection: end -->\n"
)

// writeReadme puts the short table into a file that has the marks.
func (r *results) writeReadme(file string) error {
	b, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	before, rest, ok := strings.Cut(string(b), tableBegin)
	_, after, ended := strings.Cut(rest, tableEnd)
	if !ok || !ended {
		return fmt.Errorf("detect: %s has no place for the table: put %q and %q into it", file, strings.TrimSpace(tableBegin), strings.TrimSpace(tableEnd))
	}
	var table strings.Builder
	r.short(&table)
	return os.WriteFile(file, []byte(before+tableBegin+table.String()+tableEnd+after), 0o644)
}

// leastLabels is how many labels a kind has that is in the short table.
const leastLabels = 100

// short writes the recall and the precision of each kind on the generated texts, and what was touched of the peers' examples.
func (r *results) short(w io.Writer) {
	s := r.Sets[0]
	fmt.Fprintf(w, "| %d generated texts: recall / precision |", s.Texts)
	for _, tool := range toolNames {
		fmt.Fprintf(w, " %s |", tool)
	}
	fmt.Fprintf(w, "\n|---|%s\n", strings.Repeat("---|", len(toolNames)))
	for _, k := range s.kinds() {
		if t := s.Scores[oursName].kind(k); t.Labels < leastLabels || t.Findings == 0 {
			continue
		}
		fmt.Fprintf(w, "| %s |", k)
		for _, tool := range toolNames {
			if t := s.Scores[tool].kind(k); t.Findings > 0 {
				fmt.Fprintf(w, " %.3f / %.3f |", t.recall(), t.precision())
			} else {
				fmt.Fprint(w, " – |")
			}
		}
		fmt.Fprintln(w)
	}
	fmt.Fprint(w, "| of what is masked, inside a label |")
	for _, tool := range toolNames {
		fmt.Fprintf(w, " %.3f |", s.Scores[tool].inside())
	}
	fmt.Fprintln(w)
	for _, name := range slices.Sorted(maps.Keys(r.Cases)) {
		l := r.Cases[name]
		fmt.Fprintf(w, "| %s' own examples: of %d secrets, of %d others |", name, l.Positive, l.Negative)
		for _, tool := range toolNames {
			t := l.Tools[tool]
			fmt.Fprintf(w, " %.3f, %.3f |", share(t.Touched, l.Positive), share(t.TouchedWrongly, l.Negative))
		}
		fmt.Fprintln(w)
	}
}

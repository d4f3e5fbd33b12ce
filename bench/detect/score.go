package main

import (
	"slices"

	"github.com/libnasp/libnasp/bench/detect/corpus"
)

// finding is a range of bytes that a tool would hide, with its kind in the words of the corpus; "" if the tool says something else.
type finding struct {
	Start, End int
	Kind       corpus.Kind
}

// tally counts what a tool did with one kind.
type tally struct {
	Labels  int `json:"labels"`  // that are in the texts
	Hidden  int `json:"hidden"`  // every letter and digit of which is covered
	Touched int `json:"touched"` // some byte of which is covered
	Bytes   int `json:"bytes"`   // of labels
	Covered int `json:"covered"` // of them
	// Findings are the tool's of this kind, Right are those that touch a label of any kind. Over is how many bytes of them are in no label.
	Findings int `json:"findings"`
	Right    int `json:"right"`
	Over     int `json:"over_masked_bytes"`
}

func share(a, b int) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}

func (t tally) recall() float64    { return share(t.Hidden, t.Labels) }
func (t tally) precision() float64 { return share(t.Right, t.Findings) }

// score is what a tool did with some texts.
type score struct {
	Texts  int                    `json:"texts"`
	Kinds  map[corpus.Kind]*tally `json:"kinds"`
	Masked int                    `json:"masked_bytes"`
	Over   int                    `json:"over_masked_bytes"`
	Missed []example              `json:"-"` // labels that aren't hidden
	Extra  []example              `json:"-"` // findings outside of labels
}

// example is a place in a text.
type example struct {
	text *corpus.Text
	at   corpus.Span
}

func newScore() *score { return &score{Kinds: map[corpus.Kind]*tally{}} }

func (s *score) kind(k corpus.Kind) *tally {
	if s.Kinds[k] == nil {
		s.Kinds[k] = &tally{}
	}
	return s.Kinds[k]
}

// inside is the share of masked bytes that are in a label.
func (s *score) inside() float64 { return share(s.Masked-s.Over, s.Masked) }

// add counts one text.
func (s *score) add(text *corpus.Text, found []finding) {
	s.Texts++
	masked, labelled := make([]bool, len(text.Text)), make([]bool, len(text.Text))
	for _, f := range found {
		for i := f.Start; i < f.End; i++ {
			masked[i] = true
		}
	}
	for _, l := range text.Spans {
		for i := l.Start; i < l.End; i++ {
			labelled[i] = true
		}
		s.label(text, l, masked)
	}
	for i := range masked {
		if masked[i] {
			s.Masked++
			if !labelled[i] {
				s.Over++
			}
		}
	}
	for _, f := range found {
		s.finding(text, f, labelled)
	}
}

func (s *score) label(text *corpus.Text, l corpus.Span, masked []bool) {
	t := s.kind(l.Kind)
	t.Labels++
	hidden, touched := true, false
	for i := l.Start; i < l.End; i++ {
		t.Bytes++
		if masked[i] {
			t.Covered++
			touched = true
		} else if isWord(text.Text[i]) {
			hidden = false
		}
	}
	if touched {
		t.Touched++
	}
	if hidden {
		t.Hidden++
		return
	}
	s.Missed = append(s.Missed, example{text, l})
}

func (s *score) finding(text *corpus.Text, f finding, labelled []bool) {
	t := s.kind(f.Kind)
	t.Findings++
	if slices.Contains(labelled[f.Start:f.End], true) {
		t.Right++
	}
	over := 0
	for _, l := range labelled[f.Start:f.End] {
		if !l {
			over++
		}
	}
	t.Over += over
	if over > 2 {
		s.Extra = append(s.Extra, example{text, corpus.Span{Start: f.Start, End: f.End, Kind: f.Kind}})
	}
}

func isWord(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

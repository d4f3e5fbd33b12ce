package pii

import "github.com/libnasp/libnasp/filters/yield"

// Values without a form of their own need a word that says what they are right before them or behind: text.context is for those that have at least
// a check digit.

// heard remembers what words say about a candidate: several detectors ask.
type heard struct {
	start, end int // -1 for none
	sets       wordSet
	named      bool // by the name of its field
}

// says tells whether one of the words says what begins and ends here: in the name of its field or tag, before it with nothing between that the word might
// be about, or directly behind it.
func (t *text) says(start, end int, sets wordSet) bool {
	if t.heard.start != start || t.heard.end != end {
		t.heard = heard{start: start, end: end}
		yield.After(anchorWork)
		t.heard.sets, t.heard.named = t.words(start, end)
	}
	return (t.heard.sets|t.named)&sets != 0
}

// words returns the sets of all words that say what begins and ends here.
func (t *text) words(start, end int) (sets wordSet, named bool) {
	if name, nameEnd, ok := t.nameOf(start); ok {
		return t.wordsIn(name, nameEnd), true
	}
	t.context(start, start, 0) // remembers the words before
	x := &t.nearby
	for n := x.n - 1; n >= 0 && n > x.n-1-len(x.hits); n-- {
		h := x.hits[n%len(x.hits)]
		if h.at < start-x.before {
			break
		}
		if h.at < start {
			if !t.leadsTo(h.at, start) { // nor do the words before it
				break
			}
			sets |= h.sets
		}
	}
	return sets | t.saidBehind(end), false
}

// nameOf is fieldName, also of a line "name: value" and of <name>value.
func (t *text) nameOf(i int) (start, end int, ok bool) {
	if start, end, ok = t.fieldName(i); ok {
		return start, end, true
	}
	b := t.b
	if at(b, i-1) == '>' {
		for start = i - 1; start > 0 && i-start < maxName && b[start-1] != '<' && b[start-1] != '>'; {
			start--
		}
		return start, i - 1, at(b, start-1) == '<'
	}
	j := i
	if c := at(b, j-1); c == '"' || c == '\'' {
		j--
	}
	for n := 0; n < 4 && isBlank(at(b, j-1)); n++ {
		j--
	}
	if at(b, j-1) != ':' {
		return 0, 0, false
	}
	end = j - 1
	for start = end; start > 0 && end-start < maxName && isName(b[start-1]); {
		start--
	}
	for j = start; j > 0 && start-j < maxName && (isBlank(b[j-1]) || b[j-1] == '-'); {
		j--
	}
	return start, end, start < end && (j == 0 || b[j-1] == '\n')
}

// leadsTo tells whether nothing between a word and what begins at i separates them: another number, the end of a line or a list.
func (t *text) leadsTo(word, i int) bool {
	b := t.b
	t.work += i - word
	for k := word; k < i; k++ {
		switch c := b[k]; {
		case isDigit(c), c == '*', c == ';', c == '}', c == '|', c == '\t' && k+1 < i:
			return false
		case c == '\n' && at(b, k-1) != ':':
			return false
		case c == ',' && (isLetter(at(b, k+1)) || at(b, k+1) == ' ' && isLetter(at(b, k+2))):
			return false
		}
	}
	return true
}

// saidBehind returns the sets of the word that follows what ends before i: "5551234567 (mobile)", "5551234567 is my cell".
func (t *text) saidBehind(i int) wordSet {
	b := t.b
	for n := 0; n < 3 && i < len(b) && contains(" -([", b[i]); n++ {
		i++
	}
	for _, w := range [...]string{"is ", "my ", "our ", "the "} {
		if hasPrefixFold(b[min(i, len(b)):], w) {
			i += len(w)
		}
	}
	if i >= len(b) {
		return 0
	}
	sets := t.contextWord(i)
	for n := 0; n < contextAfter && i < len(b) && sets != 0 && !contains("\n).,;]", b[i]); n++ { // unless the word is about what follows it
		if isDigit(b[i]) || b[i] == '*' {
			return 0
		}
		i++
	}
	return sets
}

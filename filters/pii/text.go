package pii

// text is a text that is looked at, what was found in it, and how far it has been judged: what keeps the time linear.
type text struct {
	b       []byte
	found   []Finding
	first   int // findings before are the caller's
	claimed int // the end of the last finding: anchors before it are of none
	nameEnd int // names that end up to here have been judged
	dead    int // prefixes of tokens before are of none
	work    int // bytes looked at one by one, for tests

	d          *detector // that is called
	thresholds [NumKinds]uint8
	nearby     nearby
	names      names
	members    names
	allow      [][]byte // texts that are no findings
	phones     phones
	heard      heard
	named      wordSet // words in the name of the field that the text is the value of: FindNamed

	separator separator // of the assignment at hand, here because copies are dear in Wasm
	word      shortWord // room
	num       number    // room
	w         word      // room

	pending []Finding // found ahead of anchors that come before them, in order
	due     int       // the first of them that isn't settled
}

// begin starts with a text. Findings of the one before have been settled.
func (t *text) begin(b []byte) {
	t.b, t.first, t.claimed, t.nameEnd, t.dead = b, len(t.found), 0, 0, 0
	t.nearby.to, t.nearby.n, t.nearby.row = 0, 0, 0
	t.phones = phones{}
	t.heard.start = -1
}

// end settles what was found, and counts it from the beginning of what the text is a part of.
func (t *text) end(base int) {
	t.settle(len(t.b))
	if base > 0 {
		for i := t.first; i < len(t.found); i++ {
			t.found[i].Start += base
			t.found[i].End += base
		}
	}
}

// finding makes one of the detector at hand.
func (t *text) finding(start, end int, confidence uint8) Finding {
	return Finding{Start: start, End: end, Kind: t.d.kind, Confidence: confidence, Reason: t.d.reason}
}

// add notes a finding of the detector at hand.
func (t *text) add(start, end int, confidence uint8) { t.claim(t.finding(start, end, confidence)) }

// later notes a finding that begins behind the anchor at hand.
func (t *text) later(start, end int, confidence uint8) {
	t.pending = append(t.pending, Finding{})
	n := len(t.pending) - 1
	for ; n > t.due && t.pending[n-1].Start > start; n-- {
		t.pending[n] = t.pending[n-1]
	}
	t.pending[n] = t.finding(start, end, confidence)
}

// settle adds what is pending and begins at i or before.
func (t *text) settle(i int) {
	for ; t.due < len(t.pending) && t.pending[t.due].Start <= i; t.due++ {
		if f := t.pending[t.due]; f.Start >= t.claimed {
			t.claim(f)
		}
	}
	if t.due == len(t.pending) {
		t.pending, t.due = t.pending[:0], 0
	}
}

// claim adds a finding, so that each byte belongs to one: of two that overlap the one goes that lies in the other, the less sure one of the same
// range; if each has bytes of its own, the less sure one gives way.
func (t *text) claim(f Finding) {
	if f.Confidence < t.thresholds[f.Kind] || t.isAllowed(t.b[f.Start:f.End]) {
		return
	}
	for n := len(t.found) - 1; n >= t.first; n-- {
		g := &t.found[n]
		switch {
		case g.End <= f.Start:
			t.insert(n+1, f)
			return
		case f.End <= g.Start:
			continue
		case f.Start == g.Start && f.End == g.End && f.Confidence <= g.Confidence, g.Start < f.Start && f.End <= g.End, g.Start <= f.Start && f.End < g.End:
			return
		case f.Start <= g.Start && g.End <= f.End:
			t.found = append(t.found[:n], t.found[n+1:]...)
		case g.Start < f.Start && f.Confidence > g.Confidence:
			g.End = f.Start
		case g.Start < f.Start:
			f.Start = g.End
		case f.Confidence > g.Confidence:
			g.Start = f.End
		default:
			f.End = g.Start
		}
	}
	t.insert(t.first, f)
}

func (t *text) insert(n int, f Finding) {
	t.found = append(t.found, f)
	if last := len(t.found) - 1; n < last {
		copy(t.found[n+1:], t.found[n:last])
		t.found[n] = f
	}
	t.claimed = max(t.claimed, f.End)
}

func (t *text) isAllowed(v []byte) bool {
	for _, a := range t.allow {
		if string(a) == string(v) {
			return true
		}
	}
	return false
}

// isFound tells whether the byte at i belongs to a finding. It must not be far back.
func (t *text) isFound(i int) bool {
	for n := len(t.found) - 1; n >= t.first && t.found[n].End > i; n-- {
		if t.found[n].Start <= i {
			return true
		}
	}
	return false
}

// alone returns the bytes behind what is claimed, and where i is in them: what is masked says nothing about its neighbours, so that masked text
// is judged as it was before.
func (t *text) alone(i int) ([]byte, int) {
	if i < t.claimed {
		return t.b, i
	}
	return t.b[t.claimed:], i - t.claimed
}

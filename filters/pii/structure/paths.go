package structure

import "errors"

// Paths are names of fields: "customer.email", "items[*].card", "*.ssn", "**.password". Names are separated by dots; "*" is any one name, "**"
// any number of names, also none, "[*]" any element of an array and "[3]" one of them. A name that has dots in it is written in
// quotes: "a.\"b.c\"". The zero value has none.
type Paths struct {
	paths []path
}

// path is a list of at most maxSteps steps.
type path []step

type step struct {
	name  string
	kind  stepKind
	index int
}

type stepKind uint8

const (
	stepName stepKind = iota
	stepAnyName
	stepAnyDepth
	stepIndex
	stepAnyIndex
)

const (
	// MaxPaths is how many paths there may be.
	MaxPaths = 64
	maxSteps = 31
)

// ParsePaths reads paths, or says what is wrong with one.
func ParsePaths(texts []string) (*Paths, error) {
	if len(texts) > MaxPaths {
		return nil, errors.New("structure: more than 64 field paths")
	}
	p := &Paths{}
	for _, text := range texts {
		steps, err := parsePath(text)
		if err != nil {
			return nil, err
		}
		p.paths = append(p.paths, steps)
	}
	return p, nil
}

// Len returns the number of paths.
func (p *Paths) Len() int {
	if p == nil {
		return 0
	}
	return len(p.paths)
}

func parsePath(text string) (path, error) {
	fail := func(why string) (path, error) {
		return nil, errors.New("structure: field path " + text + ": " + why)
	}
	var steps path
	for i := 0; i < len(text); {
		switch {
		case text[i] == '[':
			end := i + 1
			for end < len(text) && text[end] != ']' {
				end++
			}
			if end == len(text) {
				return fail("] is missing")
			}
			s, ok := indexStep(text[i+1 : end])
			if !ok {
				return fail("between [ and ] stands a number or *")
			}
			steps = append(steps, s)
			i = end + 1
		default:
			s, next, ok := nameStep(text, i)
			if !ok {
				return fail("a name is empty or a quote is missing")
			}
			steps = append(steps, s)
			i = next
		}
		if i < len(text) && text[i] != '[' {
			if text[i] != '.' || i+1 == len(text) {
				return fail("a name is expected after a dot, and a dot or [ after a name")
			}
			i++
		}
	}
	if len(steps) == 0 || len(steps) > maxSteps {
		return fail("it needs 1 to 31 names")
	}
	return steps, nil
}

func indexStep(text string) (step, bool) {
	if text == "*" {
		return step{kind: stepAnyIndex}, true
	}
	n := 0
	for i := range len(text) {
		c := text[i]
		if c < '0' || c > '9' || n > 1<<24 {
			return step{}, false
		}
		n = n*10 + int(c-'0')
	}
	return step{kind: stepIndex, index: n}, text != ""
}

func nameStep(text string, i int) (s step, next int, ok bool) {
	if text[i] == '"' {
		end := i + 1
		for end < len(text) && text[end] != '"' {
			end++
		}
		if end == len(text) {
			return step{}, 0, false
		}
		return step{name: text[i+1 : end]}, end + 1, true
	}
	end := i
	for end < len(text) && text[end] != '.' && text[end] != '[' {
		end++
	}
	switch name := text[i:end]; name {
	case "":
		return step{}, 0, false
	case "*":
		return step{kind: stepAnyName}, end, true
	case "**":
		return step{kind: stepAnyDepth}, end, true
	default:
		return step{name: name}, end, true
	}
}

// state is where each path stands: a bit for each number of steps that what was walked so far may have taken.
type state [MaxPaths]uint32

// walk follows paths through a value. Its stack is of a fixed size, so a walk allocates nothing.
type walk struct {
	paths  *Paths
	states [maxDepth + 1]state
	depth  int
}

func (w *walk) begin(p *Paths) {
	w.paths, w.depth = p, 0
	for i := range p.Len() {
		w.states[0][i] = closure(p.paths[i], 1)
	}
}

// closure adds what "**" reaches without taking a name.
func closure(p path, s uint32) uint32 {
	for i := range p {
		if s>>i&1 != 0 && p[i].kind == stepAnyDepth {
			s |= 1 << (i + 1)
		}
	}
	return s
}

// push enters a field of an object (index < 0) or an element of an array.
func (w *walk) push(name []byte, index int) {
	w.depth++
	if w.depth > maxDepth {
		return
	}
	for i := range w.paths.Len() {
		p := w.paths.paths[i]
		var next uint32
		for s := w.states[w.depth-1][i]; s != 0; s &= s - 1 {
			next |= p.take(s&-s, name, index)
		}
		w.states[w.depth][i] = closure(p, next)
	}
}

// take returns what one step from the state bit leads to.
func (p path) take(bit uint32, name []byte, index int) uint32 {
	i := 0
	for bit>>i != 1 {
		i++
	}
	if i >= len(p) {
		return 0
	}
	ok := false
	switch s := &p[i]; s.kind {
	case stepAnyDepth:
		return bit
	case stepName:
		ok = index < 0 && string(name) == s.name
	case stepAnyName:
		ok = index < 0
	case stepIndex:
		ok = index == s.index
	case stepAnyIndex:
		ok = index >= 0
	}
	if ok {
		return bit << 1
	}
	return 0
}

func (w *walk) pop() { w.depth-- }

// matches has a bit for each path that leads here.
func (w *walk) matches() (bits uint64) {
	if w.depth > maxDepth {
		return 0
	}
	for i := range w.paths.Len() {
		if w.states[w.depth][i]>>len(w.paths.paths[i])&1 != 0 {
			bits |= 1 << i
		}
	}
	return bits
}

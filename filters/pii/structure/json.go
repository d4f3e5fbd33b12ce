package structure

// JSON walks over documents of JSON, RFC 8259, one or several in a row as in JSON lines. Its zero value works; it holds no memory but its
// own and isn't safe for concurrent use.
type JSON struct {
	walk  walk
	b     []byte
	i     int
	visit func(*Field) bool
	field Field
	stop  bool

	within [maxDepth + 1]uint64 // paths that have matched a value around
}

// Walk calls visit with each string, number and literal that isn't a name, in order, until visit returns false; the Field is valid during
// the call. It reads what is well-formed: it returns false where the value isn't JSON from there on.
func (j *JSON) Walk(b []byte, p *Paths, visit func(*Field) bool) bool {
	j.b, j.i, j.visit, j.stop = b, 0, visit, false
	j.walk.begin(p)
	ok := j.documents()
	j.b, j.visit = nil, nil
	return ok
}

func (j *JSON) documents() bool {
	for j.space(); j.i < len(j.b) && !j.stop; j.space() {
		if !j.value() {
			return false
		}
	}
	return true
}

func (j *JSON) space() {
	for j.i < len(j.b) && isJSONSpace(j.b[j.i]) {
		j.i++
	}
}

func isJSONSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

// container is an object or array that is open.
type container struct {
	object bool
	index  int
}

// value reads one value. It keeps its own stack of containers, so that hostile depth doesn't cost the goroutine's: deeper than maxDepth the value counts
// as malformed.
func (j *JSON) value() bool {
	var stack [maxDepth]container
	depth, memberStart := 0, j.i
	var name []byte
	for {
		if j.i >= len(j.b) {
			return false
		}
		// A value begins here.
		switch c := j.b[j.i]; {
		case c == '{' || c == '[':
			if depth == maxDepth {
				return false
			}
			j.within[depth+1] = j.within[depth] | j.walk.matches()
			stack[depth] = container{object: c == '{', index: -1}
			depth++
			j.i++
			j.space()
			if j.i < len(j.b) && j.b[j.i] == c+2 { // '}' and ']' are two behind '{' and '['
				break // empty: closed below
			}
			if name, memberStart = j.enter(&stack[depth-1]); memberStart < 0 {
				return false
			}
			continue
		default:
			if !j.scalar(name, j.within[depth], memberStart, depth > 0 && stack[depth-1].object) {
				return false
			}
		}
		// A value has ended: close what ends with it.
		for {
			if j.stop || depth == 0 {
				return true
			}
			j.space()
			if j.i >= len(j.b) {
				return false
			}
			top := &stack[depth-1]
			c := j.b[j.i]
			if c == ',' && !j.justOpened(top) {
				j.walk.pop()
				j.i++
				j.space()
				if name, memberStart = j.enter(top); memberStart < 0 {
					return false
				}
				break
			}
			if c != '}' && c != ']' || (c == '}') != top.object {
				return false
			}
			if !j.justOpened(top) {
				j.walk.pop()
			}
			j.i++
			depth--
		}
	}
}

func (j *JSON) justOpened(c *container) bool { return c.index < 0 }

// enter reads the name of an object's next member, or counts the next element. start is negative if there is no name.
func (j *JSON) enter(c *container) (name []byte, start int) {
	c.index++
	start = j.i
	if !c.object {
		j.walk.push(nil, c.index)
		return nil, start
	}
	if j.i >= len(j.b) || j.b[j.i] != '"' {
		return nil, -1
	}
	end, ok := stringEnd(j.b, j.i+1)
	if !ok {
		return nil, -1
	}
	name = j.b[j.i+1 : end]
	j.i = end + 1
	j.space()
	if j.i >= len(j.b) || j.b[j.i] != ':' {
		return nil, -1
	}
	j.i++
	j.space()
	j.walk.push(name, -1)
	return name, start
}

// scalar reads a string, number or literal, and visits it.
func (j *JSON) scalar(name []byte, around uint64, memberStart int, member bool) bool {
	f := &j.field
	*f = Field{Name: name, Paths: around | j.walk.matches()}
	switch c := j.b[j.i]; {
	case c == '"':
		end, ok := stringEnd(j.b, j.i+1)
		if !ok {
			return false
		}
		f.Kind, f.Start, f.End = String, j.i+1, end
		j.i = end + 1
	case c == '-' || c >= '0' && c <= '9':
		f.Kind, f.Start = Number, j.i
		for j.i++; j.i < len(j.b) && isNumberByte(j.b[j.i]); j.i++ {
		}
		f.End = j.i
	default:
		n := literal(j.b[j.i:])
		if n == 0 {
			return false
		}
		f.Kind, f.Start, f.End = Literal, j.i, j.i+n
		j.i += n
	}
	if member {
		f.MemberStart, f.MemberEnd = j.member(memberStart)
	}
	j.stop = !j.visit(f)
	return true
}

func isNumberByte(c byte) bool {
	return c >= '0' && c <= '9' || c == '.' || c == '-' || c == '+' || c|0x20 == 'e'
}

func literal(b []byte) int {
	for _, l := range [...]string{"true", "false", "null"} {
		if len(b) >= len(l) && string(b[:len(l)]) == l {
			return len(l)
		}
	}
	return 0
}

// member returns the range of the member that begins at start and ends here, with one of the commas beside it: the one before it, or
// that behind it if it is the first.
func (j *JSON) member(start int) (from, to int) {
	to = j.i
	for from = start; from > 0 && isJSONSpace(j.b[from-1]); from-- {
	}
	if from > 0 && j.b[from-1] == ',' {
		return from - 1, to
	}
	return start, BehindComma(j.b, to)
}

// BehindComma returns what is behind the comma that may follow at i.
func BehindComma(b []byte, i int) int {
	end := i
	for end < len(b) && isJSONSpace(b[end]) {
		end++
	}
	if end == len(b) || b[end] != ',' {
		return i
	}
	for end++; end < len(b) && isJSONSpace(b[end]); end++ {
	}
	return end
}

// stringEnd returns where the string ends whose content begins at i.
func stringEnd(b []byte, i int) (end int, ok bool) {
	for ; i < len(b); i++ {
		switch b[i] {
		case '"':
			return i, true
		case '\\':
			i++
		case '\n', '\r', 0:
			return 0, false
		}
	}
	return 0, false
}

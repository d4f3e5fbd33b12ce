package kafka

import (
	"errors"
	"slices"

	"github.com/libnasp/libnasp/kafkaproto"
)

// note is what has to be done with a response. It is kept while the response is awaited, and so points into no frame.
type note struct {
	number   uint32 // of the request (Exchange.Number)
	instead  []byte // the frame that the client gets
	throttle int32  // milliseconds
	merge    *merge
}

func (n *note) wanted() bool { return n.instead != nil || n.throttle > 0 || n.merge != nil }

// keep keeps a note for the response to the request at hand.
func (s *Stream) keep(n note) {
	n.number = s.current.Number
	s.notes = append(s.notes, n)
}

// noteOf returns the note for the response to a request, nil if there is none.
func (s *Stream) noteOf(number uint32) *note {
	if len(s.notes) == 0 || s.notes[0].number != number {
		return nil
	}
	n := s.notes[0]
	s.notes[0] = note{} // let go of it
	if s.notes = s.notes[1:]; len(s.notes) == 0 {
		s.notes = nil
	}
	return &n
}

// merge is what has to be put into a response for the items that were refused.
type merge struct {
	ops     items
	keys    []string // of all items, in the order asked
	refused []bool   // by item
	body    []byte   // a response for the refused ones alone
}

// substitute has the client get an answer that isn't the broker's, and returns what the broker gets instead of the request.
func (r *Request) substitute() (out []byte, changed bool, err error) {
	if !r.answers {
		return nil, true, nil // the client expects no answer, and so must not get one
	}
	m := r.answer
	if m == nil {
		if m, err = r.refusalAnswer(); err != nil {
			return nil, false, err
		}
	}
	ms, _ := r.splitThrottle() // clients that don't obey it have got an error to think about
	if t := throttleTime(m, r.version); t != nil && *t < ms {
		*t = ms
	}
	h := responseHeader{&kafkaproto.ResponseHeader{CorrelationID: r.CorrelationID}, r.key, r.version}
	answer, err := appendFrame(nil, h, m, r.version)
	if err != nil {
		return nil, false, err
	}
	r.stream.keep(note{instead: answer})
	return kafkaproto.AppendEmptyMetadataRequest(nil, r.CorrelationID, r.ClientID), true, nil
}

// refusalAnswer returns the response that refuses all of the request. It may point into the request.
func (r *Request) refusalAnswer() (kafkaproto.Message, error) {
	if ops := itemsOf(r.key, r.version); ops != nil {
		m, err := r.decode(ops.newRequest)
		if err != nil {
			return nil, err
		}
		all := make([]*Refusal, ops.count(m))
		for i := range all {
			if all[i] = r.refusal; r.ItemRefused(i) {
				all[i] = r.refused[i]
			}
		}
		answer := ops.newResponse()
		answer.SetDefaults()
		ops.answer(answer, m, r.version, all)
		return answer, nil
	}
	if answer := wholeAnswer(r.key, r.version, r.refusal); answer != nil {
		return answer, nil
	}
	return nil, errors.New("kafka: no answer can be made up that refuses " + r.key.String() + ": the filter has to give one (Request.Answer)")
}

// split takes the refused items out of the request.
func (r *Request) split() (note, error) {
	ops := itemsOf(r.key, r.version)
	m, err := r.decode(ops.newRequest)
	if err != nil {
		return note{}, err
	}
	var n note
	if r.answers {
		answer := ops.newResponse()
		answer.SetDefaults()
		ops.answer(answer, m, r.version, r.refused)
		g := &merge{ops: ops, keys: ops.keys(m), refused: make([]bool, len(r.refused))}
		for i, f := range r.refused {
			g.refused[i] = f != nil
		}
		if g.body, err = answer.AppendTo(nil, r.version); err != nil {
			return note{}, err
		}
		n.merge = g
	}
	ops.remove(m, r.refused)
	r.changed = true
	return n, nil
}

// apply puts the answers for what was refused into a response.
func (g *merge) apply(response kafkaproto.Message, version int16) error {
	refused := g.ops.newResponse()
	if err := refused.Decode(g.body, version); err != nil {
		return err
	}
	g.ops.merge(response, refused, g.keys, g.refused)
	return nil
}

// merged puts a broker's results and those of refused items into the order of keys. What the broker has answered without being asked comes
// last.
func merged[O any](broker, refused []O, keys []string, isRefused []bool, key func(*O) string) []O {
	at := make(map[string]int, len(broker))
	for i := range broker {
		at[key(&broker[i])] = i
	}
	out := make([]O, 0, len(broker)+len(refused))
	used := make([]bool, len(broker))
	for i, k := range keys {
		if isRefused[i] {
			if len(refused) > 0 {
				out, refused = append(out, refused[0]), refused[1:]
			}
		} else if j, ok := at[k]; ok && !used[j] {
			out = append(out, broker[j])
			used[j] = true
		}
	}
	for i := range broker {
		if !used[i] {
			out = append(out, broker[i])
		}
	}
	return out
}

// without returns s without the items that were refused.
func without[I any](s []I, refused []*Refusal) []I {
	i := -1
	return slices.DeleteFunc(s, func(I) bool {
		i++
		return i < len(refused) && refused[i] != nil
	})
}

package kafkaproto

import "github.com/libnasp/libnasp/kafkaproto/wire"

// FrameSizeLen is the number of bytes of the size before each frame.
const FrameSizeLen = 4

// DefaultMaxFrame is the size of Kafka's largest request (socket.request.max.bytes) in bytes.
const DefaultMaxFrame = 100 << 20

// keptBuffer is how much of its buffer a Splitter keeps after a frame, in bytes.
const keptBuffer = 1 << 20

// Splitter cuts one direction of a connection into frames. The frames that its user asks for are handed over whole; the others
// stream through without being gathered. Apart from MaxFrame nothing in its zero value has to be set.
//
//	for len(chunk) > 0 {
//		piece, rest, err := s.Next(chunk)
//		if err != nil { … }
//		if piece.Frame { … } else { pass on piece.Data }
//		chunk = rest
//	}
type Splitter struct {
	// Want tells whether a frame is wanted, by its size without the four bytes of that size, and its first Look bytes, or fewer if
	// it is shorter. They hold until Want returns. Nil wants all frames.
	Want func(size int, start []byte) bool
	// Look is the number of bytes that Want needs to see: 4 are the API key and version of a request, 8 have the correlation id as
	// well; 4 are the correlation id of a response.
	Look int
	// MaxFrame is the size of the largest frame in bytes, 0 for DefaultMaxFrame. A frame above it is an error whether it is wanted
	// or not: it isn't Kafka's protocol then.
	MaxFrame int

	held    []byte // of the frame at hand, with its size
	total   int    // bytes of a wanted frame, with its size; 0 while that isn't decided
	passing int    // bytes still to come of a frame that isn't wanted
	err     error  // the first; nothing can be told of the bytes behind it
}

// Piece is what a Splitter has found. Data holds until the next call.
type Piece struct {
	// Data begins with the size of a frame, if it isn't the continuation of one. It is empty if there is nothing to hand over yet.
	Data []byte
	// Frame tells that Data is one whole frame that was wanted. Otherwise it is a part of one that wasn't, up to all of it.
	Frame bool
}

// Next takes bytes from the front of chunk and returns those that are left; call it again until there are none. Every byte comes
// out in one piece or another. Nothing may be passed on after an error; every later call returns it again.
func (s *Splitter) Next(chunk []byte) (p Piece, rest []byte, err error) {
	if s.err == nil {
		p, rest, s.err = s.next(chunk)
	}
	if s.err != nil {
		return Piece{}, chunk, s.err
	}
	return p, rest, nil
}

func (s *Splitter) next(chunk []byte) (p Piece, rest []byte, err error) {
	if s.passing > 0 {
		n := min(s.passing, len(chunk))
		s.passing -= n
		return Piece{Data: chunk[:n]}, chunk[n:], nil
	}
	if len(s.held) > 0 || s.total > 0 {
		return s.gather(chunk)
	}
	if cap(s.held) > keptBuffer {
		s.held = nil
	}
	total, wanted, ok, err := s.decide(chunk)
	switch {
	case err != nil:
		return Piece{}, chunk, err
	case !ok:
		s.held = append(s.held, chunk...)
		return Piece{}, nil, nil
	case total <= len(chunk):
		return Piece{Data: chunk[:total:total], Frame: wanted}, chunk[total:], nil
	case wanted:
		s.total = total
		s.held = append(s.held, chunk...)
		return Piece{}, nil, nil
	}
	s.passing = total - len(chunk)
	return Piece{Data: chunk}, nil, nil
}

// decide reads the size and asks for what is needed to decide; ok is false while b is too short for that.
func (s *Splitter) decide(b []byte) (total int, wanted, ok bool, err error) {
	if len(b) < FrameSizeLen {
		return 0, false, false, nil
	}
	size := int64(wire.Int32(b))
	limit := int64(s.MaxFrame)
	if limit <= 0 {
		limit = DefaultMaxFrame
	}
	if size < 0 || size > limit {
		return 0, false, false, badSize(b)
	}
	look := s.look(int(size))
	if len(b) < FrameSizeLen+look {
		return 0, false, false, nil
	}
	wanted = s.Want == nil || s.Want(int(size), b[FrameSizeLen:FrameSizeLen+look])
	return FrameSizeLen + int(size), wanted, true, nil
}

// look returns how many bytes Want is shown of a frame.
func (s *Splitter) look(size int) int { return max(min(size, s.Look), 0) }

// badSize tells TLS from other things that aren't frames: a record of a handshake or an alert begins with 22 or 21, then 3 and a
// minor version up to 4, which as a size is above 336 MiB.
func badSize(b []byte) error {
	kind := TooLarge
	if (b[0] == 0x16 || b[0] == 0x15) && b[1] == 3 && b[2] <= 4 {
		kind = TLS
	}
	return &Error{Kind: kind, Field: "frame size", Offset: 0}
}

// gather adds to a frame that has begun.
func (s *Splitter) gather(chunk []byte) (Piece, []byte, error) {
	for s.total == 0 {
		need := FrameSizeLen
		if len(s.held) >= FrameSizeLen {
			need += s.look(int(wire.Int32(s.held)))
		}
		n := min(need-len(s.held), len(chunk))
		s.held = append(s.held, chunk[:n]...)
		chunk = chunk[n:]
		if len(s.held) < need {
			return Piece{}, nil, nil
		}
		total, wanted, ok, err := s.decide(s.held)
		if err != nil {
			return Piece{}, chunk, err
		}
		if !ok {
			continue // the size is known now, the first bytes aren't
		}
		if !wanted {
			p := Piece{Data: s.held}
			s.passing = total - len(s.held)
			s.held = s.held[:0]
			return p, chunk, nil
		}
		s.total = total
	}
	// What is gathered grows with what comes, not by what the size announces.
	n := min(s.total-len(s.held), len(chunk))
	s.held = append(s.held, chunk[:n]...)
	chunk = chunk[n:]
	if len(s.held) < s.total {
		return Piece{}, nil, nil
	}
	p := Piece{Data: s.held, Frame: true}
	s.held, s.total = s.held[:0], 0
	return p, chunk, nil
}

// Inside tells whether the bytes so far end within a frame. At the end of a stream that means it was cut off.
func (s *Splitter) Inside() bool { return len(s.held) > 0 || s.passing > 0 }

// Held returns the bytes of a frame that were taken and not handed over yet.
func (s *Splitter) Held() int { return len(s.held) }

package conn

import (
	"errors"
	"net"
)

// WriteBuffers writes all slices of v in one go where it can, as net.Buffers.WriteTo does on the connections of package net: of those that
// the filters leave as they are, many go in one system call. Written by its own WriteTo, a net.Buffers takes one for each slice on any
// connection that isn't of package net.
//
// It consumes what was accepted: *v is what is left then. What Write says of its result holds here, too.
func (c *Conn) WriteBuffers(v *net.Buffers) (int64, error) {
	f := &c.w
	if f.stages == nil {
		n, err := v.WriteTo(c.nc)
		f.count(int(n))
		if err != nil {
			err = c.socketFailed(err)
		}
		return n, err
	}
	if err := f.lock(); err != nil {
		return 0, err
	}
	defer f.unlock()
	n, err := f.writeBuffers(*v)
	consume(v, n)
	return n, err
}

func (f *flow) writeBuffers(v net.Buffers) (int64, error) {
	if f.fin {
		return 0, ErrWriteClosed
	}
	if err := f.advance(); err != nil {
		return 0, err
	}
	defer f.absorbBuffers() // nothing may refer to the slices afterwards
	var accepted, sent int64
	err := f.gather(v, &accepted, &sent)
	if err == nil || errors.Is(err, ErrBufferFull) || errors.Is(err, ErrBudgetExceeded) {
		if ferr := f.flush(); ferr != nil {
			err = ferr
		} else {
			sent = accepted
		}
	}
	if isTimeout(err) {
		return accepted, err // the filters have them
	}
	return sent, err
}

// gather gives the filters one slice after the other, and the socket what they hand on as late as possible. sent is how many of the accepted bytes
// there were when the socket had all that was handed on.
func (f *flow) gather(v net.Buffers, accepted, sent *int64) error {
	for _, p := range v {
		for len(p) > 0 {
			chunk, err := f.accept(p)
			if err != nil {
				return err
			}
			p = p[len(chunk):]
			err = f.push(0, piece{b: chunk, readOnly: true})
			*accepted += int64(len(chunk))
			if err == nil && !f.defers() {
				if err = f.flush(); err == nil {
					*sent = *accepted
				}
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// defers puts what was just handed on aside for a later flush, if it is the caller's own slice or nothing.
func (f *flow) defers() bool {
	if len(f.out) > 0 || len(f.ready) > 0 && !f.readyOnly {
		return false
	}
	if len(f.ready) > 0 {
		f.vec, f.ready = append(f.vec, f.ready), nil
	}
	f.settle()
	return true
}

// flushBuffers writes all that is ready at once.
func (f *flow) flushBuffers() error {
	v := append(f.vec, f.out, f.ready)
	f.vec, f.out, f.ready = nil, nil, nil
	if !f.dl.enter(f.mode, nil) {
		f.cut = true
		return f.c.cause()
	}
	n, err := v.WriteTo(f.c.nc)
	err = f.wrote(int(n), err)
	switch {
	case err == nil:
	case isTimeout(err):
		for _, rest := range v {
			f.out = append(f.out, rest...)
		}
	default:
		f.cut = true
	}
	return err
}

// absorbBuffers copies what is ready to storage of the flow.
func (f *flow) absorbBuffers() {
	if len(f.vec) > 0 {
		newer := f.out
		f.out = nil
		for _, p := range f.vec {
			f.out = append(f.out, p...)
		}
		f.vec, f.out = nil, append(f.out, newer...)
	}
	f.absorb()
}

// consume removes the first n bytes.
func consume(v *net.Buffers, n int64) {
	for len(*v) > 0 && n >= int64(len((*v)[0])) {
		n -= int64(len((*v)[0]))
		*v = (*v)[1:]
	}
	if len(*v) > 0 {
		(*v)[0] = (*v)[0][n:]
	}
}

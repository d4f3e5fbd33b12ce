package wasmhost

import (
	"bytes"
	"log/slog"
)

// maxLineBytes bounds a line that waits for its end. A longer one is logged in pieces.
const maxLineBytes = 8 << 10

// lineWriter collects what a guest writes to its standard output or error and logs it line by line.
type lineWriter struct {
	v      *vm
	level  slog.Level
	source string
	line   []byte // without its end
}

func (v *vm) initOutput() {
	v.output = [2]lineWriter{
		{v: v, level: slog.LevelInfo, source: "stdout"},
		{v: v, level: slog.LevelError, source: "stderr"},
	}
}

// write copies p.
func (w *lineWriter) write(p []byte) {
	for len(p) > 0 {
		n, rest := min(len(p), maxLineBytes-len(w.line)), []byte(nil)
		end := bytes.IndexByte(p[:n], '\n')
		if end >= 0 {
			n, rest = end, p[end+1:]
		} else {
			rest = p[n:]
		}
		w.line = append(w.line, p[:n]...)
		if end >= 0 || len(w.line) == maxLineBytes {
			w.emit()
		}
		p = rest
	}
}

func (w *lineWriter) emit() {
	if len(w.line) > 0 {
		w.v.log(w.level, w.line, w.source)
	}
	w.line = w.line[:0]
}

// flushOutput logs lines that never got their end.
func (v *vm) flushOutput() {
	for i := range v.output {
		v.output[i].emit()
	}
}

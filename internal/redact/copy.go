package redact

import (
	"context"
	"fmt"
	"io"

	"github.com/libnasp/libnasp/filters/pii/masker"
)

// Copy copies what r reads to dst and masks it on the way, record by record. All that is complete is written before more is read, so that nothing waits while the
// input pauses. Bytes that aren't text, and a last line without an end, are kept.
func Copy(ctx context.Context, dst io.Writer, r *Reader, engine Engine) error {
	var texts [][]byte
	var out []byte
	for {
		records, err := r.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		texts, out = texts[:0], out[:0]
		for i := range records {
			texts = append(texts, records[i].Text)
		}
		masked, err := engine.Mask(ctx, texts)
		if err != nil {
			return fmt.Errorf("lines from %d on: %w", records[0].Line, err)
		}
		for i := range records {
			if out, err = appendPart(out, masked[i], &records[i]); err != nil {
				return err
			}
			out = append(out, records[i].EOL...)
		}
		if _, err := dst.Write(out); err != nil {
			return err
		}
	}
}

// appendPart appends what is the record's of its masked text.
func appendPart(out, masked []byte, r *Record) ([]byte, error) {
	if r.Whole() {
		return append(out, masked...), nil
	}
	if len(masked) != len(r.Text) {
		return out, fmt.Errorf("redact: line %d is too long to be masked at once, and the configuration changes the length of what it masks", r.Line)
	}
	return append(out, masked[r.From:r.To]...), nil
}

// Finding is a finding in an input.
type Finding struct {
	Kind  string `json:"kind"`
	Line  int64  `json:"line"`  // its record's first one, from 1 on
	Start int    `json:"start"` // in bytes from the beginning of the record
	End   int    `json:"end"`
	// Offset is where it begins in the input, in bytes.
	Offset     int64  `json:"offset"`
	Confidence int    `json:"confidence"` // 0 to 100
	Reason     string `json:"reason"`
	Operator   string `json:"operator"` // what is done about it
}

// Find reads all of r and calls report with each finding, in order.
func Find(r *Reader, engine *Native, report func(Finding) error) error {
	for {
		records, err := r.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		for i := range records {
			rec := &records[i]
			for _, f := range engine.Find(rec.Text) {
				if f.Start < rec.From || f.Start >= rec.To { // another piece's
					continue
				}
				if err := report(finding(rec, f)); err != nil {
					return err
				}
			}
		}
	}
}

func finding(r *Record, f masker.Found) Finding {
	offset := r.Offset + int64(f.Start)
	start := int(offset - r.Begin)
	return Finding{
		Kind: f.Kind.String(), Line: r.Line, Start: start, End: start + f.End - f.Start, Offset: offset,
		Confidence: int(f.Confidence), Reason: f.Reason, Operator: f.Operator.String(),
	}
}

// Package redact masks texts as the PII filter masks the values of records: by the same code, natively or in the built-in Wasm module.
package redact

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/libnasp/libnasp/filters/pii"
	"github.com/libnasp/libnasp/filters/pii/masker"
	"github.com/libnasp/libnasp/filters/pii/piikafka"
)

// Engine masks texts. It isn't safe for concurrent use.
type Engine interface {
	// Mask masks texts, each as the value of a record of its own. It changes them in place or returns others, which are
	// valid until the next call.
	Mask(ctx context.Context, texts [][]byte) ([][]byte, error)
	// Close frees what the engine holds.
	Close(ctx context.Context) error
}

// Native is the filter's own code, compiled into this program.
type Native struct {
	filter *piikafka.Filter
	fresh  []byte // reused: texts whose length has changed
}

var _ Engine = (*Native)(nil)

// NewNative returns an engine for a configuration of the built-in module, see package filters/guest/kafka; empty means its defaults.
func NewNative(configuration []byte) (*Native, error) {
	config, err := filterConfig(configuration)
	if err != nil {
		return nil, err
	}
	filter, err := piikafka.New(config, nobody{})
	if err != nil {
		return nil, fmt.Errorf("redact: %w", err)
	}
	return &Native{filter: filter}, nil
}

// Mask masks in place where the length stays.
func (n *Native) Mask(_ context.Context, texts [][]byte) ([][]byte, error) {
	n.fresh = n.fresh[:0]
	for i, text := range texts {
		r := n.filter.Text(text)
		switch {
		case r.Rejected:
			return nil, ErrRefused
		case r.SameLength:
			for _, e := range r.Edits {
				copy(text[e.Start:e.End], e.New)
			}
		default:
			start := len(n.fresh)
			n.fresh = masker.Apply(n.fresh, text, r.Edits)
			texts[i] = n.fresh[start:len(n.fresh):len(n.fresh)]
		}
	}
	return texts, nil
}

// Find returns what is found in a text, until the next call.
func (n *Native) Find(text []byte) []masker.Found { return n.filter.Text(text).Found }

// Close does nothing.
func (n *Native) Close(context.Context) error { return nil }

// nobody is told what the filter does.
type nobody struct{}

func (nobody) Found([]byte, pii.Kind, piikafka.Place, masker.Operator) {}
func (nobody) Seen([]byte, int)                                        {}
func (nobody) Refused()                                                {}

// moduleConfig is the part of the module's configuration that the native engine needs. The rest is checked to be of the module.
type moduleConfig struct {
	Filters []struct {
		Name   string          `json:"name"`
		Config json.RawMessage `json:"config"`
	} `json:"filters"`
	MaxFrameBytes int `json:"max_frame_bytes"`
}

// filterConfig finds the PII filter's configuration in the module's. It is as strict as the module.
func filterConfig(configuration []byte) (config piikafka.Config, err error) {
	var module moduleConfig
	if err := decode(configuration, &module); err != nil {
		return config, fmt.Errorf("redact: configuration: %w", err)
	}
	if len(module.Filters) == 0 {
		return config, nil
	}
	if len(module.Filters) > 1 {
		return config, fmt.Errorf("redact: configuration: %d filters, but only one can be there: pii", len(module.Filters))
	}
	f := module.Filters[0]
	if f.Name != "pii" {
		return config, fmt.Errorf("redact: configuration: no filter has the name %q, there is: pii", f.Name)
	}
	if err := decode(f.Config, &config); err != nil {
		return config, fmt.Errorf("redact: configuration of filter pii: %w", err)
	}
	return config, nil
}

func decode(b []byte, v any) error {
	if len(bytes.TrimSpace(b)) == 0 {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("something follows the JSON value")
	}
	return nil
}

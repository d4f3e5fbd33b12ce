package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"github.com/libnasp/libnasp/filters/kafka"
	"github.com/libnasp/libnasp/filters/pii/piikafka"
)

// config is the module's configuration.
type config struct {
	Filters       []filterConfig `json:"filters"`
	MaxFrameBytes int            `json:"max_frame_bytes"` // 0: kafka.DefaultMaxFrame
}

type filterConfig struct {
	Name   string          `json:"name"`
	Config json.RawMessage `json:"config"`
}

func parseConfig(b []byte) (config, error) {
	var c config
	if err := decode(b, &c); err != nil {
		return c, fmt.Errorf("kafka: configuration: %w", err)
	}
	if len(c.Filters) == 0 {
		c.Filters = []filterConfig{{Name: "pii"}}
	}
	return c, nil
}

// decode reads JSON into v, and is strict: a mistyped key must not switch a protection off.
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
		return fmt.Errorf("something follows the JSON value")
	}
	return nil
}

// handler makes the filter that the configuration names.
func (c config) handler(m *metrics) (kafka.Handler, error) {
	if len(c.Filters) > 1 {
		return nil, fmt.Errorf("kafka: configuration: %d filters, but a chain of more than one isn't there yet", len(c.Filters))
	}
	f := c.Filters[0]
	if f.Name != "pii" {
		return nil, fmt.Errorf("kafka: configuration: no filter has the name %q, there is: pii", f.Name)
	}
	var pc piikafka.Config
	if err := decode(f.Config, &pc); err != nil {
		return nil, fmt.Errorf("kafka: configuration of filter pii: %w", err)
	}
	return piikafka.New(pc, m)
}

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/libnasp/libnasp/filters/kafka"
	"github.com/libnasp/libnasp/filters/pii/piikafka"
)

// config is the module's configuration.
type config struct {
	Filters       []filterConfig `json:"filters"`
	MaxFrameBytes int            `json:"max_frame_bytes"` // 0: kafka.DefaultMaxFrame
	// RefuseUnknownAPIs ends connections that use an API or version that isn't known, though no filter looks at it.
	RefuseUnknownAPIs bool `json:"refuse_unknown_apis"`
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

// makers make the filters by the names that a configuration has for them.
var makers = map[string]func(config json.RawMessage, m *metrics) (kafka.Filter, error){
	"pii": func(config json.RawMessage, m *metrics) (kafka.Filter, error) {
		var c piikafka.Config
		if err := decode(config, &c); err != nil {
			return nil, fmt.Errorf("kafka: configuration of filter pii: %w", err)
		}
		return piikafka.New(c, m)
	},
}

// filters makes the filters that the configuration names.
func (c config) filters(m *metrics) (kafka.Config, error) {
	k := kafka.Config{MaxFrame: c.MaxFrameBytes, RefuseUnknown: c.RefuseUnknownAPIs, Count: m.count}
	for i, f := range c.Filters {
		if slices.ContainsFunc(c.Filters[:i], func(other filterConfig) bool { return other.Name == f.Name }) {
			return k, fmt.Errorf("kafka: configuration: filter %q is there twice", f.Name)
		}
		newFilter := makers[f.Name]
		if newFilter == nil {
			return k, fmt.Errorf("kafka: configuration: no filter has the name %q, there is: %s", f.Name, strings.Join(slices.Sorted(maps.Keys(makers)), ", "))
		}
		filter, err := newFilter(f.Config, m)
		if err != nil {
			return k, err
		}
		k.Filters = append(k.Filters, filter)
	}
	return k, nil
}

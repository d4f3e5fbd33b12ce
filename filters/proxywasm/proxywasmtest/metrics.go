//go:build !wasip1

package proxywasmtest

import (
	"strings"

	"github.com/libnasp/libnasp/filters/proxywasm/internal/abi"
)

// The metric types of the ABI.
const (
	counter   = 0
	gauge     = 1
	histogram = 2
)

// metrics are those of a filter. An id is 4 times an index into ids, plus the type.
type metrics struct {
	ids    []*value
	values []*value
}

type value struct {
	kind uint32
	name string
	v    uint64 // the sum of a histogram
}

func (m *metrics) byName(name string) (uint64, bool) {
	for _, v := range m.values {
		if v.name == name {
			return v.v, true
		}
	}
	return 0, false
}

// define gives a new id each time; those of one name and type share the value.
func (m *metrics) define(kind uint32, name string) (uint32, abi.Status) {
	if kind > histogram {
		return 0, abi.BadArgument
	}
	var found *value
	for _, v := range m.values {
		if v.kind == kind && v.name == name {
			found = v
		}
	}
	if found == nil {
		found = &value{kind: kind, name: strings.Clone(name)}
		m.values = append(m.values, found)
	}
	m.ids = append(m.ids, found)
	return uint32(len(m.ids)-1)*4 + kind, abi.OK
}

func (m *metrics) find(id uint32) *value {
	if i := id / 4; uint64(i) < uint64(len(m.ids)) && m.ids[i].kind == id%4 {
		return m.ids[i]
	}
	return nil
}

func (m *metrics) record(id uint32, n uint64) abi.Status {
	switch v := m.find(id); {
	case v == nil:
		return abi.NotFound
	case v.kind == gauge:
		v.v = n
	default:
		v.v += n
	}
	return abi.OK
}

func (m *metrics) increment(id uint32, n int64) abi.Status {
	v := m.find(id)
	if v == nil {
		return abi.NotFound
	}
	if v.kind == histogram || v.kind == counter && n <= 0 {
		return abi.BadArgument
	}
	v.v += uint64(n)
	return abi.OK
}

func (m *metrics) get(id uint32) (uint64, abi.Status) {
	v := m.find(id)
	if v == nil {
		return 0, abi.NotFound
	}
	if v.kind == histogram {
		return 0, abi.BadArgument
	}
	return v.v, abi.OK
}

package proxywasm

import (
	"github.com/libnasp/libnasp/filters/proxywasm/internal/abi"
	"github.com/libnasp/libnasp/filters/proxywasm/internal/pairs"
)

// Header is one line of a header map.
type Header = pairs.Header

// HeaderMap is one of the host's header maps. Those of a request and its response may be changed until they are handed on, and read until the
// stream ends; those of the answer to a filter's own call (package httpcall) exist during its callback only. A map that isn't there, or can't be
// changed, is ErrBadArgument.
type HeaderMap uint32

// The header maps that hosts know and this package uses.
const (
	RequestHeaders   HeaderMap = 0
	RequestTrailers  HeaderMap = 1
	ResponseHeaders  HeaderMap = 2
	ResponseTrailers HeaderMap = 3
	CallHeaders      HeaderMap = 6
	CallTrailers     HeaderMap = 7
)

// Get returns the first value of a name in lower case, ErrNotFound if there is none. Names like ":path" and ":status" are headers too.
func (m HeaderMap) Get(name string) (string, error) {
	b, s := abi.GetHeaderMapValue(uint32(m), name)
	return string(b), s.Err()
}

// All returns all lines, in their order.
func (m HeaderMap) All() ([]Header, error) {
	b, s := abi.GetHeaderMapPairs(uint32(m))
	if s != abi.OK {
		return nil, s
	}
	h, ok := pairs.Parse(b)
	if !ok {
		return nil, ErrParseFailure
	}
	return h, nil
}

// SetAll replaces all lines.
func (m HeaderMap) SetAll(headers []Header) error {
	return abi.SetHeaderMapPairs(uint32(m), pairs.Append(nil, headers)).Err()
}

// Add adds a line, besides those of the same name.
func (m HeaderMap) Add(name, value string) error {
	return abi.AddHeaderMapValue(uint32(m), name, value).Err()
}

// Replace makes a line the only one of its name.
func (m HeaderMap) Replace(name, value string) error {
	return abi.ReplaceHeaderMapValue(uint32(m), name, value).Err()
}

// Remove removes all lines of a name.
func (m HeaderMap) Remove(name string) error {
	return abi.RemoveHeaderMapValue(uint32(m), name).Err()
}

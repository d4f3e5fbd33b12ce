package kafkaproto

import (
	"strconv"

	"github.com/libnasp/libnasp/kafkaproto/wire"
)

// APIKey is the number of an API: the kind of a request and its response.
type APIKey int16

// apiFacts is what is known of an API without its messages.
type apiFacts struct {
	name              string
	min, max          int16 // versions
	flexibleRequests  int16 // the first flexible version, max+1 if none
	flexibleResponses int16
}

func (k APIKey) facts() (apiFacts, bool) {
	if k < 0 || int(k) >= len(apis) || apis[k].max < apis[k].min {
		return apiFacts{}, false
	}
	return apis[k], true
}

// String returns Kafka's name of the API, or its number if it isn't known.
func (k APIKey) String() string {
	if f, ok := k.facts(); ok {
		return f.name
	}
	return "API " + strconv.Itoa(int(k))
}

// Versions returns the lowest and the highest version known of the API's
// request and response. ok is false if the API isn't known, as those that
// some vendors add from 10000 on.
func (k APIKey) Versions() (min, max int16, ok bool) {
	f, ok := k.facts()
	return f.min, f.max, ok
}

// Supports returns nil if the API is known in version, otherwise an error of
// kind UnsupportedVersion that names both.
func (k APIKey) Supports(version int16) error {
	f, ok := k.facts()
	if !ok {
		f.max = -1
	}
	if version < f.min || version > f.max {
		return wire.VersionError(k.String(), version, f.min, f.max)
	}
	return nil
}

// RequestHeaderVersion returns the version of RequestHeader that stands before
// a request: 2 where the request is flexible, otherwise 1, and 0 before
// ControlledShutdown version 0 (KIP-511 and Kafka's ApiMessageType). A client
// of any version is understood so far as the key, version, correlation id and
// client id go, so for an unknown version the newest rule holds.
func (k APIKey) RequestHeaderVersion(version int16) (int16, error) {
	f, ok := k.facts()
	switch {
	case !ok:
		return 0, k.Supports(version)
	case k == APIKeyControlledShutdown && version == 0:
		return 0, nil
	case version >= f.flexibleRequests:
		return 2, nil
	}
	return 1, nil
}

// ResponseHeaderVersion returns the version of ResponseHeader that stands
// before a response: 1 where the response is flexible, otherwise 0. It is
// always 0 for ApiVersions: a client must be able to read that response when
// the broker doesn't know the version it asked in (KIP-511).
func (k APIKey) ResponseHeaderVersion(version int16) (int16, error) {
	f, ok := k.facts()
	switch {
	case !ok:
		return 0, k.Supports(version)
	case k != APIKeyApiVersions && version >= f.flexibleResponses:
		return 1, nil
	}
	return 0, nil
}

package wasmhost

import (
	"bytes"
	"sync"
)

// entryOverhead is what the bound on shared data and queues counts for an entry besides its bytes.
const entryOverhead = 128

// sharedData is the key-value store of guests, one for each VM id. It lives in the host's memory, hence the bound.
type sharedData struct {
	limit uint64

	mu    sync.Mutex
	byVM  map[string]map[string]sharedValue
	used  uint64
	stamp uint32 // the last cas given out
}

type sharedValue struct {
	value []byte // never changed, so it may be read without the lock
	cas   uint32
}

func newSharedData(limit uint64) *sharedData {
	return &sharedData{limit: limit, byVM: map[string]map[string]sharedValue{}}
}

func (d *sharedData) get(vmID string, key []byte) (value []byte, cas uint32, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	v, ok := d.byVM[vmID][string(key)]
	return v.value, v.cas, ok
}

// set stores copies of key and value. A cas other than 0 must be that of the present value; a key that is missing takes any.
func (d *sharedData) set(vmID string, key, value []byte, cas uint32) Status {
	d.mu.Lock()
	defer d.mu.Unlock()
	old, exists := d.byVM[vmID][string(key)]
	if exists && cas != 0 && cas != old.cas {
		return StatusCasMismatch
	}
	used := d.used + uint64(len(value))
	if exists {
		used -= uint64(len(old.value))
	} else {
		used += uint64(len(key)) + entryOverhead
	}
	if used > d.limit && used > d.used {
		return StatusInternalFailure
	}
	d.used = used
	if d.byVM[vmID] == nil {
		d.byVM[vmID] = map[string]sharedValue{}
	}
	d.byVM[vmID][string(key)] = sharedValue{value: bytes.Clone(value), cas: d.nextCas()}
	return StatusOK
}

// nextCas never returns 0, which means "don't compare".
func (d *sharedData) nextCas() uint32 {
	if d.stamp++; d.stamp == 0 {
		d.stamp = 1
	}
	return d.stamp
}

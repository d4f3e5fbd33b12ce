package wasmhost

import (
	"bytes"
	"slices"
	"sync"
)

// sharedQueues are the message queues of guests, named by VM id and name.
type sharedQueues struct {
	limit   uint64
	perName int // messages of one queue

	mu      sync.Mutex
	byName  map[queueName]uint32
	byToken map[uint32]*sharedQueue
	used    uint64
}

// maxQueueLength bounds the messages of one queue: a reader that is gone must not cost the others their room.
const maxQueueLength = 1 << 16

type queueName struct{ vmID, name string }

type sharedQueue struct {
	messages [][]byte
	waiting  []*vm // those that registered it; the last one is notified
}

func newSharedQueues(limit uint64) *sharedQueues {
	return &sharedQueues{limit: limit, perName: maxQueueLength, byName: map[queueName]uint32{}, byToken: map[uint32]*sharedQueue{}}
}

// register makes a queue, or finds it, and has v notified of its messages from now on.
func (q *sharedQueues) register(vmID string, name []byte, v *vm) (token uint32, status Status) {
	q.mu.Lock()
	defer q.mu.Unlock()
	key := queueName{vmID, string(name)}
	token, ok := q.byName[key]
	if !ok {
		if !q.reserve(len(name)) {
			return 0, StatusInternalFailure
		}
		token = uint32(len(q.byToken) + 1) // queues are never removed
		q.byName[key], q.byToken[token] = token, &sharedQueue{}
	}
	queue := q.byToken[token]
	queue.waiting = append(without(queue.waiting, v), v)
	return token, StatusOK
}

func (q *sharedQueues) resolve(vmID string, name []byte) (token uint32, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	token, ok = q.byName[queueName{vmID, string(name)}]
	return token, ok
}

// enqueue adds a copy of p.
func (q *sharedQueues) enqueue(token uint32, p []byte) Status {
	q.mu.Lock()
	defer q.mu.Unlock()
	queue, ok := q.byToken[token]
	if !ok {
		return StatusNotFound
	}
	if len(queue.messages) >= q.perName || !q.reserve(len(p)) {
		return StatusInternalFailure
	}
	queue.messages = append(queue.messages, bytes.Clone(p))
	if n := len(queue.waiting); n > 0 {
		queue.waiting[n-1].notify(token)
	}
	return StatusOK
}

func (q *sharedQueues) dequeue(token uint32) ([]byte, Status) {
	q.mu.Lock()
	defer q.mu.Unlock()
	queue, ok := q.byToken[token]
	if !ok {
		return nil, StatusNotFound
	}
	if len(queue.messages) == 0 {
		return nil, StatusEmpty
	}
	p := queue.messages[0]
	queue.messages[0] = nil
	if queue.messages = queue.messages[1:]; len(queue.messages) == 0 {
		queue.messages = nil
	}
	q.used -= uint64(len(p)) + entryOverhead
	return p, StatusOK
}

// reserve counts n bytes, unless they are too many.
func (q *sharedQueues) reserve(n int) bool {
	more := uint64(n) + entryOverhead
	if q.used+more > q.limit {
		return false
	}
	q.used += more
	return true
}

// forget stops notifying v. The one that registered before it takes over.
func (q *sharedQueues) forget(v *vm) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, queue := range q.byToken {
		queue.waiting = without(queue.waiting, v)
	}
}

func without(list []*vm, v *vm) []*vm {
	return slices.DeleteFunc(list, func(o *vm) bool { return o == v })
}

package puppet

import (
	_ "embed" // the modules
	"encoding/binary"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Versions are those of the ABI that there is a module for.
var Versions = []string{"0.1.0", "0.2.0", "0.2.1"}

var (
	//go:embed puppet_0_1_0.wasm
	module010 []byte
	//go:embed puppet_0_2_0.wasm
	module020 []byte
	//go:embed puppet_0_2_1.wasm
	module021 []byte
)

// Module returns the guest for a version of the ABI, nil for an unknown one. Nobody may change it. Those of 0.1.0 and 0.2.1 have the
// allocator malloc, that of 0.2.0 proxy_on_memory_allocate; what else differs is the types that differ in the ABI.
func Module(version string) []byte {
	return map[string][]byte{"0.1.0": module010, "0.2.0": module020, "0.2.1": module021}[version]
}

// FunctionName is the foreign function that the guest calls.
const FunctionName = "puppet"

// Addresses in guest memory that hooks may use. What is above ArgEnd is the guest's own.
const (
	OutA   = 256 // where host calls write to
	OutB   = 260
	OutC   = 264
	ArgA   = 1024 // where hooks put what they pass
	ArgB   = 8192
	ArgEnd = 65536

	modeAddr        = 64 // what the allocator does, see AllocatorMode
	heapAddr        = 68 // what it returns next
	allocationsAddr = 72 // how often it was called

	commandArgs = 65552
)

// AllocatorMode is what the guest's allocator does. Each mode but the last two is an answer that a host has to survive.
type AllocatorMode uint32

// The modes of the allocator.
const (
	Allocate       AllocatorMode = iota // as it should be
	AllocateNull                        // return 0
	AllocateBeyond                      // return a range that ends outside of memory
	AllocateTrap                        // trap
	AllocateCall                        // make a host call that isn't allowed there
	AllocateGrow                        // make the host calls that are allowed there, and move memory
	AllocateLoop                        // never return

	allocateCallFirst AllocatorMode = 16 // plus the number of an import: call it
)

// maxParams is the greatest number of parameters of a callback, maxArgs that of arguments of a host call.
const (
	maxParams = 5
	maxArgs   = 12
)

// The commands.
const (
	opReturn = iota
	opCall
	opWrite
	opRead
	opFill
	opTrap
	opLoop
	opGrow
	opRecurse
	opLoopCalls
)

// Hook runs in the middle of a callback of the guest. It gets the callback's parameters and returns its result. It may report to
// testing.TB by Error, but not by Fatal. Hooks of one Puppet may run at the same time, when its VMs do.
type Hook func(g *Call, params [5]uint32) uint32

// Puppet drives guests. Its methods may be called from any goroutine.
type Puppet struct {
	tb testing.TB

	mu       sync.Mutex
	hooks    map[string]Hook
	calls    []string
	answers  map[Answer]bool
	sessions map[uint32]*session
	last     uint32
}

// Answer is a status that a host call gave.
type Answer struct {
	Call   string
	Status Status
}

// session is a callback under way.
type session struct {
	next   func() (command []byte, ok bool)
	stop   func()
	report []byte // of the guest
	result uint32
}

// New returns a Puppet without hooks. A callback without a hook returns 1 where that means success, and else 0. When the test ends,
// hooks whose guest never came back are ended.
func New(tb testing.TB) *Puppet {
	p := &Puppet{tb: tb, hooks: map[string]Hook{}, answers: map[Answer]bool{}, sessions: map[uint32]*session{}}
	tb.Cleanup(p.Reset)
	return p
}

// Reset takes all hooks away, and ends those whose guest never came back, as when it trapped. No callback may be running.
func (p *Puppet) Reset() {
	p.mu.Lock()
	all := p.sessions
	p.sessions, p.hooks = map[uint32]*session{}, map[string]Hook{}
	p.mu.Unlock()
	for _, s := range all {
		s.stop()
	}
}

// On makes a hook run in a callback, and nil none.
func (p *Puppet) On(callback string, fn Hook) {
	if !slices.ContainsFunc(parse(callbacks), func(f Function) bool { return f.Name == callback }) {
		panic("puppet: no callback " + callback)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hooks[callback] = fn
}

// Calls lists the callbacks that ran, each as its name without proxy_on_ and the id of its context: "tick(1) done(2)".
func (p *Puppet) Calls() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.calls, " ")
}

// Answers lists the statuses that were wanted by Call.Want and came.
func (p *Puppet) Answers() (all []Answer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for a := range p.answers {
		all = append(all, a)
	}
	return all
}

// Foreign is the foreign function FunctionName: it takes the guest's report and returns the next command.
func (p *Puppet) Foreign(report []byte) (command []byte, status Status) {
	id := word(report, 0)
	if id == 0 {
		id = p.begin(report)
	}
	p.mu.Lock()
	s := p.sessions[id]
	p.mu.Unlock()
	if s == nil {
		return nil, NotFound // the test is over
	}
	s.report = slices.Clone(report) // it is a view of guest memory
	command, more := s.next()
	if !more {
		command = newCommand(opReturn, s.result)
		p.mu.Lock()
		delete(p.sessions, id)
		p.mu.Unlock()
	}
	binary.LittleEndian.PutUint32(command, id)
	return command, OK
}

var callbackTable = parse(callbacks)

// begin starts the hook of a callback.
func (p *Puppet) begin(report []byte) (id uint32) {
	name := callbackTable[word(report, 1)].Name
	var params [maxParams]uint32
	for i := range params {
		params[i] = word(report, 2+i)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls = append(p.calls, fmt.Sprintf("%s(%d)", strings.TrimPrefix(name, "proxy_on_"), params[0]))
	hook := p.hooks[name]
	if hook == nil {
		hook = func(*Call, [5]uint32) uint32 { return succeeds[name] }
	}
	s := new(session)
	s.next, s.stop = iter.Pull(func(yield func([]byte) bool) {
		defer func() {
			if r := recover(); r != nil && r != any(errStopped) {
				panic(r)
			}
		}()
		s.result = hook(&Call{p: p, s: s, yield: yield}, params)
	})
	p.last++
	p.sessions[p.last] = s
	return p.last
}

// succeeds are the callbacks that return true when all is well.
var succeeds = map[string]uint32{"proxy_on_vm_start": 1, "proxy_on_configure": 1, "proxy_validate_configuration": 1, "proxy_on_done": 1}

// errStopped ends a hook whose guest never came back.
var errStopped = new(int)

func word(b []byte, i int) uint32 { return binary.LittleEndian.Uint32(b[4*i:]) }

// newCommand makes a command; Foreign writes the session's id to its beginning.
func newCommand(op uint32, words ...uint32) []byte {
	b := binary.LittleEndian.AppendUint32(make([]byte, 4, 32), op)
	for _, w := range words {
		b = binary.LittleEndian.AppendUint32(b, w)
	}
	return b
}

package puppet

import (
	"encoding/binary"
	"fmt"
	"testing"
)

// Call makes host calls from within a callback, and reads and writes guest memory. It is valid until its hook returns, and belongs to
// the hook's goroutine.
type Call struct {
	p     *Puppet
	s     *session
	yield func([]byte) bool
}

// maxPiece is how many bytes of memory are read or written at a time.
const maxPiece = 32 << 10

// do has the guest run a command.
func (g *Call) do(command []byte) (report []byte) {
	if !g.yield(command) {
		panic(errStopped)
	}
	return g.s.report
}

// TB returns the test.
func (g *Call) TB() testing.TB { return g.p.tb }

var importIndex = func() map[string]uint32 {
	all := map[string]uint32{}
	for i, f := range parse(imports) {
		all[f.Module+"."+f.Name] = uint32(i)
		if f.Module == "env" {
			all[f.Name] = uint32(i)
		}
	}
	return all
}()

// Call makes a host call and returns its status. The name is that of the import, with its module in front unless that is env:
// "proxy_log", "wasi_unstable.fd_write". Of an argument of type i32 the lower half counts.
func (g *Call) Call(name string, args ...uint64) Status {
	i, ok := importIndex[name]
	if !ok || len(args) > maxArgs {
		panic("puppet: can't call " + name)
	}
	command := newCommand(opCall, i, 0)
	for _, a := range args {
		command = binary.LittleEndian.AppendUint64(command, a)
	}
	return Status(word(g.do(command), 2))
}

// Want makes a host call, and reports another status than the given one as an error.
func (g *Call) Want(status Status, name string, args ...uint64) {
	g.p.tb.Helper()
	if got := g.Call(name, args...); got != status {
		g.p.tb.Errorf("%s%v = %d, want %d", name, args, got, status)
		return
	}
	g.p.mu.Lock()
	defer g.p.mu.Unlock()
	g.p.answers[Answer{name, status}] = true
}

// Put writes bytes to guest memory, and returns their address and size as arguments.
func (g *Call) Put(at uint32, s string) (ptr, size uint64) {
	ptr, size = uint64(at), uint64(len(s))
	for len(s) > 0 {
		n := min(len(s), maxPiece)
		g.do(append(newCommand(opWrite, at, uint32(n)), s[:n]...))
		at, s = at+uint32(n), s[n:]
	}
	return ptr, size
}

// Fill writes the same byte n times.
func (g *Call) Fill(at uint32, b byte, n uint32) { g.do(newCommand(opFill, at, n, uint32(b))) }

// Read reads guest memory. The guest traps when there is none.
func (g *Call) Read(at, n uint32) string {
	var all []byte
	for n > 0 {
		piece := min(n, maxPiece)
		all = append(all, g.do(newCommand(opRead, at, piece))[12:]...)
		at, n = at+piece, n-piece
	}
	return string(all)
}

// Uint32 reads a number of guest memory.
func (g *Call) Uint32(at uint32) uint32 { return binary.LittleEndian.Uint32([]byte(g.Read(at, 4))) }

// Uint64 reads a number of guest memory.
func (g *Call) Uint64(at uint32) uint64 { return binary.LittleEndian.Uint64([]byte(g.Read(at, 8))) }

// Result reads the bytes whose address and size a host call has written to OutA and OutB.
func (g *Call) Result() string { return g.Read(g.Uint32(OutA), g.Uint32(OutB)) }

// Grow makes guest memory larger by so many pages of 64 KiB, and reports whether that was allowed.
func (g *Call) Grow(pages uint32) bool { return word(g.do(newCommand(opGrow, pages)), 2) != 0xffffffff }

// SetAllocator makes the allocator work in another way, for host calls of hooks.
func (g *Call) SetAllocator(m AllocatorMode) { g.put32(modeAddr, uint32(m)) }

// SetAllocatorCall makes the allocator make a host call, named as in Call, with no arguments but 0.
func (g *Call) SetAllocatorCall(name string) {
	g.put32(modeAddr, uint32(allocateCallFirst)+importIndex[name])
}

// SetHeap sets the address that the allocator returns next.
func (g *Call) SetHeap(at uint32) { g.put32(heapAddr, at) }

// Allocations returns how often the host has called the allocator for host calls of hooks.
func (g *Call) Allocations() uint32 { return g.Uint32(allocationsAddr) }

func (g *Call) put32(at, value uint32) {
	g.Put(at, string(binary.LittleEndian.AppendUint32(nil, value)))
}

// Misbehave has the guest do what no guest should, and doesn't return.
func (g *Call) Misbehave(how Misbehaviour) {
	g.do(newCommand(uint32(how)))
	g.p.tb.Error("the guest came back from misbehaving")
	panic(errStopped)
}

// Misbehaviour is something that no guest should do.
type Misbehaviour uint32

// What a guest may do that it shouldn't.
const (
	Trap      Misbehaviour = opTrap
	Loop      Misbehaviour = opLoop      // without a host call
	LoopCalls Misbehaviour = opLoopCalls // over a host call
	Recurse   Misbehaviour = opRecurse   // without end
)

func (m Misbehaviour) String() string {
	if name, ok := map[Misbehaviour]string{Trap: "trap", Loop: "loop", LoopCalls: "loop of host calls", Recurse: "recursion"}[m]; ok {
		return name
	}
	return fmt.Sprintf("misbehaviour %d", uint32(m))
}

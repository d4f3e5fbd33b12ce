package wasmhost

import (
	"context"
	"time"
)

func (v *vm) initBackground() {
	v.ctx, v.stop = context.WithCancel(context.Background())
	v.ready = map[uint32]int{}
}

// stopBackground stops timers and notifications. Goroutines that wait for the VM end soon after; Plugin.Close waits for them.
func (v *vm) stopBackground() {
	v.mu.Lock()
	v.stopped = true
	v.mu.Unlock()
	v.stop()
	v.stopTick()
}

// spawn runs f in a goroutine that Plugin.Close waits for, unless the VM is gone.
func (v *vm) spawn(f func()) {
	if !v.hold() {
		return
	}
	go func() {
		defer v.plugin.goroutines.Done()
		f()
	}()
}

// hold makes Plugin.Close wait for one more call of goroutines.Done, unless the VM is gone.
func (v *vm) hold() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.stopped {
		v.plugin.goroutines.Add(1)
	}
	return !v.stopped
}

// setTick starts, changes or (period 0) stops the timer of the root context.
func (v *vm) setTick(period time.Duration) {
	v.stopTick()
	if period <= 0 || v.fns[cbTick] == nil || !v.hold() {
		return
	}
	v.tickPeriod = period
	round := v.tickRound
	v.tick = time.AfterFunc(period, func() {
		defer v.plugin.goroutines.Done()
		v.onTick(round)
	})
}

func (v *vm) stopTick() {
	v.tickRound++ // a timer that has fired already, and waits for the VM, does nothing
	if v.tick != nil && v.tick.Stop() {
		v.plugin.goroutines.Done()
	}
	v.tick, v.tickPeriod = nil, 0
}

func (v *vm) onTick(round int) {
	if v.lock(v.ctx) != nil {
		return
	}
	defer v.unlock()
	if v.gone != nil || round != v.tickRound {
		return
	}
	err := v.call(v.ctx, cbTick, rootID)
	if err != nil || round != v.tickRound {
		return // the guest is gone, or has set another period
	}
	if v.hold() {
		v.tick.Reset(v.tickPeriod)
	}
}

// notify schedules one call of proxy_on_queue_ready. It returns at once, whichever VM is locked.
func (v *vm) notify(queue uint32) {
	v.mu.Lock()
	v.ready[queue]++
	start := !v.pumping && !v.stopped
	v.pumping = v.pumping || start
	v.mu.Unlock()
	if start {
		v.spawn(v.pump)
	}
}

// pump delivers notifications until none is left.
func (v *vm) pump() {
	for {
		queue, ok := v.nextReady()
		if !ok || !v.queueReady(queue) {
			return
		}
	}
}

func (v *vm) nextReady() (queue uint32, ok bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for queue = range v.ready {
		if v.ready[queue]--; v.ready[queue] == 0 {
			delete(v.ready, queue)
		}
		return queue, true
	}
	v.pumping = false
	return 0, false
}

func (v *vm) queueReady(queue uint32) bool {
	if v.lock(v.ctx) != nil {
		return false
	}
	defer v.unlock()
	return v.gone == nil && v.call(v.ctx, cbQueueReady, rootID, uint64(queue)) == nil
}

// later ends a stream whose owner could not wait for the VM.
func (v *vm) later(s *Stream) {
	v.spawn(func() {
		if v.lock(context.Background()) != nil {
			return
		}
		defer v.unlock()
		_ = s.end(v.ctx)
	})
}

package wasmhost

import (
	"context"
	"log/slog"
	"strings"
	"time"
)

const (
	// maxLogBytes bounds one message of a guest; the rest of it is cut off.
	maxLogBytes = 16 << 10
	// maxComplaintBytes is the same for a message that becomes a part of an error.
	maxComplaintBytes = 1 << 10
)

// logLevels are slog's levels for those of the ABI, trace to critical.
var logLevels = [...]slog.Level{
	slog.LevelDebug - 4, slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError, slog.LevelError + 4,
}

func proxyLog(v *vm, s []uint64) uint32 {
	level := u32(s, 0)
	if level >= uint32(len(logLevels)) {
		return uint32(StatusBadArgument)
	}
	msg, ok := v.read(u32(s, 1), u32(s, 2))
	if ok {
		v.log(logLevels[level], msg, "log")
	}
	return statusOf(ok)
}

// log writes what the guest says. It copies msg.
func (v *vm) log(level slog.Level, msg []byte, source string) {
	if v.born.IsZero() && level >= slog.LevelError {
		v.complaint = string(msg[:min(len(msg), maxComplaintBytes)])
	}
	ctx, logger := context.Background(), v.plugin.logger()
	if !logger.Enabled(ctx, level) {
		return
	}
	ok, dropped := v.plugin.logRate.allow(time.Now(), min(len(msg), maxLogBytes))
	if !ok {
		return
	}
	if dropped > 0 {
		logger.LogAttrs(ctx, slog.LevelWarn, "messages of the guest were dropped, it logs too much",
			slog.String("plugin", v.plugin.cfg.Name), slog.Uint64("dropped", dropped))
	}
	text := string(msg[:min(len(msg), maxLogBytes)])
	logger.LogAttrs(ctx, level, strings.TrimRight(text, "\n"),
		slog.String("plugin", v.plugin.cfg.Name), slog.String("source", source), slog.Uint64("context", uint64(v.effective)))
}

func proxyGetLogLevel(v *vm, s []uint64) uint32 {
	lowest := uint32(len(logLevels) - 1)
	for i, level := range logLevels {
		if v.plugin.logger().Enabled(context.Background(), level) {
			lowest = uint32(i)
			break
		}
	}
	return statusOf(v.write32(u32(s, 0), lowest))
}

func proxyGetCurrentTime(v *vm, s []uint64) uint32 {
	return statusOf(v.write64(u32(s, 0), uint64(time.Now().UnixNano())))
}

func proxySetTickPeriod(v *vm, s []uint64) uint32 {
	v.setTick(time.Duration(u32(s, 0)) * time.Millisecond)
	return uint32(StatusOK)
}

func proxyDone(v *vm, _ []uint64) uint32 {
	if !v.finishing {
		return uint32(StatusNotFound)
	}
	select {
	case <-v.done:
		return uint32(StatusNotFound)
	default:
		close(v.done)
		return uint32(StatusOK)
	}
}

func proxySetEffectiveContext(v *vm, s []uint64) uint32 {
	id := u32(s, 0)
	switch {
	case id == 0:
		v.effective = v.current
	case id == rootID || v.streams[id] != nil:
		v.effective = id
	default:
		return uint32(StatusBadArgument)
	}
	return uint32(StatusOK)
}

// proxyGetConfiguration is of ABI 0.1.0: the configuration that the running callback is about.
func proxyGetConfiguration(v *vm, s []uint64) uint32 {
	conf := v.plugin.cfg.Configuration
	if v.running == cbVMStart {
		conf = v.plugin.cfg.VMConfiguration
	}
	return v.give(conf, u32(s, 0), u32(s, 1))
}

// proxyGetStatus tells the outcome of the last HTTP or gRPC call, which there can't be: OK without a message.
func proxyGetStatus(v *vm, s []uint64) uint32 {
	if !v.write32(u32(s, 0), 0) {
		return uint32(StatusInvalidMemoryAccess)
	}
	return v.give(nil, u32(s, 1), u32(s, 2))
}

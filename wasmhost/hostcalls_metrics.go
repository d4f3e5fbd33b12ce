package wasmhost

// maxMetricIDs bounds how often one VM may define metrics, the same ones included.
const maxMetricIDs = 1 << 16

// proxyDefineMetric gives out ids as Envoy does: a running number times four, plus the type. Defining a metric again
// gives another id for the same value.
func proxyDefineMetric(v *vm, s []uint64) uint32 {
	typ := MetricType(u32(s, 0))
	if typ > MetricHistogram {
		return uint32(StatusBadArgument)
	}
	name, ok := v.read(u32(s, 1), u32(s, 2))
	if !ok {
		return uint32(StatusInvalidMemoryAccess)
	}
	if len(v.metrics) >= maxMetricIDs {
		return uint32(StatusInternalFailure)
	}
	m := v.plugin.cfg.Metrics.define(typ, name)
	if m == nil {
		return uint32(StatusInternalFailure)
	}
	id := uint32(len(v.metrics))<<2 | uint32(typ)
	v.metrics = append(v.metrics, m)
	return statusOf(v.write32(u32(s, 3), id))
}

func (v *vm) metricOf(id uint32) *metric {
	if n := id >> 2; n < uint32(len(v.metrics)) && v.metrics[n].typ == MetricType(id&3) {
		return v.metrics[n]
	}
	return nil
}

func proxyRecordMetric(v *vm, s []uint64) uint32 {
	m := v.metricOf(u32(s, 0))
	if m == nil {
		return uint32(StatusNotFound)
	}
	m.record(s[1])
	return uint32(StatusOK)
}

func proxyIncrementMetric(v *vm, s []uint64) uint32 {
	m := v.metricOf(u32(s, 0))
	if m == nil {
		return uint32(StatusNotFound)
	}
	return uint32(m.increment(int64(s[1])))
}

func proxyGetMetric(v *vm, s []uint64) uint32 {
	m := v.metricOf(u32(s, 0))
	switch {
	case m == nil:
		return uint32(StatusNotFound)
	case m.typ == MetricHistogram:
		return uint32(StatusBadArgument)
	}
	return statusOf(v.write64(u32(s, 1), m.value.Load()))
}

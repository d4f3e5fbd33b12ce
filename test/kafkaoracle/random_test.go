package kafkaoracle

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"

	"github.com/libnasp/libnasp/kafkaproto"
	"github.com/libnasp/libnasp/kafkaproto/wire"
)

// randomMessage fills m at random and encodes it. Fields that the version
// doesn't take, as the error says, get their default, until it encodes: so the
// errors are tried too.
func randomMessage(m kafkaproto.Message, version int16, rng *rand.Rand, mode int) ([]byte, error) {
	f := filler{rng: rng, mode: mode % 6}
	m.SetDefaults()
	f.fill(reflect.ValueOf(m).Elem(), 0)
	for range 1000 {
		b, err := m.AppendTo(nil, version)
		if err == nil {
			return b, nil
		}
		var e *kafkaproto.Error
		if !errors.As(err, &e) {
			return nil, err
		}
		typ, field, ok := strings.Cut(e.Field, ".")
		if !ok || !repair(reflect.ValueOf(m).Elem(), typ, field, e.Kind) {
			return nil, fmt.Errorf("can't repair: %w", err)
		}
	}
	return nil, errors.New("no end of errors")
}

// repair makes the field acceptable in every struct of the type below v.
func repair(v reflect.Value, typ, field string, kind kafkaproto.Kind) bool {
	switch v.Kind() {
	case reflect.Pointer:
		return !v.IsNil() && repair(v.Elem(), typ, field, kind)
	case reflect.Slice:
		if k := v.Type().Elem().Kind(); k != reflect.Struct {
			return false
		}
		done := false
		for i := range v.Len() {
			done = repair(v.Index(i), typ, field, kind) || done
		}
		return done
	case reflect.Struct:
		done := false
		if v.Type().Name() == typ {
			f := v.FieldByName(field)
			if !f.IsValid() {
				return false
			}
			switch {
			case kind == kafkaproto.NotInVersion:
				f.Set(defaults(v.Type()).FieldByName(field))
			case kind == kafkaproto.NullNotAllowed && f.Kind() == reflect.Slice && f.IsNil():
				f.Set(reflect.MakeSlice(f.Type(), 0, 0))
			case kind == kafkaproto.NullNotAllowed && f.Kind() == reflect.Pointer && f.IsNil():
				f.Set(defaults(f.Type().Elem()).Addr())
			}
			done = true
		}
		for i := range v.NumField() {
			done = repair(v.Field(i), typ, field, kind) || done
		}
		return done
	}
	return false
}

func defaults(t reflect.Type) reflect.Value {
	p := reflect.New(t)
	p.Interface().(interface{ SetDefaults() }).SetDefaults()
	return p.Elem()
}

type filler struct {
	rng  *rand.Rand
	mode int // 0: nulls, 1: empty, 2: no nulls, 3: extremes, others: anything
}

func (f *filler) none() bool { return f.mode == 0 || f.mode > 2 && f.rng.IntN(4) == 0 }

func (f *filler) fill(v reflect.Value, depth int) {
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(f.rng.IntN(2) == 0)
	case reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		// Some keep their defaults.
		if f.rng.IntN(6) > 0 {
			v.SetInt(f.number() >> (64 - v.Type().Bits()))
		}
	case reflect.Uint16, reflect.Uint32:
		v.SetUint(uint64(f.number()) >> (64 - v.Type().Bits()))
	case reflect.Float64:
		v.SetFloat(f.rng.NormFloat64())
	case reflect.Array: // UUID
		for i := range v.Len() {
			v.Index(i).SetUint(uint64(f.rng.UintN(256)))
		}
	case reflect.Pointer:
		v.SetZero()
		if !f.none() {
			v.Set(reflect.New(v.Type().Elem()))
			v.Interface().(interface{ SetDefaults() }).SetDefaults()
			f.fill(v.Elem(), depth+1)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			f.fill(v.Field(i), depth)
		}
	case reflect.Slice:
		f.slice(v, depth)
	default:
		panic("kind " + v.Kind().String())
	}
}

func (f *filler) number() int64 {
	switch f.rng.IntN(5) {
	case 0:
		return 0
	case 1:
		return math.MinInt64
	case 2:
		return math.MaxInt64
	}
	return int64(f.rng.Uint64())
}

func (f *filler) slice(v reflect.Value, depth int) {
	if v.Type() == reflect.TypeFor[[]wire.Tag]() {
		v.Set(reflect.ValueOf(f.tags()))
		return
	}
	if f.none() {
		v.SetZero()
		return
	}
	if v.Type().Elem().Kind() == reflect.Uint8 {
		v.SetBytes(f.text(depth))
		return
	}
	n := 0
	switch {
	case f.mode == 3 && depth == 0:
		n = 130
	case f.mode != 1:
		n = f.rng.IntN(3)
	}
	v.Set(reflect.MakeSlice(v.Type(), n, n))
	for i := range n {
		e := v.Index(i)
		if e.Kind() == reflect.Struct {
			e.Set(defaults(e.Type()))
		}
		if e.Kind() == reflect.Slice { // an array's strings can't be null
			e.SetBytes(f.text(depth + 1))
			continue
		}
		f.fill(e, depth+1)
	}
}

func (f *filler) text(depth int) []byte {
	n := f.rng.IntN(10)
	switch {
	case f.mode == 1:
		n = 0
	case f.mode == 3 && depth == 0:
		n = wire.MaxString
	case f.mode == 3:
		n = f.rng.IntN(140)
	}
	b := make([]byte, n)
	for i := range b {
		b[i] = '!' + byte(f.rng.IntN(90))
	}
	return b
}

// tags makes unknown tags, above all that Kafka has. Kafka takes the highest
// of 31 bits for none.
func (f *filler) tags() []wire.Tag {
	if f.mode < 2 || f.rng.IntN(5) > 0 {
		return nil
	}
	tags := []wire.Tag{{Number: 100, Data: []byte("x")}, {Number: 20000}}
	return append(tags, wire.Tag{Number: math.MaxInt32 - 1 - uint32(f.rng.IntN(9)), Data: f.text(1)})
}

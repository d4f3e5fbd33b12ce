package kafkaproto

import (
	"bytes"
	"encoding/binary"
	"reflect"
	"testing"
)

// rawRecord appends a record as given, valid or not.
func rawRecord(b []byte, size int64, rest ...[]byte) []byte {
	b = binary.AppendVarint(b, size)
	return append(b, bytes.Join(rest, nil)...)
}

func varints(n ...int64) (b []byte) {
	for _, v := range n {
		b = binary.AppendVarint(b, v)
	}
	return b
}

// FuzzReadShort: the short way reads what the long way reads, and leaves everything else to it.
func FuzzReadShort(f *testing.F) {
	room := make([]byte, 40)
	for _, lengths := range [][]int64{
		{0, 0, 3, 20, 0}, {1 << 19, 1 << 19, 3, 20, 1}, {1 << 21, 7, -1, -1, 0}, {-5, -1, 0, 0, 0}, {0, 0, -2, 3, 0}, {0, 0, 3, -2, 0},
		{0, 0, 3, 1 << 40, 0}, {0, 0, 500, 3, 0}, {0, 0, -1, 20, -1}, {0, 0, -1, 20, 60}, {0, 0, -1, 20, 100},
	} {
		head, value := append([]byte{0}, varints(lengths[:3]...)...), varints(lengths[3])
		body := [][]byte{head, room[:max(0, min(lengths[2], 40))], value, room[:max(0, min(lengths[3], 40))], varints(lengths[4])}
		size := int64(len(bytes.Join(body, nil)))
		for _, size := range []int64{size, size - 1, size + 1, -size, 1 << 30} {
			f.Add(rawRecord(nil, size, append(body, room)...))
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		quick, slow := ReadRecords(b, 1), ReadRecords(b, 1)
		quick.left, slow.left = 0, 0
		var got, want Record
		if !quick.readShort(&got) {
			if !reflect.DeepEqual(quick, slow) || !reflect.DeepEqual(got, want) {
				t.Fatal("something was changed for a record that isn't read")
			}
			return
		}
		if slow.read(&want); !reflect.DeepEqual(got, want) || !reflect.DeepEqual(quick, slow) {
			t.Fatalf("got %+v, want %+v; %v", got, want, slow.Err())
		}
	})
}

// BenchmarkRecordReader walks the records of a batch.
func BenchmarkRecordReader(b *testing.B) {
	const n = 64
	var records []byte
	for i := range int64(n) {
		body := [][]byte{{0}, varints(i, i, 3), []byte("key"), varints(1000), make([]byte, 1000), varints(0)}
		records = rawRecord(records, int64(len(bytes.Join(body, nil))), body...)
	}
	b.ReportAllocs()
	for b.Loop() {
		r := ReadRecords(records, n)
		var rec Record
		for r.Next(&rec) {
		}
		if r.Err() != nil {
			b.Fatal(r.Err())
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/record")
}

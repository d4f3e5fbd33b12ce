package conn

import (
	"math/bits"
	"sync"
)

// slab is storage that goes from connection to connection: what one doesn't need now, another may.
type slab struct{ b []byte } // empty

const (
	// minSlab is the size of the smallest slabs, in bytes.
	minSlab = 1 << 10
	// steps is how many sizes of slabs there are up to twice the size. At most so small a part is wasted.
	steps = 8
)

var slabs [bits.UintSize * steps]sync.Pool // of *slab, by slabClass

// slabClass returns the pool of the slabs that n bytes fit in, and their size.
func slabClass(n int) (class, size int) {
	n = max(n, minSlab)
	exp := bits.Len(uint(n)-1) - 1 // 2^exp < n <= 2^(exp+1)
	step := 1 << exp / steps
	k := (n + step - 1) / step // steps < k <= 2*steps
	return exp*steps + k - steps, k * step
}

func newSlab(n int) *slab {
	class, size := slabClass(n)
	if s, _ := slabs[class].Get().(*slab); s != nil {
		return s
	}
	return &slab{make([]byte, 0, size)}
}

// free gives a slab to the next that needs one. Nil is none.
func (s *slab) free() {
	if s != nil {
		class, _ := slabClass(cap(s.b))
		slabs[class].Put(s)
	}
}

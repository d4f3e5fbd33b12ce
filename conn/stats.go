package conn

// Stats counts what went through a connection.
type Stats struct {
	// Read and Written are bytes from and to the wrapped connection.
	Read, Written uint64
	// Pauses counts, by Direction, the calls after which a filter held bytes back.
	Pauses [2]uint64
	// Held is the number of bytes that the connection owns now, those that filters hold back among them. It is known only with
	// Config.Budget.
	Held int
}

// Stats returns the counts so far. It takes no lock, so the counts of a busy connection may be of slightly different moments.
func (c *Conn) Stats() Stats {
	s := Stats{
		Read: c.r.moved.Load(), Written: c.w.moved.Load(),
		Held: int(c.r.reserved.Load() + c.w.reserved.Load()),
	}
	s.Pauses[c.r.dir] = c.r.pauses.Load()
	s.Pauses[c.w.dir] = c.w.pauses.Load()
	return s
}

// count adds n bytes that the socket gave or took.
func (f *flow) count(n int) {
	if n > 0 {
		f.moved.Add(uint64(n))
	}
}

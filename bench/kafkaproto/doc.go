// Package kafkaproto benchmarks kafkaproto beside franz-go's kmsg and
// segmentio's protocol package, in one run. It is a module of its own, so that
// nobody who imports nasp gets their dependencies.
//
//	go test -bench . -count 6 | tee new.txt && benchstat -col /lib new.txt
//
// All three read and write the same messages, in the newest version that all
// three know (names ending in Old) and, without segmentio's, in a recent
// flexible one. A message is decoded into again and again where a library can
// do that. kmsg is called by UnsafeReadFrom, the faster of its two ways: its
// strings then share the input as ours do. segmentio's reads whole frames and
// looks into the record batches, ours and kmsg's hand them over as they are.
package kafkaproto

// Package wire holds the primitives of Kafka's binary protocol: a [Reader]
// with a sticky error, append-style writers and the sizes of what they write.
//
// The generated messages are built from it. Use it directly only to read or
// write something that no descriptor describes.
//
// It keeps to what small Wasm guests can afford: neither reflect, fmt nor
// encoding packages are imported, nor anything that imports them. What is
// called at very many places of the generated code, and isn't worth copying
// to each of them, is marked noinline.
//
// # Flexible versions
//
// Since KIP-482 every message has versions that are "flexible": lengths are
// unsigned varints one higher than the length (0 is null), and every struct
// ends in tagged fields. The functions here take flex to choose between the
// two forms.
package wire

module github.com/libnasp/libnasp/bench/kafkaproto

go 1.26.0

require (
	github.com/libnasp/libnasp v0.0.0
	github.com/segmentio/kafka-go v0.4.51
	github.com/twmb/franz-go/pkg/kmsg v1.15.0
)

require (
	github.com/klauspost/compress v1.20.3 // indirect
	github.com/pierrec/lz4/v4 v4.1.33 // indirect
)

replace github.com/libnasp/libnasp => ../..

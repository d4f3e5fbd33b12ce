module github.com/libnasp/libnasp/test/kafkaoracle

go 1.25.0

require github.com/libnasp/libnasp v0.0.0

require (
	github.com/klauspost/compress v1.20.3 // indirect
	github.com/pierrec/lz4/v4 v4.1.33 // indirect
)

replace github.com/libnasp/libnasp => ../..

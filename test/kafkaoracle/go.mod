module github.com/libnasp/libnasp/test/kafkaoracle

go 1.25.0

require github.com/libnasp/libnasp v0.0.0

replace github.com/libnasp/libnasp => ../..

// Package kafkaoracle compares package kafkaproto with Kafka's own classes,
// run from the pinned jars, and with librdkafka. It is a module of its own so
// that nobody who imports nasp gets it.
//
// The tests need Java 17 and Maven, and run when NASP_E2E is set. NASP_ORACLE
// is the number of random messages for each message, version and direction;
// the default is a sample that takes well under a minute.
package kafkaoracle

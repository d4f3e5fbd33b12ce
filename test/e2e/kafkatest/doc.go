// Package kafkatest starts a real Apache Kafka for tests: a single KRaft node on loopback ports of its own choosing, run by
// java from the jars that Maven resolves. It needs java 17 and mvn, and kcat for what reads by kcat.
//
//	broker, err := kafkatest.Start(ctx, kafkatest.Config{})
//	if err != nil {
//		return err // says what is missing and how to install it
//	}
//	defer broker.Stop()
//	topic := broker.CreateTopic(t, 1, nil)
//	… a producer to broker.Addr("") …
//	records := broker.Kcat(t, topic)
//
// A broker ends with the process that started it, also when that is killed (on Linux; elsewhere when it is interrupted from a terminal).
package kafkatest

package e2e

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/IBM/sarama"
)

// saramaAdministration creates, describes, changes and deletes a topic, and does some of it wrongly.
func saramaAdministration(t *testing.T, d door, seen *diary) {
	admin, err := sarama.NewClusterAdmin([]string{broker.Addr("")}, d.sarama(t, plainSarama()))
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	topic := broker.CreateTopic(t, 1, nil) + "-admin"
	must(t, "creating", func() error {
		return admin.CreateTopic(topic, &sarama.TopicDetail{NumPartitions: 2, ReplicationFactor: 1}, false)
	})
	seen.failure("creating it again", topic, admin.CreateTopic(topic, &sarama.TopicDetail{NumPartitions: 2, ReplicationFactor: 1}, false))
	seen.failure("three replicas", topic, admin.CreateTopic(topic+"-3", &sarama.TopicDetail{NumPartitions: 1, ReplicationFactor: 3}, false))
	describe := func(partitions int) {
		t.Helper()
		var topics []*sarama.TopicMetadata
		await(t, "the partitions", func() bool {
			topics, err = admin.DescribeTopics([]string{topic})
			return err == nil && len(topics) == 1 && len(topics[0].Partitions) == partitions
		})
		slices.SortFunc(topics[0].Partitions, func(a, b *sarama.PartitionMetadata) int { return int(a.ID - b.ID) })
		for _, p := range topics[0].Partitions {
			seen.note("partition %d: leader %d replicas %v in sync %v error %v", p.ID, p.Leader, p.Replicas, p.Isr, p.Err)
		}
	}
	describe(2)
	retention, wrong := "123456", "for ever"
	must(t, "changing", func() error {
		return admin.AlterConfig(sarama.TopicResource, topic, map[string]*string{"retention.ms": &retention}, false)
	})
	seen.failure("a wrong value", topic, admin.AlterConfig(sarama.TopicResource, topic, map[string]*string{"retention.ms": &wrong}, false))
	await(t, "the change", func() bool {
		asked := []*sarama.ConfigResource{{Type: sarama.TopicResource, Name: topic, ConfigNames: []string{"retention.ms"}}}
		results, err := admin.DescribeConfigs(asked, sarama.DescribeConfigsOptions{})
		return err == nil && len(results) == 1 && len(results[0].Configs) == 1 && results[0].Configs[0].Value == retention
	})
	must(t, "more partitions", func() error { return admin.CreatePartitions(topic, 3, nil, false) })
	seen.failure("fewer partitions", topic, admin.CreatePartitions(topic, 1, nil, false))
	describe(3)
	must(t, "deleting", func() error { return admin.DeleteTopic(topic) })
	await(t, "its end", func() bool {
		topics, err := admin.DescribeTopics([]string{topic})
		return err == nil && len(topics) == 1 && errors.Is(topics[0].Err, sarama.ErrUnknownTopicOrPartition)
	})
	seen.failure("deleting it again", topic, admin.DeleteTopic(topic))
	groups, err := admin.DescribeConsumerGroups([]string{topic})
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range groups {
		seen.note("a group that isn't there: %s, error %v, named %t", g.State, g.Err, strings.HasSuffix(g.GroupId, "-admin"))
	}
}

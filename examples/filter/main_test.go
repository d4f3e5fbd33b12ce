package main

import (
	"testing"

	"github.com/libnasp/libnasp/filters/kafka/filtertest"
	"github.com/libnasp/libnasp/kafkaproto"
	"github.com/libnasp/libnasp/kafkaproto/messages"
)

const create = kafkaproto.APIKeyCreateTopics

func topics(names ...string) (request *messages.CreateTopicsRequest, answer *messages.CreateTopicsResponse) {
	request, answer = &messages.CreateTopicsRequest{}, &messages.CreateTopicsResponse{}
	for _, n := range names {
		request.Topics = append(request.Topics, messages.CreateTopicsRequestCreatableTopic{Name: []byte(n)})
		var result messages.CreateTopicsResponseCreatableTopicResult
		result.SetDefaults()
		result.Name = []byte(n)
		answer.Topics = append(answer.Topics, result)
	}
	return request, answer
}

// TestTopics asks for two topics, of which one is refused: the broker is asked for the other, and the client gets both answers.
func TestTopics(t *testing.T) {
	asked, answered := topics("other", "team-a")
	left, answer := topics("team-a")
	answered.Topics[0].ErrorCode, answered.Topics[0].ErrorMessage = int16(kafkaproto.PolicyViolation), []byte("rules: the name must begin with team-")
	hosts := map[string]filtertest.Host{"native": filtertest.Native(newFilters), "wasm": filtertest.Wasm(t, filtertest.Module(t, "."))}
	filtertest.Run(t, hosts, []filtertest.Case{{
		Name: "a topic with another name", Configuration: "team-", Steps: []filtertest.Step{
			{Client: filtertest.Request(t, create, 5, 7, asked), Want: filtertest.Request(t, create, 5, 7, left)},
			{Broker: filtertest.Response(t, create, 5, 7, answer), Want: filtertest.Response(t, create, 5, 7, answered)},
		},
	}})
}

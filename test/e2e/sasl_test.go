package e2e

import (
	"strings"
	"testing"

	"github.com/IBM/sarama"

	"github.com/libnasp/libnasp/test/e2e/kafkatest"
)

const (
	saslListener = "PASSWORD"
	saslUser     = "producer"
	saslPassword = "example@email.com" // looks like what is masked in records
)

// saslConfig is a listener that asks for a password or a token. Users of SCRAM are added by tests; tokens need no signature.
func saslConfig() kafkatest.Listener {
	const (
		scram = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
		oauth = `org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";`
	)
	return kafkatest.Listener{
		Name: saslListener, Protocol: kafkatest.SASLPlaintext,
		Properties: map[string]string{
			"sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER",
			"plain.sasl.jaas.config": "org.apache.kafka.common.security.plain.PlainLoginModule required " +
				"user_" + saslUser + `="` + saslPassword + `";`,
			"scram-sha-256.sasl.jaas.config": scram,
			"scram-sha-512.sasl.jaas.config": scram,
			"oauthbearer.sasl.jaas.config":   oauth,
		},
	}
}

// TestSASL logs in with and without request headers around the tokens (SaslHandshake versions 1 and 0).
func TestSASL(t *testing.T) {
	for name, version := range map[string]int16{"raw tokens": sarama.SASLHandshakeV0, "SaslAuthenticate": sarama.SASLHandshakeV1} {
		t.Run(name, func(t *testing.T) {
			topic := broker.CreateTopic(t, 1, nil)
			producer := syncProducer(t, wrapped(t, saslSarama(saslPassword, version)), broker.Addr(saslListener))
			if _, _, err := producer.SendMessage(message(topic, mainJob[0].sent)); err != nil {
				t.Fatal(err)
			}
			assertStored(t, topic, stored)
		})
	}
}

// TestSASLWrongPassword wants the broker's refusal to reach the caller.
func TestSASLWrongPassword(t *testing.T) {
	config := saslSarama("wrong", sarama.SASLHandshakeV1)
	config.Metadata.Retry.Max = 0
	err := within(t, "logging in", func() error {
		p, err := sarama.NewSyncProducer([]string{broker.Addr(saslListener)}, wrapped(t, config))
		if err == nil {
			p.Close()
		}
		return err
	})
	if err == nil || !strings.Contains(err.Error(), "Authentication failed") {
		t.Errorf("got %v, want the broker's refusal", err)
	}
}

func saslSarama(password string, handshake int16) *sarama.Config {
	config := plainSarama()
	config.Net.SASL.Enable = true
	config.Net.SASL.Mechanism = sarama.SASLTypePlaintext
	config.Net.SASL.Version = handshake
	config.ApiVersionsRequest = handshake != sarama.SASLHandshakeV0 // sarama's own rule
	config.Net.SASL.User, config.Net.SASL.Password = saslUser, password
	return config
}

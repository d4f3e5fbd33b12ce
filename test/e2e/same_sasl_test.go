package e2e

import (
	"context"
	"encoding/base64"
	"fmt"
	"testing"
	"time"

	"github.com/IBM/sarama"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/oauth"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

// addScramUser makes a user of both mechanisms whose password looks like what is masked in records.
func addScramUser(t *testing.T, d door, user string) {
	t.Helper()
	admin, err := sarama.NewClusterAdmin([]string{broker.Addr("")}, d.sarama(t, plainSarama()))
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	must(t, "adding a user", func() error {
		for _, mechanism := range []sarama.ScramMechanismType{sarama.SCRAM_MECHANISM_SHA_256, sarama.SCRAM_MECHANISM_SHA_512} {
			results, err := admin.UpsertUserScramCredentials([]sarama.AlterUserScramCredentialsUpsert{{
				Name: user, Mechanism: mechanism, Iterations: 4096, Salt: []byte("salt@example.com"), Password: []byte(saslPassword),
			}}) // a request may name a user once
			if err != nil {
				return err
			}
			if len(results) != 1 || results[0].ErrorCode != sarama.ErrNoError {
				return fmt.Errorf("the broker says %v", results)
			}
		}
		return nil
	})
	await(t, "the user", func() bool {
		results, err := admin.DescribeUserScramCredentials([]string{user})
		return err == nil && len(results) == 1 && len(results[0].CredentialInfos) == 2
	})
}

// token is an unsecured JWS (RFC 7515, appendix A.5), which the broker takes in tests.
func token(user string) string {
	now := time.Now()
	claims := fmt.Sprintf(`{"sub":%q,"email":"example@email.com","iat":%d,"exp":%d}`, user, now.Add(-time.Minute).Unix(), now.Add(time.Hour).Unix())
	return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + "."
}

// saslCases are users and passwords; a token stands for itself.
var saslCases = []struct {
	mechanism sarama.SASLMechanism
	wrong     bool
}{
	{sarama.SASLTypePlaintext, false}, {sarama.SASLTypePlaintext, true},
	{sarama.SASLTypeSCRAMSHA256, false}, {sarama.SASLTypeSCRAMSHA256, true},
	{sarama.SASLTypeSCRAMSHA512, false}, {sarama.SASLTypeSCRAMSHA512, true},
	{sarama.SASLTypeOAuth, false}, {sarama.SASLTypeOAuth, true},
}

func saramaMechanisms(t *testing.T, d door, seen *diary) {
	topic := broker.CreateTopic(t, 1, nil)
	addScramUser(t, d, topic)
	for _, c := range saslCases {
		config := plainSarama()
		config.Metadata.Retry.Max = 0
		s := &config.Net.SASL
		s.Enable, s.Mechanism, s.Version = true, c.mechanism, sarama.SASLHandshakeV1
		s.User, s.Password = topic, saslPassword
		s.TokenProvider = tokenProvider(token(topic))
		s.SCRAMClientGeneratorFunc = func() sarama.SCRAMClient { return &scramClient{mechanism: scramMechanism(c.mechanism)} }
		if c.mechanism == sarama.SASLTypePlaintext {
			s.User = saslUser
		}
		if c.wrong {
			s.Password, s.TokenProvider = "wrong", tokenProvider("wrong")
		}
		must(t, string(c.mechanism), func() error {
			p, err := sarama.NewSyncProducer([]string{broker.Addr(saslListener)}, d.sarama(t, config))
			seen.failure(fmt.Sprint("logging in by ", c), topic, err)
			if (err != nil) != c.wrong {
				return fmt.Errorf("logging in by %v: %w", c, err)
			}
			if err != nil {
				return nil
			}
			defer p.Close()
			_, offset, err := p.SendMessage(message(topic, mainJob[1].sent))
			seen.note("acknowledged: offset %d", offset)
			return err
		})
	}
	d.readAll(t, topic, seen)
}

func franzMechanisms(t *testing.T, d door, seen *diary) {
	topic := broker.CreateTopic(t, 1, nil)
	addScramUser(t, d, topic)
	for _, c := range saslCases {
		user, password, jws := topic, saslPassword, token(topic)
		if c.mechanism == sarama.SASLTypePlaintext {
			user = saslUser
		}
		if c.wrong {
			password, jws = "wrong", "wrong"
		}
		var m sasl.Mechanism
		switch c.mechanism {
		case sarama.SASLTypePlaintext:
			m = plain.Auth{User: user, Pass: password}.AsMechanism()
		case sarama.SASLTypeOAuth:
			m = oauth.Auth{Token: jws}.AsMechanism()
		default:
			m = scramMechanism(c.mechanism)(scram.Auth{User: user, Pass: password})
		}
		client := d.franz(t, kgo.SeedBrokers(broker.Addr(saslListener)), kgo.SASL(m))
		if c.wrong {
			must(t, "logging in", func() error {
				ctx, cancel := context.WithTimeout(t.Context(), guard)
				defer cancel()
				err := client.Ping(ctx)
				seen.failure(fmt.Sprint("logging in by ", c), topic, err)
				if err == nil {
					return fmt.Errorf("the wrong password of %s was taken", c.mechanism)
				}
				return nil
			})
		} else {
			r := &kgo.Record{Topic: topic, Value: []byte(mainJob[1].sent)}
			if err := produce(t, client, r); err != nil {
				t.Fatal(c.mechanism, err)
			}
			seen.note("%s: offset %d", c.mechanism, r.Offset)
		}
		client.Close()
	}
	d.readAll(t, topic, seen)
}

type tokenProvider string

func (p tokenProvider) Token() (*sarama.AccessToken, error) {
	return &sarama.AccessToken{Token: string(p), Extensions: map[string]string{"mail": "example@email.com"}}, nil
}

// scramMechanism returns franz-go's side of SCRAM.
func scramMechanism(m sarama.SASLMechanism) func(scram.Auth) sasl.Mechanism {
	if m == sarama.SASLTypeSCRAMSHA256 {
		return scram.Auth.AsSha256Mechanism
	}
	return scram.Auth.AsSha512Mechanism
}

// scramClient lets sarama, which has no SCRAM of its own, use franz-go's.
type scramClient struct {
	mechanism func(scram.Auth) sasl.Mechanism
	session   sasl.Session
	first     []byte // what the client begins with
	done      bool
}

func (c *scramClient) Begin(user, password, authorization string) (err error) {
	m := c.mechanism(scram.Auth{User: user, Pass: password, Zid: authorization})
	c.session, c.first, err = m.Authenticate(context.Background(), "")
	return err
}

func (c *scramClient) Step(challenge string) (string, error) {
	if first := c.first; first != nil {
		c.first = nil
		return string(first), nil
	}
	done, response, err := c.session.Challenge([]byte(challenge))
	c.done = done
	return string(response), err
}

func (c *scramClient) Done() bool { return c.done }

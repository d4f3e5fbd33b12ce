package kafka

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/libnasp/libnasp/internal/kafkatest"
	"github.com/libnasp/libnasp/kafkaproto"
	"github.com/libnasp/libnasp/kafkaproto/compress"
	"github.com/libnasp/libnasp/kafkaproto/messages"
)

// suffix is a filter that appends to client names in requests, records and responses, so that the order of filters can be read.
func suffix(s string) *testFilter {
	return &testFilter{
		name: s, requests: APIs(kafkaproto.APIKeyDescribeConfigs), responses: APIs(kafkaproto.APIKeyListGroups), directions: Produced | Fetched,
		onRequest: func(r *Request) error {
			m, err := Decode[messages.DescribeConfigsRequest](r)
			if err != nil {
				return err
			}
			m.Resources[0].ResourceName = append(bytes.Clone(m.Resources[0].ResourceName), s...)
			r.Changed()
			return nil
		},
		onResponse: func(r *Response) error {
			m, err := Decode[messages.ListGroupsResponse](r)
			if err != nil {
				return err
			}
			m.Groups[0].GroupId = append(bytes.Clone(m.Groups[0].GroupId), s...)
			r.Changed()
			return nil
		},
		onRecords: func(records *Records) error {
			for records.Next() {
				v := &records.Record().Value
				v.Bytes = append(bytes.Clone(v.Bytes), s...)
				records.Replaced()
			}
			return records.Err()
		},
	}
}

func TestOrder(t *testing.T) {
	s := newStream(t, suffix("1"), suffix("2"))
	var req messages.DescribeConfigsRequest
	requestBody(t, down(t, s, request(t, kafkaproto.APIKeyDescribeConfigs, 1, 1, &messages.DescribeConfigsRequest{
		Resources: []messages.DescribeConfigsRequestDescribeConfigsResource{{ResourceName: []byte("r")}},
	})), &req)
	if got := string(req.Resources[0].ResourceName); got != "r12" {
		t.Errorf("a request became %s", got)
	}
	up(t, s, response(t, kafkaproto.APIKeyDescribeConfigs, 1, 1, &messages.DescribeConfigsResponse{}))
	down(t, s, request(t, kafkaproto.APIKeyListGroups, 0, 2, &messages.ListGroupsRequest{}))
	var m messages.ListGroupsResponse
	body(t, up(t, s, response(t, kafkaproto.APIKeyListGroups, 0, 2, &messages.ListGroupsResponse{
		Groups: []messages.ListGroupsResponseListedGroup{{GroupId: []byte("g")}},
	})), kafkaproto.APIKeyListGroups, 0, &m)
	if got := string(m.Groups[0].GroupId); got != "g21" {
		t.Errorf("a response became %s", got)
	}
	for version := int16(3); version <= kafkaproto.ProduceMaxVersion; version++ {
		var p messages.ProduceRequest
		requestBody(t, down(t, s, request(t, kafkaproto.APIKeyProduce, version, 3, produceOf(version))), &p)
		if got := values(&p); got != "a012 a112 b012 b112" {
			t.Errorf("v%d: records became %s", version, got)
		}
		up(t, s, response(t, kafkaproto.APIKeyProduce, version, 3, produced(&p)))
	}
	for version := int16(0); version <= 18; version++ {
		down(t, s, request(t, kafkaproto.APIKeyFetch, version, 4, fetchRequest()))
		m := fetchResponse(version, kafkatest.Batch(kafkatest.Text("f", "g")...))
		var got messages.FetchResponse
		body(t, up(t, s, response(t, kafkaproto.APIKeyFetch, version, 4, m)), kafkaproto.APIKeyFetch, version, &got)
		want := kafkatest.Batch(kafkatest.Text("f21", "g21")...)
		if r := got.Responses[0].Partitions[0].Records; !bytes.Equal(r, want) {
			t.Errorf("v%d: fetched records became %q", version, r)
		}
	}
}

func fetchRequest() *messages.FetchRequest {
	m := &messages.FetchRequest{}
	m.SetDefaults()
	return m
}

// fetchResponse has one topic with one partition.
func fetchResponse(version int16, records []byte) *messages.FetchResponse {
	p := messages.FetchResponsePartitionData{}
	p.SetDefaults()
	p.Records = records
	topic := messages.FetchResponseFetchableTopicResponse{Topic: []byte("t"), Partitions: []messages.FetchResponsePartitionData{p}}
	if version >= 13 {
		topic.Topic, topic.TopicId = nil, [16]byte{1}
	}
	return &messages.FetchResponse{Responses: []messages.FetchResponseFetchableTopicResponse{topic}}
}

// TestFetchedRecordsThatCantBeRead: the partition is refused, others aren't, and an incomplete batch at the end is no matter.
func TestFetchedRecordsThatCantBeRead(t *testing.T) {
	good := kafkatest.Batch(kafkatest.Text("f")...)
	changed := kafkatest.Batch(kafkatest.Text("f1")...)
	bad := bytes.Clone(good)
	bad[len(bad)-3] = 99
	tests := map[string]struct {
		records, want []byte
		code          int16
	}{
		"cut off": {append(bytes.Clone(good), good[:30]...), append(bytes.Clone(changed), good[:30]...), 0},
		"bad":     {bad, []byte{}, 29},
		"empty":   {[]byte{}, []byte{}, 0},
	}
	for name, test := range tests {
		s := newStream(t, suffix("1"))
		down(t, s, request(t, kafkaproto.APIKeyFetch, 12, 1, fetchRequest()))
		m := fetchResponse(12, test.records)
		m.Responses[0].Partitions = append(m.Responses[0].Partitions, m.Responses[0].Partitions[0])
		m.Responses[0].Partitions[1].Records = good
		var got messages.FetchResponse
		body(t, up(t, s, response(t, kafkaproto.APIKeyFetch, 12, 1, m)), kafkaproto.APIKeyFetch, 12, &got)
		p := got.Responses[0].Partitions
		if p[0].ErrorCode != test.code || !bytes.Equal(p[0].Records, test.want) || p[1].ErrorCode != 0 || !bytes.Equal(p[1].Records, changed) {
			t.Errorf("%s: %d %q, %d %q", name, p[0].ErrorCode, p[0].Records, p[1].ErrorCode, p[1].Records)
		}
	}
}

// TestRewrittenAndRefused changes the lengths of some partitions while others are refused.
func TestRewrittenAndRefused(t *testing.T) {
	s := newStream(t, suffix("+"), refuser("a1+", "b0+"))
	var p messages.ProduceRequest
	requestBody(t, down(t, s, request(t, kafkaproto.APIKeyProduce, 9, 3, produceOf(9))), &p)
	if got := values(&p); got != "a0+ b1+" {
		t.Errorf("%s leaves", got)
	}
}

// TestMessageChangedBeforeRecords: a filter that changes the decoded message comes before those that look at records.
func TestMessageChangedBeforeRecords(t *testing.T) {
	drop := &testFilter{name: "drop", requests: APIs(kafkaproto.APIKeyProduce), onRequest: func(r *Request) error {
		m, err := Decode[messages.ProduceRequest](r)
		if err != nil {
			return err
		}
		m.TopicData = m.TopicData[1:]
		r.Changed()
		return nil
	}}
	s := newStream(t, drop, suffix("+"))
	var p messages.ProduceRequest
	requestBody(t, down(t, s, request(t, kafkaproto.APIKeyProduce, 9, 3, produceOf(9))), &p)
	if got := values(&p); got != "b0+ b1+" {
		t.Errorf("%s leaves", got)
	}
}

func TestFailures(t *testing.T) {
	fails := func(open bool) *testFilter {
		return &testFilter{
			name: "fails", failOpen: open, directions: Produced | Fetched,
			requests: APIs(kafkaproto.APIKeyCreateTopics, kafkaproto.APIKeyListGroups), onRequest: func(*Request) error { return errTest },
			responses: APIs(kafkaproto.APIKeyHeartbeat), onResponse: func(*Response) error { return errTest },
			onRecords: func(*Records) error { return errTest },
		}
	}
	create := request(t, kafkaproto.APIKeyCreateTopics, 5, 1, &messages.CreateTopicsRequest{
		Topics: []messages.CreateTopicsRequestCreatableTopic{{Name: []byte("t")}},
	})
	list := request(t, kafkaproto.APIKeyListGroups, 1, 2, &messages.ListGroupsRequest{})
	produce := request(t, kafkaproto.APIKeyProduce, 9, 3, produceOf(9))
	heartbeat := request(t, kafkaproto.APIKeyHeartbeat, 1, 4, &messages.HeartbeatRequest{})

	closed := newStream(t, fails(false))
	if out := down(t, closed, create); bytes.Equal(out, create) {
		t.Error("closed: a request passes")
	}
	if err := downError(closed, list); err == nil || !strings.Contains(err.Error(), errTest.Error()) {
		t.Errorf("closed: an API that can't be refused: %v", err)
	}
	closed = newStream(t, fails(false))
	if out := down(t, closed, produce); bytes.Equal(out, produce) {
		t.Error("closed: records pass")
	}
	down(t, closed, heartbeat)
	up(t, closed, noTopics(t, 3))
	buf := &kafkatest.Buffer{B: response(t, kafkaproto.APIKeyHeartbeat, 1, 4, &messages.HeartbeatResponse{})}
	if err := closed.Upstream(buf, len(buf.B), false); err == nil {
		t.Error("closed: a response passes")
	}

	counted := map[Event]int{}
	open := newStreamOf(t, Config{Filters: []Filter{fails(true)}, Count: func(_ Filter, e Event) { counted[e]++ }})
	all := bytes.Join([][]byte{create, list, produce, heartbeat}, nil)
	if out := down(t, open, create, list, produce, heartbeat); !bytes.Equal(out, all) {
		t.Error("open: something changed")
	}
	if counted[EventFailed] != 2+4 {
		t.Errorf("open: counted %v", counted)
	}
}

// TestWrongType: a message is asked for as another.
func TestWrongType(t *testing.T) {
	s := newStream(t, &testFilter{name: "f", requests: APIs(kafkaproto.APIKeyMetadata), onRequest: func(r *Request) error {
		if _, err := Decode[messages.MetadataResponse](r); err == nil {
			t.Error("a request was decoded as a response")
		}
		if _, err := Decode[messages.FetchRequest](r); err == nil {
			t.Error("Metadata was decoded as Fetch")
		}
		_, err := Decode[messages.MetadataRequest](r)
		return err
	}})
	down(t, s, request(t, kafkaproto.APIKeyMetadata, 9, 1, &messages.MetadataRequest{AllowAutoTopicCreation: true}))
	if _, err := NewChain(Config{Filters: []Filter{&testFilter{requests: APIs(9999)}}}); err == nil {
		t.Error("an unknown API can be asked for")
	}
}

// versionsResponse is what a broker newer than this code offers.
func versionsResponse() *messages.ApiVersionsResponse {
	m := &messages.ApiVersionsResponse{}
	m.SetDefaults()
	m.ApiKeys = []messages.ApiVersionsResponseApiVersion{
		{ApiKey: 0, MinVersion: 0, MaxVersion: 99}, {ApiKey: 1, MinVersion: 4, MaxVersion: 99}, {ApiKey: 3, MinVersion: 90, MaxVersion: 99}, {ApiKey: 19, MinVersion: 2, MaxVersion: 7},
		{ApiKey: 10001, MinVersion: 0, MaxVersion: 3},
	}
	return m
}

func TestApiVersionsIsClamped(t *testing.T) {
	wantsMetadata := &testFilter{name: "f", requests: APIs(kafkaproto.APIKeyMetadata)}
	tests := map[string]struct {
		config Config
		want   string
	}{
		"nothing wanted":  {Config{}, "0:0-13 1:4-99 3:90-99 19:2-7 10001:0-3 "},
		"fetched records": {Config{Filters: []Filter{&testFilter{name: "f", directions: Fetched}}}, "0:0-13 1:4-18 3:90-99 19:2-7 10001:0-3 "},
		"metadata":        {Config{Filters: []Filter{wantsMetadata}}, "0:0-13 1:4-99 19:2-7 10001:0-3 "},
		"unknown refused": {Config{RefuseUnknown: true}, "0:0-13 1:4-18 19:2-7 "},
	}
	for name, test := range tests {
		for version := int16(0); version <= 4; version++ {
			s := newStreamOf(t, test.config)
			down(t, s, request(t, kafkaproto.APIKeyApiVersions, version, 1, &messages.ApiVersionsRequest{}))
			var m messages.ApiVersionsResponse
			body(t, up(t, s, response(t, kafkaproto.APIKeyApiVersions, version, 1, versionsResponse())), kafkaproto.APIKeyApiVersions, version, &m)
			got := ""
			for _, k := range m.ApiKeys {
				got += fmt.Sprintf("%d:%d-%d ", k.ApiKey, k.MinVersion, k.MaxVersion)
			}
			if got != test.want {
				t.Errorf("%s v%d: offered %s", name, version, got)
			}
		}
	}
}

func TestUnknownVersions(t *testing.T) {
	produce := append(kafkatest.Header(0, 14, 1), 0, 0, 0)
	metadata := append(kafkatest.Header(3, 99, 1), 0, 0, 0)
	vendor := append(kafkatest.Header(10001, 0, 1), 0, 0, 0)
	s := newStream(t)
	if err := downError(s, kafkatest.Frame(produce)); err == nil {
		t.Error("an unknown version of Produce passes")
	}
	s = newStream(t)
	for _, m := range [][]byte{metadata, vendor} {
		if out := down(t, s, kafkatest.Frame(m)); !bytes.Equal(out, kafkatest.Frame(m)) {
			t.Error("what nobody asked for changed")
		}
		if err := downError(newStreamOf(t, Config{RefuseUnknown: true}), kafkatest.Frame(m)); err == nil {
			t.Error("unknown things pass though they are to be refused")
		}
	}
	s = newStream(t, &testFilter{name: "f", responses: APIs(kafkaproto.APIKeyMetadata)})
	if err := downError(s, kafkatest.Frame(metadata)); err == nil || !strings.Contains(err.Error(), "the newest known is 13") {
		t.Errorf("a version whose response can't be understood: %v", err)
	}
}

// TestUnknownApiVersions: an ApiVersions request of a later Kafka is answered by the broker as one that nobody knows, and clamped.
func TestUnknownApiVersions(t *testing.T) {
	frame := kafkatest.Frame(append(kafkatest.Header(18, 5, 3), 0, 1, 2, 3))
	for _, cut := range []func(int) int{whole, one} {
		s := newStream(t)
		out := feed(t, s.Downstream, frame, cut)
		if want := append(append(bytes.Clone(frame[:6]), 0x7f, 0xff), frame[8:]...); !bytes.Equal(out, want) {
			t.Fatalf("%x leaves", out)
		}
		m := &messages.ApiVersionsResponse{ErrorCode: 35}
		m.SetDefaults()
		m.ErrorCode = 35
		m.ApiKeys = []messages.ApiVersionsResponseApiVersion{{ApiKey: 18, MaxVersion: 5}}
		answer := response(t, kafkaproto.APIKeyApiVersions, 0, 3, m)
		var got messages.ApiVersionsResponse
		body(t, feed(t, s.Upstream, answer, cut), kafkaproto.APIKeyApiVersions, 0, &got)
		if got.ErrorCode != 35 || len(got.ApiKeys) != 1 || got.ApiKeys[0].MaxVersion != 4 {
			t.Errorf("the client gets %+v", got)
		}
	}
}

func TestFacts(t *testing.T) {
	want := &testFilter{name: "f", facts: Principal | TopicNames | Brokers, directions: Produced}
	var topics []string
	want.onRecords = func(r *Records) error {
		topics = append(topics, string(r.Topic))
		return nil
	}
	s := newStream(t, want)
	c := s.Conn()
	down(t, s, request(t, kafkaproto.APIKeyApiVersions, 3, 1, &messages.ApiVersionsRequest{ClientSoftwareName: []byte("lib"), ClientSoftwareVersion: []byte("1.2")}))
	av := &messages.ApiVersionsResponse{}
	av.SetDefaults()
	up(t, s, response(t, kafkaproto.APIKeyApiVersions, 3, 1, av))
	if c.ClientID != "me" || c.SoftwareName != "lib" || c.SoftwareVersion != "1.2" {
		t.Errorf("known: %+v", *c)
	}
	md := &messages.MetadataResponse{}
	md.SetDefaults()
	md.Brokers = []messages.MetadataResponseBroker{{NodeId: 5, Host: []byte("h"), Port: 9092}}
	md.Topics = []messages.MetadataResponseTopic{{Name: []byte("orders"), TopicId: [16]byte{1}, TopicAuthorizedOperations: -1 << 31}}
	down(t, s, request(t, kafkaproto.APIKeyMetadata, 12, 2, &messages.MetadataRequest{AllowAutoTopicCreation: true}))
	up(t, s, response(t, kafkaproto.APIKeyMetadata, 12, 2, md))
	if a, _ := c.BrokerAddr(5); a != "h:9092" {
		t.Errorf("broker 5 is at %q", a)
	}
	down(t, s, request(t, kafkaproto.APIKeyProduce, 13, 3, produceOf(13)))
	if got := strings.Join(topics, ","); got != "orders,orders,," {
		t.Errorf("the topics are %q", got)
	}
	topics = nil
	down(t, s, request(t, kafkaproto.APIKeyProduce, 12, 4, produceOf(12)))
	if got := strings.Join(topics, ","); got != "a,a,b,b" {
		t.Errorf("the topics are %q", got)
	}
}

// TestPrincipal logs in by each mechanism, with and without headers, and again.
func TestPrincipal(t *testing.T) {
	tests := map[string]struct {
		mechanism string
		tokens    [][2]string // the client's and the broker's
		want      string
	}{
		"PLAIN": {"PLAIN", [][2]string{{"\x00alice\x00secret", ""}}, "alice"},
		"SCRAM": {"SCRAM-SHA-512", [][2]string{{"n,,n=b=2Cob=3D,r=x", "r=xy,s=c2,i=4096"}, {"c=biws,r=xy,p=cA==", "v=dg=="}}, "b,ob="},
		"OAUTH": {"OAUTHBEARER", [][2]string{{"n,,\x01auth=Bearer x\x01\x01", ""}}, ""},
	}
	for name, test := range tests {
		s := newStream(t, &testFilter{name: "f", facts: Principal})
		c := s.Conn()
		for round := range 2 { // the second is a re-authentication
			down(t, s, request(t, kafkaproto.APIKeySaslHandshake, 1, 1, &messages.SaslHandshakeRequest{Mechanism: []byte(test.mechanism)}))
			up(t, s, response(t, kafkaproto.APIKeySaslHandshake, 1, 1, &messages.SaslHandshakeResponse{}))
			for i, token := range test.tokens {
				if round == 0 && c.Mechanism != "" {
					t.Errorf("%s: logged in before token %d", name, i)
				}
				down(t, s, request(t, kafkaproto.APIKeySaslAuthenticate, 2, 2, &messages.SaslAuthenticateRequest{AuthBytes: []byte(token[0])}))
				up(t, s, response(t, kafkaproto.APIKeySaslAuthenticate, 2, 2, &messages.SaslAuthenticateResponse{AuthBytes: []byte(token[1])}))
			}
			if c.Principal != test.want || c.Mechanism != test.mechanism {
				t.Errorf("%s: %q by %q", name, c.Principal, c.Mechanism)
			}
		}
		// Tokens without headers.
		s = newStream(t, &testFilter{name: "f", facts: Principal})
		down(t, s, request(t, kafkaproto.APIKeySaslHandshake, 0, 1, &messages.SaslHandshakeRequest{Mechanism: []byte(test.mechanism)}))
		up(t, s, response(t, kafkaproto.APIKeySaslHandshake, 0, 1, &messages.SaslHandshakeResponse{}))
		for _, token := range test.tokens {
			down(t, s, kafkatest.Frame([]byte(token[0])))
			up(t, s, kafkatest.Frame([]byte(token[1])))
		}
		if c := s.Conn(); c.Principal != test.want || c.Mechanism != test.mechanism {
			t.Errorf("%s without headers: %q by %q", name, c.Principal, c.Mechanism)
		}
	}
	s := newStream(t, &testFilter{name: "f", facts: Principal})
	down(t, s, request(t, kafkaproto.APIKeySaslHandshake, 1, 1, &messages.SaslHandshakeRequest{Mechanism: []byte("PLAIN")}))
	up(t, s, response(t, kafkaproto.APIKeySaslHandshake, 1, 1, &messages.SaslHandshakeResponse{}))
	down(t, s, request(t, kafkaproto.APIKeySaslAuthenticate, 1, 2, &messages.SaslAuthenticateRequest{AuthBytes: []byte("\x00mallory\x00x")}))
	up(t, s, response(t, kafkaproto.APIKeySaslAuthenticate, 1, 2, &messages.SaslAuthenticateResponse{ErrorCode: 58}))
	if c := s.Conn(); c.Principal != "" {
		t.Errorf("a login that was refused makes %q", c.Principal)
	}
}

// TestThrottle tells clients to wait that obey it, by the larger of the two times.
func TestThrottle(t *testing.T) {
	f := &testFilter{name: "f", requests: APIs(kafkaproto.APIKeyProduce), onRequest: func(r *Request) error {
		r.Throttle(70 * time.Millisecond)
		return nil
	}}
	for version := int16(3); version <= kafkaproto.ProduceMaxVersion; version++ {
		for broker, want := range map[int32]int32{0: 70, 30: 70, 500: 500} {
			if version < 6 {
				want = broker // these clients are held up instead
			}
			s := newStream(t, f)
			req := produceOf(version)
			down(t, s, request(t, kafkaproto.APIKeyProduce, version, 1, req))
			answer := produced(req)
			answer.ThrottleTimeMs = broker
			var got messages.ProduceResponse
			body(t, up(t, s, response(t, kafkaproto.APIKeyProduce, version, 1, answer)), kafkaproto.APIKeyProduce, version, &got)
			if got.ThrottleTimeMs != want {
				t.Errorf("v%d, broker %d: %d ms, want %d", version, broker, got.ThrottleTimeMs, want)
			}
		}
	}
}

// TestRecordsOfAllForms masks by overwriting, in records of all magics and codecs that Produce carries.
func TestRecordsOfAllForms(t *testing.T) {
	codecs := map[kafkaproto.Compression]int{}
	star := &testFilter{name: "star", directions: Produced, onRecords: func(r *Records) error {
		codecs[r.Compression()]++
		for r.Next() {
			v := r.Record().Value
			was := bytes.Clone(v.Bytes)
			for i := range v.Bytes {
				v.Bytes[i] = '*'
			}
			r.Overwritten(v, 0, was)
		}
		return r.Err()
	}}
	var c compress.Codecs
	for _, codec := range []kafkaproto.Compression{kafkaproto.NoCompression, kafkaproto.Gzip, kafkaproto.Snappy, kafkaproto.LZ4, kafkaproto.Zstd} {
		for _, magic := range []int{0, 1, 2} {
			if magic < 2 && codec == kafkaproto.Zstd {
				continue
			}
			in, err := kafkatest.Records(magic, uint8(codec), packer(&c, magic, codec), kafkatest.Text("one", "three")...)
			if err != nil {
				t.Fatal(err)
			}
			want, err := kafkatest.Records(magic, uint8(codec), packer(&c, magic, codec), kafkatest.Text("***", "*****")...)
			if err != nil {
				t.Fatal(err)
			}
			version := int16(2)
			if magic == 2 {
				version = 9
			}
			req := produceOf(version)
			req.TopicData[1].PartitionData[0].Records = in
			var got messages.ProduceRequest
			requestBody(t, down(t, newStream(t, star), request(t, kafkaproto.APIKeyProduce, version, 1, req)), &got)
			if r := got.TopicData[1].PartitionData[0].Records; !bytes.Equal(r, want) {
				t.Errorf("magic %d, %v: %q, want %q", magic, codec, r, want)
			}
			if codecs[codec] == 0 {
				t.Errorf("magic %d: the codec isn't %v", magic, codec)
			}
			clear(codecs)
		}
	}
}

func packer(c *compress.Codecs, magic int, codec kafkaproto.Compression) func([]byte) ([]byte, error) {
	if magic == 0 && codec == kafkaproto.LZ4 {
		codec = kafkaproto.LZ4Magic0
	}
	return func(b []byte) ([]byte, error) { return c.AppendCompressed(nil, b, codec) }
}

// TestHold keeps requests in the host's buffer until their time has come, and looks at none of them twice.
func TestHold(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	seen := 0
	f := &testFilter{name: "f", requests: APIs(kafkaproto.APIKeyListGroups), onRequest: func(r *Request) error {
		seen++
		if seen == 1 {
			r.Hold(time.Second)
		}
		return nil
	}}
	frames := [][]byte{}
	for i := range int32(3) {
		frames = append(frames, request(t, kafkaproto.APIKeyListGroups, 0, i, &messages.ListGroupsRequest{}))
	}
	s := newStreamOf(t, Config{Filters: []Filter{f, &marker{}}, Holds: true, Now: func() time.Time { return now }})
	buf := &kafkatest.Buffer{}
	more := func(b []byte) bool {
		buf.B = append(buf.B, b...)
		if err := s.Downstream(buf, len(buf.B), false); err != nil {
			t.Fatal(err)
		}
		_, held := s.Held()
		return held
	}
	half := len(frames[1]) / 2
	if !more(frames[0]) || !more(frames[1][:half]) || !more(frames[1][half:]) || !more(produceFrame(5, 1, "abc")) {
		t.Fatal("nothing is held")
	}
	if want := bytes.Join([][]byte{frames[0], frames[1], produceFrame(5, 1, "ABC")}, nil); !bytes.Equal(buf.B, want) {
		t.Fatalf("%x is held, want %x", buf.B, want)
	}
	now = now.Add(time.Second)
	if _, held := s.Held(); held {
		t.Fatal("held for too long")
	}
	s.Release()
	buf.B = nil
	if more(frames[2]) || !bytes.Equal(buf.B, frames[2]) || seen != 3 {
		t.Errorf("%x passes, %d requests were seen", buf.B, seen)
	}
}

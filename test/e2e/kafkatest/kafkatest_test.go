package kafkatest

import (
	"io"
	"reflect"
	"strings"
	"testing"
)

func TestConfigErrors(t *testing.T) {
	for name, test := range map[string]struct {
		listeners []Listener
		want      string
	}{
		"no name":      {[]Listener{{}}, "listener name"},
		"lower case":   {[]Listener{{Name: "tls"}}, "listener name"},
		"twice":        {[]Listener{{Name: "A"}, {Name: "A"}}, "two listeners A"},
		"default name": {[]Listener{{Name: DefaultListener}}, "two listeners"},
		"controller":   {[]Listener{{Name: controllerListener}}, "two listeners"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Start(t.Context(), Config{Listeners: test.listeners, Progress: io.Discard})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
		})
	}
}

func TestServerProperties(t *testing.T) {
	c, err := Config{
		Listeners: []Listener{
			{Name: "PROXIED", Advertised: "127.0.0.1:5", Properties: map[string]string{"sasl.enabled.mechanisms": "PLAIN"}},
			{Name: "SECURE", Protocol: TLS, Addr: "127.0.0.1:6"},
		},
		Properties: map[string]string{"message.max.bytes": "7", "auto.create.topics.enable": "true"},
	}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	c.Listeners[0].Addr, c.Listeners[1].Addr = "127.0.0.1:3", "127.0.0.1:4"
	p := c.serverProperties("dir", "127.0.0.1:2")
	for key, want := range map[string]string{
		"listeners":                                     "CONTROLLER://127.0.0.1:2,PLAIN://127.0.0.1:3,PROXIED://127.0.0.1:4,SECURE://127.0.0.1:6",
		"advertised.listeners":                          "PLAIN://127.0.0.1:3,PROXIED://127.0.0.1:5,SECURE://127.0.0.1:6",
		"listener.security.protocol.map":                "CONTROLLER:PLAINTEXT,PLAIN:PLAINTEXT,PROXIED:PLAINTEXT,SECURE:SSL",
		"listener.name.proxied.sasl.enabled.mechanisms": "PLAIN",
		"listener.name.secure.ssl.keystore.type":        "PEM",
		"message.max.bytes":                             "7",
		"auto.create.topics.enable":                     "true",
	} {
		if p[key] != want {
			t.Errorf("%s = %q, want %q", key, p[key], want)
		}
	}
}

func TestFormatProperties(t *testing.T) {
	got := formatProperties(map[string]string{"b": `c:\d`, "a": "x\ny"})
	if want := "a=x\\ny\nb=c:\\\\d\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestChoosePortsAreDistinct(t *testing.T) {
	c := Config{Listeners: []Listener{{Name: "A"}, {Name: "B", Addr: "127.0.0.1:1"}, {Name: "C"}}}
	given := c.Listeners
	controller, err := c.choosePorts()
	if err != nil {
		t.Fatal(err)
	}
	a, b, chosen := c.Listeners[0].Addr, c.Listeners[1].Addr, c.Listeners[2].Addr
	if b != "127.0.0.1:1" {
		t.Errorf("a given address became %s", b)
	}
	if a == chosen || a == controller || chosen == controller || a == "" || chosen == "" || controller == "" {
		t.Errorf("ports %q, %q and %q aren't three", a, chosen, controller)
	}
	if given[0].Addr != "" {
		t.Error("the caller's configuration was changed: a second attempt would choose the same ports")
	}
}

func TestParseKcat(t *testing.T) {
	for name, test := range map[string]struct {
		out     string
		want    []Record
		wantErr string
	}{
		"nothing":        {"", nil, ""},
		"two records":    {"0 0 1 2\nkab\n1 5 -1 0\n\n", []Record{{0, 0, []byte("k"), []byte("ab"), nil}, {1, 5, nil, []byte{}, nil}}, ""},
		"line ends":      {"0 0 -1 3\na\nb\n", []Record{{0, 0, nil, []byte("a\nb"), nil}}, ""},
		"headers":        {"0 0 -1 -1\nh=1,i=\n", []Record{{0, 0, nil, nil, []Header{{"h", "1"}, {"i", ""}}}}, ""},
		"short value":    {"0 0 -1 9\nab\n", nil, "9 bytes announced"},
		"negative":       {"0 0 -2 0\n\n", nil, "bytes announced"},
		"no line":        {"0 0", nil, "no end"},
		"no numbers":     {"a b c d\n", nil, "invalid syntax"},
		"too few fields": {"0 0 0\n", nil, "3 fields"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := parseKcat([]byte(test.out))
			if test.wantErr == "" && err != nil || test.wantErr != "" && (err == nil || !strings.Contains(err.Error(), test.wantErr)) {
				t.Fatalf("error %v, want %q", err, test.wantErr)
			}
			if err == nil && !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestComplaints(t *testing.T) {
	for name, test := range map[string]struct{ log, want string }{
		"some": {"1 INFO a\n2 ERROR b\n\tat c\n3 INFO d\n", "2 ERROR b\n\tat c\n"},
		"none": {"1 INFO a\n2 INFO b\n", "1 INFO a\n2 INFO b\n"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := complaints(test.log); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestTail(t *testing.T) {
	long := strings.Repeat("line\n", tailLines+10)
	if got, want := tail(long), strings.TrimSuffix(strings.Repeat("line\n", tailLines), "\n"); got != want {
		t.Errorf("got %d bytes, want %d", len(got), len(want))
	}
	if got := tail("one\n"); got != "one" {
		t.Errorf("got %q", got)
	}
}

func TestLegalName(t *testing.T) {
	if got := legalName("TestX/a b_c-ü#01"); got != "TestX.a.b_c-..01" {
		t.Errorf("got %q", got)
	}
}

func TestMissingProgramSaysHowToInstallIt(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := Start(t.Context(), Config{Progress: io.Discard})
	if err == nil || !strings.Contains(err.Error(), "java isn't installed") || !strings.Contains(err.Error(), "apt-get install") {
		t.Errorf("got %v", err)
	}
}

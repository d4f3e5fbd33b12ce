package main

import (
	"bytes"
	"strings"
	"testing"
)

// TestMainJob runs the example as it runs without flags.
func TestMainJob(t *testing.T) {
	var out bytes.Buffer
	if err := run(t.Context(), "", "topic", "", nil, &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"AWS_SECRET_ACCESS_KEY=myawssecretkeyvalue   AWS_SECRET_ACCESS_KEY=*******************\n",
		"My email is example@email.com               My email is *****************\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the output lacks %q:\n%s", want, out.String())
		}
	}
}

// TestConfigurationFile runs the example of README's section on configuration.
func TestConfigurationFile(t *testing.T) {
	var out bytes.Buffer
	if err := run(t.Context(), "", "topic", "nasp.yaml", nil, &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"AWS_SECRET_ACCESS_KEY=myawssecretkeyvalue   AWS_SECRET_ACCESS_KEY=myawssecretkeyvalue\n",
		"My email is example@email.com               My email is *****************\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the output lacks %q:\n%s", want, out.String())
		}
	}
	if err := run(t.Context(), "", "topic", "main.go", nil, &out); err == nil || !strings.Contains(err.Error(), "main.go") {
		t.Errorf("a file that is no configuration: %v", err)
	}
}

func TestUnreachableCluster(t *testing.T) {
	err := run(t.Context(), "127.0.0.1:1", "topic", "", strings.NewReader("line\n"), &bytes.Buffer{})
	if err == nil || !strings.Contains(err.Error(), "127.0.0.1:1") {
		t.Errorf("got %v, want an error that names the broker and the cause", err)
	}
}

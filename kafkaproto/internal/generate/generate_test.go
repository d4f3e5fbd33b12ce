package main

import (
	"strings"
	"testing"
)

func versions(t *testing.T, s string) versionSet {
	t.Helper()
	v, err := parseVersions(s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestVersions(t *testing.T) {
	tests := []struct{ in, context, cond, list string }{
		{"none", "0-5", "false", ""},
		{"0+", "0-5", "true", "0-5"},
		{"3+", "0-5", "v >= 3", "3-5"},
		{"0-2", "0-5", "v <= 2", "0-2"},
		{"2-3", "0-5", "v >= 2 && v <= 3", "2-3"},
		{"4", "0-5", "v == 4", "4"},
		{"1-9", "2-5", "true", "2-5"},
		{"7+", "0-5", "false", ""},
	}
	for _, tt := range tests {
		s, context := versions(t, tt.in), versions(t, tt.context)
		if got := cond(s, context); got != tt.cond {
			t.Errorf("%s in %s: %q, want %q", tt.in, tt.context, got, tt.cond)
		}
		if got := (s & context).list(); got != tt.list {
			t.Errorf("%s in %s: %q, want %q", tt.in, tt.context, got, tt.list)
		}
	}
	// A field that is missing from the middle.
	s := versions(t, "0-1") | versions(t, "4")
	if got := cond(s, versions(t, "0-5")); got != "v >= 0 && v <= 1 || v >= 4 && v <= 4" {
		t.Error(got)
	}
	for _, bad := range []string{"x", "3-1", "-1", "1-", "64+", "1-63"} {
		if _, err := parseVersions(bad); err == nil {
			t.Errorf("%q: no error", bad)
		}
	}
}

func TestComments(t *testing.T) {
	d, err := parseDescriptor([]byte("// a comment\n{ \"name\": \"A//B\", // another\n \"type\": \"data\", \"validVersions\": \"0\" }"))
	if err != nil || d.Name != "A//B" {
		t.Fatalf("%+v, %v", d, err)
	}
}

func parse(t *testing.T, valid, fields string) *descriptor {
	t.Helper()
	d, err := parseDescriptor([]byte(`{"name": "Msg", "type": "data", "flexibleVersions": "2+", "validVersions": "` + valid + `", "fields": [` + fields + `]}`))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestMerge merges two descriptors, of which the newer has dropped, renamed and added fields.
func TestMerge(t *testing.T) {
	newer := parse(t, "2-3", `{"name": "A", "type": "int32", "versions": "0+"}, {"name": "C", "type": "int8", "versions": "3+"},
		{"name": "D", "type": "[]S", "versions": "0+", "fields": [{"name": "X", "type": "string", "versions": "0+", "nullableVersions": "3+"}]}`)
	older := parse(t, "0-2", `{"name": "A", "type": "int32", "versions": "1+"}, {"name": "B", "type": "bool", "versions": "0-1"},
		{"name": "D", "type": "[]S", "versions": "0+", "fields": [{"name": "X", "type": "string", "versions": "0+"}, {"name": "Y", "type": "int64", "versions": "0-1"}]}`)
	m := newMessage(newer)
	for _, d := range []*descriptor{newer, older} {
		if err := m.merge(d); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.finish(); err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, s := range m.structs {
		for _, f := range s.fields {
			got += s.goName + "." + f.goName + " " + f.present.list()
			if f.nullable != 0 {
				got += " null " + f.nullable.list()
			}
			got += "\n"
		}
	}
	want := "Msg.A 1-3\nMsg.B 0-1\nMsg.C 3\nMsg.D 0-3\nMsgS.X 0-3 null 3\nMsgS.Y 0-1\n"
	if got != want || m.valid.list() != "0-3" || m.flexible.list() != "2-3" {
		t.Errorf("got\n%svalid %s, flexible %s; want\n%s", got, m.valid.list(), m.flexible.list(), want)
	}
}

func TestMergeConflicts(t *testing.T) {
	newer := parse(t, "1", `{"name": "A", "type": "int32", "versions": "0+"}, {"name": "B", "type": "int8", "versions": "0+"}`)
	for name, fields := range map[string]string{
		"type":    `{"name": "A", "type": "int64", "versions": "0+"}`,
		"default": `{"name": "A", "type": "int32", "versions": "0+", "default": "-1"}`,
		"order":   `{"name": "B", "type": "int8", "versions": "0+"}, {"name": "A", "type": "int32", "versions": "0+"}`,
	} {
		m := newMessage(newer)
		if err := m.merge(newer); err != nil {
			t.Fatal(err)
		}
		if err := m.merge(parse(t, "0", fields)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	// A hole in the versions would give a message that claims what it can't do.
	m := newMessage(newer)
	if err := m.merge(parse(t, "3", "")); err != nil {
		t.Fatal(err)
	}
	if err := m.merge(newer); err != nil {
		t.Fatal(err)
	}
	if err := m.finish(); err == nil || !strings.Contains(err.Error(), "hole") {
		t.Errorf("a hole: %v", err)
	}
}

func TestNames(t *testing.T) {
	for in, want := range map[string]string{
		"ApiVersionsRequest": "api_versions_request", "KRaftVersionRecord": "k_raft_version_record", "SnapshotHeaderRecord": "snapshot_header_record",
	} {
		if got := snake(in); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
	if got := structName("MetadataResponse", "MetadataResponseTopic"); got != "MetadataResponseTopic" {
		t.Error(got)
	}
	if got := structName("FetchResponse", "partitionData"); got != "FetchResponsePartitionData" {
		t.Error(got)
	}
}

func TestPins(t *testing.T) {
	jars := pinnedJars()
	if len(jars) < 5 {
		t.Fatalf("%d jars", len(jars))
	}
	for _, j := range jars {
		if len(j.sha256) != 64 || strings.Count(j.coordinates, ":") != 2 || j.verify([]byte("x")) == nil {
			t.Errorf("%+v", j)
		}
	}
}

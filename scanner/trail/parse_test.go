package trail_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"iamvigil/scanner/trail"
)

var update = flag.Bool("update", false, "rewrite the goldens and the lists of operations")

// Each event is one shape of CloudTrail's records (userIdentity, record
// contents and sign-in pages of its user guide); its golden is what was read.
func TestParseEvents(t *testing.T) {
	files, err := filepath.Glob("testdata/events/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no events: %v", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		t.Run(name, func(t *testing.T) {
			e, err := trail.Parse(read(t, file))
			if err != nil {
				t.Fatal(err)
			}
			got, err := json.MarshalIndent(e, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			compare(t, strings.TrimSuffix(file, ".json")+".golden", string(got)+"\n")
		})
	}
}

// The three spellings of a sign-in's detail-type, and none, are read alike.
func TestDetailTypeDoesNotMatter(t *testing.T) {
	body := string(read(t, "testdata/events/console-login-root.json"))
	want, err := trail.Parse([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	for _, spelling := range []string{
		"AWS Console Signin via CloudTrail", "AWS API Call via CloudTrail", "",
	} {
		other := strings.Replace(body, "AWS Console Sign In via CloudTrail", spelling, 1)
		got, err := trail.Parse([]byte(other))
		if err != nil {
			t.Fatalf("%q: %v", spelling, err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%q (-want +got):\n%s", spelling, d)
		}
	}
}

// LookupEvents gives the record that EventBridge delivers as the detail.
func TestRecordIsTheDetail(t *testing.T) {
	files, err := filepath.Glob("testdata/events/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no events: %v", err)
	}
	for _, file := range files {
		var body struct {
			Account, Region string
			Detail          map[string]json.RawMessage
		}
		if err := json.Unmarshal(read(t, file), &body); err != nil {
			t.Fatal(err)
		}
		want, err := trail.Parse(read(t, file))
		if err != nil {
			t.Fatal(err)
		}
		record, err := json.Marshal(body.Detail)
		if err != nil {
			t.Fatal(err)
		}
		got, err := trail.ParseRecord(record)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if body.Detail["recipientAccountId"] == nil {
			got.Account = body.Account // which then only the envelope tells
		}
		if body.Detail["awsRegion"] == nil {
			got.Region = body.Region
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", file, d)
		}
	}
}

func TestRecordErrors(t *testing.T) {
	tests := []struct{ name, body, want string }{
		{"empty", "", "parse record: not JSON at byte 0"},
		{"cut off", `{"eventID":"secret-word`, "parse record: not JSON at byte 23"},
		{"list", `["secret-word"]`, "parse record: not a JSON object"},
		{"null", `null`, "parse record: it has no eventID"},
		{"envelope", `{"detail":{"eventID":"1","eventName":"CreateUser","eventSource":"iam.amazonaws.com"}}`, "parse record: it has no eventID"},
		{"no name", `{"eventID":"1","eventSource":"iam.amazonaws.com"}`, "parse record: it has no eventName"},
		{"no source", `{"eventID":"1","eventName":"CreateUser"}`, "parse record: it has no eventSource"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			e, err := trail.ParseRecord([]byte(test.body))
			if err == nil {
				t.Fatalf("no error, but %+v", e)
			}
			if d := cmp.Diff(test.want, err.Error()); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func TestParseErrors(t *testing.T) {
	tests := []struct{ name, body, want string }{
		{"empty", "", "parse event: not JSON at byte 0"},
		{"text", "secret-word", "parse event: not JSON at byte 1"},
		{"cut off", `{"detail":{"eventID":"secret-word`, "parse event: not JSON at byte 33"},
		{"followed by more", `{} {}`, "parse event: not JSON at byte 4"},
		{"list", `["secret-word"]`, "parse event: not a JSON object"},
		{"string", `"secret-word"`, "parse event: not a JSON object"},
		{"null", `null`, "parse event: no detail"},
		{"no detail", `{"secret-word":1}`, "parse event: no detail"},
		{"null detail", `{"detail":null}`, "parse event: no detail"},
		{"bare record", `{"eventID":"secret-word","eventName":"CreateUser"}`, "parse event: no detail"},
		{"detail of another type", `{"detail":"secret-word"}`, "parse event: detail has no eventID"},
		{"sign-in anomaly alert, which is no record", `{"source":"aws.signin","detail":{"score":1}}`, "parse event: detail has no eventID"},
		{"fired by hand", `{"detail":{"eventID":"secret-word","eventSource":"iam.amazonaws.com"}}`, "parse event: detail has no eventName"},
		{"name of another type", `{"detail":{"eventID":"secret-word","eventName":7}}`, "parse event: detail has no eventName"},
		{"no source", `{"source":"secret-word","detail":{"eventID":"1","eventName":"CreateUser"}}`, "parse event: its source is none of AWS's"},
		{"nested too deeply", strings.Repeat("[", 20_000), "parse event: not JSON at byte 10001"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			e, err := trail.Parse([]byte(test.body))
			if err == nil {
				t.Fatalf("no error, but %+v", e)
			}
			if d := cmp.Diff(test.want, err.Error()); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
			if strings.Contains(err.Error(), "secret-word") {
				t.Error("the error repeats the body")
			}
		})
	}
}

func read(t testing.TB, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// compare holds a text against a golden file, or rewrites it.
func compare(t *testing.T, golden, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if d := cmp.Diff(string(read(t, golden)), got); d != "" {
		t.Errorf("%s (-want +got):\n%s", golden, d)
	}
}

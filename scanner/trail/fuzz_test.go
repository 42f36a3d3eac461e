package trail_test

import (
	"path/filepath"
	"testing"

	"iamvigil/scanner/trail"
)

// Whatever comes, Parse and ParseRecord return, and what they return is bounded.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/events/*.json")
	if err != nil || len(files) == 0 {
		f.Fatalf("no events: %v", err)
	}
	for _, file := range files {
		f.Add(read(f, file))
	}
	f.Add([]byte(`{"detail":{"eventID":"1","eventName":"a.b.c","eventSource":"iam","responseElements":{"a":{"b":{"c":"Failure"}}}}}`))
	f.Add([]byte(`{"detail":{"eventID":"\ud800","eventName":"CreatePolicy","eventSource":"iam.x","requestParameters":{"policyName":"\u0000"}}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		if e, err := trail.Parse(body); err == nil {
			bounded(t, e)
		}
		if e, err := trail.ParseRecord(body); err == nil {
			bounded(t, e)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	for _, name := range []string{"create-access-key-for-other", "create-policy-version", "console-login-root"} {
		b.Run(name, func(b *testing.B) {
			body := read(b, filepath.Join("testdata", "events", name+".json"))
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := trail.Parse(body); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

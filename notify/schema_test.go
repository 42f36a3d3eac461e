package notify_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"iamvigil/ledger"
	"iamvigil/notify"
)

// The schema refuses what it does not name, and says what each thing means.
func TestSchemaIsStrict(t *testing.T) {
	text, err := os.ReadFile("../docs/findings.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	if id, ok := doc["$id"].(string); !ok || !strings.HasSuffix(id, ":1") {
		t.Errorf("$id is %v, want one that ends with the version", doc["$id"])
	}
	strict(t, "", doc)
}

func strict(t *testing.T, at string, node any) {
	object, ok := node.(map[string]any)
	if !ok {
		return
	}
	properties, of := object["properties"].(map[string]any)
	if of && (object["additionalProperties"] != false || object["description"] == nil) {
		t.Errorf("%s allows what it does not name, or does not say what it is", at)
	}
	for name, p := range properties {
		about, ok := p.(map[string]any)
		if !ok || about["description"] == nil && about["$ref"] == nil {
			t.Errorf("%s/%s does not say what it is", at, name)
		}
	}
	for name, child := range object {
		strict(t, at+"/"+name, child)
	}
}

// What is not as the schema says is found out: a message changed in one place.
func TestSchemaRefuses(t *testing.T) {
	body := notify.Programs(&ledger.Telling{Kind: ledger.Event, Account: acme, Time: now, New: []ledger.Record{withoutMFA("alice")}})[0].Body
	conforms(t, body)
	for _, change := range [][2]string{
		{`"version":1`, `"version":2`},
		{`"kind":"event"`, `"kind":"summary"`},
		{`"part":1,`, ``},
		{`"part":1,`, `"part":0,`},
		{`"severity":"high"`, `"severity":"worst"`},
		{`"time":"2026-11-22T01:05:00Z"`, `"time":"yesterday"`},
		{`"first":false`, `"first":false,"last":true`},
		{`"alerts":[]`, `"alerts":null`},
		{`"by":null`, `"by":{}`},
		{`"commands":[]`, `"commands":[7]`},
		{`"id":"AIDAalice"`, `"id":"AIDAalice","tags":{}`},
	} {
		changed := strings.Replace(body, change[0], change[1], 1)
		if changed == body {
			t.Fatalf("%s is not in %s", change[0], body)
		}
		if conformance(t, changed) == nil {
			t.Errorf("%s in the place of %s conforms", change[1], change[0])
		}
	}
}

func TestGreetingConforms(t *testing.T) {
	_, _, m := notify.Greetings(acme, now, "nonce-1")
	conforms(t, m.Body)
	var p program
	if err := json.Unmarshal([]byte(m.Body), &p); err != nil {
		t.Fatal(err)
	}
	if p.Kind != "test" || len(p.New)+len(p.Alerts) > 0 {
		t.Errorf("a test is told as %s", m.Body)
	}
}

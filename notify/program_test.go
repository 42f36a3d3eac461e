package notify_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"iamvigil/ledger"
	"iamvigil/notify"
	"iamvigil/scanner"
	"iamvigil/scanner/trail"
)

// schema is the published one, dates and times checked too.
var schema = sync.OnceValues(func() (*jsonschema.Schema, error) {
	file, err := os.Open("../docs/findings.schema.json")
	if err != nil {
		return nil, err
	}
	defer file.Close()
	doc, err := jsonschema.UnmarshalJSON(file)
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("findings.schema.json", doc); err != nil {
		return nil, err
	}
	return c.Compile("findings.schema.json")
})

// conforms fails unless a body is what the schema says.
func conforms(t tester, body string) {
	if err := conformance(t, body); err != nil {
		t.Errorf("%#v", err)
	}
}

func conformance(t tester, body string) error {
	s, err := schema()
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(value)
}

type program struct {
	Version     int
	Kind, ID    string
	Part, Parts int
	Thread      string
	Owner       string
	Severity    scanner.Severity
	Account     struct{ ID, Name, Partition string }
	Events      []trail.Event
	Alerts      []scanner.Alert
	New         []finding
	Resolved    []finding
	Silenced    []finding
	Reranked    []finding
	NewRules    []ledger.RuleCount `json:"new_rules"`
	Withdrawn   []ledger.RuleCount
	Exemptions  []exemption
	Gaps        []scanner.Gap
	Unknown     []struct {
		Name  string
		Count int
	} `json:"unknown_events"`
	Steps   []stepTold
	Notices []ledger.Notice
	Open    map[scanner.Severity]int
}

type finding struct {
	scanner.Finding
	By         *trail.Origin
	Was        scanner.Severity
	Lapsed     *scanner.Exemption
	Ack        *ledger.Ack
	FirstSeen  time.Time `json:"first_seen"`
	ResolvedAt time.Time `json:"resolved_at"`
	How        string
	Flapping   bool
	Released   bool
}

type exemption struct {
	Why, Resource, Account, Reason, Owner string
	Rules                                 []string
	Tags                                  map[string]string
	Expires                               time.Time
	Findings                              int
}

// routeOf is an owner and a severity as messages are told apart by them.
func routeOf(owner string, s scanner.Severity) string { return string(s) + " of " + owner }

// holdsForPrograms fails unless the messages together are all of the changes,
// each item once, to the letter and under its own owner and severity, and each
// is what the schema and its attributes say.
func holdsForPrograms(t tester, c *ledger.Telling, messages []notify.Message) {
	if c.Kind == ledger.Summary {
		if len(messages) > 0 {
			t.Errorf("programs, which hold nothing back, are told a summary")
		}
		return
	}
	var all program
	part, parts, seen := 0, 0, map[string]bool{}
	for _, m := range messages {
		conforms(t, m.Body)
		var p program
		if err := json.Unmarshal([]byte(m.Body), &p); err != nil {
			t.Fatal(err)
		}
		route := routeOf(p.Owner, p.Severity)
		if part == parts { // the last one was the last of its owner and severity
			if part, parts = 0, p.Parts; seen[route] {
				t.Errorf("%s comes twice", route)
			}
			seen[route] = true
		}
		if part++; p.Part != part || p.Parts != parts || p.Version != 1 || p.Kind != c.Kind {
			t.Errorf("part %d of %d of %s is called %d of %d, %s, version %d", part, parts, route, p.Part, p.Parts, p.Kind, p.Version)
		}
		attributesOf(t, m, &p)
		goesTogether(t, &p)
		all.Events = append(all.Events, p.Events...)
		all.Alerts = append(all.Alerts, p.Alerts...)
		all.New = append(all.New, p.New...)
		all.Resolved = append(all.Resolved, p.Resolved...)
		all.Silenced = append(all.Silenced, p.Silenced...)
		all.Reranked = append(all.Reranked, p.Reranked...)
		all.NewRules = append(all.NewRules, p.NewRules...)
		all.Withdrawn = append(all.Withdrawn, p.Withdrawn...)
		all.Exemptions = append(all.Exemptions, p.Exemptions...)
		all.Gaps = append(all.Gaps, p.Gaps...)
		all.Unknown = append(all.Unknown, p.Unknown...)
		all.Steps = append(all.Steps, p.Steps...)
		all.Notices = append(all.Notices, p.Notices...)
	}
	if part != parts {
		t.Errorf("the last of the messages is part %d of %d", part, parts)
	}
	losesNothing(t, c, &all)
}

func losesNothing(t tester, c *ledger.Telling, all *program) {
	same(t, "alerts", c.Alerts, all.Alerts)
	same(t, "new", findings(c.New), all.New)
	same(t, "resolved", findings(c.Resolved), all.Resolved)
	same(t, "silenced", findings(c.Silenced), all.Silenced)
	same(t, "reranked", findings(c.Reranked), all.Reranked)
	same(t, "new rules", c.NewRules, all.NewRules)
	same(t, "withdrawn rules", c.Withdrawn, all.Withdrawn)
	same(t, "exemptions", exemptions(c.Exemptions), all.Exemptions)
	same(t, "steps", stepsTold(c.Steps), all.Steps)
	same(t, "notices", c.Notices, all.Notices)
	gaps := 0
	for _, g := range c.Gaps {
		gaps += len(g.Rules)
	}
	unknown := 0
	for _, n := range all.Unknown {
		unknown += n.Count - c.Unknown[n.Name]
	}
	if gaps != len(all.Gaps) || len(all.Unknown) != len(c.Unknown) || unknown != 0 {
		t.Errorf("%d of %d gaps, %d of %d unknown names", len(all.Gaps), gaps, len(all.Unknown), len(c.Unknown))
	}
	told, want := map[string]bool{}, map[string]bool{}
	for _, e := range all.Events {
		told[e.ID] = true
	}
	for _, a := range c.Alerts {
		want[a.Event.ID] = true
	}
	for _, e := range c.Events {
		if !e.Failed && (len(e.Touched) > 0 || e.Unnamed) {
			want[e.ID] = true
		}
	}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// same compares two lists, whatever their order is, as JSON says them: bytes that
// are no UTF-8 it cannot say.
func same[T any](t tester, what string, want, got []T) {
	if diff := cmp.Diff(sortedJSON(t, want), sortedJSON(t, got)); diff != "" {
		t.Fatalf("%s (-want +got):\n%s", what, diff)
	}
}

// spelling evens out how JSON is written: a list or map that has nothing in it is
// never null, and what stands for bytes that are no UTF-8 may be escaped.
var spelling = strings.NewReplacer(`\ufffd`, "\ufffd", `"controls":null`, `"controls":[]`, `"commands":null`, `"commands":[]`, `"evidence":null`, `"evidence":{}`,
	`"Tags":null`, `"Tags":{}`, `"Rules":null`, `"Rules":[]`)

func sortedJSON[T any](t tester, all []T) []string {
	texts := make([]string, len(all))
	for i := range all {
		text, err := json.Marshal(all[i])
		if err != nil {
			t.Fatal(err)
		}
		texts[i] = spelling.Replace(string(text))
	}
	slices.Sort(texts)
	return texts
}

func findings(of []ledger.Record) []finding {
	var all []finding
	for _, r := range of {
		all = append(all, finding{r.Finding, r.By, r.Was, lapsed(r.Lapsed), r.Ack, r.FirstSeen, r.ResolvedAt, r.How, r.Flapping, r.Released})
	}
	return all
}

func exemptions(of []ledger.ExemptionNote) []exemption {
	var all []exemption
	for _, x := range of {
		all = append(all, exemption{x.Why, x.Resource, x.Account, x.Reason, x.Owner, x.Rules, x.Tags, x.Expires, x.Findings})
	}
	return all
}

func attributesOf(t tester, m notify.Message, p *program) {
	var rules []string
	add := func(rule string) {
		if !slices.Contains(rules, rule) {
			rules = append(rules, rule)
		}
	}
	for _, a := range p.Alerts {
		add(a.Rule)
	}
	for _, f := range slices.Concat(p.New, p.Resolved, p.Silenced, p.Reranked) {
		add(f.Rule)
	}
	for _, n := range slices.Concat(p.NewRules, p.Withdrawn) {
		add(n.Rule)
	}
	for _, g := range p.Gaps {
		add(g.Rule)
	}
	for i := range p.Steps {
		if f := p.Steps[i].Finding; f != nil {
			add(f.Rule)
		}
	}
	slices.Sort(rules)
	want := map[string]string{"kind": p.Kind, "account": p.Account.ID, "severity": string(p.Severity)}
	if owner, told := m.Attributes["owner"]; told || strings.TrimSpace(p.Owner) != "" {
		want["owner"] = owner
		// SNS takes no character that UTF-16 needs two units for, and nothing empty.
		if strings.TrimSpace(owner) == "" || strings.ContainsFunc(owner, func(r rune) bool { return r < ' ' || r > 0xffff }) {
			t.Errorf("the attribute owner is %q", owner)
		}
	}
	if diff := cmp.Diff(want, m.Attributes) + cmp.Diff(rules, m.Rules, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("attributes of part %d (-want +got):\n%s", p.Part, diff)
	}
}

// All cases, as subscribers get them.
func TestProgramsConformToTheSchema(t *testing.T) {
	for name, build := range cases {
		t.Run(name, func(t *testing.T) {
			c := build()
			holdsForPrograms(t, c, notify.Programs(c))
		})
	}
}

// No policy or name of AWS's is as long as a message, but what is forged must
// not keep the rest from being told.
func TestOneThingTooLargeForAMessage(t *testing.T) {
	c := intruder()
	c.New[1].Evidence = map[string]string{"statement": strings.Repeat("é", 200_000), "as_of": "2026-11-22T01:03:00Z"}
	c.Alerts[0].Event.Actor.Agent = strings.Repeat("\x01", 100_000)
	c.Account.Name = strings.Repeat("a", 300_000)
	var all []finding
	for _, m := range notify.Programs(c) {
		holdsForSNS(t, m)
		var p program
		if err := json.Unmarshal([]byte(m.Body), &p); err != nil {
			t.Fatal(err)
		}
		all = append(all, p.New...)
	}
	if len(all) != 2 || all[1].ID != c.New[1].ID || all[1].Message != c.New[1].Message || all[1].Evidence["as_of"] != "2026-11-22T01:03:00Z" {
		t.Fatalf("the large finding has lost more than the end of its longest string")
	}
	if cut := all[1].Evidence["statement"]; !strings.HasPrefix(cut, "ééé") || !strings.HasSuffix(cut, "(cut: too long for a message)") || !utf8.ValidString(cut) {
		t.Errorf("the string that was cut does not say so: %q", cut)
	}
}

// What JSON has no word for is told as such beside the rest. The SDK's clock
// cannot make such a time, an event's text can.
func TestTimeThatJSONCannotSay(t *testing.T) {
	c := rootUse()
	c.Alerts[0].Event.Time = time.Date(12026, 1, 1, 0, 0, 0, 0, time.UTC)
	c.New = []ledger.Record{withoutMFA("alice")}
	var alerts []any
	var fresh []finding
	for _, m := range notify.Programs(c) {
		conforms(t, m.Body)
		var p struct {
			Alerts []any
			New    []finding
		}
		if err := json.Unmarshal([]byte(m.Body), &p); err != nil {
			t.Fatal(err)
		}
		alerts, fresh = append(alerts, p.Alerts...), append(fresh, p.New...)
	}
	if len(fresh) != 1 || len(alerts) != 1 || !strings.Contains(fmt.Sprint(alerts[0]), "year outside of range") {
		t.Errorf("%d findings, alerts %v", len(fresh), alerts)
	}
}

// SQS takes a body for XML and refuses the two characters that are none there.
func TestProgramsKeepWhatSQSRefuses(t *testing.T) {
	c := rootUse()
	c.Alerts[0].Event.Actor.Agent = "a\uffffb\ufffec"
	m := notify.Programs(c)[0]
	if strings.ContainsAny(m.Body, "\uffff\ufffe") {
		t.Error("the body holds a character that SQS refuses")
	}
	var p program
	if err := json.Unmarshal([]byte(m.Body), &p); err != nil {
		t.Fatal(err)
	}
	if got := p.Alerts[0].Event.Actor.Agent; got != c.Alerts[0].Event.Actor.Agent {
		t.Errorf("the agent became %q", got)
	}
}

func lapsed(l *ledger.Lapse) *scanner.Exemption {
	if l == nil {
		return nil
	}
	return &l.Exemption
}

package config_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"iamvigil/config"
	"iamvigil/scanner"
)

var now = time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)

// rules are one of each kind that a configuration can meet.
func rules() []scanner.Rule {
	aged := scanner.Days(90)
	aged.PerPassword = true
	return []scanner.Rule{
		{About: scanner.About{ID: "plain", Severity: scanner.Low}},
		{About: scanner.About{ID: "aged", Severity: scanner.Medium, Limit: aged, Grace: scanner.Limit{Unit: "days", Max: 30}}},
		{About: scanner.About{ID: "counted", Severity: scanner.Low, Limit: scanner.Limit{Value: 14, Unit: "characters", Min: 6, Max: 128}}},
		{About: scanner.About{ID: "asked-for", Severity: scanner.High, OptIn: true}},
		{About: scanner.About{ID: "key-unused", Severity: scanner.Medium, Limit: aged}},
		{About: scanner.About{ID: "key-rotation", Severity: scanner.Medium, Limit: aged, Grace: scanner.UpTo(30)}},
		{About: scanner.About{ID: "user-unused", Severity: scanner.Low, OptIn: true}},
		{About: scanner.About{ID: "tagged", Severity: scanner.Info, OptIn: true, List: scanner.List{Of: scanner.TagKeys, Needed: true}}},
		{About: scanner.About{ID: "trusting", Severity: scanner.Low, List: scanner.List{Of: "account ids", Accounts: true}}},
	}
}

// eventRules are one of each kind as well.
func eventRules() []scanner.EventRule {
	count := func(value int, unit string) scanner.Limit {
		return scanner.Limit{Value: value, Unit: unit, Min: 3, Max: 100}
	}
	return []scanner.EventRule{
		{About: scanner.About{ID: "event-root-use", Severity: scanner.Critical}},
		{About: scanner.About{ID: scanner.Tampering, Severity: scanner.High}},
		{About: scanner.About{ID: "event-guesses", Severity: scanner.Medium, Limit: count(5, "sign-ins")}},
		{About: scanner.About{ID: "event-denials", Severity: scanner.Low, Limit: count(20, "calls"), OptIn: true}, Within: time.Hour},
	}
}

func all() config.Rules {
	return config.Rules{State: rules(), Events: eventRules(), Others: []string{scanner.BlindnessID}}
}

func apply(text string) (config.Settings, error) {
	c, err := config.Parse("c.yaml", []byte(text))
	if err != nil {
		return config.Settings{}, err
	}
	return c.Apply(all(), now)
}

func ids(rules []scanner.Rule) []string {
	var ids []string
	for _, r := range rules {
		ids = append(ids, r.ID)
	}
	return ids
}

func find(t *testing.T, rules []scanner.Rule, id string) scanner.Rule {
	t.Helper()
	for _, r := range rules {
		if r.ID == id {
			return r
		}
	}
	t.Fatalf("rule %s is not on", id)
	return scanner.Rule{}
}

func TestDefaults(t *testing.T) {
	for _, text := range []string{
		"version: 1", "version: 1\nrules:", "version: 1\nrules: {}\n", "\ufeffversion: 1\r\nrules:\r\n",
		"version: 1\nowners:\nexemptions:\n", "version: 1\nowners: {}\nexemptions: []\n",
		"version: 1\nremediation:\n", "version: 1\nremediation: {cures: {}, protected: []}\n", "version: 1\nremediation: {cures: }\n",
	} {
		s, err := apply(text)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"plain", "aged", "counted", "key-unused", "key-rotation", "trusting"}, ids(s.On)); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{"asked-for", "user-unused", "tagged"}, ids(s.Off)); diff != "" {
			t.Error(diff)
		}
		if aged := find(t, s.On, "aged").Limit; aged.Value != 90 || aged.WithoutPassword != 0 {
			t.Errorf("%+v", aged)
		}
		if len(s.Terms.Exemptions)+len(s.Terms.OwnerTags)+len(s.Terms.AccountOwner) > 0 {
			t.Errorf("%+v", s.Terms)
		}
		if m := s.Remediation; len(m.Cures)+len(m.Schedules)+len(m.Protected)+len(m.Ask) > 0 || len(m.Digest) != 64 {
			t.Errorf("%q arms %+v", text, m)
		}
	}
}

func TestSettings(t *testing.T) {
	all := all()
	c, err := config.Parse("c.yaml", []byte(`
version: 1
rules:
  plain: {enabled: false}
  aged: {limit: 180, limit_without_password: 365, grace: 7, severity: high}
  asked-for:
    enabled: true
  event-guesses: {limit: 9, severity: info}
owners:
  tags: [owner, "aws:cloudformation:stack-name"]
  account: platform-team
`))
	if err != nil {
		t.Fatal(err)
	}
	s, err := c.Apply(all, now)
	if err != nil {
		t.Fatal(err)
	}
	aged := find(t, s.On, "aged")
	if aged.Limit.Value != 180 || aged.Limit.WithoutPassword != 365 || aged.Grace.Value != 7 || aged.Severity != scanner.High {
		t.Errorf("aged: %+v", aged)
	}
	if diff := cmp.Diff([]string{"aged", "counted", "asked-for", "key-unused", "key-rotation", "trusting"}, ids(s.On)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"plain", "user-unused", "tagged"}, ids(s.Off)); diff != "" {
		t.Error(diff)
	}
	terms := scanner.Terms{OwnerTags: []string{"owner", "aws:cloudformation:stack-name"}, AccountOwner: "platform-team"}
	if diff := cmp.Diff(terms, s.Terms); diff != "" {
		t.Error(diff)
	}
	if aged := all.State[1]; aged.Limit.Value != 90 || aged.Severity != scanner.Medium {
		t.Errorf("the rules that were given are changed: %+v", aged)
	}
	if diff := cmp.Diff(eventRules(), all.Events); diff != "" {
		t.Errorf("the event rules that were given are changed: %s", diff)
	}
}

func TestExemptions(t *testing.T) {
	s, err := apply(`
version: 1
exemptions:
  - rule: [plain, event-root-use, aged]
    resource: arn:aws:iam::*:user/legacy/*
    account: "012345678901"
    tags: {environment: sandbox, "123": ""}
    reason: >-
      The vendor ends
      in March.
    owner: Ann
    expires: 2027-03-31
  - rule: "*"
    resource: "*"
    reason: 'an experiment #4'
    owner: Ben
    expires: 2026-01-01T12:00:00+02:00
    allow_broad: true
  - {rule: aged, resource: <root_account>, reason: kept in a safe, owner: Cy, expires: "2027-11-23"}
`)
	if err != nil {
		t.Fatal(err)
	}
	want := []scanner.Exemption{{
		Rules: []string{"aged", "event-root-use", "plain"}, Resource: "arn:aws:iam::*:user/legacy/*", Account: "012345678901",
		Tags: map[string]string{"environment": "sandbox", "123": ""}, Reason: "The vendor ends in March.", Owner: "Ann",
		Expires: time.Date(2027, 3, 31, 23, 59, 59, 0, time.UTC),
	}, {
		Rules: []string{scanner.EveryRule}, Resource: "*", Account: "*",
		Reason: "an experiment #4", Owner: "Ben", Expires: time.Date(2026, 1, 1, 10, 0, 0, 0, time.UTC),
	}, {
		Rules: []string{"aged"}, Resource: "<root_account>", Account: "*",
		Reason: "kept in a safe", Owner: "Cy", Expires: time.Date(2027, 11, 23, 23, 59, 59, 0, time.UTC),
	}}
	if diff := cmp.Diff(want, s.Terms.Exemptions); diff != "" {
		t.Error(diff)
	}
}

// A function goes on with an exemption that is over, and tells it; a person is
// asked to mend the file, with its other faults at once.
func TestLapsed(t *testing.T) {
	text := sound + "  - rule: aged\n    resource: bob\n    reason: why\n    owner: ann\n    expires: 2026-11-22\n"
	c, err := config.Parse("c.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if s, err := c.Apply(all(), now); err != nil || len(s.Terms.Exemptions) != 2 {
		t.Errorf("%v, %v", s.Terms.Exemptions, err)
	}
	want := "read c.yaml: line 12: the exemption expired at 2026-11-22T23:59:59Z; look whether it is still wanted, and give it another date or delete it"
	if s, err := c.Check(all(), now.AddDate(0, 0, -1)); err != nil || len(s.Terms.Exemptions) != 2 {
		t.Errorf("on its last day: %v, %v", s.Terms.Exemptions, err)
	}
	if s, err := c.Check(all(), now); err == nil || err.Error() != want || len(s.On) > 0 {
		t.Errorf("%v", err)
	}
	c, err = config.Parse("c.yaml", []byte(text+"rules: {plane: {enabled: true}}\nowners: {account: 5}\n"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Check(all(), now)
	if lines := strings.Split(err.Error(), "\n"); len(lines) != 3 || lines[0] != want || !strings.Contains(lines[1], "line 13: there is no rule") || !strings.Contains(lines[2], "line 14: ") {
		t.Errorf("%v", err)
	}
}

// A list switches a rule on that needs one, and is what the rule then has.
func TestLists(t *testing.T) {
	s, err := apply("version: 1\nrules:\n  tagged: {list: [Environment, Team]}\n  trusting: {list: [\"444455556666\"]}\n")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"Environment", "Team"}, find(t, s.On, "tagged").List.Values); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"444455556666"}, find(t, s.On, "trusting").List.Values); diff != "" {
		t.Error(diff)
	}
	s, err = apply("version: 1\nrules:\n  tagged: {enabled: false, list: [Team]}\n")
	if err != nil || len(s.Off) != 3 {
		t.Errorf("%v, %v", ids(s.Off), err)
	}
}

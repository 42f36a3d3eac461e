package ledger_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"iamvigil/ledger"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/trail"
)

// call is an event at start plus some minutes.
func call(id string, minutes int, who, name string, touched ...account.Ref) trail.Event {
	return trail.Event{ID: id, Name: name, Time: start.Add(time.Duration(minutes) * time.Minute), Touched: touched,
		Actor: trail.Actor{Type: "IAMUser", ARN: "arn:aws:iam::123456789012:user/" + who, Name: who}}
}

func with(e trail.Event, change func(*trail.Event)) trail.Event {
	change(&e)
	return e
}

var (
	alice    = account.Ref{Kind: account.KindUser, ID: "AIDA1", Name: "alice", ARN: "arn:aws:iam::123456789012:user/alice"}
	named    = account.Ref{Kind: account.KindUser, Name: "Alice"}
	bob      = account.Ref{Kind: account.KindUser, Name: "bob"}
	members  = account.Ref{Kind: account.KindMembers, Name: "devs"}
	deploy   = account.Ref{Kind: account.KindPolicy, ARN: "arn:aws:iam::123456789012:policy/deploy", Name: "deploy"}
	attached = account.Ref{Kind: account.KindPolicy, Name: "deploy"}
)

var causes = map[string][]string{"inline": {"PutUserPolicy", "PutGroupPolicy", "CreatePolicyVersion"}, "key": {"CreateAccessKey"}, "unused": nil}

func found(rule, part string) ledger.Record {
	return ledger.Record{Finding: scanner.Finding{ID: rule + part, Rule: rule, Resource: alice, Part: part}, State: ledger.Open}
}

func resolved(rule, how string) ledger.Record {
	r := found(rule, "")
	r.State, r.How = ledger.Resolved, how
	return r
}

// TestAttribute: which event brought a record about, by its id; none: it is not
// known. The fields are CloudTrail's.
func TestAttribute(t *testing.T) {
	says := func(key, value string) func(*trail.Event) {
		return func(e *trail.Event) { e.Details = map[string]string{key: value} }
	}
	failed := func(e *trail.Event) { e.Failed = true }
	unnamed := func(e *trail.Event) { e.Unnamed = true }
	inline, unused := found("inline", ""), found("unused", "")
	for name, row := range map[string]struct {
		changes ledger.Changes
		events  []trail.Event
		want    string
	}{
		"new: the cause": {ledger.Changes{New: []ledger.Record{inline}},
			[]trail.Event{call("tag", 1, "ann", "TagUser", named), call("put", 0, "ann", "PutUserPolicy", named)}, "put"},
		"new: no event is a cause":             {ledger.Changes{New: []ledger.Record{inline}}, []trail.Event{call("tag", 0, "ann", "TagUser", named)}, ""},
		"new: the cause at another":            {ledger.Changes{New: []ledger.Record{inline}}, []trail.Event{call("put", 0, "ann", "PutUserPolicy", bob)}, ""},
		"new: the cause failed":                {ledger.Changes{New: []ledger.Record{inline}}, []trail.Event{with(call("put", 0, "ann", "PutUserPolicy", named), failed)}, ""},
		"new: time brings it about":            {ledger.Changes{New: []ledger.Record{unused}}, []trail.Event{call("tag", 0, "ann", "TagUser", named)}, ""},
		"new: the rule is not in the list":     {ledger.Changes{New: []ledger.Record{found("other", "")}}, []trail.Event{call("tag", 0, "ann", "TagUser", named)}, ""},
		"reranked: as new":                     {ledger.Changes{Reranked: []ledger.Record{inline}}, []trail.Event{call("put", 0, "ann", "PutUserPolicy", named)}, "put"},
		"the newest, in whatever order":        {ledger.Changes{New: []ledger.Record{inline}}, []trail.Event{call("late", 2, "ann", "PutUserPolicy", named), call("early", 1, "ann", "PutUserPolicy", named)}, "late"},
		"of two at one time the one after":     {ledger.Changes{New: []ledger.Record{inline}}, []trail.Event{call("a", 0, "ann", "PutUserPolicy", named), call("b", 0, "ann", "PutUserPolicy", named)}, "b"},
		"resolved: any change":                 {ledger.Changes{Resolved: []ledger.Record{resolved("unused", ledger.Mended)}}, []trail.Event{call("del", 0, "ann", "DeleteUser", named)}, "del"},
		"resolved: any change but of settings": {ledger.Changes{Resolved: []ledger.Record{resolved("unused", ledger.Reset)}}, []trail.Event{call("tag", 0, "ann", "TagUser", named)}, ""},
		"silenced: any change":                 {ledger.Changes{Silenced: []ledger.Record{unused}}, []trail.Event{call("tag", 0, "ann", "TagUser", named)}, "tag"},
		"accessKeyId before a newer one": {ledger.Changes{New: []ledger.Record{found("key", "AKIA1")}}, []trail.Event{
			with(call("mine", 0, "ann", "CreateAccessKey", named), says("accessKeyId", "AKIA1")), with(call("other", 1, "ann", "CreateAccessKey", named), says("accessKeyId", "AKIA2"))}, "mine"},
		"policyName, in any case": {ledger.Changes{New: []ledger.Record{found("inline", "Deploy")}}, []trail.Event{
			with(call("mine", 0, "ann", "PutUserPolicy", named), says("policyName", "deploy")), call("other", 1, "ann", "PutUserPolicy", named)}, "mine"},
		"a group's members":                       {ledger.Changes{New: []ledger.Record{inline}}, []trail.Event{call("put", 0, "ann", "PutGroupPolicy", members)}, "put"},
		"a policy's bearers":                      {ledger.Changes{New: []ledger.Record{inline}}, []trail.Event{call("version", 0, "ann", "CreatePolicyVersion", deploy)}, "version"},
		"a policy that was only attached":         {ledger.Changes{Resolved: []ledger.Record{resolved("inline", ledger.Mended)}}, []trail.Event{call("attach", 0, "ann", "AttachRolePolicy", attached)}, ""},
		"a group, but it is no cause":             {ledger.Changes{New: []ledger.Record{inline}}, []trail.Event{call("detach", 0, "ann", "DetachGroupPolicy", members)}, ""},
		"resolved by a change of a group":         {ledger.Changes{Resolved: []ledger.Record{resolved("inline", ledger.Mended)}}, []trail.Event{call("detach", 0, "ann", "DetachGroupPolicy", members)}, "detach"},
		"groups by two actors":                    {ledger.Changes{New: []ledger.Record{inline}}, []trail.Event{call("a", 0, "ann", "PutGroupPolicy", members), call("b", 1, "bob", "CreatePolicyVersion", deploy)}, ""},
		"a group, and the resource itself":        {ledger.Changes{New: []ledger.Record{inline}}, []trail.Event{call("put", 0, "ann", "PutGroupPolicy", members), call("tag", 1, "ann", "TagUser", named)}, ""},
		"a group, and what nobody knows":          {ledger.Changes{New: []ledger.Record{inline}}, []trail.Event{call("put", 0, "ann", "PutGroupPolicy", members), with(call("u", 1, "ann", "X"), unnamed)}, ""},
		"a group, and what failed of another":     {ledger.Changes{New: []ledger.Record{inline}}, []trail.Event{call("put", 0, "ann", "PutGroupPolicy", members), with(call("u", 1, "bob", "PutGroupPolicy", members), failed)}, "put"},
		"a group, twice by one, the newest of it": {ledger.Changes{New: []ledger.Record{inline}}, []trail.Event{call("a", 1, "ann", "PutGroupPolicy", members), call("b", 0, "ann", "PutGroupPolicy", members)}, "a"},
	} {
		t.Run(name, func(t *testing.T) {
			c := row.changes
			lists := []*[]ledger.Record{&c.New, &c.Resolved, &c.Silenced, &c.Reranked}
			for _, list := range lists {
				c.Puts = append(c.Puts, *list...)
			}
			c.Attribute(row.events, causes)
			for _, list := range append(lists, &c.Puts) {
				for _, r := range *list {
					if got := by(r); got != row.want {
						t.Errorf("%s by %q, want %q", r.ID, got, row.want)
					}
				}
			}
		})
	}
}

func by(r ledger.Record) string {
	if r.By == nil {
		return ""
	}
	return r.By.ID
}

// TestAttributeLeavesTheRest: a record that is not told keeps what is known of
// it, and one that no event answers does.
func TestAttributeLeavesTheRest(t *testing.T) {
	before := found("inline", "")
	before.By = &trail.Origin{ID: "before"}
	c := ledger.Changes{New: []ledger.Record{before}, Puts: []ledger.Record{found("key", ""), before}}
	c.Attribute([]trail.Event{call("tag", 0, "ann", "TagUser", named), call("key", 0, "ann", "CreateAccessKey", named)}, causes)
	if by(c.New[0]) != "before" || by(c.Puts[0]) != "" || by(c.Puts[1]) != "before" {
		t.Errorf("new by %q, put by %q and %q", by(c.New[0]), by(c.Puts[0]), by(c.Puts[1]))
	}
}

// TestQuestions: what is not known is asked, of new records first.
func TestQuestions(t *testing.T) {
	known := found("key", "AKIA1")
	known.By = &trail.Origin{ID: "e"}
	c := ledger.Changes{
		New:      []ledger.Record{found("inline", "p"), known, found("unused", ""), found("other", "")},
		Resolved: []ledger.Record{resolved("unused", ledger.Deleted), resolved("key", ledger.Reset)},
		Silenced: []ledger.Record{found("inline", "q")},
	}
	want := []ledger.Asked{
		{Question: trail.Question{Resource: alice, Part: "p", Causes: causes["inline"]}, ID: "inlinep"},
		{Question: trail.Question{Resource: alice}, ID: "unused"},
	}
	if diff := cmp.Diff(want, c.Questions(causes)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAnswer(t *testing.T) {
	c := ledger.Changes{New: []ledger.Record{found("inline", "p")}, Puts: []ledger.Record{found("key", ""), found("inline", "p")}}
	missing := trail.Origin{Missing: "not in the last 90 days"}
	c.Answer("inlinep", missing)
	if c.New[0].By == nil || *c.New[0].By != missing || c.Puts[1].By == nil || *c.Puts[1].By != missing || c.Puts[0].By != nil {
		t.Errorf("new by %v, puts by %v and %v", c.New[0].By, c.Puts[0].By, c.Puts[1].By)
	}
	if asked := c.Questions(causes); len(asked) > 0 {
		t.Errorf("asked once more: %v", asked)
	}
}

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

var calls = ledger.Calls{
	Causes: map[string][]string{"inline": {"PutUserPolicy", "PutGroupPolicy", "CreatePolicyVersion"}, "key": {"CreateAccessKey"}, "unused": nil},
	Cures:  map[string][]string{"inline": {"DeleteUserPolicy", "DetachGroupPolicy", "DeleteUser"}, "key": {"DeleteAccessKey"}},
}

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
		"new: the cause": {ledger.Changes{Telling: ledger.Telling{New: []ledger.Record{inline}}},
			[]trail.Event{call("tag", 1, "ann", "TagUser", named), call("put", 0, "ann", "PutUserPolicy", named)}, "put"},
		"new: no event is a cause":         {ledger.Changes{Telling: ledger.Telling{New: []ledger.Record{inline}}}, []trail.Event{call("tag", 0, "ann", "TagUser", named)}, ""},
		"new: the cause at another":        {ledger.Changes{Telling: ledger.Telling{New: []ledger.Record{inline}}}, []trail.Event{call("put", 0, "ann", "PutUserPolicy", bob)}, ""},
		"new: the cause failed":            {ledger.Changes{Telling: ledger.Telling{New: []ledger.Record{inline}}}, []trail.Event{with(call("put", 0, "ann", "PutUserPolicy", named), failed)}, ""},
		"new: time brings it about":        {ledger.Changes{Telling: ledger.Telling{New: []ledger.Record{unused}}}, []trail.Event{call("tag", 0, "ann", "TagUser", named)}, ""},
		"new: the rule is not in the list": {ledger.Changes{Telling: ledger.Telling{New: []ledger.Record{found("other", "")}}}, []trail.Event{call("tag", 0, "ann", "TagUser", named)}, ""},
		"reranked: as new":                 {ledger.Changes{Telling: ledger.Telling{Reranked: []ledger.Record{inline}}}, []trail.Event{call("put", 0, "ann", "PutUserPolicy", named)}, "put"},
		"the newest, in whatever order":    {ledger.Changes{Telling: ledger.Telling{New: []ledger.Record{inline}}}, []trail.Event{call("late", 2, "ann", "PutUserPolicy", named), call("early", 1, "ann", "PutUserPolicy", named)}, "late"},
		"of two at one time the one after": {ledger.Changes{Telling: ledger.Telling{New: []ledger.Record{inline}}}, []trail.Event{call("a", 0, "ann", "PutUserPolicy", named), call("b", 0, "ann", "PutUserPolicy", named)}, "b"},
		"resolved: a cure, and not what came after": {ledger.Changes{Telling: ledger.Telling{Resolved: []ledger.Record{resolved("inline", ledger.Mended)}}}, []trail.Event{
			call("del", 0, "ann", "DeleteUserPolicy", named), call("tag", 1, "eve", "TagUser", named)}, "del"},
		"resolved: no cure":              {ledger.Changes{Telling: ledger.Telling{Resolved: []ledger.Record{resolved("inline", ledger.Mended)}}}, []trail.Event{call("tag", 0, "eve", "TagUser", named)}, ""},
		"resolved: the rule has no cure": {ledger.Changes{Telling: ledger.Telling{Resolved: []ledger.Record{resolved("unused", ledger.Mended)}}}, []trail.Event{call("tag", 0, "eve", "TagUser", named)}, ""},
		"resolved: by settings":          {ledger.Changes{Telling: ledger.Telling{Resolved: []ledger.Record{resolved("inline", ledger.Reset)}}}, []trail.Event{call("del", 0, "ann", "DeleteUserPolicy", named)}, ""},
		"deleted: by DeleteUser, whoever made the name anew": {ledger.Changes{Telling: ledger.Telling{Resolved: []ledger.Record{resolved("inline", ledger.Deleted)}}}, []trail.Event{
			call("del", 0, "boss", "DeleteUser", named), call("new", 1, "mallory", "CreateUser", named), call("put", 2, "mallory", "PutUserPolicy", named)}, "del"},
		"deleted: nobody says how":             {ledger.Changes{Telling: ledger.Telling{Resolved: []ledger.Record{resolved("inline", ledger.Deleted)}}}, []trail.Event{call("new", 1, "mallory", "CreateUser", named)}, ""},
		"deleted: not by what changed a group": {ledger.Changes{Telling: ledger.Telling{Resolved: []ledger.Record{resolved("inline", ledger.Deleted)}}}, []trail.Event{call("put", 0, "ann", "PutGroupPolicy", members)}, ""},
		"accessKeyId before a newer one": {ledger.Changes{Telling: ledger.Telling{New: []ledger.Record{found("key", "AKIA1")}}}, []trail.Event{
			with(call("mine", 0, "ann", "CreateAccessKey", named), says("accessKeyId", "AKIA1")), with(call("other", 1, "ann", "CreateAccessKey", named), says("accessKeyId", "AKIA2"))}, "mine"},
		"policyName, in any case": {ledger.Changes{Telling: ledger.Telling{New: []ledger.Record{found("inline", "Deploy")}}}, []trail.Event{
			with(call("mine", 0, "ann", "PutUserPolicy", named), says("policyName", "deploy")), call("other", 1, "ann", "PutUserPolicy", named)}, "mine"},
		"a group's members":                       {ledger.Changes{Telling: ledger.Telling{New: []ledger.Record{inline}}}, []trail.Event{call("put", 0, "ann", "PutGroupPolicy", members)}, "put"},
		"a policy's bearers":                      {ledger.Changes{Telling: ledger.Telling{New: []ledger.Record{inline}}}, []trail.Event{call("version", 0, "ann", "CreatePolicyVersion", deploy)}, "version"},
		"a policy that was only attached":         {ledger.Changes{Telling: ledger.Telling{Resolved: []ledger.Record{resolved("inline", ledger.Mended)}}}, []trail.Event{call("attach", 0, "ann", "AttachRolePolicy", attached)}, ""},
		"a group, but it is no cause":             {ledger.Changes{Telling: ledger.Telling{New: []ledger.Record{inline}}}, []trail.Event{call("detach", 0, "ann", "DetachGroupPolicy", members)}, ""},
		"resolved by a change of a group":         {ledger.Changes{Telling: ledger.Telling{Resolved: []ledger.Record{resolved("inline", ledger.Mended)}}}, []trail.Event{call("detach", 0, "ann", "DetachGroupPolicy", members)}, "detach"},
		"groups by two actors":                    {ledger.Changes{Telling: ledger.Telling{New: []ledger.Record{inline}}}, []trail.Event{call("a", 0, "ann", "PutGroupPolicy", members), call("b", 1, "bob", "CreatePolicyVersion", deploy)}, ""},
		"a group, and the resource itself":        {ledger.Changes{Telling: ledger.Telling{New: []ledger.Record{inline}}}, []trail.Event{call("put", 0, "ann", "PutGroupPolicy", members), call("tag", 1, "ann", "TagUser", named)}, ""},
		"a group, and what nobody knows":          {ledger.Changes{Telling: ledger.Telling{New: []ledger.Record{inline}}}, []trail.Event{call("put", 0, "ann", "PutGroupPolicy", members), with(call("u", 1, "ann", "X"), unnamed)}, ""},
		"a group, and what failed of another":     {ledger.Changes{Telling: ledger.Telling{New: []ledger.Record{inline}}}, []trail.Event{call("put", 0, "ann", "PutGroupPolicy", members), with(call("u", 1, "bob", "PutGroupPolicy", members), failed)}, "put"},
		"a group, twice by one, the newest of it": {ledger.Changes{Telling: ledger.Telling{New: []ledger.Record{inline}}}, []trail.Event{call("a", 1, "ann", "PutGroupPolicy", members), call("b", 0, "ann", "PutGroupPolicy", members)}, "a"},
	} {
		t.Run(name, func(t *testing.T) {
			c := row.changes
			lists := []*[]ledger.Record{&c.New, &c.Resolved, &c.Silenced, &c.Reranked}
			for _, list := range lists {
				c.Puts = append(c.Puts, *list...)
			}
			c.Attribute(row.events, calls)
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

// TestAttributeSilenced: only a call that changed what the exemption goes by is
// named, and nobody remembers it for the finding's own origin.
func TestAttributeSilenced(t *testing.T) {
	own := &trail.Origin{ID: "own"}
	byName, byTag := &scanner.Exemption{Reason: "agreed"}, &scanner.Exemption{Reason: "agreed", Tags: map[string]string{"env": "sandbox"}}
	ack := ledger.Ack{By: boss, Reason: "on it", Until: start.Add(day)}
	for name, row := range map[string]struct {
		exempt  *scanner.Exemption
		ack     *ledger.Ack
		newborn bool
		event   string
		want    string
	}{
		"by tag: TagUser":              {byTag, nil, false, "TagUser", "e"},
		"by tag: UntagUser":            {byTag, nil, false, "UntagUser", "e"},
		"by tag: a rename":             {byTag, nil, false, "UpdateUser", "e"},
		"by tag: another call":         {byTag, nil, false, "AddUserToGroup", ""},
		"by name: a rename":            {byName, nil, false, "UpdateUser", "e"},
		"by name: TagUser":             {byName, nil, false, "TagUser", ""},
		"acknowledged: TagUser":        {&scanner.Exemption{Reason: ack.Reason, Owner: ack.By, Expires: ack.Until}, &ack, false, "UpdateUser", ""},
		"since it stands: its cause":   {byTag, nil, true, "PutUserPolicy", "e"},
		"since it stands: its tagging": {byTag, nil, true, "TagUser", "own"},
	} {
		t.Run(name, func(t *testing.T) {
			r := found("inline", "")
			r.By, r.Status, r.Exempt, r.Ack = own, scanner.Exempt, row.exempt, row.ack
			c := ledger.Changes{Telling: ledger.Telling{Time: start}}
			if row.newborn {
				r.OpenedAt = start
			}
			c.Silenced, c.Puts = []ledger.Record{r}, []ledger.Record{r}
			c.Attribute([]trail.Event{call("e", 0, "eve", row.event, named)}, calls)
			kept := "own"
			if row.newborn {
				kept = row.want
			}
			if by(c.Silenced[0]) != row.want || by(c.Puts[0]) != kept {
				t.Errorf("told by %q, kept by %q; want %q, %q", by(c.Silenced[0]), by(c.Puts[0]), row.want, kept)
			}
		})
	}
}

// TestAttributeOthers: who else made a call that can have brought it about is
// named beside the newest.
func TestAttributeOthers(t *testing.T) {
	c := ledger.Changes{Telling: ledger.Telling{New: []ledger.Record{found("inline", "")}}}
	c.Attribute([]trail.Event{
		call("a", 0, "mallory", "PutUserPolicy", named), call("b", 1, "ann", "PutUserPolicy", named),
		call("c", 2, "ann", "PutUserPolicy", named), call("d", 2, "eve", "TagUser", named), call("e", 2, "eve", "PutUserPolicy", bob),
	}, calls)
	if diff := cmp.Diff(map[string][]string{"inline": {"a"}}, c.Others); by(c.New[0]) != "c" || diff != "" {
		t.Errorf("by %q, others (-want +got):\n%s", by(c.New[0]), diff)
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
	c := ledger.Changes{Telling: ledger.Telling{New: []ledger.Record{before}}, Puts: []ledger.Record{found("key", ""), before}}
	c.Attribute([]trail.Event{call("tag", 0, "ann", "TagUser", named), call("key", 0, "ann", "CreateAccessKey", named)}, calls)
	if by(c.New[0]) != "before" || by(c.Puts[0]) != "" || by(c.Puts[1]) != "before" {
		t.Errorf("new by %q, put by %q and %q", by(c.New[0]), by(c.Puts[0]), by(c.Puts[1]))
	}
}

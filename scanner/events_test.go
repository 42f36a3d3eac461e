package scanner_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/trail"
)

// TestAlerts: rules are asked about the events they name, in the order in which
// those happened, and about every event if they name none.
func TestAlerts(t *testing.T) {
	telling := func(id string, events ...string) scanner.EventRule {
		return scanner.EventRule{
			About:  scanner.About{ID: id, Severity: scanner.High, Fix: "undo it"},
			Events: events,
			Check: func(p *scanner.EventPass, ev trail.Event) {
				p.Alert(account.Ref{Kind: account.KindUser, Name: "bob"}, "%s by one of %d", ev.Name, len(p.OwnRoles))
			},
		}
	}
	events := []trail.Event{{ID: "1", Name: "CreateUser"}, {ID: "2", Name: "DeleteUser"}}
	rules := []scanner.EventRule{telling("every"), telling("deletions", "DeleteUser", "DeleteRole")}
	got := scanner.Alerts(events, rules, &scanner.Scene{OwnRoles: []string{"arn:aws:iam::111122223333:role/own"}})
	about := account.Ref{Kind: account.KindUser, Name: "bob"}
	alert := func(rule string, ev trail.Event) scanner.Alert {
		return scanner.Alert{
			Rule: rule, Severity: scanner.High, Resource: about, Message: ev.Name + " by one of 1",
			Controls: []string{}, Fix: "undo it", Commands: []string{}, Event: ev,
		}
	}
	want := []scanner.Alert{alert("every", events[0]), alert("every", events[1]), alert("deletions", events[1])}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("alerts (-want +got):\n%s", diff)
	}
	if none := scanner.Alerts(nil, rules, nil); none == nil || len(none) != 0 {
		t.Errorf("alerts of no events: %#v", none)
	}
}

// TestDenied: which of the stack's policies the user of an event has, whom the
// event knows by the name alone.
func TestDenied(t *testing.T) {
	attached := func(arns ...string) (all []account.Attachment) {
		for _, arn := range arns {
			all = append(all, account.Attachment{ARN: arn})
		}
		return all
	}
	s := &account.Snapshot{
		Stack: account.Stack{Denies: account.Denies{Console: "console", All: "all"}},
		Users: []account.User{{Name: "ann", ID: "AIDAANN", Attached: attached("other", "all")}, {Name: "bob", ID: "AIDABOB", Attached: attached("other", "")}},
	}
	unknown := &account.Snapshot{Users: s.Users}
	for name, row := range map[string]struct {
		snapshot *account.Snapshot
		user     string
		want     account.Denies
	}{
		"contained":             {s, "Ann", account.Denies{All: "all"}},
		"not contained":         {s, "bob", account.Denies{}},
		"not there":             {s, "eve", account.Denies{}},
		"no such policies":      {unknown, "ann", account.Denies{}},
		"nobody took a look":    {nil, "ann", account.Denies{}},
		"a policy without ARNs": {unknown, "bob", account.Denies{}},
	} {
		var got account.Denies
		rule := scanner.EventRule{Check: func(p *scanner.EventPass, _ trail.Event) {
			got = p.Denied(account.Ref{Kind: account.KindUser, Name: row.user})
		}}
		scanner.Alerts([]trail.Event{{}}, []scanner.EventRule{rule}, &scanner.Scene{Snapshot: row.snapshot})
		if got != row.want {
			t.Errorf("%s: %+v, want %+v", name, got, row.want)
		}
	}
}

// TestUnseenOnce: what two rules do not see for the same reason is said once.
func TestUnseenOnce(t *testing.T) {
	rule := scanner.EventRule{Unseen: "sign-ins"}
	gaps := scanner.Unseen([]scanner.EventRule{rule, {}, rule}, false)
	if len(gaps) != 2 || gaps[0].Reason != "events of other Regions do not come here: sign-ins" {
		t.Errorf("%d gaps: %v", len(gaps), gaps)
	}
}

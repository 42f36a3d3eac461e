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
	got := scanner.Alerts(events, rules, []string{"arn:aws:iam::111122223333:role/own"})
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

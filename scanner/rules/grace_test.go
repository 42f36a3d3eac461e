package rules_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"iamvigil/scanner/account"
	"iamvigil/scanner/rules"
)

// created are snapshots with the one fault of a rule that has a grace, of which
// what the grace is for was created at the given time.
var created = map[string]func(time.Time) account.Snapshot{
	"user-console-without-mfa": func(at time.Time) account.Snapshot {
		return oneUser(account.User{Created: at, Login: &account.Login{Changed: clock}})
	},
	"user-two-active-keys": func(at time.Time) account.Snapshot {
		old := account.AccessKey{ID: "AKIA1", Status: account.Active, Created: clock.Add(-days(400))}
		inactive := account.AccessKey{ID: "AKIA3", Status: account.Inactive, Created: clock}
		if at.IsZero() {
			old.Created = at
		}
		return oneUser(account.User{Created: clock, Keys: []account.AccessKey{{ID: "AKIA2", Status: account.Active, Created: at}, old, inactive}})
	},
	"user-password-and-key": func(at time.Time) account.Snapshot {
		return oneUser(account.User{Created: at, Login: &account.Login{}, Keys: []account.AccessKey{{ID: "AKIA", Status: account.Active}}})
	},
	"user-direct-policy": func(at time.Time) account.Snapshot {
		return oneUser(account.User{Created: at, Inline: []account.InlinePolicy{{Name: "p"}}})
	},
	"group-empty": func(at time.Time) account.Snapshot {
		return account.Snapshot{Groups: []account.Group{{ARN: "arn:aws:iam::111122223333:group/g", ID: "AGPAG", Name: "g", Created: at}}}
	},
}

// TestGraces: what is new is let be for as long as was set, which is not at all
// unless it was. What nobody knows the creation of is never let be.
func TestGraces(t *testing.T) {
	for id, at := range created {
		rule := mustRule(t, id)
		if !failing(rule, at(clock)) {
			t.Errorf("%s: without a grace lets be what is new", id)
		}
		for _, n := range []int{1, rule.Grace.Max} {
			rule.Grace.Value = n
			for ago, fails := range map[time.Duration]bool{0: false, days(n) - time.Second: false, days(n): true} {
				if got := failing(rule, at(clock.Add(-ago))); got != fails {
					t.Errorf("%s, grace %d, created %v ago: fails %v, want %v", id, n, ago, got, fails)
				}
			}
			if !failing(rule, at(time.Time{})) {
				t.Errorf("%s, grace %d: lets be what nobody knows the creation of", id, n)
			}
		}
	}
}

// TestWhoHasGrace: every grace is tested, none is on as shipped, and root,
// administrators and trusts are never let be.
func TestWhoHasGrace(t *testing.T) {
	for _, about := range rules.Abouts() {
		_, tested := created[about.ID]
		if has := about.Grace.Unit != ""; has != tested || about.Grace.Value != 0 {
			t.Errorf("rule %s: grace %+v, tested: %v", about.ID, about.Grace, tested)
		}
		never := slices.ContainsFunc([]string{"root", "admin", "trust", "event", "scanner"}, func(word string) bool { return strings.Contains(about.ID, word) })
		if never && about.Grace.Unit != "" {
			t.Errorf("rule %s has a grace", about.ID)
		}
	}
}

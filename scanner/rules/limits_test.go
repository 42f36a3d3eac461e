package rules_test

import (
	"testing"
	"time"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/rules"
)

// aged are snapshots in which the one thing that a rule's limit in days is
// about happened at the given time.
var aged = map[string]func(time.Time) account.Snapshot{
	"root-recent-use": func(at time.Time) account.Snapshot {
		return account.Snapshot{Root: account.Root{PasswordLastUsed: at}}
	},
	"user-console-unused": func(at time.Time) account.Snapshot {
		return oneUser(account.User{Login: &account.Login{LastUsed: at}})
	},
	"key-unused": func(at time.Time) account.Snapshot {
		return oneUser(account.User{Keys: []account.AccessKey{{ID: "AKIA", Status: account.Active, LastUsed: at}}})
	},
	"key-rotation": func(at time.Time) account.Snapshot {
		return oneUser(account.User{Keys: []account.AccessKey{{ID: "AKIA", Status: account.Active, Created: at}}})
	},
	"key-inactive-left": func(at time.Time) account.Snapshot {
		return oneUser(account.User{Keys: []account.AccessKey{{ID: "AKIA", Status: account.Inactive, Created: at}}})
	},
	"policy-unattached": func(at time.Time) account.Snapshot {
		return account.Snapshot{Policies: []account.Policy{{ARN: "arn:aws:iam::111122223333:policy/p", ID: "ANPAP", Name: "p", Created: at}}}
	},
	"user-unused": func(at time.Time) account.Snapshot {
		return oneUser(account.User{Created: at})
	},
	"user-signing-cert": func(at time.Time) account.Snapshot {
		return oneUser(account.User{Certificates: []account.Certificate{{Active: true, Uploaded: at}}})
	},
	"role-unused": func(at time.Time) account.Snapshot {
		return account.Snapshot{Roles: []account.Role{{ARN: "arn:aws:iam::111122223333:role/r", ID: "AROAR", Name: "r", LastUsed: at}}}
	},
}

func oneUser(u account.User) account.Snapshot {
	u.ARN, u.ID, u.Name = "arn:aws:iam::111122223333:user/one", "AIDAONE", "one"
	return account.Snapshot{Users: []account.User{u}}
}

// TestLimits: older than N days is strictly more than N whole days, at the
// limit as shipped and at the ends of what it may be set to.
func TestLimits(t *testing.T) {
	for id, at := range aged {
		rule := mustRule(t, id)
		for _, n := range []int{rule.Limit.Value, rule.Limit.Min, rule.Limit.Max} {
			rule.Limit.Value = n
			for ago, old := range map[time.Duration]bool{
				days(n) - time.Second:   false,
				days(n):                 false,
				days(n+1) - time.Second: false,
				days(n + 1):             true,
			} {
				// Root's use is a fault while it is recent, all else once it is old.
				fails := old != (id == "root-recent-use")
				if got := failing(rule, at(clock.Add(-ago))); got != fails {
					t.Errorf("%s, limit %d, %v ago: fails %v, want %v", id, n, ago, got, fails)
				}
			}
		}
	}
}

// TestEveryLimitInDaysIsTested: a rule with a limit in days is in the table.
func TestEveryLimitInDaysIsTested(t *testing.T) {
	for _, about := range rules.Abouts() {
		_, tested := aged[about.ID]
		if days := about.Limit.Unit == "days" && about.ID != "password-expiry"; days != tested {
			t.Errorf("rule %s: limit %+v, tested at N and N+1 days: %v", about.ID, about.Limit, tested)
		}
	}
}

// TestPasswordLimits: the policy's numbers against N-1, N and N+1.
func TestPasswordLimits(t *testing.T) {
	policies := map[string]func(n int) account.PasswordPolicy{
		"password-min-length": func(n int) account.PasswordPolicy { return account.PasswordPolicy{MinimumLength: n} },
		"password-reuse":      func(n int) account.PasswordPolicy { return account.PasswordPolicy{Reuse: n} },
		"password-expiry":     func(n int) account.PasswordPolicy { return account.PasswordPolicy{MaxAge: n} },
	}
	for id, policy := range policies {
		rule := mustRule(t, id)
		n := rule.Limit.Value
		for value, enough := range map[int]bool{n - 1: false, n: true, n + 1: true} {
			fails := !enough
			if id == "password-expiry" {
				fails = value > n
			}
			pp := policy(value)
			if got := failing(rule, account.Snapshot{PasswordPolicy: &pp}); got != fails {
				t.Errorf("%s, limit %d: %d fails %v, want %v", id, n, value, got, fails)
			}
		}
	}
}

func failing(rule scanner.Rule, s account.Snapshot) bool {
	s.Account = account.Identity{ID: "111122223333", Partition: "aws"}
	s.Seen = map[account.Fact]account.Seen{}
	for _, fact := range account.Facts() {
		s.Seen[fact] = account.Seen{At: clock}
	}
	return len(scanner.Evaluate(&s, account.Scope{Whole: true}, []scanner.Rule{rule}, clock).Findings) > 0
}

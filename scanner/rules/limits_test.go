package rules_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/rules"
)

// The first fixture of a rule that compares with a number of days has a snapshot
// limit.json with one fault, of which "now-limit" is when it happened, "now+limit"
// when it will, or "limit" the number that is compared; that of a rule with a grace a
// grace.json, in which "now-grace" is when the resource was created.
const (
	limitFile, limitNumber = "limit.json", `"limit"`
	limitAgo, limitAhead   = `"now-limit"`, `"now+limit"`
	graceFile, graceAgo    = "grace.json", `"now-grace"`
)

// with is one of the fixture's snapshots, with something put for what stands for it.
func (f *fixture) with(t *testing.T, file, stand, put string) account.Snapshot {
	t.Helper()
	text, _ := f.file(file)
	if !strings.Contains(text, stand) {
		t.Fatalf("%s: %s has no %s", f.path, file, stand)
	}
	changed := *f
	changed.archive = &txtar.Archive{Files: []txtar.File{{Name: file, Data: []byte(strings.ReplaceAll(text, stand, put))}}}
	return *changed.snapshot(t, file, everyFact())
}

// ago is the snapshot with the fault, or the resource, so old, or so far ahead.
func (f *fixture) ago(t *testing.T, file, stand string, d time.Duration) account.Snapshot {
	t.Helper()
	if stand == limitAhead {
		d = -d
	}
	return f.with(t, file, stand, `"`+f.now.Add(-d).Format(time.RFC3339)+`"`)
}

// TestLimits: older than N days is strictly more than N whole days, at the limit
// as shipped and at the ends of what it may be set to.
func TestLimits(t *testing.T) {
	tested := 0
	for _, rule := range rules.All() {
		f := load(t, "testdata/"+rule.ID+".txtar")
		rule = f.given(rule)
		text, has := f.file(limitFile)
		switch {
		case strings.Contains(text, limitAgo):
			limitInDays(t, f, rule, limitAgo)
		case strings.Contains(text, limitAhead):
			limitInDays(t, f, rule, limitAhead)
		case has:
			limitOfNumber(t, f, rule)
		case rule.Limit.Unit == "days":
			t.Errorf("rule %s: its limit is not tested at N and N+1 days: %s has no %s", rule.ID, f.path, limitFile)
		}
		if has {
			tested++
		}
	}
	if tested < 10 {
		t.Errorf("%d limits: too few to be all", tested)
	}
}

// limitInDays: the answer changes as day N+1 is over, or begins, and at no other time.
// Root's use is a fault while it is recent, all else once it is old.
func limitInDays(t *testing.T, f *fixture, rule scanner.Rule, stand string) {
	t.Helper()
	for _, n := range []int{rule.Limit.Value, rule.Limit.Min, rule.Limit.Max} {
		rule.Limit.Value = n
		within := failing(rule, f.ago(t, limitFile, stand, days(n)))
		for ago, same := range map[time.Duration]bool{days(n) - time.Second: true, days(n+1) - time.Second: true, days(n + 1): false} {
			if got := failing(rule, f.ago(t, limitFile, stand, ago)); (got == within) != same {
				t.Errorf("%s, limit %d: fails %v at %v, and %v at %v", rule.ID, n, within, days(n), got, ago)
			}
		}
	}
}

// limitOfNumber: N itself is within the limit, and either less or more is not.
func limitOfNumber(t *testing.T, f *fixture, rule scanner.Rule) {
	t.Helper()
	n := rule.Limit.Value
	fails := func(n int) bool { return failing(rule, f.with(t, limitFile, limitNumber, fmt.Sprint(n))) }
	if less, at, more := fails(n-1), fails(n), fails(n+1); at || less == more {
		t.Errorf("%s, limit %d: fails %v below, %v at it, %v above", rule.ID, n, less, at, more)
	}
}

func failing(rule scanner.Rule, s account.Snapshot) bool {
	return len(scanner.Evaluate(&s, account.Scope{Whole: true}, []scanner.Rule{rule}, clock).Findings) > 0
}

func oneUser(u account.User) account.Snapshot {
	u.ARN, u.ID, u.Name = "arn:aws:iam::111122223333:user/one", "AIDAONE", "one"
	return account.Snapshot{Users: []account.User{u}}
}

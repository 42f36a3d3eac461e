package rules_test

import (
	"encoding/json"
	"slices"
	"testing"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/rules"
	"iamvigil/scanner/trail"
)

// TestCausesAndCures: CloudTrail records each of a rule's causes and cures, and it
// touches what the rule is about, so that a look is taken and the call can be
// named.
func TestCausesAndCures(t *testing.T) {
	kinds := faulty(t)
	for _, r := range rules.All() {
		for _, calls := range [][]string{r.Causes, r.Cures} {
			for _, call := range calls {
				ev := recorded(t, call)
				if !ev.Known {
					t.Errorf("rule %s: no event is called %s", r.ID, call)
				}
				if !slices.ContainsFunc(ev.Touched, func(ref account.Ref) bool { return reaches(ref.Kind, kinds[r.ID]) }) {
					t.Errorf("rule %s: %s touches %v, the rule is about %v", r.ID, call, ev.Touched, kinds[r.ID])
				}
			}
			if names := slices.Sorted(slices.Values(calls)); len(slices.Compact(names)) != len(calls) {
				t.Errorf("rule %s: a call twice: %v", r.ID, calls)
			}
		}
	}
}

// TestWhatPeopleEnd: somebody's act can end all but that root was used, which was,
// that a user exists, which ends with it, and what is wrong with the scanner's own
// stack or with the sum of what an account has, as for its causes.
func TestWhatPeopleEnd(t *testing.T) {
	kinds := faulty(t)
	for _, r := range rules.All() {
		nobody := r.ID == "root-recent-use" || r.ID == "user-exists" || slices.Contains(account.StackFacts(), r.Reads[0]) || sums(r, kinds[r.ID])
		if nobody != (len(r.Cures) == 0) {
			t.Errorf("rule %s: cures %v", r.ID, r.Cures)
		}
	}
}

// TestWhatTimeDoes: a rule has no causes where its limit is in days, and only
// there: that time has passed is nobody's act. What was done to the scanner's own
// stack is told by the events of services that package trail does not read.
func TestWhatTimeDoes(t *testing.T) {
	kinds := faulty(t)
	for _, r := range rules.All() {
		byTime := r.Limit.Unit == "days" && r.ID != "password-expiry"
		ofStack := slices.Contains(account.StackFacts(), r.Reads[0])
		if (byTime || ofStack || sums(r, kinds[r.ID])) != (len(r.Causes) == 0) {
			t.Errorf("rule %s: limit %+v, causes %v", r.ID, r.Limit, r.Causes)
		}
	}
}

// sums: the rule finds fault with the account for what many users, roles or
// policies come to together. No call about one of those touches the account.
func sums(r scanner.Rule, about []account.Kind) bool {
	listing := func(f account.Fact) bool {
		return slices.Contains([]account.Fact{account.Users, account.Groups, account.Roles, account.Policies}, f)
	}
	other := func(k account.Kind) bool { return k != account.KindAccount }
	return !slices.ContainsFunc(about, other) && (slices.ContainsFunc(r.Reads, listing) || r.Limit.Unit == "percent")
}

// faulty are the kinds of resources that each rule finds fault with in its
// fixtures.
func faulty(t *testing.T) map[string][]account.Kind {
	t.Helper()
	kinds := map[string][]account.Kind{}
	everySnapshot(t, func(f *fixture, name string) {
		for _, finding := range ask(f, f.snapshot(t, name, account.Facts())).Findings {
			kinds[finding.Rule] = append(kinds[finding.Rule], finding.Resource.Kind)
		}
	})
	return kinds
}

// reaches: a change of a group touches its members, that of a policy those who
// have it (account.Snapshot.Touched).
func reaches(touched account.Kind, about []account.Kind) bool {
	return slices.Contains(about, touched) || slices.Contains(about, account.KindUser) &&
		(touched == account.KindMembers || touched == account.KindPolicy)
}

// recorded is an event of whichever service has it, about root where it can be.
func recorded(t *testing.T, name string) trail.Event {
	t.Helper()
	var ev trail.Event
	for _, source := range []string{"iam", "cloudtrail", "signin"} {
		body, err := json.Marshal(map[string]any{"detail": map[string]any{
			"eventID": "1", "eventName": name, "eventSource": source + ".amazonaws.com",
			"userIdentity": map[string]any{"type": "Root", "arn": "arn:aws:iam::111122223333:root", "userName": "acme"},
			"requestParameters": map[string]any{
				// By the account's alias, which may be some user's name too.
				"userName": "acme", "groupName": "g", "roleName": "r", "name": "t", "policyArn": "arn:aws:iam::111122223333:policy/p",
			},
		}})
		if err != nil {
			t.Fatal(err)
		}
		if ev, err = trail.Parse(body); err != nil {
			t.Fatal(err)
		}
		if ev.Known && len(ev.Touched) > 0 {
			break
		}
	}
	return ev
}

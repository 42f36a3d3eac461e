package rules_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/rules"
	"iamvigil/scanner/trail"
)

// The first fixture of a rule whose fault nobody's call brings about, or ends, says
// why in a line of its comment that begins so, unless that is plain: see [byTime],
// [unheard] and [sums].
const noCause, noCure = "no cause", "no cure"

// TestCausesAndCures: CloudTrail records each of a rule's causes and cures, and it
// touches what the rule is about, so that a look is taken and the call can be
// named.
func TestCausesAndCures(t *testing.T) {
	kinds := about(t)
	for _, r := range rules.All() {
		for _, calls := range [][]string{r.Causes, r.Cures} {
			for _, call := range calls {
				if !slices.ContainsFunc(recorded(t, call, sources(r)), func(ref account.Ref) bool { return reaches(ref.Kind, kinds[r.ID]) }) {
					t.Errorf("rule %s: no event is called %s and touches one of %v, which the rule is about", r.ID, call, kinds[r.ID])
				}
			}
			if names := slices.Sorted(slices.Values(calls)); len(slices.Compact(names)) != len(calls) {
				t.Errorf("rule %s: a call twice: %v", r.ID, calls)
			}
		}
	}
}

// TestWhatPeopleEnd: a rule that no call ends says why.
func TestWhatPeopleEnd(t *testing.T) {
	kinds := about(t)
	for _, r := range rules.All() {
		reason := reason(t, r, noCure)
		nobody := reason != "" || unheard(r) || sums(r, kinds[r.ID])
		if nobody != (len(r.Cures) == 0) {
			t.Errorf("rule %s: cures %v, and its fixture says %q of why there are none", r.ID, r.Cures, reason)
		}
	}
}

// TestWhatPeopleBringAbout: a rule without causes is one about time, which passes by
// nobody's act, or says why.
func TestWhatPeopleBringAbout(t *testing.T) {
	kinds := about(t)
	for _, r := range rules.All() {
		reason := reason(t, r, noCause)
		nobody := reason != "" || byTime(t, r) || unheard(r) || sums(r, kinds[r.ID])
		if nobody != (len(r.Causes) == 0) {
			t.Errorf("rule %s: limit %+v, causes %v, and its fixture says %q of why there are none", r.ID, r.Limit, r.Causes, reason)
		}
	}
}

func reason(t *testing.T, r scanner.Rule, label string) string {
	t.Helper()
	return strings.Join(load(t, "testdata/"+r.ID+".txtar").prose(label), " ")
}

// byTime: the fault is that so many days have passed since something. That there are
// so many to come may be somebody's doing.
func byTime(t *testing.T, r scanner.Rule) bool {
	t.Helper()
	text, _ := load(t, "testdata/"+r.ID+".txtar").file(limitFile)
	return r.Limit.Unit == "days" && strings.Contains(text, limitAgo)
}

// unheard: the rule is about what services do whose events package trail does not
// read, such as those of the scanner's own stack.
func unheard(r scanner.Rule) bool {
	return !slices.ContainsFunc(services(r.Reads[0]), func(service string) bool {
		return slices.Contains([]string{"iam", "cloudtrail", "access-analyzer", "organizations"}, service)
	})
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

// about are the kinds of resources that each rule is asked about in its fixtures.
func about(t *testing.T) map[string][]account.Kind {
	t.Helper()
	kinds := map[string][]account.Kind{}
	everySnapshot(t, func(f *fixture, name string) {
		s := f.snapshot(t, name, everyFact())
		report := ask(f, s)
		for _, ref := range append(refs(s), s.Account.RootRef()) {
			for _, id := range report.Rules {
				if answer, _ := report.Answer(id, ref); answer != scanner.NotAsked && !slices.Contains(kinds[id], ref.Kind) {
					kinds[id] = append(kinds[id], ref.Kind)
				}
			}
		}
	})
	return kinds
}

// reaches: a change of a group touches its members, that of a policy those who
// have it (account.Snapshot.Touched), and that of a provider, a certificate or an
// analyzer the account.
func reaches(touched account.Kind, about []account.Kind) bool {
	within := map[account.Kind][]account.Kind{
		account.KindMembers: {account.KindUser},
		account.KindPolicy:  {account.KindUser},
		account.KindAccount: {account.KindProvider, account.KindCertificate, account.KindAnalyzer},
	}
	return slices.ContainsFunc(about, func(k account.Kind) bool { return k == touched || slices.Contains(within[touched], k) })
}

// sources are the services whose events may tell of what a rule reads. Of those of
// AWS Organizations every name is known.
func sources(r scanner.Rule) []string {
	all := []string{"signin"}
	for _, f := range r.Reads {
		for _, service := range services(f) {
			if !slices.Contains(all, service) {
				all = append(all, service)
			}
		}
	}
	return all
}

// recorded is what an event of that name touches, of whichever of the services has
// it, about root where it can be.
func recorded(t *testing.T, name string, sources []string) []account.Ref {
	t.Helper()
	var touched []account.Ref
	for _, source := range sources {
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
		ev, err := trail.Parse(body)
		if err != nil {
			t.Fatal(err)
		}
		if ev.Known {
			touched = append(touched, ev.Touched...)
		}
	}
	return touched
}

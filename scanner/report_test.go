package scanner_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
)

// named fails the users named, one finding for each part.
func named(id string, severity scanner.Severity, user string, parts ...string) scanner.Rule {
	return scanner.Rule{
		About: scanner.About{ID: id, Severity: severity},
		Reads: []account.Fact{account.MFA},
		Check: scanner.Users(func(p *scanner.Pass, u *account.User) {
			for _, part := range parts {
				if u.Name == user {
					p.Fail(part, nil, "fault")
				}
			}
		}),
	}
}

func withMFA() *account.Snapshot {
	return twoUsers(map[account.Fact]account.Seen{account.MFA: seen(now)})
}

// TestSorted: by severity, rule, resource and part, whatever order the rules
// come in.
func TestSorted(t *testing.T) {
	rules := []scanner.Rule{
		named("z", scanner.Critical, "bob", ""),
		named("a", scanner.Low, "bob", ""),
		named("b", scanner.High, "bob", "2", "1"),
		named("b", scanner.High, "alice", "3"),
	}
	want := []string{"z bob ", "b alice 3", "b bob 1", "b bob 2", "a bob "}
	for range 2 {
		r := evaluate(withMFA(), whole, rules...)
		var got []string
		for _, f := range r.Findings {
			got = append(got, f.Rule+" "+f.Resource.Name+" "+f.Part)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("order (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"a", "b", "b", "z"}, r.Rules); diff != "" {
			t.Errorf("rules (-want +got):\n%s", diff)
		}
		slices.Reverse(rules)
	}
}

func TestSeverityOfOneFinding(t *testing.T) {
	rule := named("r", scanner.Critical, "bob", "")
	rule.Check = scanner.Users(func(p *scanner.Pass, u *account.User) { p.FailAs(scanner.Low, "", nil, "fault") })
	for _, f := range evaluate(withMFA(), whole, rule).Findings {
		if f.Severity != scanner.Low {
			t.Errorf("severity %s, want low", f.Severity)
		}
	}
}

// TestCoveredBy: a finding is covered where the same resource fails the rule
// that says it already, and nowhere else.
func TestCoveredBy(t *testing.T) {
	milder := named("milder", scanner.High, "bob", "1", "2")
	milder.CoveredBy = []string{"off", "worse", "also"}
	tests := map[string]struct {
		others []scanner.Rule
		want   string
		worst  scanner.Severity
	}{
		"alone":                       {nil, "", scanner.High},
		"another's fault":             {[]scanner.Rule{named("worse", scanner.Critical, "alice", "")}, "", scanner.Critical},
		"the same resource":           {[]scanner.Rule{named("worse", scanner.Critical, "bob", "")}, "worse", scanner.Critical},
		"by the first that is listed": {[]scanner.Rule{named("also", scanner.Low, "bob", ""), named("worse", scanner.Low, "bob", "")}, "worse", scanner.Low},
		"by a rule that passes":       {[]scanner.Rule{named("worse", scanner.Critical, "nobody", "")}, "", scanner.High},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := evaluate(withMFA(), whole, append(test.others, milder)...)
			for _, f := range r.Findings {
				if f.Rule == "milder" && f.CoveredBy != test.want {
					t.Errorf("covered by %q, want %q", f.CoveredBy, test.want)
				}
			}
			if worst := r.Worst(); worst != test.worst {
				t.Errorf("worst %q, want %q", worst, test.worst)
			}
		})
	}
}

func TestWorst(t *testing.T) {
	r := evaluate(withMFA(), whole, named("a", scanner.Low, "bob", ""), named("b", scanner.High, "bob", ""))
	r.Findings[0].Status = scanner.Exempt
	if worst := r.Worst(); worst != scanner.Low {
		t.Errorf("worst %q with the high one exempt, want low", worst)
	}
	empty := evaluate(withMFA(), whole)
	if worst := empty.Worst(); worst != "" {
		t.Errorf("worst %q of no findings", worst)
	}
}

// TestGone: only a complete listing shows that something is gone.
func TestGone(t *testing.T) {
	s := oneOfEach()
	s.Seen[account.Users] = seen(earlier)
	s.Seen[account.Roles] = denied
	delete(s.Seen, account.Groups)
	s.Users = append(s.Users, account.User{ARN: "arn:aws:iam::111122223333:user/unnumbered", Name: "unnumbered"})
	r := evaluate(s, account.Scope{})
	tests := map[string]struct {
		ref  account.Ref
		gone bool
	}{
		"a user that is listed":            {s.Users[0].Ref(), false},
		"a user listed without unique id":  {s.Users[1].Ref(), false},
		"a user that is not":               {account.Ref{Kind: account.KindUser, ID: "AIDAGONE"}, true},
		"a namesake of the one listed":     {account.Ref{Kind: account.KindUser, ID: "AIDAOLD", Name: "u"}, true},
		"a role, the listing missing":      {account.Ref{Kind: account.KindRole, ID: "AROAGONE"}, false},
		"a group, the listing not asked":   {account.Ref{Kind: account.KindGroup, ID: "AGPAGONE"}, false},
		"a policy that is not":             {account.Ref{Kind: account.KindPolicy, ID: "ANPAGONE"}, true},
		"the account":                      {s.Account.Ref(), false},
		"a kind that has no such listing":  {account.Ref{Kind: account.KindTrail, ARN: "arn:aws:cloudtrail:us-east-1:111122223333:trail/t"}, false},
		"one of AWS's policies, in use":    {s.Policies[0].Ref(), false},
		"a service-linked role, unchecked": {s.Roles[0].Ref(), false},
	}
	for name, test := range tests {
		gone, at := r.Gone(test.ref)
		if gone != test.gone {
			t.Errorf("%s: gone %v", name, gone)
		}
		if gone && test.ref.Kind == account.KindUser && !at.Equal(earlier) {
			t.Errorf("%s: as of %v, want %v", name, at, earlier)
		}
	}
}

// TestLive: a partial look tells of each resource in its scope when it was
// looked at, by the oldest of what was seen; a whole one tells of none.
func TestLive(t *testing.T) {
	s := twoUsers(map[account.Fact]account.Seen{account.Users: seen(now), account.MFA: denied})
	s.Users[0].Seen = map[account.Fact]account.Seen{account.MFA: seen(earlier)}
	scope := account.Scope{Refs: []account.Ref{s.Users[0].Ref()}}
	if diff := cmp.Diff(map[string]time.Time{"AIDAALICE": earlier}, evaluate(s, scope).Live); diff != "" {
		t.Errorf("partial (-want +got):\n%s", diff)
	}
	if live := evaluate(s, whole).Live; len(live) != 0 {
		t.Errorf("whole: %v", live)
	}
}

// TestNothingIsNull: programs read lists, empty ones too.
func TestNothingIsNull(t *testing.T) {
	rule := named("r", scanner.Low, "bob", "")
	for name, r := range map[string]scanner.Report{
		"no rules": evaluate(&account.Snapshot{}, whole), "a finding without controls": evaluate(withMFA(), whole, rule),
	} {
		for what, list := range map[string]any{
			"findings": r.Findings, "alerts": r.Alerts, "gaps": r.Gaps, "passed": r.Passed, "rules": r.Rules, "off": r.Off, "live": r.Live,
		} {
			text, err := json.Marshal(list)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(text), `"controls":null`) || string(text) == "null" {
				t.Errorf("%s: %s: %s", name, what, text)
			}
		}
	}
}

// TestFindingID: others keep these ids, so they never change. They follow the
// unique id and not the name.
func TestFindingID(t *testing.T) {
	bob := account.Ref{Kind: account.KindUser, ARN: "arn:aws:iam::111122223333:user/bob", ID: "AIDABOB", Name: "bob"}
	renamed := account.Ref{Kind: account.KindUser, ARN: "arn:aws:iam::111122223333:user/x/robert", ID: "AIDABOB", Name: "robert"}
	unnumbered := account.Ref{Kind: account.KindAccount, ARN: "arn:aws:iam::111122223333:root"}
	id := scanner.FindingID("111122223333", "key-unused", bob, "AKIA1")
	if want := "41f5d6522da5947fbc9a3de6fab908fa"; id != want {
		t.Errorf("id %s, want %s", id, want)
	}
	if other := scanner.FindingID("111122223333", "key-unused", renamed, "AKIA1"); other != id {
		t.Errorf("id %s after a rename, was %s", other, id)
	}
	different := map[string]bool{id: true}
	for _, other := range []string{
		scanner.FindingID("444455556666", "key-unused", bob, "AKIA1"),
		scanner.FindingID("111122223333", "key-rotation", bob, "AKIA1"),
		scanner.FindingID("111122223333", "key-unused", bob, "AKIA2"),
		scanner.FindingID("111122223333", "key-unused", bob, ""),
		scanner.FindingID("111122223333", "key-unused", unnumbered, "AKIA1"),
		scanner.FindingID("111122223333", "key-unusedAIDABOB", account.Ref{}, "AKIA1"),
	} {
		if different[other] {
			t.Errorf("two findings share the id %s", other)
		}
		different[other] = true
	}
	r := evaluate(withMFA(), whole, named("r", scanner.Low, "bob", "p"))
	if want := scanner.FindingID("111122223333", "r", bob, "p"); r.Findings[0].ID != want {
		t.Errorf("finding has id %s, want %s", r.Findings[0].ID, want)
	}
}

func TestSeverities(t *testing.T) {
	for i, s := range scanner.Severities() {
		if s.Rank() != i {
			t.Errorf("%s ranks %d, want %d", s, s.Rank(), i)
		}
	}
	if unknown := scanner.Severity("dire").Rank(); unknown <= scanner.Info.Rank() {
		t.Errorf("an unknown severity ranks %d", unknown)
	}
}

// TestJSONMovesNoCursor: a terminal obeys U+009B as it does an escape, and shows
// what follows U+202E backwards; a user agent may hold both.
func TestJSONMovesNoCursor(t *testing.T) {
	r := evaluate(withMFA(), whole)
	r.Alerts = []scanner.Alert{{Rule: "r", Message: "é\u009b2J\u202e"}}
	var b strings.Builder
	if err := r.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), `"é\u009b2J\u202e"`) {
		t.Error(b.String())
	}
}

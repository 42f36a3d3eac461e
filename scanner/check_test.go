package scanner_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

// oneOfEach is an account with a resource of every kind.
func oneOfEach() *account.Snapshot {
	inline := []account.InlinePolicy{{Name: "inline", Document: policy.Parse(`{"Statement": []}`)}}
	return &account.Snapshot{
		Account: account.Identity{ID: "111122223333", Partition: "aws"},
		Seen:    all(seen(now)),
		Users: []account.User{{
			ARN: "arn:aws:iam::111122223333:user/u", ID: "AIDAU", Name: "u", Inline: inline, Groups: []string{"G"},
			Keys: []account.AccessKey{{ID: "AKIA1"}, {ID: "AKIA2"}},
		}},
		Groups: []account.Group{
			{ARN: "arn:aws:iam::111122223333:group/g", ID: "AGPAG", Name: "g", Inline: inline},
		},
		Roles: []account.Role{
			{ARN: "arn:aws:iam::111122223333:role/aws-service-role/support.amazonaws.com/linked", ID: "AROAL", Name: "linked", Inline: inline},
			{ARN: "arn:aws:iam::111122223333:role/service-role/r", ID: "AROAR", Name: "r", Inline: inline},
		},
		Policies: []account.Policy{
			{ARN: "arn:aws:iam::aws:policy/AdministratorAccess", ID: "ANPAA", Name: "AdministratorAccess"},
			{ARN: "arn:aws:iam::111122223333:policy/p", ID: "ANPAP", Name: "p"},
		},
	}
}

func all(state account.Seen) map[account.Fact]account.Seen {
	facts := map[account.Fact]account.Seen{}
	for _, f := range account.Facts() {
		facts[f] = state
	}
	return facts
}

// everyKind is a check of each kind that fails whatever it is asked about.
func everyKind() map[string]scanner.Check {
	fail := func(p *scanner.Pass, part string) { p.Fail(part, nil, "asked") }
	return map[string]scanner.Check{
		"account":    scanner.Account(func(p *scanner.Pass, _ *account.Snapshot) { fail(p, "") }),
		"root":       scanner.Root(func(p *scanner.Pass, _ *account.Snapshot) { fail(p, "") }),
		"users":      scanner.Users(func(p *scanner.Pass, _ *account.User) { fail(p, "") }),
		"keys":       scanner.AccessKeys(func(p *scanner.Pass, _ *account.User, k *account.AccessKey) { fail(p, k.ID) }),
		"groups":     scanner.Groups(func(p *scanner.Pass, _ *account.Group) { fail(p, "") }),
		"roles":      scanner.Roles(func(p *scanner.Pass, _ *account.Role) { fail(p, "") }),
		"policies":   scanner.ManagedPolicies(func(p *scanner.Pass, _ *account.Policy) { fail(p, "") }),
		"identities": scanner.Identities(func(p *scanner.Pass, _ scanner.Identity) { fail(p, "") }),
	}
}

// TestChecks: which resources each kind of check is asked about. Service-linked
// roles and AWS's own policies are not the customer's to change.
func TestChecks(t *testing.T) {
	want := map[string][]string{
		"account":    {"account 111122223333"},
		"root":       {"account <root_account>"},
		"users":      {"user u"},
		"keys":       {"user u AKIA1", "user u AKIA2"},
		"groups":     {"group g"},
		"roles":      {"role r"},
		"policies":   {"policy p"},
		"identities": {"group g", "role r", "user u"},
	}
	got := map[string][]string{}
	for kind, check := range everyKind() {
		rule := scanner.Rule{About: scanner.About{ID: "r", Severity: scanner.Low}, Reads: []account.Fact{account.Trails}, Check: check}
		for _, f := range evaluate(oneOfEach(), whole, rule).Findings {
			line := string(f.Resource.Kind) + " " + f.Resource.Name
			if f.Part != "" {
				line += " " + f.Part
			}
			got[kind] = append(got[kind], line)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("asked about (-want +got):\n%s", diff)
	}
}

// TestListings: a check of a kind tells that its listing is missing, though the
// rule itself reads something else; an account needs no listing.
func TestListings(t *testing.T) {
	identities := []string{"groups of all", "roles of all", "users of all"}
	want := map[string][]string{
		"account": nil, "root": nil,
		"users": {"users of all"}, "keys": {"users of all"}, "groups": {"groups of all"},
		"roles": {"roles of all"}, "policies": {"policies of all"},
		"identities": identities,
	}
	for kind, check := range everyKind() {
		s := &account.Snapshot{Seen: all(denied)}
		s.Seen[account.Trails] = seen(now)
		r := evaluate(s, whole, scanner.Rule{About: scanner.About{ID: "r"}, Reads: []account.Fact{account.Trails}, Check: check})
		if diff := cmp.Diff(want[kind], gaps(r)); diff != "" {
			t.Errorf("%s: gaps (-want +got):\n%s", kind, diff)
		}
	}
}

// TestListingsOfIdentities: users, groups and roles each are asked about as
// long as their own listing is there, and Hints go by the same.
func TestListingsOfIdentities(t *testing.T) {
	listings := []account.Fact{account.Users, account.Groups, account.Roles}
	kinds := []account.Kind{account.KindUser, account.KindGroup, account.KindRole}
	rule := scanner.Rule{
		About: scanner.About{ID: "r"}, Reads: append(listings, account.Policies), Hints: listings,
		Check: everyKind()["identities"],
	}
	for i, lost := range listings {
		s := oneOfEach()
		s.Seen[lost] = denied
		r := evaluate(s, whole, rule)
		for j, ref := range []account.Ref{s.Users[0].Ref(), s.Groups[0].Ref(), s.Roles[1].Ref()} {
			want := scanner.Answered
			if i == j {
				want = scanner.Unknown
			}
			if got, _ := r.Answer("r", ref); got != want {
				t.Errorf("without %s: answered %v about a %s, want %v", lost, got, kinds[j], want)
			}
		}
		if diff := cmp.Diff([]string{string(lost) + " of all"}, gaps(r)); diff != "" {
			t.Errorf("without %s: gaps (-want +got):\n%s", lost, diff)
		}
	}
	s := oneOfEach()
	s.Seen[account.Policies], s.Seen[account.Groups] = denied, denied
	if diff := cmp.Diff([]string{"r", "u"}, names(evaluate(s, whole, rule).Findings)); diff != "" {
		t.Errorf("by hints (-want +got):\n%s", diff)
	}
}

// TestLookups: names are matched without regard to case, ARNs as they are.
func TestLookups(t *testing.T) {
	rule := scanner.Rule{
		About: scanner.About{ID: "r"}, Reads: []account.Fact{account.Users},
		Check: scanner.Account(func(p *scanner.Pass, _ *account.Snapshot) {
			if g := p.Group("G"); g == nil || g.Name != "g" || p.Members("g") != 1 || p.Members("h") != 0 || p.Group("h") != nil {
				t.Errorf("group G is %v with %d members", g, p.Members("g"))
			}
			if m := p.Policy("arn:aws:iam::111122223333:policy/p"); m == nil || m.Name != "p" || p.Policy("") != nil {
				t.Errorf("policy p is %v", m)
			}
		}),
	}
	if r := evaluate(oneOfEach(), whole, rule); r.Passed["r"] != 1 {
		t.Errorf("passed %v", r.Passed)
	}
}

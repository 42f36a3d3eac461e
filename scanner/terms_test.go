package scanner_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
	"iamvigil/scanner/trail"
)

// exemption silences rule r on whatever matches for another day.
func exemption(resource, reason string) scanner.Exemption {
	return scanner.Exemption{
		Rules: []string{"r"}, Resource: resource, Account: "*", Reason: reason, Owner: "ops", Expires: now.Add(24 * time.Hour),
	}
}

// bobs is an account in which bob, who has a path and tags, fails rule r.
func bobs() *account.Snapshot {
	s := withMFA()
	s.Users[1].ARN = "arn:aws:iam::111122223333:user/team/bob"
	s.Users[1].Tags = map[string]string{"team": "payments", "empty": "", "${*}": "x"}
	return s
}

func applied(s *account.Snapshot, terms scanner.Terms, rules ...scanner.Rule) scanner.Report {
	r := evaluate(s, whole, rules...)
	terms.Apply(s, &r)
	return r
}

func TestExemptionMatches(t *testing.T) {
	with := func(change func(*scanner.Exemption)) scanner.Exemption {
		x := exemption("bob", "")
		change(&x)
		return x
	}
	tagged := func(key, value string) scanner.Exemption {
		return with(func(x *scanner.Exemption) { x.Tags = map[string]string{key: value} })
	}
	tests := map[string]struct {
		exemption scanner.Exemption
		exempt    bool
	}{
		"the name":                  {exemption("bob", ""), true},
		"the ARN":                   {exemption("arn:aws:iam::111122223333:user/team/bob", ""), true},
		"a pattern of names":        {exemption("b?b", ""), true},
		"a pattern across slashes":  {exemption("arn:aws:iam::*/bob", ""), true},
		"a pattern across colons":   {exemption("arn:*bob", ""), true},
		"a pattern with both ends":  {exemption("b*b", ""), true},
		"ends that overlap":         {exemption("bo*ob", ""), false},
		"a part of the name":        {exemption("bo", ""), false},
		"another case":              {exemption("Bob", ""), false},
		"the name with its path":    {exemption("team/bob", ""), false},
		"no pattern":                {exemption("", ""), false},
		"one of several rules":      {with(func(x *scanner.Exemption) { x.Rules = []string{"q", "r"} }), true},
		"every rule":                {with(func(x *scanner.Exemption) { x.Rules = []string{scanner.EveryRule} }), true},
		"another rule":              {with(func(x *scanner.Exemption) { x.Rules = []string{"rr"} }), false},
		"this account":              {with(func(x *scanner.Exemption) { x.Account = "111122223333" }), true},
		"another account":           {with(func(x *scanner.Exemption) { x.Account = "444455556666" }), false},
		"accounts that begin so":    {with(func(x *scanner.Exemption) { x.Account = "1111*" }), true},
		"no account":                {with(func(x *scanner.Exemption) { x.Account = "" }), false},
		"a tag":                     {tagged("team", "payments"), true},
		"a pattern of tags":         {tagged("team", "pay*"), true},
		"another value":             {tagged("team", "payment"), false},
		"a tag that is not there":   {tagged("Team", "*"), false},
		"an empty tag":              {tagged("empty", ""), true},
		"what is no escape here":    {tagged("${*}", "${*}"), false},
		"a key that looks like one": {tagged("${*}", "?"), true},
		"all of several tags": {with(func(x *scanner.Exemption) {
			x.Tags = map[string]string{"team": "payments", "stage": "*"}
		}), false},
		"in its last second": {with(func(x *scanner.Exemption) { x.Expires = now.Add(time.Nanosecond) }), true},
		"just expired":       {with(func(x *scanner.Exemption) { x.Expires = now }), false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := applied(bobs(), scanner.Terms{Exemptions: []scanner.Exemption{test.exemption}}, named("r", scanner.High, "bob", ""))
			f := r.Findings[0]
			if exempt := f.Status == scanner.Exempt && f.Exempt != nil; exempt != test.exempt {
				t.Errorf("status %s, exemption %v", f.Status, f.Exempt)
			}
			uses := 0
			if test.exempt {
				uses = 1
			}
			if len(r.Exemptions) != 1 || r.Exemptions[0].Findings != uses {
				t.Errorf("uses %v", r.Exemptions)
			}
		})
	}
}

// TestPatternsAreThoseOfPolicies but for escapes, whatever a person or an intruder
// thinks of.
func TestPatternsAreThoseOfPolicies(t *testing.T) {
	text := rapid.StringOfN(rapid.RuneFrom([]rune("aab:/é${}")), 0, 12, -1)
	pattern := rapid.StringOfN(rapid.RuneFrom([]rune("aab:/é${}**?")), 0, 8, -1)
	rapid.Check(t, func(r *rapid.T) {
		x := exemption(pattern.Draw(r, "pattern"), "")
		about := account.Ref{Kind: account.KindUser, ARN: "-", Name: text.Draw(r, "text")}
		escaped := strings.ReplaceAll(x.Resource, "${", "${$}{")
		want := policy.MatchResource(escaped, about.Name) || policy.MatchResource(escaped, "-")
		if got := x.Silences("r", "111122223333", about); got != want {
			r.Fatalf("%q on %q: %v, want %v", x.Resource, about.Name, got, want)
		}
	})
}

// TestAccountAndRootAreExempted by their ARN, which they share, and by what each
// is called.
func TestAccountAndRootAreExempted(t *testing.T) {
	fail := func(p *scanner.Pass, _ *account.Snapshot) { p.Fail("", nil, "fault") }
	root := scanner.Rule{About: scanner.About{ID: "root"}, Reads: []account.Fact{account.MFA}, Check: scanner.Root(fail)}
	whole := scanner.Rule{About: scanner.About{ID: "account"}, Reads: []account.Fact{account.MFA}, Check: scanner.Account(fail)}
	for pattern, want := range map[string]string{
		"arn:aws:iam::111122223333:root": "account root",
		account.RootName:                 "root",
		"111122223333":                   "account",
		"root":                           "",
	} {
		x := exemption(pattern, "")
		x.Rules = []string{"root", "account"}
		var exempt []string
		for _, f := range applied(bobs(), scanner.Terms{Exemptions: []scanner.Exemption{x}}, whole, root).Findings {
			if f.Status == scanner.Exempt {
				exempt = append(exempt, f.Rule)
			}
		}
		if got := strings.Join(exempt, " "); got != want {
			t.Errorf("%s: exempt %q, want %q", pattern, got, want)
		}
	}
}

// TestFirstExemptionWins: of those in force; each counts what it silences alone.
func TestFirstExemptionWins(t *testing.T) {
	expired := exemption("*", "expired")
	expired.Expires = now
	terms := scanner.Terms{Exemptions: []scanner.Exemption{expired, exemption("nobody", "unused"), exemption("bob", "first"), exemption("*", "second")}}
	all := named("r", scanner.High, "bob", "1", "2")
	all.Check = scanner.Users(func(p *scanner.Pass, u *account.User) {
		p.Fail("1", nil, "fault")
		p.Fail("2", nil, "fault")
	})
	r := applied(bobs(), terms, all)
	got := map[string]string{}
	for _, f := range r.Findings {
		got[f.Resource.Name+f.Part] = f.Exempt.Reason
	}
	if diff := cmp.Diff(map[string]string{"bob1": "first", "bob2": "first", "alice1": "second", "alice2": "second"}, got); diff != "" {
		t.Errorf("exempt by (-want +got):\n%s", diff)
	}
	var uses []string
	for _, use := range r.Exemptions {
		uses = append(uses, fmt.Sprintf("%s %d", use.Reason, use.Findings))
	}
	if diff := cmp.Diff([]string{"expired 0", "unused 0", "first 2", "second 2"}, uses); diff != "" {
		t.Errorf("uses (-want +got):\n%s", diff)
	}
}

// TestExemptCoversNothing: what an exempt finding said already is told after all,
// and covered again once the exemption is gone.
func TestExemptCoversNothing(t *testing.T) {
	milder := named("milder", scanner.Low, "bob", "")
	milder.CoveredBy = []string{"r"}
	s := bobs()
	r := evaluate(s, whole, named("r", scanner.High, "bob", ""), milder)
	coveredBy := func() string {
		for _, f := range r.Findings {
			if f.Rule == "milder" {
				return f.CoveredBy
			}
		}
		return "no finding"
	}
	for _, step := range []struct {
		terms scanner.Terms
		want  string
	}{
		{scanner.Terms{}, "r"},
		{scanner.Terms{Exemptions: []scanner.Exemption{exemption("bob", "")}}, ""},
		{scanner.Terms{}, "r"},
	} {
		step.terms.Apply(s, &r)
		if got := coveredBy(); got != step.want {
			t.Errorf("with %d exemptions covered by %q, want %q", len(step.terms.Exemptions), got, step.want)
		}
	}
}

// TestExemptAlerts: an event may name its resource by the name alone, in another
// case than IAM's; tags and ARN are those of the account's resource.
func TestExemptAlerts(t *testing.T) {
	byTag := exemption("*", "")
	byTag.Tags = map[string]string{"team": "payments"}
	all := exemption("*", "")
	all.Rules = []string{scanner.EveryRule}
	tampering := exemption("*", "")
	tampering.Rules = []string{"r", scanner.Tampering}
	tests := map[string]struct {
		rule      string
		about     account.Ref
		exemption scanner.Exemption
		told      int
	}{
		"by name":               {"r", account.Ref{Kind: account.KindUser, Name: "bob"}, exemption("bob", ""), 0},
		"by ARN":                {"r", account.Ref{Kind: account.KindUser, Name: "BOB"}, exemption("arn:*:user/team/*", ""), 0},
		"by tag":                {"r", account.Ref{Kind: account.KindUser, Name: "Bob"}, byTag, 0},
		"a role of that name":   {"r", account.Ref{Kind: account.KindRole, Name: "bob"}, byTag, 1},
		"someone else":          {"r", account.Ref{Kind: account.KindUser, Name: "alice"}, exemption("bob", ""), 1},
		"someone who is gone":   {"r", account.Ref{Kind: account.KindUser, Name: "eve"}, exemption("eve", ""), 0},
		"another rule":          {"q", account.Ref{Kind: account.KindUser, Name: "bob"}, exemption("bob", ""), 1},
		"tampering, by all":     {scanner.Tampering, account.Ref{Kind: account.KindUser, Name: "bob"}, all, 1},
		"by every rule":         {"r", account.Ref{Kind: account.KindUser, Name: "bob"}, all, 0},
		"by an ARN alone":       {"r", account.Ref{Kind: account.KindPolicy, ARN: "arn:aws:iam::111122223333:policy/p"}, exemption("p", ""), 0},
		"by an id, renamed":     {"r", account.Ref{Kind: account.KindUser, ID: "AIDABOB", Name: "robert"}, exemption("bob", ""), 0},
		"of one made anew":      {"r", account.Ref{Kind: account.KindUser, ID: "AIDAELSE", Name: "bob"}, exemption("arn:*", ""), 1},
		"tampering, never":      {scanner.Tampering, account.Ref{Kind: account.KindUser, Name: "bob"}, tampering, 1},
		"the rule named beside": {"r", account.Ref{Kind: account.KindUser, Name: "bob"}, tampering, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := bobs()
			s.Policies = []account.Policy{{ARN: "arn:aws:iam::111122223333:policy/p", ID: "ANPAP", Name: "p"}}
			r := evaluate(s, whole)
			r.Alerts = []scanner.Alert{{Rule: test.rule, Resource: test.about, Event: trail.Event{ID: "1"}}}
			terms := scanner.Terms{Exemptions: []scanner.Exemption{test.exemption}}
			terms.Apply(s, &r)
			if len(r.Alerts) != test.told || r.Exemptions[0].Findings != 1-test.told {
				t.Errorf("%d alerts, %d uses; want %d alerts", len(r.Alerts), r.Exemptions[0].Findings, test.told)
			}
		})
	}
}

func TestOwnerAndWhereWritten(t *testing.T) {
	tests := map[string]struct {
		tags           map[string]string
		owner, written string
	}{
		"no tags":               {nil, "platform", ""},
		"the first tag that is": {map[string]string{"Owner": "b", "owner": "a", "team": "c"}, "a", ""},
		"an empty one":          {map[string]string{"owner": "", "team": "c"}, "c", ""},
		"no owner's":            {map[string]string{"name": "x"}, "platform", ""},
		"of a stack":            {map[string]string{"aws:cloudformation:stack-name": "net\u202e", "managed-by": "terraform"}, "platform", `CloudFormation stack "net\u202e"`},
		"of a file":             {map[string]string{"git_file": "iam/users.tf"}, "platform", `file "iam/users.tf"`},
		"of a repository":       {map[string]string{"git_file": "users.tf", "git_repo": "infra", "team": "c"}, "c", `file "users.tf" of repository "infra"`},
		"of a repository alone": {map[string]string{"git_repo": "infra"}, "platform", ""},
		"of a long file":        {map[string]string{"git_file": strings.Repeat("é", 128)}, "platform", `file "` + strings.Repeat("é", 64) + `…"`},
		"of Crossplane":         {map[string]string{"crossplane-kind": "user.iam.aws.upbound.io", "crossplane-name": "ci"}, "platform", `Crossplane resource "user.iam.aws.upbound.io/ci"`},
		"as people say it":      {map[string]string{"ManagedBy": "terraform"}, "platform", "Terraform"},
		"what is no tool known": {map[string]string{"ManagedBy": "hand"}, "platform", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := withMFA()
			s.Users[1].Tags = test.tags
			terms := scanner.Terms{OwnerTags: []string{"owner", "team"}, AccountOwner: "platform"}
			r := evaluate(s, whole, named("r", scanner.High, "bob", ""))
			r.Alerts = []scanner.Alert{{Rule: "q", Resource: account.Ref{Kind: account.KindUser, Name: "BOB"}}}
			terms.Apply(s, &r)
			if f := r.Findings[0]; f.Owner != test.owner || f.ManagedBy != test.written {
				t.Errorf("finding of %q, written in %q; want %q, %q", f.Owner, f.ManagedBy, test.owner, test.written)
			}
			if r.Owner != "platform" {
				t.Errorf("report of %q, want the account's owner", r.Owner)
			}
			if a := r.Alerts[0]; a.Owner != test.owner {
				t.Errorf("alert of %q, want %q", a.Owner, test.owner)
			}
		})
	}
}

// TestExemptionKey: others keep these keys. They follow what is silenced alone.
func TestExemptionKey(t *testing.T) {
	x := exemption("bob", "because")
	key := x.Key()
	if want := "24343dbe65759603"; key != want {
		t.Errorf("key %s, want %s", key, want)
	}
	same := x
	same.Reason, same.Owner, same.Expires = "another", "another", now
	if same.Key() != key {
		t.Error("the key changes with reason, owner or expiry")
	}
	for name, change := range map[string]func(*scanner.Exemption){
		"rules":    func(x *scanner.Exemption) { x.Rules = []string{"r", "q"} },
		"resource": func(x *scanner.Exemption) { x.Resource = "bo" },
		"account":  func(x *scanner.Exemption) { x.Account = "1" },
		"tags":     func(x *scanner.Exemption) { x.Tags = map[string]string{"a": "b"} },
	} {
		other := x
		if change(&other); other.Key() == key {
			t.Errorf("the key is the same with other %s", name)
		}
	}
}

// TestContained: which of the stack's policies contain what is found, and which
// rule is about the policies themselves. A configured exemption goes before.
func TestContained(t *testing.T) {
	denies := account.Denies{Console: "arn:console", WithoutMFA: "arn:mfa", All: "arn:all"}
	unused, withoutMFA, admin, direct := "user-console-unused", "user-console-without-mfa", "admin-user-without-mfa", "user-direct-policy"
	for name, row := range map[string]struct {
		rule     string
		attached []string
		exempt   bool
		want     scanner.Status
	}{
		"unused, off the console":      {unused, []string{denies.Console}, false, scanner.Contained},
		"unused, denied everything":    {unused, []string{"arn:other", denies.All}, false, scanner.Contained},
		"unused, to assign a device":   {unused, []string{denies.WithoutMFA}, false, scanner.Open},
		"unused, and free":             {unused, []string{"arn:other"}, false, scanner.Open},
		"no MFA, off the console":      {withoutMFA, []string{denies.Console}, false, scanner.Contained},
		"no MFA, to assign a device":   {withoutMFA, []string{denies.WithoutMFA}, false, scanner.Contained},
		"no MFA, denied everything":    {withoutMFA, []string{denies.All}, false, scanner.Contained},
		"admin, denied everything":     {admin, []string{denies.All}, false, scanner.Contained},
		"admin, off the console":       {admin, []string{denies.Console, denies.WithoutMFA}, false, scanner.Open},
		"a rule about something else":  {"user-unused", []string{denies.All}, false, scanner.Open},
		"exempt and off the console":   {unused, []string{denies.Console}, true, scanner.Exempt},
		"policies: the stack's":        {direct, []string{denies.Console, denies.All}, false, scanner.Exempt},
		"policies: and others":         {direct, []string{denies.Console, "arn:other"}, false, scanner.Open},
		"policies: others":             {direct, []string{"arn:other"}, false, scanner.Open},
		"policies: exempt and stack's": {direct, []string{denies.Console}, true, scanner.Exempt},
	} {
		t.Run(name, func(t *testing.T) {
			s := bobs()
			s.Stack.Denies = denies
			for _, arn := range row.attached {
				s.Users[1].Attached = append(s.Users[1].Attached, account.Attachment{ARN: arn})
			}
			var terms scanner.Terms
			if row.exempt {
				x := exemption("bob", "")
				x.Rules = []string{row.rule}
				terms.Exemptions = append(terms.Exemptions, x)
			}
			r := applied(s, terms, named(row.rule, scanner.High, "bob", ""))
			f := r.Findings[0]
			if f.Status != row.want || (f.Exempt != nil) != (row.want == scanner.Exempt) {
				t.Errorf("status %s, exemption %v", f.Status, f.Exempt)
			}
			builtIn := row.rule == direct && f.Status == scanner.Exempt
			if f.Exempt != nil && f.Exempt.BuiltIn() != builtIn {
				t.Errorf("built in: %v, want %v", !builtIn, builtIn)
			}
			if row.exempt && (r.Exemptions[0].Findings == 0) != builtIn {
				t.Errorf("a configured exemption is used %d times", r.Exemptions[0].Findings)
			}
		})
	}
}

// TestInlineIsNotBuiltIn: a policy of the user's own beside the stack's is inline.
func TestInlineIsNotBuiltIn(t *testing.T) {
	s := bobs()
	s.Stack.Denies.All = "arn:all"
	s.Users[1].Attached, s.Users[1].Inline = []account.Attachment{{ARN: "arn:all"}}, []account.InlinePolicy{{Name: "own"}}
	if f := applied(s, scanner.Terms{}, named("user-direct-policy", scanner.High, "bob", "")).Findings[0]; f.Status != scanner.Open {
		t.Errorf("status %s, want open", f.Status)
	}
}

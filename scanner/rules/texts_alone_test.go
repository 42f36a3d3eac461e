package rules_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
	"iamvigil/scanner/rules"
)

// TestAloneAsInAccounts: what a scan tells of a document that stands in some account
// is told of it alone too, and nothing but that: over the documents of all fixtures.
func TestAloneAsInAccounts(t *testing.T) {
	asked := slices.DeleteFunc(rules.All(), func(r scanner.Rule) bool { return r.OptIn })
	counts := map[string]int{}
	for _, f := range fixtures(t) {
		for _, name := range snapshots {
			if _, ok := f.file(name); !ok {
				continue
			}
			s := f.snapshot(t, name, account.Facts())
			report := scanner.Evaluate(s, account.Scope{Whole: true}, asked, f.now)
			for at, d := range granting(s) {
				texts := rules.NewTexts(f.now)
				look := texts.Grants
				if at.part == ofRole {
					look = texts.Trusts
				}
				found, all := look(d)
				if !all {
					t.Errorf("%s: not all of %v was looked at", f.path, at)
				}
				compare(t, f.path, at, found, report, counts)
			}
		}
	}
	for _, about := range rules.Alone() {
		if counts[about.ID] < 3 {
			t.Errorf("%s: %d findings were compared", about.ID, counts[about.ID])
		}
	}
}

// spot is where a document stands: an ARN, and the name of an inline policy, or ofRole.
type spot struct{ arn, part string }

// ofRole stands for a role's trust policy. No inline policy's name has a space.
const ofRole = "trust policy"

// granting are the documents of an account that grant something to somebody.
func granting(s *account.Snapshot) map[spot]*policy.Document {
	all := map[spot]*policy.Document{}
	inline := func(arn string, list []account.InlinePolicy) {
		for i := range list {
			all[spot{arn, list[i].Name}] = &list[i].Document
		}
	}
	for _, u := range s.Users {
		inline(u.ARN, u.Inline)
	}
	for _, g := range s.Groups {
		inline(g.ARN, g.Inline)
	}
	for _, r := range s.Roles {
		if !r.ServiceLinked() {
			inline(r.ARN, r.Inline)
			all[spot{r.ARN, ofRole}] = &r.Trust
		}
	}
	for i := range s.Policies {
		if m := &s.Policies[i]; !m.AWSManaged() && m.Attachments > 0 && m.Default() != nil {
			all[spot{m.ARN, ""}] = &m.Default().Document
		}
	}
	return all
}

// compare leaves out how bad it is that somebody can get every permission, which depends
// on who, and what is true in another account than the fixture's.
func compare(t *testing.T, path string, at spot, alone []rules.TextFault, report scanner.Report, counts map[string]int) {
	t.Helper()
	of := func(rule string) (findings []scanner.Finding) {
		for _, f := range report.Findings {
			ofTrust := !strings.HasPrefix(rule, "policy-")
			if f.Rule == rule && f.Resource.ARN == at.arn && (ofTrust && at.part == ofRole || f.Part == at.part) {
				findings = append(findings, f)
			}
		}
		return findings
	}
	for _, about := range rules.Alone() {
		told := slices.DeleteFunc(slices.Clone(alone), func(f rules.TextFault) bool { return f.Rule != about.ID })
		findings := of(about.ID)
		for _, f := range findings {
			if f.CoveredBy != "" {
				continue
			}
			counts[about.ID]++
			if len(told) == 0 {
				t.Errorf("%s: %v: nothing is told of %q", path, at, f.Message)
				continue
			}
			worst := slices.MinFunc(told, func(a, b rules.TextFault) int { return cmp.Compare(a.Severity.Rank(), b.Severity.Rank()) })
			if worst.Severity != f.Severity && about.ID != "policy-privilege-escalation" {
				t.Errorf("%s: %v: %s %q, but in the account %s %q", path, at, worst.Severity, worst.Message, f.Severity, f.Message)
			}
		}
		for _, fault := range told {
			if len(findings) == 0 && !strings.Contains(fault.Message, "the account is") {
				t.Errorf("%s: %v: %s %q, but not in the account", path, at, fault.Rule, fault.Message)
			}
		}
	}
}

// grantsOf are the claims of statements, as "severity rule: message".
func grantsOf(t *testing.T, statements string) []string {
	t.Helper()
	d := policy.Parse(`{"Version": "2012-10-17", "Statement": [` + statements + `]}`)
	found, all := rules.NewTexts(clock).Grants(&d)
	if !all || d.Problems != nil {
		t.Fatalf("not all was looked at: %v", d.Problems)
	}
	var told []string
	for _, f := range found {
		told = append(told, fmt.Sprintf("%s %s: %s", f.Severity, f.Rule, strings.TrimPrefix(f.Message, "the statement ")))
	}
	return told
}

// TestAloneInSomeAccount: in which account a document will be is not known. The ARNs in it
// may tell.
func TestAloneInSomeAccount(t *testing.T) {
	for name, c := range map[string]struct {
		statements string
		want       []string
	}{
		"no account":      {`{"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"}`, []string{`high policy-pass-role-star: allows "iam:PassRole" on every role`}},
		"every account":   {`{"Effect": "Allow", "Action": "iam:PassRole", "Resource": "arn:aws:iam::*:role/*"}`, []string{`high policy-pass-role-star: allows "iam:PassRole" on every role`}},
		"every id":        {`{"Effect": "Allow", "Action": "iam:PassRole", "Resource": "arn:aws:iam::????????????:role/*"}`, []string{`high policy-pass-role-star: allows "iam:PassRole" on every role`}},
		"one":             {`{"Effect": "Allow", "Action": "iam:PassRole", "Resource": "arn:aws:iam::111122223333:role/*"}`, []string{`high policy-pass-role-star: allows "iam:PassRole" on every role, where the account is "111122223333"`}},
		"one of another":  {`{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "arn:aws-cn:kms:*:111122223333:*"}`, []string{`medium policy-kms-decrypt-all: allows "kms:Decrypt" on every key, where the account is "111122223333"`}},
		"a placeholder":   {`{"Effect": "Allow", "Action": "iam:PassRole", "Resource": "arn:aws:iam::ACCOUNT:role/*"}`, []string{`high policy-pass-role-star: allows "iam:PassRole" on every role, where the account is "ACCOUNT"`}},
		"another's alone": {`{"Effect": "Allow", "Action": "iam:PassRole", "NotResource": "arn:aws:iam::111122223333:role/*"}`, []string{`high policy-pass-role-star: allows "iam:PassRole" on every role, unless the account is "111122223333"`, `medium policy-not-resource: allows actions on all resources but "arn:aws:iam::111122223333:role/*", where the account is "111122223333"`}},
		"denied in one":   {`{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"}, {"Effect": "Deny", "Action": "kms:*", "Resource": "arn:aws:kms:*:111122223333:key/*"}`, []string{`medium policy-kms-decrypt-all: allows "kms:Decrypt" on every key, unless the account is "111122223333"`}},
		"AWS's own":       {`{"Effect": "Allow", "Action": "iam:GetPolicy", "Resource": "arn:aws:iam::aws:policy/*"}`, nil},
		"a China region":  {`{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws-cn:s3:::*"}`, []string{`medium policy-data-exfiltration: allows "s3:GetObject" on all that there is`}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := grantsOf(t, c.statements); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// A document for more accounts than are tried, and one with more patterns than IAM takes,
// are not passed over in silence.
func TestAloneTellsWhatItLeavesOut(t *testing.T) {
	many := func(n int, format string) string {
		var all []string
		for i := range n {
			all = append(all, fmt.Sprintf(format, i))
		}
		return strings.Join(all, ",")
	}
	for name, statement := range map[string]string{
		"accounts": `{"Effect": "Allow", "Action": "iam:PassRole", "Resource": [` + many(20, `"arn:aws:iam::%012d:role/*"`) + `]}`,
		"actions":  `{"Effect": "Allow", "Action": [` + many(20000, `"s3:Put%d*"`) + `], "Resource": "*"}`,
		"patterns": `{"Effect": "Allow", "Action": [` + many(5000, `"ec2:*%x*"`) + `], "Resource": "*"}`,
	} {
		d := policy.Parse(`{"Version": "2012-10-17", "Statement": [` + statement + `]}`)
		if _, all := rules.NewTexts(clock).Grants(&d); all {
			t.Errorf("%s: all was looked at", name)
		}
	}
}

// A statement whose time is over grants nothing, in a scan either.
func TestAloneOnceTimeIsOver(t *testing.T) {
	d := policy.Parse(`{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "iam:*", "Resource": "*", "Condition": {"DateLessThan": {"aws:CurrentTime": "2026-11-01T00:00:00Z"}}}}`)
	for now, want := range map[time.Time]int{clock: 0, clock.AddDate(0, -1, 0): 1} {
		if found, _ := rules.NewTexts(now).Grants(&d); len(found) != want {
			t.Errorf("%s: %+v", now, found)
		}
	}
}

// FuzzAlone: whatever a document says, what is told of it is brief and printable, and is
// about one of its statements, at a pattern of that.
func FuzzAlone(f *testing.F) {
	for _, statement := range []string{
		`{"Effect": "Allow", "Action": ["*", "iam:*"], "Resource": ["*", "arn:aws:iam::111122223333:role/*"]}, {"Effect": "Deny", "NotAction": "s3:*", "NotResource": "arn:aws:s3:::\u001b*"}`,
		`{"Effect": "Allow", "NotAction": [], "NotResource": "arn:aws-cn:kms:*:\u202e:key/*", "Condition": {"\u0007": {"": []}}}`,
		`{"Effect": "Allow", "Principal": {"Federated": ["\u001b", "arn:aws:iam::1:oidc-provider/gitlab.com"], "Service": "ssm.amazonaws.com", "AWS": "*"}, "Action": "sts:*"}`,
		`{"Effect": "Allow", "NotPrincipal": {"AWS": "AIDA\u001b"}, "Action": "*"}`,
	} {
		f.Add(`{"Version": "2012-10-17", "Statement": [` + statement + `]}`)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d := policy.Parse(text)
		texts := rules.NewTexts(clock)
		grants, _ := texts.Grants(&d)
		trusts, _ := texts.Trusts(&d)
		for _, fault := range slices.Concat(grants, trusts) {
			s := d.Statements[fault.Statement]
			if fault.Severity == "" || fault.Element == "Action" && !slices.Contains(s.Actions, fault.Value) {
				t.Errorf("%+v", fault)
			}
			if len(fault.Message) > 4000 || strings.ContainsFunc(fault.Message, unicode.IsControl) || strings.Contains(fault.Message, "\u202e") {
				t.Errorf("%q", fault.Message)
			}
		}
	})
}

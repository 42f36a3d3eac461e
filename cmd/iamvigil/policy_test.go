package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"iamvigil/scanner"
	"iamvigil/scanner/rules"
)

const policies = "testdata/policy"

func TestPolicyOutput(t *testing.T) {
	for name, args := range map[string][]string{
		"policy.txt":   {policies},
		"policy.json":  {policies, "--format=json"},
		"policy.sarif": {policies, "--format=sarif"},
	} {
		t.Run(name, func(t *testing.T) {
			got := enter(t, append([]string{"policy"}, args...)...)
			if got.status != exitFindings || got.err != "" {
				t.Errorf("exit status %d; standard error %q", got.status, got.err)
			}
			golden(t, name, got.out)
		})
	}
}

const (
	soundPolicy   = `{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}}`
	warningPolicy = `{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:GetObjects", "Resource": "*"}}`
	failingPolicy = `{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}`
)

func written(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "policy.json")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestPolicyExitStatus(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		args []string
		want int
	}{
		"sound":                     {soundPolicy, nil, exitComplete},
		"a warning":                 {warningPolicy, nil, exitFindings},
		"a warning below the bar":   {warningPolicy, []string{"--fail-on=error"}, exitComplete},
		"an error":                  {failingPolicy, []string{"--fail-on=error"}, exitFindings},
		"an error of a rule passed": {failingPolicy, []string{"--skip=policy-admin"}, exitComplete},
		"no policy":                 {`[]`, []string{"--fail-on=error"}, exitFindings},
		"nothing":                   {``, []string{"--fail-on=error"}, exitFindings},
	} {
		t.Run(name, func(t *testing.T) {
			for _, format := range []string{"text", "json", "sarif"} {
				got := enter(t, append([]string{"policy", written(t, c.text), "--format=" + format}, c.args...)...)
				if got.status != c.want || got.err != "" {
					t.Errorf("%s: %+v, want exit status %d", format, got, c.want)
				}
			}
		})
	}
}

func TestPolicyMistakes(t *testing.T) {
	for name, c := range map[string]struct {
		args   []string
		status int
		want   string
	}{
		"no file":          {nil, exitUsage, `expected "<file> ..."`},
		"no such file":     {[]string{"nowhere.json"}, exitFailed, "nowhere.json: no such file"},
		"beside a finding": {[]string{policies, "nowhere.json"}, exitFailed, "nowhere.json: no such file"},
		"empty folder":     {[]string{t.TempDir()}, exitFailed, "there is no *.json below it"},
		"unknown rule":     {[]string{"--skip=policy-admn", policies}, exitUsage, `there is no rule "policy-admn" of documents; there are policy-malformed, policy-admin`},
		"unknown level":    {[]string{"--fail-on=high", policies}, exitUsage, "--fail-on must be one of"},
		"hostile path":     {[]string{"no\x1b[31mwhere"}, exitFailed, `no\x1b[31mwhere`},
	} {
		t.Run(name, func(t *testing.T) {
			got := enter(t, append([]string{"policy"}, c.args...)...)
			if got.status != c.status || !strings.Contains(got.err, c.want) || strings.Count(got.err, "\n") != 1 || got.out != "" {
				t.Errorf("%+v; want exit status %d and one line with %q", got, c.status, c.want)
			}
		})
	}
}

// foundIn is the findings in one text, as "line:column rule".
func foundIn(t *testing.T, text string) []string {
	t.Helper()
	var got struct{ Findings []fault }
	if err := json.Unmarshal([]byte(enter(t, "policy", "--format=json", written(t, text)).out), &got); err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, f := range got.Findings {
		found = append(found, fmt.Sprintf("%d:%d %s", f.Line, f.Column, f.Rule))
	}
	return found
}

func statements(list string) string {
	return `{"Version": "2012-10-17", "Statement": [` + list + `]}`
}

func TestPolicyFindings(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"sound":                              {soundPolicy, nil},
		"behind a byte order mark":           {"\ufeff" + warningPolicy, []string{"1:70 policy-unknown-action"}},
		"on a line behind CR and LF":         {"{\r\n\"Version\": \"2012-10-17\",\r\n \"Statement\": 5}", []string{"3:15 policy-malformed"}},
		"columns count characters":           {statements(`{"Sid": "ééé", "Effect": "Allow", "Action": "s3:No", "Resource": "*"}`), []string{"1:49 policy-malformed", "1:85 policy-unknown-action"}},
		"an action with an escape":           {statements(`{"Effect": "Allow", "Action": ["s3:GetObject", "s3\u003aNo"], "Resource": "arn:aws:s3:::b/*"}`), []string{"1:88 policy-unknown-action"}},
		"a sid like an action":               {statements(`{"Sid": "s3:No", "Effect": "Allow", "Action": "s3:No", "Resource": "*"}`), []string{"1:49 policy-malformed", "1:87 policy-unknown-action"}},
		"an unknown action left out":         {statements(`{"Effect": "Deny", "NotAction": "s3:No", "Resource": "*"}`), []string{"1:73 policy-unknown-action"}},
		"two of one statement":               {statements(`{"Effect": "Deny", "Action": ["s3:No", "s3:No"], "Resource": "*"}`), []string{"1:71 policy-unknown-action"}},
		"a pattern of any service":           {statements(`{"Effect": "Deny", "Action": "s*:No", "Resource": "*"}`), nil},
		"neither resource nor principal":     {statements(`{"Effect": "Deny", "Action": "s3:*"}`), []string{"1:41 policy-malformed"}},
		"a resource of another type":         {statements(`{"Effect": "Deny", "Action": "s3:*", "Resource": 5}`), []string{"1:90 policy-malformed"}},
		"everything, in any wording":         {statements(`{"Effect": "Allow", "NotAction": [], "Resource": ["*"]}`), []string{"1:41 policy-admin"}},
		"everything, with everything denied": {statements(`{"Effect": "Allow", "Action": "*", "Resource": "*"}, {"Effect": "Deny", "Action": "*", "Resource": "*"}`), nil},
		// The policy of a key lets the account's policies decide about that key alone
		// (KMS, "Default key policy").
		"everything of one resource":  {statements(`{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "*", "Resource": "*"}`), nil},
		"all but some, denied":        {statements(`{"Effect": "Deny", "NotAction": "s3:*", "NotResource": "arn:aws:s3:::a"}`), nil},
		"all but some, allowed":       {statements(`{"Effect": "Allow", "NotAction": "s3:*", "Resource": "arn:aws:s3:::a"}`), []string{"1:41 policy-not-action"}},
		"on all but some, allowed":    {statements(`{"Effect": "Allow", "Action": "s3:*", "NotResource": "arn:aws:s3:::a"}`), []string{"1:41 policy-not-resource"}},
		"everybody denied":            {statements(`{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}`), nil},
		"everybody of a condition":    {statements(`{"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}}`), nil},
		"a variable of no version":    {`{"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::${aws:username}"}}`, []string{"1:15 policy-old-version"}},
		"invalid UTF-8":               {statements(`{"Sid": "` + "\xff" + `", "Effect": "Deny", "Action": "s3:*", "Resource": "*"}`), []string{"1:50 policy-malformed"}},
		"a sid twice":                 {statements(`{"Sid": "A", "Effect": "Deny", "Action": "s3:*", "Resource": "*"}, {"Sid": "A", "Effect": "Deny", "Action": "s3:*", "Resource": "*"}`), []string{"1:116 policy-malformed"}},
		"a sid with a space":          {statements(`{"Sid": "A b", "Effect": "Deny", "Action": "s3:*", "Resource": "*"}`), []string{"1:49 policy-malformed"}},
		"a bucket's sid with a space": {statements(`{"Sid": "A b", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}`), nil},
		"a resource that is no ARN":   {statements(`{"Effect": "Deny", "Action": "s3:*", "Resource": ["*", "s3"]}`), []string{"1:96 policy-malformed"}},
		"a pattern that is no ARN":    {statements(`{"Effect": "Deny", "Action": "s3:*", "NotResource": "*foo"}`), []string{"1:93 policy-malformed"}},
		"an ARN cut short":            {statements(`{"Effect": "Deny", "Action": "sqs:*", "Resource": "arn:aws:sqs"}`), []string{"1:91 policy-malformed"}},
		"an ARN cut by a wildcard":    {statements(`{"Effect": "Deny", "Action": "s3:*", "Resource": ["arn:aws:s3*", "arn:*", "arn:aws:s3:::*", "arn:aws:*:*:*:*", "arn:aws-cn:s3:::b", "arn:*:s3:::b"]}`), nil},
		"an API's own resource":       {statements(`{"Effect": "Deny", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"}`), nil},
		"an operator that is none":    {statements(`{"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": {"StringEqual": {"aws:PrincipalOrgID": "o-1"}}}`), []string{"1:125 policy-bad-condition"}},
		"a value of another kind":     {statements(`{"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": "here"}}}`), []string{"1:123 policy-bad-condition"}},
		"a key that is none":          {statements(`{"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalOrgId2": "o-1"}}}`), []string{"1:126 policy-unknown-key"}},
		"for all of no values":        {statements(`{"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"ForAllValues:StringEquals": {"aws:PrincipalOrgID": "o-1"}}}`), []string{"1:71 policy-service-wildcard", "1:140 policy-single-value-condition"}},
		"MFA if there is any":         {statements(`{"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}}}`), []string{"1:41 policy-mfa-pattern", "1:71 policy-service-wildcard"}},
		"objects of a bucket":         {statements(`{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b"}`), []string{"1:41 policy-resource-mismatch"}},
		"UTF-16":                      {"\xff\xfe{\x00}\x00", []string{"1:1 policy-malformed"}},
		"a percent-encoded document":  {"%7B%7D", []string{"1:1 policy-malformed"}},
		"longer than any policy":      {strings.Repeat(" ", mostPolicy) + soundPolicy, []string{"1:1 policy-malformed"}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := foundIn(t, c.text); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// What a statement grants is judged as in an account, of which nothing is known: at the
// action, as bad as there, and once.
func TestPolicyGrants(t *testing.T) {
	const somewhere = `, "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}`
	for name, c := range map[string]struct {
		rest string // of a statement that allows, from its Action on
		want string
	}{
		"all of IAM":        {`"iam:*", "Resource": "*"`, `70: error: the statement allows "iam:AttachUserPolicy", `},
		"any role":          {`["s3:PutObject", "iam:PassRole"], "Resource": "*"`, `87: error: the statement allows "iam:PassRole" on every role (policy-pass-role-star)`},
		"assume any role":   {`"sts:AssumeRole", "Resource": "*"`, `70: error: the statement allows "sts:AssumeRole" on every role (policy-assume-role-star)`},
		"all of KMS":        {`"kms:*", "Resource": "*"`, `70: warning: the statement allows "kms:Decrypt", "kms:ReEncryptFrom" on every key (policy-kms-decrypt-all)`},
		"all trails":        {`"cloudtrail:*", "Resource": "*"`, `70: warning: the statement allows "cloudtrail:StopLogging", `},
		"all of S3":         {`"s3:*", "Resource": "*"`, `70: warning: the statement allows "s3:*" on every resource (policy-service-wildcard)`},
		"all of a service":  {`"codestar:*", "Resource": "*"`, `70: note: the statement allows "codestar:*" on every resource (policy-service-wildcard)`},
		"all objects":       {`["s3:GetObject*"], "Resource": "*"`, `71: warning: the statement allows "s3:GetObject" on all that there is (policy-data-exfiltration)`},
		"under a condition": {`"kms:Decrypt", "Resource": "*"` + somewhere, `70: note: the statement allows "kms:Decrypt" on every key, under conditions on "IpAddress aws:SourceIp" (policy-kms-decrypt-all)`},
	} {
		t.Run(name, func(t *testing.T) {
			got := enter(t, "policy", "--fail-on=note", written(t, `{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": `+c.rest+`}}`))
			line, rest, _ := strings.Cut(got.out, "\n")
			if got.status != exitFindings || !strings.Contains(line, ":1:"+c.want) || strings.Count(rest, "\n") != 1 {
				t.Errorf("got %q", got.out)
			}
		})
	}
}

// A trust policy is judged as a role's, in an account of which nothing is known.
func TestPolicyTrusts(t *testing.T) {
	const github = `"Principal": {"Federated": "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"}, "Action": "sts:AssumeRoleWithWebIdentity"`
	for name, c := range map[string]struct {
		rest string // of a statement that allows
		want []string
	}{
		"everybody":               {`"Principal": "*", "Action": "sts:AssumeRole"`, []string{"error role-trust-any-principal"}},
		"everybody but some":      {`"NotPrincipal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"`, []string{"error role-trust-any-principal"}},
		"who knows an id":         {`"Principal": "*", "Action": "sts:AssumeRole", "Condition": {"StringEquals": {"sts:ExternalId": "x"}}`, []string{"error role-trust-any-principal"}},
		"one's organization":      {`"Principal": "*", "Action": "sts:AssumeRole", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}`, nil},
		"everybody, of a bucket":  {`"Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"`, []string{"warning policy-any-principal"}},
		"anybody's repositories":  {github + `, "Condition": {"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}}`, []string{"error role-trust-oidc-subject"}},
		"any token":               {github + `, "Condition": {"StringLike": {"token.actions.githubusercontent.com:sub": "repo:example/*"}}`, []string{"note role-trust-oidc-audience"}},
		"for whoever asks":        {`"Principal": {"Service": "scheduler.amazonaws.com"}, "Action": "sts:AssumeRole"`, []string{"note role-confused-deputy"}},
		"a function":              {`"Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"`, nil},
		"somebody who is deleted": {`"Principal": {"AWS": "AIDAEXAMPLE"}, "Action": "sts:AssumeRole"`, []string{"note trust-deleted-principal"}},
	} {
		t.Run(name, func(t *testing.T) {
			var got struct{ Findings []fault }
			out := enter(t, "policy", "--format=json", written(t, statements(`{"Effect": "Allow", `+c.rest+`}`))).out
			if err := json.Unmarshal([]byte(out), &got); err != nil {
				t.Fatal(err)
			}
			var found []string
			for _, f := range got.Findings {
				found = append(found, fmt.Sprintf("%s %s", f.Level, f.Rule))
			}
			if !slices.Equal(found, c.want) {
				t.Errorf("got %q, want %q", found, c.want)
			}
		})
	}
}

// What is cut off a long list still counts: an error behind it is one.
func TestPolicyTellsThatThereIsMore(t *testing.T) {
	text := statements(strings.Repeat("\n"+`{"Effect": "Deny", "Action": "s3:No", "Resource": "*"},`, mostFaults+5) + "\n" + `{"Effect": "Allow", "Action": "*", "Resource": "*"}`)
	got := enter(t, "policy", "--fail-on=error", written(t, text))
	if got.status != exitFindings || strings.Count(got.out, "\n") != mostFaults+2 || !strings.Contains(got.out, ":107:1: error: 6 more findings not shown") {
		t.Errorf("%+v", got)
	}
}

// What is not looked up is told once, and no finding.
func TestPolicyTellsWhatIsNotLookedUp(t *testing.T) {
	var names []string
	for i := range mostSought {
		names = append(names, fmt.Sprintf(`"s3:Get*%d"`, i), `"s3:GetObject"`)
	}
	one := `{"Effect": "Deny", "Resource": "*", "Action": [` + strings.Join(names, ",") + `]}`
	got := enter(t, "policy", "--skip=policy-unknown-action", written(t, statements(one)), written(t, statements(one)))
	if got.status != exitComplete || strings.Count(got.out, "not looked up (policy-more)") != 1 {
		t.Errorf("%+v", got)
	}
}

// As much as a file may hold, of what costs most, is read in time and told briefly.
func TestPolicyOfHostileFiles(t *testing.T) {
	many := func(one string) string { return strings.Repeat(one, (mostPolicy-200)/len(one)) }
	distinct := make([]string, 0, 1<<17)
	for i := range cap(distinct) {
		distinct = append(distinct, `"ec2:`+string([]byte{byte('a' + i%26), byte('a' + i/26%26), byte('a' + i/676%26), byte('a' + i/17576)})+`*"`)
	}
	for name, text := range map[string]string{
		"nested":          many("["),
		"objects":         many(`{"Statement":`),
		"unclosed":        many(`{"Effect": "Allow`),
		"unknown":         statements(`{"Effect": "Deny", "Resource": "*", "Action": [` + strings.TrimSuffix(many(`"s3:\u001b[31m",`), ",") + `]}`),
		"distinct":        statements(`{"Effect": "Deny", "Resource": "*", "Action": [` + strings.Join(distinct[:80000], ",") + `]}`),
		"statements":      statements(strings.TrimSuffix(many(`{"Effect": "Allow", "NotAction": "a:b", "Resource": "*"},`), ",")),
		"sharing":         statements(`{"Effect": "Allow", "Action": [` + strings.TrimSuffix(strings.Repeat(`"s3:Put*","ec2:M*",`, 20000), ",") + `], "Resource": [` + strings.TrimSuffix(strings.Repeat(`"arn:aws:s3:::b*",`, 30000), ",") + `, "s3"]}`),
		"whole services":  statements(`{"Effect": "Allow", "Action": [` + strings.TrimSuffix(many(`"a:*",`), ",") + `], "Resource": "*"}`),
		"roles":           statements(`{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": [` + strings.TrimSuffix(many(`"arn:aws:iam::*:role/a*",`), ",") + `]}, {"Effect": "Deny", "Action": "*", "Resource": "arn:aws:iam::*:role/*"}`),
		"accounts":        statements(strings.Repeat(`{"Effect": "Allow", "Action": "iam:*", "Resource": ["*", "arn:aws:iam::`+"\u001b"+`1:role/*", "arn:aws:iam::2:role/*", "arn:aws:iam::3:role/*", "arn:aws:iam::4:role/*"]},`, 5000) + `{"Effect": "Deny", "Action": "iam:P*", "Resource": "arn:aws:iam::2:role/*"}`),
		"stars":           statements(strings.Repeat(`{"Effect": "Allow", "Action": "*", "Resource": "*:*"},`, 300) + `{"Effect": "Deny", "Action": "*", "Resource": [` + strings.TrimSuffix(strings.Repeat(`"*z",`, 40000), ",") + `]}`),
		"deputies":        statements(`{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": [` + strings.TrimSuffix(strings.Repeat(`"ssm.amazonaws.com",`, 300), ",") + `]}, "Condition": {"ArnLike": {"aws:SourceArn": [` + strings.TrimSuffix(strings.Repeat(`"arn:aws:*:*:*:*",`, 300), ",") + `]}}},` + strings.TrimSuffix(strings.Repeat(`{"Effect": "Deny", "Action": "*", "Principal": "*", "Condition": {"StringNotLike": {"aws:SourceArn": "*a*e*i*o"}}},`, 100), ",") + `, {}`),
		"trusts":          statements(strings.Repeat(`{"Effect": "Allow", "Action": "sts:*", "Principal": {"AWS": "AIDA"}},`, 9000) + strings.TrimSuffix(strings.Repeat(`{"Effect": "Deny", "Action": "a:*", "NotPrincipal": {"AWS": "AIDA"}},`, 4000), ",")),
		"resources":       statements(`{"Effect": "Deny", "Action": "s3:GetObject", "Resource": [` + strings.TrimSuffix(many(`"\u001b:",`), ",") + `]}`),
		"pairs":           statements(`{"Effect": "Deny", "Action": [` + strings.TrimSuffix(strings.Repeat(`"s3:GetObject",`, 30000), ",") + `], "Resource": [` + strings.TrimSuffix(strings.Repeat(`"arn:aws:s3:::b",`, 30000), ",") + `, "s3"]}`),
		"keys":            statements(`{"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"ForAllValues:StringEquals": {` + strings.TrimSuffix(many(`"aws:SourceVpce":1,`), ",") + `}}}`),
		"operators":       statements(`{"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {` + strings.TrimSuffix(many(`"\u001b":{"aws:\u202e":[]},`), ",") + `}}`),
		"a line of bytes": many("\xff"),
		"lines":           many("\n"),
		"escapes":         statements(`{"Sid": "` + many("\x1b\u202e") + `"}`),
	} {
		t.Run(name, func(t *testing.T) {
			for _, format := range []string{"text", "json", "sarif"} {
				got := enter(t, "policy", "--format="+format, written(t, text))
				if got.status != exitFindings || got.err != "" || len(got.out) > 1<<17 || strings.ContainsAny(got.out, "\x1b\u202e") {
					t.Errorf("%s: exit status %d, %q, %d bytes", format, got.status, got.err, len(got.out))
				}
			}
		})
	}
}

// A folder's files are found wherever they are, each once, and no link is followed.
func TestPolicyFolders(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{"b.json", "a/z.JSON", "a/notes.txt", "evil\x1b[31m.json"} {
		file := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(warningPolicy), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(folder, filepath.Join(folder, "a", "loop.json")); err != nil {
		t.Fatal(err)
	}
	got := enter(t, "policy", folder, filepath.Join(folder, "b.json"), folder+"/a/../b.json")
	var names []string
	for line := range strings.Lines(got.out) {
		name, _, _ := strings.Cut(strings.TrimPrefix(line, folder+"/"), ":")
		names = append(names, name)
	}
	if want := []string{"a/z.JSON", "b.json", `evil\x1b[31m.json`, "3 files"}; !slices.Equal(names, want) {
		t.Errorf("got %q, want %q", names, want)
	}
}

func TestPolicyOfStandardInput(t *testing.T) {
	f, err := os.Open(written(t, warningPolicy))
	if err != nil {
		t.Fatal(err)
	}
	before := os.Stdin
	os.Stdin = f
	t.Cleanup(func() { os.Stdin = before; f.Close() })
	if got := enter(t, "policy", "-"); got.status != exitFindings || !strings.HasPrefix(got.out, "stdin:1:70: warning: ") {
		t.Errorf("%+v", got)
	}
}

// The members that SARIF 2.1.0 requires: of a log version and runs (3.13), of a run
// tool (3.14), of a tool driver (3.18), of a driver name (3.19), of a rule id (3.49),
// of a result message (3.27); a region's lines and columns are from 1 (3.30); a
// ruleIndex is the place of its rule (3.27.6).
func TestPolicySARIF(t *testing.T) {
	out := enter(t, "policy", policies, "--format=sarif").out
	var log sarifLog
	d := json.NewDecoder(bytes.NewReader([]byte(out)))
	d.DisallowUnknownFields()
	if err := d.Decode(&log); err != nil {
		t.Fatal(err)
	}
	if log.Version != "2.1.0" || len(log.Runs) != 1 || log.Runs[0].Tool.Driver.Name == "" || len(log.Runs[0].Results) == 0 {
		t.Fatalf("%+v", log)
	}
	all := log.Runs[0].Tool.Driver.Rules
	for _, r := range all {
		explained := r.Full != nil && r.Help != nil && strings.Contains(r.Help.Text, "docs/rules.md#"+r.ID)
		if alone := r.ID == trustsAll || r.ID == notAllShown; explained == alone {
			t.Errorf("%s: %+v, %+v", r.ID, r.Full, r.Help)
		}
	}
	for _, r := range log.Runs[0].Results {
		if r.RuleIndex < 0 || all[r.RuleIndex].ID != r.RuleID || r.Message.Text == "" || !slices.Contains(levels, r.Level) {
			t.Errorf("%+v", r)
		}
		at := r.Locations[0].Physical
		if at.Region.Line < 1 || at.Region.Column < 1 || !strings.HasPrefix(at.Artifact.URI, "testdata/policy/") {
			t.Errorf("%+v", at)
		}
	}
	// A run that has found nothing has results, and they are none (3.14.23).
	if out := enter(t, "policy", policies+"/sound.json", "--format=sarif").out; !strings.Contains(out, `"results": []`) {
		t.Error(out)
	}
}

func TestPolicyURIs(t *testing.T) {
	for file, want := range map[string]string{
		"a/b c.json": "a/b%20c.json", "./a.json": "a.json", "/a/b.json": "file:///a/b.json", "a:b.json": "./a:b.json", "\x1b\xff#.json": "%1B%FF%23.json",
	} {
		if got := uriOf(file); got != want {
			t.Errorf("%q: got %q, want %q", file, got, want)
		}
	}
}

// What is a rule about accounts too can be explained by the same id.
func TestPolicyRulesAreThoseOfAccounts(t *testing.T) {
	abouts := rules.Abouts()
	for _, id := range []string{malformed, allowsAll, allowsAllBut, allowsOnMost, trustsAllBut, oldVersion, unknownAction, badCondition, unknownKey, emptyIfAbsent, mfaPattern, inVain} {
		if !slices.ContainsFunc(abouts, func(a scanner.About) bool { return a.ID == id }) {
			t.Errorf("no rule %q", id)
		}
	}
}

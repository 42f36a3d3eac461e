package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"iamvigil/internal/awstest"
)

const canAccount = "--account=testdata/can/account.json"

func TestCanOutput(t *testing.T) {
	for name, args := range map[string][]string{
		"can-allowed.txt":        {"ann", "s3:GetObject", "arn:aws:s3:::home/ann/notes"},
		"can-allowed.json":       {"ann", "s3:GetObject", "arn:aws:s3:::home/ann/notes", "--format=json"},
		"can-conditional.txt":    {"ann", "iam:PassRole"},
		"can-conditional.json":   {"ann", "iam:PassRole", "--format=json"},
		"can-denied.txt":         {"ann", "s3:DeleteObject"},
		"can-denied.json":        {"ann", "s3:DeleteObject", "--format=json"},
		"can-boundary.txt":       {"ben", "s3:GetObject"},
		"can-unread.txt":         {"cy", "s3:GetObject"},
		"can-service-linked.txt": {"AWSServiceRoleForSupport", "support:*"},
		"can-assume.txt":         {"ann", "sts:AssumeRole", "arn:aws:iam::111122223333:role/app/worker"},
		"can-root.txt":           {"root", "iam:*"},
	} {
		t.Run(name, func(t *testing.T) {
			got := enter(t, append([]string{"can", canAccount}, args...)...)
			if got.status != exitComplete || got.err != "" {
				t.Errorf("exit status %d; standard error %q", got.status, got.err)
			}
			golden(t, name, got.out)
		})
	}
}

func TestCan(t *testing.T) {
	for name, c := range map[string]struct {
		args     []string
		answer   string
		explicit bool
		sids     []string
		unknown  string // part of one
	}{
		"some action":                   {args: []string{"ann", "s3:Get*"}, answer: "allowed", sids: []string{"Home"}},
		"somebody else's folder":        {args: []string{"ann", "s3:GetObject", "arn:aws:s3:::home/ben/notes"}, answer: "denied"},
		"before a date that is over":    {args: []string{"ann", "kms:Decrypt"}, answer: "denied"},
		"an explicit deny":              {args: []string{"ann", "s3:DeleteObject"}, answer: "denied", explicit: true, sids: []string{"NoDelete"}},
		"by a name in another case":     {args: []string{"ANN", "S3:getobject"}, answer: "allowed", sids: []string{"Home"}},
		"by an ARN":                     {args: []string{"arn:aws:iam::111122223333:user/ann", "s3:PutObject"}, answer: "allowed", sids: []string{"Home"}},
		"by a unique id":                {args: []string{"AIDAANN", "s3:PutObject"}, answer: "allowed", sids: []string{"Home"}},
		"a session":                     {args: []string{"arn:aws:sts::111122223333:assumed-role/worker/i-0123", "sqs:SendMessage"}, answer: "allowed", sids: []string{""}},
		"within the boundary":           {args: []string{"ben", "s3:GetObject"}, answer: "allowed", sids: []string{"", "Inside"}},
		"outside of the boundary":       {args: []string{"ben", "s3:PutObject"}, answer: "denied"},
		"a policy not read":             {args: []string{"cy", "s3:GetObject"}, answer: "conditional", unknown: `policy "arn:aws:iam::111122223333:policy/gone": its document was not read`},
		"an unknown action":             {args: []string{"ben", "s3:GetObjets"}, answer: "allowed", sids: []string{"", "Inside"}, unknown: `has no action "s3:GetObjets"`},
		"an unknown pattern":            {args: []string{"ann", "s4:*"}, answer: "denied", unknown: `has no action that matches "s4:*"`},
		"allowed on resources it lacks": {args: []string{"ann", "iam:ListUsers"}, answer: "conditional", sids: []string{"Users"}, unknown: "AWS names no resources for iam:ListUsers"},
		"the root user":                 {args: []string{"arn:aws:iam::111122223333:root", "s3:*"}, answer: "allowed", unknown: "service control policies"},
		"everything":                    {args: []string{"worker", "*"}, answer: "allowed", sids: []string{""}, unknown: "service control policies"},
	} {
		t.Run(name, func(t *testing.T) {
			got := canJSON(t, append([]string{canAccount}, c.args...)...)
			var sids []string
			for _, s := range got.Statements {
				sids = append(sids, s.Sid)
			}
			if got.Answer != c.answer || got.Explicit != c.explicit || !slices.Equal(sids, c.sids) {
				t.Errorf("got %q, explicit %v, by %q; want %q, %v, %q", got.Answer, got.Explicit, sids, c.answer, c.explicit, c.sids)
			}
			if !slices.ContainsFunc(got.Unknown, func(text string) bool { return strings.Contains(text, c.unknown) }) {
				t.Errorf("no %q in %q", c.unknown, got.Unknown)
			}
		})
	}
}

func canJSON(t *testing.T, args ...string) verdict {
	t.Helper()
	got := enter(t, append([]string{"can", "--format=json"}, args...)...)
	var v verdict
	if got.status != exitComplete || got.err != "" {
		t.Fatalf("%+v", got)
	}
	if err := json.Unmarshal([]byte(got.out), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// No service control policy limits a service-linked role (Organizations, "Service
// control policies": entities not restricted by SCPs).
func TestCanDoesNotWantPoliciesThatDoNotApply(t *testing.T) {
	got := canJSON(t, canAccount, "AWSServiceRoleForSupport", "s3:GetObject")
	if slices.ContainsFunc(got.Unknown, func(text string) bool { return strings.Contains(text, "service control") }) {
		t.Errorf("%q", got.Unknown)
	}
}

func TestCanMistakes(t *testing.T) {
	unlisted := filepath.Join(t.TempDir(), "account.json")
	if err := os.WriteFile(unlisted, []byte(`{"version": 1, "account": {"id": "111122223333", "partition": "aws"}, "seen": {"users": {"missing": "AccessDenied"}}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args   []string
		status int
		want   string
	}{
		"no action":             {[]string{"ann", canAccount}, exitUsage, `expected "<action>"`},
		"not an action":         {[]string{canAccount, "ann", "PassRole"}, exitUsage, `"PassRole" is no action such as s3:GetObject`},
		"not a resource":        {[]string{canAccount, "ann", "s3:GetObject", "notes"}, exitUsage, `"notes" is no resource: give its ARN`},
		"nobody":                {[]string{canAccount, "zoe", "s3:GetObject"}, exitUsage, `account 111122223333 has no user or role "zoe"`},
		"a user and a role":     {[]string{canAccount, "deploy", "s3:GetObject"}, exitUsage, `"deploy" is a user and a role: give the ARN, arn:aws:iam::111122223333:user/deploy or arn:aws:iam::111122223333:role/app/Deploy`},
		"a group":               {[]string{canAccount, "devs", "s3:GetObject"}, exitUsage, `"devs" is a group, which does nothing itself: ask for one of its users, "ann"`},
		"a group of nobody":     {[]string{canAccount, "empty", "s3:GetObject"}, exitUsage, "of whom it has none"},
		"another account":       {[]string{canAccount, "arn:aws:iam::444455556666:user/ann", "s3:GetObject"}, exitUsage, "is of account 444455556666; this is account 111122223333"},
		"users not seen":        {[]string{"--account=" + unlisted, "ann", "s3:GetObject"}, exitUsage, `"ann" was not found, and not all users were seen: AccessDenied`},
		"no such path":          {[]string{"--account=nowhere", "ann", "s3:GetObject"}, exitFailed, "nowhere: no such file"},
		"a hostile name":        {[]string{canAccount, "a\x1b[31m\u202e", "s3:GetObject"}, exitUsage, `has no user or role "a\x1b[31m\u202e"`},
		"unknown format":        {[]string{canAccount, "ann", "s3:GetObject", "--format=xml"}, exitUsage, "--format must be one of"},
		"a service and no name": {[]string{canAccount, "ann", "s3:"}, exitUsage, `"s3:" is no action`},
	} {
		t.Run(name, func(t *testing.T) {
			got := enter(t, append([]string{"can"}, c.args...)...)
			if got.status != c.status || !strings.Contains(got.err, c.want) || strings.Count(got.err, "\n") != 1 || got.out != "" {
				t.Errorf("%+v; want exit status %d and one line with %q", got, c.status, c.want)
			}
		})
	}
}

func TestCanLiveAndOfflineAgree(t *testing.T) {
	s := awstest.Large(awstest.Ordinary(20, 5))
	aws := awstest.Serve(t, s)
	for name, value := range map[string]string{"AWS_ENDPOINT_URL": aws.URL(), "AWS_ACCESS_KEY_ID": "ASIATEST", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "t", "AWS_REGION": "us-east-1"} {
		t.Setenv(name, value)
	}
	file := filepath.Join(t.TempDir(), "account.json")
	if got := enter(t, "collect", "--output="+file); got.status != exitComplete {
		t.Fatalf("%+v", got)
	}
	who := s.Users[3].ARN
	live, offline := canJSON(t, who, "*"), canJSON(t, "--account="+file, who, "*")
	if diff := cmp.Diff(live, offline); diff != "" || live.Principal != who {
		t.Errorf("of %s: %s", who, diff)
	}
}

// Names, sids and conditions of an account are hostile: a document may hold any.
func TestCanShowsNothingRaw(t *testing.T) {
	const evil = `\u001b[31m\u0007\u009b\u202e`
	file := filepath.Join(t.TempDir(), "account.json")
	text := `{"version": 1, "account": {"id": "1", "partition": "aws"}, "users": [{"arn": "a", "id": "i", "name": "ann` + evil + `", "boundary": "b` + evil + `",
		"inline": [{"name": "p` + evil + `", "document": {"Version": "2012-10-17", "Statement": {"Sid": "s` + evil + `", "Effect": "Allow", "Action": "*", "Resource": "*",
			"Condition": {"StringLike` + evil + `": {"k` + evil + `": "v` + evil + `"}}}}}]}]}`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"text", "json"} {
		got := enter(t, "can", "--account="+file, "--format="+format, "i", "s3:GetObject")
		if got.status != exitComplete || strings.ContainsAny(got.out+got.err, "\x1b\x07\u009b\u202e") || !strings.Contains(got.out, "conditional") {
			t.Errorf("%s: %d\n%q\n%q", format, got.status, got.out, got.err)
		}
	}
}

package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"iamvigil/internal/awstest"
	"iamvigil/internal/wire"
	"iamvigil/ledger"
	"iamvigil/remediate"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

const (
	annsKey = "AKIAANNOLD0000000001"
	bensKey = "AKIABENOLD0000000001"
	denyARN = "arn:aws:iam::" + accountID + ":policy/iamvigil-"
)

// arming is a configuration that arms a cure, days before it acts.
const arming = `version: 1
remediation:
  ask: "#iam-help"
  protected: [ben]
  cures:
    deactivate-key: {enabled: true, rules: {key-rotation: {warn: 0, final: 1, act: 2}}}
    quarantine: {enabled: true}
`

// remediating is a deployed stack whose remediation has that mode, and whose
// ledger holds that ann's and ben's keys are too old.
func remediating(t *testing.T, mode remediate.Mode, opts ...awstest.Option) *awstest.AWS {
	t.Helper()
	out := outputs()
	out["RemediationMode"], out["RemediationCures"] = string(mode), "deactivate-key,quarantine"
	if mode != remediate.Off {
		out["RemediationSwitchName"], out["RemediateScheduleName"], out["RemediateFailuresUrl"] = "/iamvigil/remediation", "iamvigil-RemediateFunctionDaily-1A2B", queueURL+"remediate-failures"
	}
	aws := deployed(t, append([]awstest.Option{awstest.StackOutputs("iamvigil", out), awstest.Parameter("/iamvigil/remediation", "on"),
		awstest.Schedule("iamvigil-RemediateFunctionDaily-1A2B", "ENABLED", "cron(30 3 * * ? *)"), awstest.Queue(queueURL+"remediate-failures", 0)}, opts...)...)
	file := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(file, []byte(arming), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("CONFIG_FILE", file)
	var records []ledger.Record
	aws.Change(func(s *account.Snapshot) {
		for _, name := range []string{"console", "without-mfa", "all"} {
			s.Policies = append(s.Policies, account.Policy{ARN: denyARN + name, ID: "ANPA" + name, Name: "iamvigil-" + name, Versions: []account.PolicyVersion{{ID: "v1", Default: true,
				Document: policy.Parse(`{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}`)}}})
		}
		for name, key := range map[string]string{"ann": annsKey, "ben": bensKey} {
			u := account.User{ARN: "arn:aws:iam::" + accountID + ":user/" + name, ID: "AIDA" + strings.ToUpper(name), Name: name, Created: noon.AddDate(-1, 0, 0),
				Keys: []account.AccessKey{{ID: key, Status: account.Active, Created: noon.AddDate(0, 0, -120), LastUsed: noon.AddDate(0, 0, -1)}}}
			s.Users = append(s.Users, u)
			records = append(records, tooOld(&u))
		}
	})
	save(t, aws, ledger.Changes{Telling: ledger.Telling{Kind: ledger.Digest, Time: noon.Add(-5 * time.Hour)}, Name: "acme-shop", Audited: true, Puts: records})
	return aws
}

func tooOld(u *account.User) ledger.Record {
	key := u.Keys[0].ID
	return ledger.Record{
		Finding: scanner.Finding{Rule: "key-rotation", Severity: scanner.Medium, Resource: u.Ref(), Part: key,
			Message:  `user "` + u.Name + `": active access key ` + key + ` is 120 days old, the limit is 90`,
			Evidence: map[string]string{"as_of": "2026-11-20T03:00:00Z", "last_used": "2026-11-22T00:00:00Z"},
			ID:       scanner.FindingID(accountID, "key-rotation", u.Ref(), key), Status: scanner.Open},
		State: ledger.Open, Told: ledger.Open, FirstSeen: noon.AddDate(0, 0, -30), OpenedAt: noon.AddDate(0, 0, -30), EvidenceAt: noon.AddDate(0, 0, -3),
	}
}

// nights are runs of the stack's own, so many days before noon and the days after.
func nights(t *testing.T, aws *awstest.AWS, ago int, mode remediate.Mode) {
	t.Helper()
	for ; ago > 0; ago-- {
		night(t, aws, ago, mode)
	}
}

func night(t *testing.T, aws *awstest.AWS, ago int, mode remediate.Mode) {
	t.Helper()
	r, err := wire.RemediatorFrom(wire.RemediatorParts{
		AWS: aws.Config(), Account: account.Identity{ID: accountID, Partition: "aws"}, By: "arn:aws:iam::" + accountID + ":role/remediate",
		Table: outputs()["LedgerTableName"], EmailTopic: topicARN + "email", Mode: mode, Switch: "/iamvigil/remediation",
		Cures:         []remediate.Cure{remediate.DeactivateKey, remediate.Quarantine},
		Denies:        account.Denies{Console: denyARN + "console", WithoutMFA: denyARN + "without-mfa", All: denyARN + "all"},
		ProtectedPath: outputs()["ProtectedPath"], ConfigFile: os.Getenv("CONFIG_FILE"),
	}, func() time.Time { return noon.AddDate(0, 0, -ago) })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// enterTyping is enter where somebody types.
func enterTyping(t *testing.T, text string, args ...string) typed {
	t.Helper()
	return enterFrom(t, strings.NewReader(text), args...)
}

func enterFrom(t *testing.T, in io.Reader, args ...string) typed {
	t.Helper()
	var out, errs bytes.Buffer
	status := run(t.Context(), args, terminal{out: &out, err: &errs, in: in, now: func() time.Time { return noon }, pause: atOnce})
	return typed{status, out.String(), errs.String()}
}

func keyStatus(aws *awstest.AWS, user string) (status string) {
	aws.Change(func(s *account.Snapshot) {
		for i := range s.Users {
			if s.Users[i].Name == user {
				status = s.Users[i].Keys[0].Status
			}
		}
	})
	return status
}

func TestRemediatePlan(t *testing.T) {
	for _, mode := range []remediate.Mode{remediate.Enforce, remediate.DryRun, remediate.Off} {
		aws := remediating(t, mode)
		if mode != remediate.Off {
			nights(t, aws, 2, mode)
		}
		told := counted(aws)
		got := enter(t, "remediate", "plan")
		if got.status != exitComplete || got.err != "" {
			t.Fatalf("%+v", got)
		}
		golden(t, "remediate-plan-"+string(mode)+".txt", got.out)
		if asJSON := enter(t, "remediate", "plan", "--format=json"); mode == remediate.Enforce {
			golden(t, "remediate-plan.json", asJSON.out)
		}
		if after := counted(aws); after["email"] != told["email"] || keyStatus(aws, "ann") != account.Active {
			t.Errorf("a plan told or did something: %v", after)
		}
	}
}

var actionID = regexp.MustCompile(`remediate undo ([0-9a-f]{12})`)

func TestRemediateApplyListUndo(t *testing.T) {
	aws := remediating(t, remediate.Enforce)
	nights(t, aws, 2, remediate.Enforce)
	if got := enter(t, "remediate", "apply"); got.status != exitUsage || !strings.Contains(got.err, "no terminal") {
		t.Errorf("without a terminal: %+v", got)
	}
	for _, text := range []string{"2\n", "yes\n", "", "1 1\n"} {
		if got := enterTyping(t, text, "remediate", "apply"); got.status != exitFailed || !strings.Contains(got.err, "nothing was done") || keyStatus(aws, "ann") != account.Active {
			t.Errorf("typed %q: %+v", text, got)
		}
	}
	applied := enterTyping(t, "1\n", "remediate", "apply")
	if applied.status != exitComplete || applied.err != "" || keyStatus(aws, "ann") != account.Inactive || keyStatus(aws, "ben") != account.Active {
		t.Fatalf("%+v; ann's key is %s, ben's %s", applied, keyStatus(aws, "ann"), keyStatus(aws, "ben"))
	}
	id := actionID.FindStringSubmatch(applied.out)
	if id == nil {
		t.Fatalf("no id to undo by in %q", applied.out)
	}
	golden(t, "remediate-apply.txt", applied.out)
	if got := enter(t, "remediate", "undo", id[1]); got.status != exitComplete || got.err != "" || keyStatus(aws, "ann") != account.Active {
		t.Errorf("undo: %+v", got)
	}
	if got := enter(t, "remediate", "undo", id[1]); got.status != exitFailed || !strings.Contains(got.err, "undone") {
		t.Errorf("undo again: %+v", got)
	}
	listed := enter(t, "remediate", "list")
	golden(t, "remediate-list.txt", request.ReplaceAllString(listed.out, "(request …)"))
	if got := enter(t, "remediate", "list", "--format=json", "--since=2027-01-01"); !strings.Contains(got.out, `"actions": []`) {
		t.Errorf("%+v", got)
	}
}

var request = regexp.MustCompile(`\(request\s+\S+\)`)

func TestRemediateQuarantine(t *testing.T) {
	aws := remediating(t, remediate.Enforce)
	got := enterTyping(t, "2\n", "remediate", "apply", "--quarantine=ann", "--reason=laptop stolen")
	if got.status != exitComplete || got.err != "" || keyStatus(aws, "ann") != account.Inactive {
		t.Fatalf("%+v", got)
	}
	golden(t, "remediate-quarantine.txt", request.ReplaceAllString(got.out, "(request …)"))
}

func TestRemediateMistakes(t *testing.T) {
	aws := remediating(t, remediate.Enforce)
	for want, args := range map[string][]string{
		"--quarantine needs a --reason":        {"plan", "--quarantine=ann"},
		"--reason is that of a --quarantine":   {"plan", "--reason=x"},
		"--quarantine needs a user":            {"plan", "--quarantine=", "--reason=x"},
		"is no action's id":                    {"undo", "ann"},
		"the account has no user of that name": {"plan", "--quarantine=zoe", "--reason=x"},
		"the journal has no such action":       {"undo", "ffffffffffff"},
		"neither a date such as":               {"list", "--since=soon"},
		"AWSRevokeOlderSessions":               {"plan", "--quarantine=" + smokeRole, "--reason=x"},
		"it is protected by":                   {"plan", "--quarantine=ben", "--reason=x"},
	} {
		got := enter(t, append([]string{"remediate"}, args...)...)
		if got.status != exitUsage && got.status != exitFailed || got.out != "" || !strings.Contains(got.err, want) {
			t.Errorf("%q: %+v; want %q", args, got, want)
		}
	}
	if n := counted(aws); n["email"] != 0 {
		t.Errorf("told %v", n)
	}
	off := remediating(t, remediate.Off)
	if got := enterTyping(t, "2\n", "remediate", "apply", "--quarantine=ann", "--reason=x"); got.status != exitFailed || !strings.Contains(got.err, "remediation is off") || keyStatus(off, "ann") != account.Active {
		t.Errorf("off: %+v", got)
	}
}

// A write whose answer is lost is read back and not made again: the journal would
// not hold the second request, which event-scanner-tampering would tell.
func TestRemediateDoesNotRepeatALostWrite(t *testing.T) {
	aws := remediating(t, remediate.Enforce, awstest.Lose("iam:UpdateAccessKey", 1))
	nights(t, aws, 2, remediate.Enforce)
	got := enterTyping(t, "1\n", "remediate", "apply")
	if n := aws.Calls()["iam:UpdateAccessKey"]; n != 1 || keyStatus(aws, "ann") != account.Inactive {
		t.Errorf("called %d times; the key is %s; %+v", n, keyStatus(aws, "ann"), got)
	}
}

package main

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"iamvigil/internal/awstest"
	"iamvigil/ledger"
	"iamvigil/remediate"
	"iamvigil/scanner/account"
)

// configure gives the terminal and the stack's runs another configuration.
func configure(t *testing.T, text string) {
	t.Helper()
	if err := os.WriteFile(os.Getenv("CONFIG_FILE"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// asTyped does something as soon as what is typed is read.
type asTyped struct {
	*strings.Reader
	then func()
}

func (r asTyped) Read(p []byte) (int, error) {
	r.then()
	return r.Reader.Read(p)
}

func TestApplyWithNothingDue(t *testing.T) {
	aws := remediating(t, remediate.Enforce)
	got := enterTyping(t, "1\n", "remediate", "apply")
	if got.status != exitComplete || got.err != "" || !strings.HasSuffix(got.out, "\nNothing is due; nothing was done.\n") || keyStatus(aws, "ann") != account.Active {
		t.Errorf("%+v", got)
	}
}

func TestApplyInADryRun(t *testing.T) {
	aws := remediating(t, remediate.DryRun)
	nights(t, aws, 2, remediate.DryRun)
	got := enterTyping(t, "1\n", "remediate", "apply")
	if got.status != exitComplete || got.err != "" || !strings.Contains(got.out, `would be done: user "ann": deactivate access key`) || strings.Contains(got.out, "undo:") {
		t.Errorf("%+v", got)
	}
	if n := aws.Calls()["iam:UpdateAccessKey"]; n != 0 || keyStatus(aws, "ann") != account.Active {
		t.Errorf("%d writes", n)
	}
}

// What was counted and is refused meanwhile did not come about.
func TestApplyOfWhatIsRefusedMeanwhile(t *testing.T) {
	aws := remediating(t, remediate.Enforce)
	nights(t, aws, 2, remediate.Enforce)
	in := asTyped{strings.NewReader("1\n"), func() { configure(t, strings.Replace(arming, "[ben]", "[ben, ann]", 1)) }}
	got := enterFrom(t, in, "remediate", "apply")
	if got.status != exitFailed || !strings.Contains(got.out, "refused: user") || !strings.Contains(got.err, "1 action did not come about") || keyStatus(aws, "ann") != account.Active {
		t.Errorf("%+v", got)
	}
}

func TestKillSwitch(t *testing.T) {
	for _, c := range []struct {
		opt                awstest.Option
		state, said, wants string
	}{
		{awstest.Parameter("/iamvigil/remediation", "off"), "off", "kill switch: off, nothing is acted on",
			"aws ssm put-parameter --region 'us-east-1' --name '/iamvigil/remediation' --value 'on' --overwrite"},
		{awstest.Deny("ssm:GetParameter"), "unknown", "kill switch: unknown, nothing is acted on: AccessDenied", "the kill switch is not known"},
	} {
		aws := remediating(t, remediate.Enforce)
		nights(t, aws, 2, remediate.Enforce)
		c.opt(aws)
		if got := enter(t, "remediate", "plan"); got.status != exitComplete || !strings.Contains(got.out, c.said) {
			t.Errorf("%s: %+v", c.state, got)
		}
		if got := enter(t, "remediate", "plan", "--format=json"); !strings.Contains(got.out, `"switch": "`+c.state+`"`) {
			t.Errorf("%s: %+v", c.state, got)
		}
		got := enterTyping(t, "1\n", "remediate", "apply")
		if got.status != exitFailed || strings.Contains(got.out, "Type the number") || !strings.Contains(got.err, c.wants) || keyStatus(aws, "ann") != account.Active {
			t.Errorf("%s: %+v", c.state, got)
		}
	}
}

// A clock that is wrong by more than minutes decides nothing; a plan changes
// nothing, and may be looked at.
func TestWrongClock(t *testing.T) {
	for ahead, want := range map[time.Duration]string{
		10 * time.Minute: "this computer's clock is 10 minutes behind AWS's", -time.Hour: "this computer's clock is 60 minutes ahead of AWS's",
	} {
		aws := remediating(t, remediate.Enforce)
		nights(t, aws, 2, remediate.Enforce)
		awstest.Dated(ahead)(aws)
		if got := enter(t, "remediate", "plan"); got.status != exitComplete {
			t.Errorf("%+v", got)
		}
		for _, args := range [][]string{{"apply"}, {"undo", "ffffffffffff"}} {
			got := enterTyping(t, "1\n", append([]string{"remediate"}, args...)...)
			if got.status != exitFailed || !strings.Contains(got.err, want) || got.out != "" || keyStatus(aws, "ann") != account.Active {
				t.Errorf("%v: %+v", args, got)
			}
		}
		awstest.Dated(4 * time.Minute)(aws)
		if got := enterTyping(t, "1\n", "remediate", "apply"); got.status != exitComplete || keyStatus(aws, "ann") != account.Inactive {
			t.Errorf("four minutes: %+v", got)
		}
	}
}

// Whom the stack protects by a path is left alone, though the configuration does
// not say so: in a plan, in a dry run and by hand.
func TestProtectedPath(t *testing.T) {
	for _, mode := range []remediate.Mode{remediate.Enforce, remediate.DryRun} {
		aws := remediating(t, mode)
		aws.Change(func(s *account.Snapshot) {
			i := slices.IndexFunc(s.Users, func(u account.User) bool { return u.Name == "ann" })
			s.Users[i].ARN = "arn:aws:iam::" + accountID + ":user/break-glass/ann"
		})
		nights(t, aws, 3, mode)
		const why = `protected by "arn:*:iam::*:user/break-glass/*"`
		for _, args := range [][]string{{}, {"--quarantine=ann", "--reason=x"}} {
			got := enter(t, append([]string{"remediate", "plan"}, args...)...)
			said := strings.Join(strings.Fields(got.out+got.err), " ")
			if !strings.Contains(said, why) || strings.Contains(got.out, "DUE NOW") || keyStatus(aws, "ann") != account.Active {
				t.Errorf("%s, %v: %+v", mode, args, got)
			}
		}
	}
}

// A plan says why somebody waits who is not waiting for a day.
func TestPlanSaysWhyItWaits(t *testing.T) {
	aws := remediating(t, remediate.Enforce)
	nights(t, aws, 2, remediate.Enforce)
	aws.Change(func(s *account.Snapshot) {
		s.Users = slices.DeleteFunc(s.Users, func(u account.User) bool { return u.Name == "ann" })
	})
	if got := enter(t, "remediate", "plan"); !strings.Contains(got.out, "WAITING (1)") || !strings.Contains(got.out, "waits: the user is gone") {
		t.Errorf("%+v", got)
	}
}

// Where stack and configuration differ, a plan says which of them says what.
func TestPlanOfWhatOneSideSwitchesOn(t *testing.T) {
	remediating(t, remediate.Enforce)
	configure(t, strings.Replace(arming, "    quarantine: {enabled: true}", "    contain-console: {enabled: true, rules: {user-console-unused: {warn: 0, final: 1, act: 2}}}", 1))
	got := strings.Join(strings.Fields(enter(t, "remediate", "plan").out), " ")
	for _, want := range []string{"note: switched on in the stack, not in config.yaml: quarantine; nothing", "note: switched on in config.yaml, not in the stack: contain-console; nothing"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in %s", want, got)
		}
	}
}

// To give back needs no configuration, and so no sound one.
func TestUndoWithABrokenConfiguration(t *testing.T) {
	aws := remediating(t, remediate.Enforce)
	nights(t, aws, 2, remediate.Enforce)
	applied := enterTyping(t, "1\n", "remediate", "apply")
	id := actionID.FindStringSubmatch(applied.out)
	if id == nil {
		t.Fatalf("%+v", applied)
	}
	configure(t, "version: 1\nremediation: [")
	if got := enter(t, "remediate", "plan"); got.status != exitFailed {
		t.Errorf("%+v", got)
	}
	if got := enter(t, "remediate", "undo", id[1]); got.status != exitComplete || got.err != "" || keyStatus(aws, "ann") != account.Active {
		t.Errorf("%+v", got)
	}
}

// What stands is what a later attempt has not changed.
func TestStateOfAnAction(t *testing.T) {
	do, undo := ledger.Entry{Intent: &ledger.Intent{}}, ledger.Entry{Intent: &ledger.Intent{Undo: true}}
	end := func(outcome string) ledger.Entry { return ledger.Entry{Outcome: outcome} }
	for want, all := range map[string][][]ledger.Entry{
		pending:          {{do}, {do, end(ledger.Done), undo}},
		ledger.Done:      {{do, end(ledger.Done)}, {do, end(ledger.Done), do, end(ledger.Stopped)}, {do, end(ledger.Done), undo, end(ledger.Failed)}},
		ledger.Stopped:   {{do, end(ledger.Stopped)}, {do, end(ledger.Done), undo, end(ledger.Done), do, end(ledger.Stopped)}},
		ledger.Failed:    {{do, end(ledger.Failed)}},
		ledger.Uncertain: {{do, end(ledger.Done), undo, end(ledger.Uncertain)}},
		ledger.Would:     {{do, end(ledger.Would)}},
		undone:           {{do, end(ledger.Done), undo, end(ledger.Done)}},
	} {
		for _, entries := range all {
			if got := actionOf(entries).State; got != want {
				t.Errorf("%+v is %s, want %s", entries, got, want)
			}
		}
	}
}

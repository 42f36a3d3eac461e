package main

import (
	"strings"
	"testing"

	"iamvigil/internal/awstest"
	"iamvigil/remediate"
)

const (
	armament, switched, ran = "remediation", "kill switch", "last remediation"
	scheduled, givenUp      = "schedule of remediation", "remediations given up"
)

func TestDoctorOfRemediation(t *testing.T) {
	aws := remediating(t, remediate.Enforce)
	if got := examined(t); got[armament] != "ok" || got[switched] != "ok" || got[ran] != "unknown" || got[scheduled] != "ok" || got[givenUp] != "ok" {
		t.Errorf("before the first run: %v", got)
	}
	nights(t, aws, 1, remediate.Enforce)
	if got := examined(t); got[ran] != "ok" {
		t.Errorf("after a run: %v", got)
	}
	remediating(t, remediate.Enforce, awstest.Parameter("/iamvigil/remediation", "off"))
	if got := examined(t); got[switched] != "fault" {
		t.Errorf("switched off: %v", got)
	}
	remediating(t, remediate.Enforce, awstest.Deny("ssm:GetParameter"))
	if got := examined(t); got[switched] != "unknown" {
		t.Errorf("a switch that may not be seen: %v", got)
	}
	remediating(t, remediate.Enforce)
	t.Setenv("CONFIG_FILE", "")
	if got := examined(t); got[armament] != "fault" {
		t.Errorf("the stack alone arms cures: %v", got)
	}
}

// What holds the runs, and what keeps them from coming.
func TestDoctorOfHeldAndLateRuns(t *testing.T) {
	aws := remediating(t, remediate.Enforce)
	nights(t, aws, 3, remediate.Enforce) // the third would act
	if got := examined(t); got[ran] != "ok" {
		t.Errorf("all is well: %v", got)
	}
	aws = remediating(t, remediate.Enforce)
	night(t, aws, 3, remediate.Enforce)
	if got := examined(t); got[ran] != "fault" {
		t.Errorf("three days ago: %v", got)
	}
	night(t, aws, 2, remediate.Enforce)
	configure(t, strings.Replace(arming, "[ben]", "[ben, zoe]", 1))
	night(t, aws, 1, remediate.Enforce)
	got := enter(t, "doctor")
	if got.status != exitFailed || !strings.Contains(strings.Join(strings.Fields(got.out), " "), "the circuit breaker held it") || keyStatus(aws, "ann") != "Active" {
		t.Errorf("held: %+v", got)
	}
}

// A configuration with a fault hides neither switch nor runs.
func TestDoctorOfABrokenConfiguration(t *testing.T) {
	aws := remediating(t, remediate.Enforce)
	night(t, aws, 1, remediate.Enforce)
	configure(t, "version: 1\nremediation: [")
	if got := examined(t); got[armament] != "fault" || got[switched] != "ok" || got[ran] != "ok" {
		t.Errorf("%v", got)
	}
}

func TestDoctorOfWhatBringsRemediation(t *testing.T) {
	for name, c := range map[string]struct {
		opt   awstest.Option
		check string
	}{
		"the schedule is off": {awstest.Schedule("iamvigil-RemediateFunctionDaily-1A2B", "DISABLED", "cron(30 3 * * ? *)"), scheduled},
		"a run was given up":  {awstest.Queue(queueURL+"remediate-failures", 1), givenUp},
	} {
		remediating(t, remediate.Enforce, c.opt)
		if got := examined(t); got[c.check] != "fault" {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// A stack of another version tells less, and that is no reason to say that all is
// well.
func TestDoctorOfAnOlderStack(t *testing.T) {
	out := without("ProtectedPath")
	out["RemediationMode"] = "enforce"
	deployed(t, awstest.StackOutputs("iamvigil", out))
	got := enter(t, "doctor")
	if states := examined(t); states[armament] != "unknown" || states["stack"] != "fault" ||
		!strings.Contains(got.out, "ProtectedPath, RemediationSwitchName") {
		t.Errorf("%v; %s", states, got.out)
	}
}

// In mode off nobody is told what is switched on all the same, but here.
func TestDoctorOfWhatIsOffAllTheSame(t *testing.T) {
	remediating(t, remediate.Off)
	configure(t, "version: 1\nremediation:\n  cures:\n    deactivate-key: {enabled: true, rules: {key-rotation: {warn: 0, final: 1, act: 2}}}\n"+
		"    contain-console: {enabled: true, rules: {user-console-unused: {warn: 0, final: 1, act: 2}}}\n")
	got := strings.Join(strings.Fields(enter(t, "doctor").out), " ")
	want := "ok remediation: off; switched on all the same, in the stack and in config.yaml: deactivate-key;" +
		" switched on in the stack, not in config.yaml: quarantine; in config.yaml, not in the stack: contain-console"
	if !strings.Contains(got, want) {
		t.Errorf("%s", got)
	}
}

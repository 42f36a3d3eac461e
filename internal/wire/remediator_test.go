package wire_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"iamvigil/internal/awstest"
	"iamvigil/internal/wire"
	"iamvigil/remediate"
	"iamvigil/scanner/account"
	"iamvigil/scanner/collect"
	"iamvigil/scanner/policy"
)

// arming is what a configuration says in the tests.
const arming = `version: 1
owners: {account: ops}
remediation:
  ask: "#iam-help"
  protected: [deployer]
  cures:
    deactivate-key: {enabled: true, rules: {key-unused: {warn: 0, final: 7, act: 14}}}
    quarantine: {enabled: true}
`

// deploy sets the environment as the stack does, over a fake AWS.
func deploy(t *testing.T, opts ...awstest.Option) *awstest.AWS {
	t.Helper()
	s := &account.Snapshot{Account: account.Identity{ID: "111122223333", Partition: "aws"}}
	fake := awstest.Serve(t, s, append([]awstest.Option{awstest.Tables("Ledger")}, opts...)...)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": fake.URL(), "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "ASIATEST", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "token",
		"LEDGER_TABLE": "Ledger", "OWN_ROLE_ARNS": "arn:aws:iam::111122223333:role/audit,arn:aws:iam::111122223333:role/remediate",
		"REMEDIATION_ROLE_ARN": "arn:aws:iam::111122223333:role/remediate", "REMEDIATION_MODE": "enforce",
		"REMEDIATION_CURES": "deactivate-key,contain-console", "REMEDIATION_SWITCH": "stack/switch", "REMEDIATION_PROTECTED_PATH": "break-glass/",
		"DENY_CONSOLE_POLICY_ARN": "arn:aws:iam::111122223333:policy/console", "DENY_WITHOUT_MFA_POLICY_ARN": "arn:aws:iam::111122223333:policy/mfa", "DENY_ALL_POLICY_ARN": "arn:aws:iam::111122223333:policy/all",
		"CONFIG_FILE": write(t, arming),
	} {
		t.Setenv(name, value)
	}
	return fake
}

func remediator(t *testing.T) *remediate.Runner {
	t.Helper()
	r, err := wire.Remediator(t.Context(), func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// All functions know the stack's policies that deny, and whose writes are expected.
func TestAllKnowTheDenies(t *testing.T) {
	deploy(t)
	want := account.Denies{Console: "arn:aws:iam::111122223333:policy/console", WithoutMFA: "arn:aws:iam::111122223333:policy/mfa", All: "arn:aws:iam::111122223333:policy/all"}
	looks, err := wire.Runner(t.Context(), func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	if c, ok := looks.Collect.(*collect.Collector); !ok || c.Stack.Denies != want {
		t.Errorf("audit and watch: %+v", looks.Collect)
	}
	if c, ok := remediator(t).Look.(*collect.Collector); !ok || c.Stack.Denies != want {
		t.Errorf("remediate: %+v", c)
	}
	if looks.RemediationRole != "arn:aws:iam::111122223333:role/remediate" {
		t.Errorf("writes are expected of %q", looks.RemediationRole)
	}
}

// With the mode off the function starts and does nothing, whatever else is missing.
func TestRemediatorOff(t *testing.T) {
	t.Setenv("REMEDIATION_MODE", "off")
	counts, err := remediator(t).Run(t.Context())
	if err != nil || counts != (remediate.Counts{}) {
		t.Errorf("%+v, %v", counts, err)
	}
}

func TestRemediatorRefusesToStart(t *testing.T) {
	for _, c := range []struct{ name, value, want string }{
		{"REMEDIATION_MODE", "", `remediation's mode (REMEDIATION_MODE) is ""; it must be off, dry-run or enforce`},
		{"REMEDIATION_MODE", "OFF", `is "OFF"; it must be`},
		{"REMEDIATION_MODE", "dry run", `is "dry run"; it must be`},
		{"REMEDIATION_CURES", "deactivate-key,delete-key", `there is no cure "delete-key"`},
		{"REMEDIATION_SWITCH", "", "REMEDIATION_SWITCH"},
		{"REMEDIATION_PROTECTED_PATH", "", "REMEDIATION_PROTECTED_PATH"},
		{"CLOCK", "noon", "read CLOCK"},
		{"REMEDIATION_ROLE_ARN", "", "REMEDIATION_ROLE_ARN is empty"},
		{"LEDGER_TABLE", "", "LEDGER_TABLE"},
		{"OWN_ROLE_ARNS", "role", "read OWN_ROLE_ARNS"},
		{"AWS_ACCESS_KEY_ID", "", "it has no credentials"},
		{"CONFIG_FILE", write(t, "version: 1\nremediation: {cures: {delete-key: {}}}\n"), `line 2: there is no cure "delete-key"`},
	} {
		t.Run(c.name+"="+c.value, func(t *testing.T) {
			deploy(t)
			t.Setenv(c.name, c.value)
			if _, err := wire.Remediator(t.Context(), func() time.Time { return now }); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v does not say %s", err, c.want)
			}
		})
	}
}

// A cure is armed where both the stack and the configuration say so.
func TestSettingsAreWhatBothSay(t *testing.T) {
	deploy(t)
	r := remediator(t)
	s, err := r.Settings(now)
	if err != nil {
		t.Fatal(err)
	}
	if s.Limits["key-unused"].Value == 0 || s.Terms.AccountOwner != "ops" || len(s.Digest) != 64 {
		t.Errorf("limits %v, terms %+v, digest %q", s.Limits, s.Terms, s.Digest)
	}
	want := remediate.Settings{
		Mode:      remediate.Enforce,
		Cures:     map[remediate.Cure]bool{remediate.DeactivateKey: true},
		Schedules: map[string]remediate.Schedule{"key-unused": {Warn: 0, Final: 7, Act: 14}},
		Protected: []string{"deployer", "arn:*:iam::*:user/break-glass/*"},
		StackOnly: []remediate.Cure{remediate.ContainConsole}, ConfigOnly: []remediate.Cure{remediate.Quarantine},
		Denies: account.Denies{Console: "arn:aws:iam::111122223333:policy/console", WithoutMFA: "arn:aws:iam::111122223333:policy/mfa", All: "arn:aws:iam::111122223333:policy/all"},
		Ask:    "#iam-help",
		Terms:  s.Terms, Limits: s.Limits, Digest: s.Digest,
	}
	if diff := cmp.Diff(want, s); diff != "" {
		t.Error(diff)
	}
	if r.Account.ID != "111122223333" || r.By != "arn:aws:iam::111122223333:role/remediate" {
		t.Errorf("%+v acts as %s", r.Account, r.By)
	}
}

// Who protects nobody else has the stack's path all the same, and no configuration
// gets what it said changed.
func TestProtectedPath(t *testing.T) {
	deploy(t)
	t.Setenv("REMEDIATION_PROTECTED_PATH", "ops/emergency/")
	t.Setenv("CONFIG_FILE", write(t, "version: 1\n"))
	r := remediator(t)
	for range 2 {
		s, err := r.Settings(now)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"arn:*:iam::*:user/ops/emergency/*"}, s.Protected); diff != "" {
			t.Error(diff)
		}
	}
}

// Without a configuration nothing is armed, whatever the file says; policies are
// known, to undo with.
func TestUnconfigured(t *testing.T) {
	fake := deploy(t)
	parts := wire.RemediatorParts{AWS: fake.Config(), Mode: remediate.Enforce, Cures: remediate.Cures(), Denies: account.Denies{All: "arn:all"}, ConfigFile: "/nowhere"}
	clock := func() time.Time { return now }
	if _, err := wire.RemediatorFrom(parts, clock); err == nil {
		t.Error("a configuration that is not there is one")
	}
	s, err := wire.Unconfigured(parts, clock).Settings(now)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(remediate.Settings{Mode: remediate.Enforce, Denies: account.Denies{All: "arn:all"}}, s); diff != "" {
		t.Error(diff)
	}
}

// Every time they are asked for, settings are read anew: an exemption that was
// added, or a file that is broken by now.
func TestSettingsAreReadAnew(t *testing.T) {
	deploy(t)
	file := os.Getenv("CONFIG_FILE")
	r := remediator(t)
	was, err := r.Settings(now)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := r.Settings(now.AddDate(0, 0, 1)); err != nil || again.Digest != was.Digest {
		t.Errorf("the day after: %q, %v, was %q", again.Digest, err, was.Digest)
	}
	rewrite := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	rewrite(arming + "exemptions:\n  - {rule: key-unused, resource: ann, reason: why, owner: ben, expires: 2027-03-31}\n")
	if s, err := r.Settings(now); err != nil || len(s.Terms.Exemptions) != 1 || s.Digest == was.Digest {
		t.Errorf("an exemption more: %+v, %v", s.Terms, err)
	}
	rewrite("version: 1\nremediation: [")
	if s, err := r.Settings(now); err == nil || s.Mode != "" || len(s.Cures) > 0 {
		t.Errorf("a broken file: %+v, %v", s, err)
	}
}

// What the stack says is part of the digest, too.
func TestDigestOfTheStack(t *testing.T) {
	digests := map[string]string{}
	for _, c := range [][2]string{
		{"AS_IT_IS", ""}, {"REMEDIATION_MODE", "dry-run"}, {"REMEDIATION_CURES", "contain-console"}, {"REMEDIATION_CURES", "deactivate-key,quarantine"},
		{"DENY_ALL_POLICY_ARN", "arn:aws:iam::111122223333:policy/other"}, {"REMEDIATION_PROTECTED_PATH", "ops/"},
	} {
		deploy(t)
		t.Setenv(c[0], c[1])
		s, err := remediator(t).Settings(now)
		if err != nil {
			t.Fatal(err)
		}
		what := c[0] + "=" + c[1]
		if other := digests[s.Digest]; other != "" {
			t.Errorf("%s has the digest of %s", what, other)
		}
		digests[s.Digest] = what
	}
}

func TestSwitch(t *testing.T) {
	const action = "ssm:GetParameter"
	for name, c := range map[string]struct {
		opt  awstest.Option
		on   bool
		want string // of the error
	}{
		"on":            {awstest.Parameter("stack/switch", "on"), true, ""},
		"off":           {awstest.Parameter("stack/switch", "off"), false, ""},
		"capitals":      {awstest.Parameter("stack/switch", "ON"), false, ""},
		"a space":       {awstest.Parameter("stack/switch", "on "), false, ""},
		"true":          {awstest.Parameter("stack/switch", "true"), false, ""},
		"a list":        {awstest.Parameter("stack/switch", "on,on"), false, ""},
		"another's":     {awstest.Parameter("stack/switches", "on"), false, `there is no SSM parameter "stack/switch", so nothing is done; make it`},
		"denied":        {awstest.Role(policy.Parse(`{}`)), false, "AccessDeniedException"},
		"throttled":     {awstest.Throttle(action, awstest.Always), false, "ThrottlingException"},
		"failing":       {awstest.Fail(action, awstest.Always, "InternalServerError", 500), false, "InternalServerError"},
		"not to be had": {awstest.Unsupported(action), false, `read the switch, which is SSM parameter "stack/switch"`},
	} {
		t.Run(name, func(t *testing.T) {
			deploy(t, c.opt)
			on, err := remediator(t).Switch.On(t.Context())
			if on != c.on || (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, %v; want %v, %q", on, err, c.on, c.want)
			}
		})
	}
}

// The switch is read each time, and one that was deleted is not on.
func TestSwitchIsReadAnew(t *testing.T) {
	fake := deploy(t, awstest.Parameter("stack/switch", "on"))
	r := remediator(t)
	if on, err := r.Switch.On(t.Context()); !on || err != nil {
		t.Errorf("%v, %v", on, err)
	}
	fake.SetParameter("stack/switch", "")
	if on, err := r.Switch.On(t.Context()); on || err == nil {
		t.Errorf("deleted: %v, %v", on, err)
	}
}

// A stack whose mode is off has no switch, and a person at a terminal is told so.
func TestNoSwitch(t *testing.T) {
	fake := deploy(t)
	r, err := wire.RemediatorFrom(wire.RemediatorParts{AWS: fake.Config(), Mode: remediate.Off}, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	if on, err := r.Switch.On(t.Context()); on || err == nil || !strings.Contains(err.Error(), "the stack has no switch") || fake.Calls()["ssm:GetParameter"] > 0 {
		t.Errorf("%v, %v", on, err)
	}
}

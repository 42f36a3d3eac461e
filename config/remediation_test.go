package config_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"iamvigil/config"
	"iamvigil/remediate"
)

// armed is a configuration without fault that acts, with its cures from line 5 on.
const armed = `version: 1
remediation:
  ask: "#iam-help on Slack"
  protected: [arn:aws:iam::*:user/break-glass/*, deployer]
  cures:
    deactivate-key:
      enabled: true
      rules:
        key-unused: {warn: 0, final: 7, act: 14}
        key-rotation: {warn: 2, final: 21, act: 365}
    quarantine:
      enabled: false
`

func TestRemediation(t *testing.T) {
	s, err := apply(armed)
	if err != nil {
		t.Fatal(err)
	}
	want := config.Remediation{
		Cures:     map[remediate.Cure]bool{remediate.DeactivateKey: true},
		Schedules: map[string]remediate.Schedule{"key-unused": {Warn: 0, Final: 7, Act: 14}, "key-rotation": {Warn: 2, Final: 21, Act: 365}},
		Protected: []string{"arn:aws:iam::*:user/break-glass/*", "deployer"},
		Ask:       "#iam-help on Slack",
		Digest:    s.Remediation.Digest,
	}
	if diff := cmp.Diff(want, s.Remediation); diff != "" {
		t.Error(diff)
	}
}

// A cure that is switched off keeps its days in the file, and arms nothing; one
// that people carry out by hand needs no rules.
func TestCuresThatDoNothingByThemselves(t *testing.T) {
	s, err := apply(strings.Replace(armed, "enabled: true", "enabled: false", 1))
	if err != nil || len(s.Remediation.Cures)+len(s.Remediation.Schedules) > 0 {
		t.Errorf("%+v, %v", s.Remediation, err)
	}
	s, err = apply("version: 1\nremediation: {cures: {quarantine: {enabled: true}}}")
	if err != nil || !s.Remediation.Cures[remediate.Quarantine] || len(s.Remediation.Schedules) > 0 {
		t.Errorf("%+v, %v", s.Remediation, err)
	}
}

func TestRemediationRefused(t *testing.T) {
	for name, c := range map[string]struct{ old, new, want string }{
		"unknown key":          {"ask:", "asks:", `3: remediation has no "asks"; did you mean "ask"?; there are ask, protected and cures`},
		"ask of lines":         {`"#iam-help on Slack"`, "|\n    one\n    two", "3: how to ask for an exemption must be one line"},
		"ask as a comment":     {`"#iam-help on Slack"`, "#iam-help", "3: how to ask for an exemption is empty"},
		"long ask":             {`"#iam-help on Slack"`, strings.Repeat("a", 201), "3: how to ask for an exemption has 201 characters; it may have 200"},
		"protected as a text":  {"[arn:aws:iam::*:user/break-glass/*, deployer]", "deployer", "4: protected must be a list, such as [arn:aws:iam::*:user/break-glass/*]"},
		"protected twice":      {", deployer]", ", deployer, deployer]", `4: protected user "deployer" is listed twice`},
		"protected path":       {", deployer]", ", user/x/*]", `4: protected user "user/x/*" matches nothing: an ARN begins with arn:`},
		"protected with space": {", deployer]", ", the deployer]", `4: protected user "the deployer" matches nothing: no ARN and no name`},
		"protected nobody":     {", deployer]", ", '']", "4: the protected user is empty"},
		"protected group":      {", deployer]", ", 'arn:aws:iam::*:group/admins']", `4: protected user "arn:aws:iam::*:group/admins" matches no user`},
		"protected role":       {", deployer]", ", '*:role/deployer']", `4: protected user "*:role/deployer" matches no user`},
		"protected root":       {", deployer]", ", 'arn:aws:iam::*:root']", `4: protected user "arn:aws:iam::*:root" matches no user`},
		"too many protected":   {"[arn:aws:iam::*:user/break-glass/*, deployer]", "[" + strings.Repeat("a, ", 100) + "b]", "4: more than 100 protected users"},

		"a list":                {armed, "version: 1\nremediation: [deactivate-key]\n", "2: remediation must map names to values; there are ask, protected and cures"},
		"cures as a list":       {armed, "version: 1\nremediation:\n  cures: [deactivate-key]\n", "3: cures must map names to settings; there are deactivate-key, contain-console and quarantine"},
		"unknown cure":          {"deactivate-key:", "deactivate-keys:", `6: there is no cure "deactivate-keys"; did you mean "deactivate-key"?; there are deactivate-key, contain-console and quarantine`},
		"cure without":          {"quarantine:\n      enabled: false", "quarantine:", `11: cure "quarantine" needs settings, such as enabled: true; or delete it`},
		"cure as a flag":        {"quarantine:\n      enabled: false", "quarantine: true", `11: cure "quarantine" must map names to values; there are enabled and rules`},
		"cure not said":         {"\n      enabled: false", " {}", `11: cure "quarantine" does not say whether it is on; add enabled: true, or false`},
		"cure as yes":           {"enabled: true", "enabled: yes", `7: cure "deactivate-key": enabled must be true or false`},
		"cure of nothing":       {"quarantine:\n      enabled: false", "contain-console:\n      enabled: true", `11: cure "contain-console" has no rules and would do nothing; add rules: {user-console-unused: {warn: 0, final: 7, act: 14}}`},
		"unknown cure key":      {"enabled: false", "enabled: false\n      days: 3", `13: cure "quarantine" has no "days"; there are enabled and rules`},
		"rules as a list":       {"enabled: false", "enabled: false\n      rules: [user-unused]", `13: cure "quarantine": rules must map rule ids to days, such as user-unused: {warn: 0, final: 7, act: 14}`},
		"no rules":              {"enabled: false", "enabled: false\n      rules: {}", `13: cure "quarantine": rules must map rule ids to days`},
		"rules of null":         {"enabled: false", "enabled: false\n      rules:", `13: cure "quarantine": rules must map rule ids to days`},
		"rule of another":       {"key-rotation:", "user-without-mfa:", `10: cure "deactivate-key" is not for rule "user-without-mfa"; it is for key-rotation and key-unused`},
		"misspelt rule":         {"key-rotation:", "key-rotated:", `10: cure "deactivate-key" is not for rule "key-rotated"; did you mean "key-rotation"?; it is for key-rotation and key-unused`},
		"rule off by default":   {"enabled: false", "enabled: false\n      rules: {user-unused: {warn: 0, final: 7, act: 14}}", `13: rule "user-unused" is switched off, so that nothing is ever done about it; switch it on, or delete it here`},
		"rule switched off":     {"    quarantine:\n      enabled: false\n", "rules: {key-rotation: {enabled: false}}\n", `10: rule "key-rotation" is switched off`},
		"days as a number":      {"{warn: 0, final: 7, act: 14}", "14", `9: cure "deactivate-key", rule "key-unused" must map names to values; there are warn, final and act`},
		"no days":               {"{warn: 0, final: 7, act: 14}", "{}", `9: cure "deactivate-key", rule "key-unused" has no act; add act: how many days|9: cure "deactivate-key", rule "key-unused" has no final|9: cure "deactivate-key", rule "key-unused" has no warn`},
		"no final warning":      {"final: 7, ", "", `9: cure "deactivate-key", rule "key-unused" has no final; add final: how many days`},
		"another stage":         {"final: 7", "final: 7, delete: 30", `9: cure "deactivate-key", rule "key-unused" has no "delete"; there are warn, final and act`},
		"days as a text":        {"final: 7", "final: '7'", `9: cure "deactivate-key", rule "key-unused": final must be a whole number`},
		"hours":                 {"act: 14", "act: 14h", `9: cure "deactivate-key", rule "key-unused": act must be a whole number`},
		"all at once":           {"{warn: 0, final: 7, act: 14}", "{warn: 0, final: 0, act: 0}", `9: cure "deactivate-key", rule "key-unused": warn 0, final 0, act 0: `},
		"act on first night":    {"{warn: 0, final: 7, act: 14}", "{warn: -2, final: -1, act: 0}", `9: cure "deactivate-key", rule "key-unused": warn -2, final -1, act 0: `},
		"before it began":       {"warn: 0, final: 7", "warn: -1, final: 7", `9: cure "deactivate-key", rule "key-unused": warn -1, `},
		"final on the last day": {"final: 7", "final: 14", `9: cure "deactivate-key", rule "key-unused": warn 0, final 14, act 14: `},
		"final after the act":   {"final: 7", "final: 15", `9: cure "deactivate-key", rule "key-unused": warn 0, final 15, act 14: `},
		"final as the warning":  {"final: 7", "final: 0", `9: cure "deactivate-key", rule "key-unused": warn 0, final 0, act 14: `},
		"beyond a year":         {"act: 365", "act: 366", `10: cure "deactivate-key", rule "key-rotation": warn 2, final 21, act 366: `},
		"rule twice":            {"key-rotation:", "key-unused:", `10: "key-unused" is set twice, first in line 9`},
		"alias":                 {"{warn: 0, final: 7, act: 14}", "&a {warn: 0, final: 7, act: 14}", "9: &a is an anchor, which is not read"},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(armed, c.old, c.new, 1)
			if text == armed {
				t.Fatalf("there is no %q", c.old)
			}
			s, err := apply(text)
			refused(t, s, err, c.want)
		})
	}
}

// All faults of the section come with those of others, in the order of lines.
func TestAllFaultsOfRemediationAtOnce(t *testing.T) {
	_, err := apply(`version: 1
remediation:
  ask: ""
  protected: [a b]
  cures:
    deactivate-key:
      enabled: perhaps
      rules:
        key-unused: {warn: 7, final: 7, act: 7}
        key-rotation: {warn: 0, final: 21, act: 30}
        plain: {warn: 0}
    contain: {}
rules:
  key-rotation: {enabled: false}
  zebra: {limit: 3}
`)
	var lines []string
	for text := range strings.Lines(fmt.Sprint(err)) {
		line, _, _ := strings.Cut(strings.TrimPrefix(text, "read c.yaml: line "), ":")
		lines = append(lines, line)
	}
	if diff := cmp.Diff(strings.Fields("3 4 7 9 10 11 12 15"), lines); diff != "" {
		t.Errorf("%s\n%v", diff, err)
	}
}

// What a plan depends on makes another digest, and nothing else does: text of
// another form, what stands in messages, rules that nothing is done about.
func TestDigest(t *testing.T) {
	rest := "owners: {tags: [team]}\nexemptions:\n  - {rule: key-unused, resource: ann, reason: why, owner: ben, expires: 2027-03-31}\nrules:\n  key-rotation: {limit: 90, grace: 0}\n"
	of := func(text string) string {
		s, err := apply(text)
		if err != nil {
			t.Fatalf("%s%v", text, err)
		}
		return s.Remediation.Digest
	}
	was := of(armed + rest)
	for _, c := range []struct {
		old, new string
		same     bool
	}{
		{"#iam-help", "#security", true},
		{"reason: why", "reason: since", true},
		{"owner: ben", "owner: cid", true},
		{"{limit: 90, grace: 0}", "{severity: high}", true},
		{"  key-rotation: {limit", "  plain: {enabled: false}\n  aged: {limit: 3}\n  key-rotation: {limit", true},
		{"  protected: [arn:aws:iam::*:user/break-glass/*, deployer]", "  # whom nobody touches\n  protected:\n    - arn:aws:iam::*:user/break-glass/*\n    - deployer", true},
		{"        key-unused: {warn: 0, final: 7, act: 14}\n        key-rotation: {warn: 2, final: 21, act: 365}\n", "        key-rotation: {act: 365, final: 21, warn: 2}\n        key-unused: {act: 14, final: 7, warn: 0}\n", true},
		{"    quarantine:\n      enabled: false\n", "", true},
		{", deployer]", "]", false},
		{"enabled: true", "enabled: false", false},
		{"enabled: false", "enabled: true", false},
		{"act: 14", "act: 15", false},
		{"        key-unused: {warn: 0, final: 7, act: 14}\n", "", false},
		{"limit: 90", "limit: 91", false},
		{"limit: 90", "limit: 90, limit_without_password: 180", false},
		{"grace: 0", "grace: 1", false},
		{"tags: [team]", "tags: [owner]", false},
		{"tags: [team]", "tags: [team], account: ops", false},
		{"resource: ann", "resource: ben", false},
		{"rule: key-unused,", "rule: [key-unused, plain],", false},
		{"expires: 2027-03-31", "expires: 2027-03-30", false},
		{"expires: 2027-03-31", "expires: 2027-03-31T23:59:58Z", false},
	} {
		changed := strings.Replace(armed+rest, c.old, c.new, 1)
		if changed == armed+rest {
			t.Fatalf("there is no %q", c.old)
		}
		if same := of(changed) == was; same != c.same {
			t.Errorf("%q for %q: the same is %v, want %v", c.new, c.old, same, c.same)
		}
	}
}

package remediate_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"iamvigil/ledger"
	"iamvigil/remediate"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

const enrolARN = iamARN + "policy/enrol"

// enrolment is what AWS's documentation gives users to assign themselves an MFA
// device.
func enrolment() account.Policy {
	return account.Policy{ARN: enrolARN, Name: "enrol", Versions: []account.PolicyVersion{{ID: "v1", Default: true, Document: policy.Parse(
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:CreateVirtualMFADevice"],"Resource":"arn:aws:iam::*:mfa/*"},` +
			`{"Effect":"Allow","Action":["iam:EnableMFADevice"],"Resource":"arn:aws:iam::*:user/${aws:username}"}]}`)}}}
}

// What a person has counted is not bound by the day, and no other act is done.
func TestApplyOfWhatIsDue(t *testing.T) {
	w := newWorld()
	for _, name := range []string{"ann", "bob", "cat"} {
		w.keyUser(name, "key-unused")
	}
	p := begin(t, w)
	p.until(6)
	p.clock.set(night.Add(7 * day))
	planned, err := p.runner.Planned(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	steps, err := p.runner.Apply(t.Context(), planned)
	if err != nil || len(steps) != 1 || steps[0].What != ledger.StepDone {
		t.Fatalf("%+v, %v", steps, err)
	}
	told := len(p.told.told)
	steps, err = p.runner.Apply(t.Context(), planned)
	if err != nil || len(steps) != 1 || steps[0].What != ledger.StepRefused {
		t.Errorf("once more: %+v, %v", steps, err)
	}
	p.want("told to others", len(p.told.told), told)
	p.want("writes", len(p.iam.writes), 1)
}

// Of a quarantine by rule whose first act is not justified any more, none is done:
// the user is at work.
func TestQuarantineSparesAsAWhole(t *testing.T) {
	w := newWorld()
	cases[3].arrange(w)
	p := begin(t, w)
	p.until(6)
	p.userOf("ann").Login = &account.Login{Changed: night.Add(-300 * day), LastUsed: night.Add(6 * day)}
	p.night(7)
	p.want("writes", p.iam.writes, []string(nil))
	p.until(9)
	p.want("told, once", p.steps()[2:], []string{"spared ann deny-all"})
}

// The keys of a quarantine by rule rest on the look that its policy was attached
// by: whatever keeps that from being done keeps them.
func TestKeysOfAQuarantineRestOnItsPolicy(t *testing.T) {
	tests := map[string]struct {
		name  string // of the call that fails
		nth   int    // of the calls of that name on the night, from 1
		after bool
		err   func() error
		edit  func(*play)
		want  string
	}{
		"the last use is not read":  {name: "GetAccessKeyLastUsed", nth: 1, err: throttled, want: ledger.StepFailed},
		"the policies are not read": {name: "ListAttachedUserPolicies", nth: 1, err: denied, want: ledger.StepFailed},
		"the quota is reached": {name: "AttachUserPolicy", nth: 1, want: ledger.StepFailed, err: func() error {
			return &types.LimitExceededException{Message: aws.String("Cannot exceed quota for PoliciesPerUser: 10")}
		}},
		"the call is denied":          {name: "AttachUserPolicy", nth: 1, err: denied, want: ledger.StepFailed},
		"the intent is another run's": {name: "journal the intent", nth: 1, err: func() error { return ledger.ErrRaced }, want: "–"},
		"somebody attaches it":        {name: "GetUser", nth: 1, edit: func(p *play) { p.edit(denyAll, account.Inactive) }, want: ledger.StepSpared},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			cases[3].arrange(w)
			p := begin(t, w)
			p.until(6)
			n := 0
			p.script.befall = func(_ int, called string, after bool) error {
				if called != test.name || after != test.after {
					return nil
				}
				if n++; n != test.nth {
					return nil
				}
				if test.edit != nil {
					test.edit(p)
					return nil
				}
				return test.err()
			}
			told := len(p.told.told)
			p.night(7)
			p.want("told", p.toldSince(told, ""), test.want)
			for _, write := range p.iam.writes {
				if strings.HasPrefix(write, "UpdateAccessKey") {
					t.Errorf("%s", write)
				}
			}
			p.script.befall = nil
			if test.edit == nil {
				p.until(9)
				p.want("then", p.taken(denyAll) && p.taken("AKIA1001"), true)
			}
		})
	}
}

// Who was given more time since the plan has it, whoever counted the act.
func TestApplyGivesTheTimeThatTheScheduleNowGives(t *testing.T) {
	w := newWorld()
	w.keyUser("ann", "key-unused")
	p := begin(t, w)
	p.until(6)
	p.clock.set(night.Add(7 * day))
	planned, err := p.runner.Planned(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p.settings.Schedules["key-unused"] = remediate.Schedule{Warn: 0, Final: 3, Act: 30}
	steps, err := p.runner.Apply(t.Context(), planned)
	if err != nil || len(steps) != 1 || steps[0].What != ledger.StepRefused {
		t.Errorf("%+v, %v, want it refused", steps, err)
	}
	p.want("writes", p.iam.writes, []string(nil))
}

// mighty gives users all that an administrator has, at work with a key and with
// a finding about it.
func mighty(names ...string) func(*world) {
	return func(w *world) {
		w.account.Users[0].Login = nil
		for _, name := range names {
			u := w.keyUser(name, "key-rotation")
			u.Attached = []account.Attachment{{ARN: adminARN, Name: "AdministratorAccess"}}
			u.Keys[0].LastUsed = night.Add(-day)
		}
	}
}

// Each alone would leave the other; both together leave nobody.
func TestApplyLeavesAnAdministrator(t *testing.T) {
	w := newWorld()
	mighty("ann", "bob")(w)
	p := begin(t, w)
	p.until(6)
	p.clock.set(night.Add(7 * day))
	planned, err := p.runner.Planned(t.Context())
	if err != nil || len(planned) != 2 {
		t.Fatalf("%+v, %v", planned, err)
	}
	for i := range planned {
		planned[i].Do = remediate.Act // one is postponed, as a day has room for one
	}
	steps, err := p.runner.Apply(t.Context(), planned)
	if err != nil {
		t.Fatal(err)
	}
	p.want("writes", len(p.iam.writes), 1)
	if last := steps[len(steps)-1]; last.What != ledger.StepRefused || !strings.Contains(last.Reason, "last administrator") {
		t.Errorf("the other is %+v", last)
	}
}

func TestQuarantinesTogetherLeaveAnAdministrator(t *testing.T) {
	w := newWorld()
	mighty("ann", "bob")(w)
	p := begin(t, w)
	var all []remediate.Action
	for _, who := range []string{"ann", "bob"} {
		acts, err := p.runner.Quarantine(t.Context(), who, "leaked")
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, acts...)
	}
	if _, err := p.runner.Apply(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	p.want("writes", p.iam.writes, []string{"AttachUserPolicy ann " + denyAll, "UpdateAccessKey ann AKIA1001 Inactive"})
}

// The look at the account may be hours old: who is relied on is read once more.
func TestActStopsWhereNoAdministratorRemains(t *testing.T) {
	w := newWorld()
	mighty("ann", "bob")(w)
	w.book.Records = w.book.Records[:1]
	p := begin(t, w)
	p.until(6)
	p.after("look at the account", func() { p.userOf("bob").Keys = nil })
	told := len(p.told.told)
	p.want("counts", p.night(7), remediate.Counts{Open: 1, Spared: 1})
	p.want("told", p.toldSince(told, ""), ledger.StepSpared)
	p.want("journal", p.entries(), []string{"intent", "stopped"})
	p.want("writes", p.iam.writes, []string(nil))
}

// The record knows the user by its former name, and the tags are of the new one's.
func TestExemptByATagAfterARename(t *testing.T) {
	w := newWorld()
	w.settings.Terms.Exemptions = []scanner.Exemption{{Rules: []string{"key-unused"}, Resource: "*", Account: "*",
		Tags: map[string]string{"keep": "yes"}, Reason: "contract", Expires: night.Add(300 * day)}}
	w.keyUser("ann", "key-unused")
	p := begin(t, w)
	p.until(6)
	u := p.userOf("ann")
	u.Name, u.ARN = "anna", iamARN+"user/anna"
	p.after("look at the account", func() { p.userOf("anna").Tags = map[string]string{"keep": "yes"} })
	p.want("counts", p.night(7), remediate.Counts{Open: 1, Spared: 1})
	p.want("writes", p.iam.writes, []string(nil))
}

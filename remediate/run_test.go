package remediate_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"iamvigil/ledger"
	"iamvigil/remediate"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

// play is a world in which a runner is at work.
type play struct {
	*testing.T
	*world
	script *script
	iam    *fakeIAM
	ledger *fakeLedger
	told   *fakePublisher
	kill   *fakeSwitch
	clock  *clock
	runner *remediate.Runner
	next   int // night
}

const robot = "arn:aws:sts::" + accountID + ":assumed-role/remediate/run"

// begin makes a runner of a world, whose account and findings it then is about.
func begin(t *testing.T, w *world) *play {
	for _, arn := range []string{denyAll, denyLogin, denyMFA} {
		w.account.Policies = append(w.account.Policies, account.Policy{ARN: arn, Name: account.NameOf(arn), Versions: []account.PolicyVersion{
			{ID: "v1", Default: true, Document: policy.Parse(`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}`)}}})
	}
	s := &script{}
	p := &play{
		T: t, world: w, script: s, clock: &clock{now: night},
		iam:    &fakeIAM{script: s, truth: w.account, stale: map[string]*staleUser{}},
		ledger: &fakeLedger{script: s, records: w.book.Records, cases: map[[2]string]ledger.Case{}, round: w.book.Course.Round},
		told:   &fakePublisher{script: s},
		kill:   &fakeSwitch{script: s, on: true},
	}
	p.runner = &remediate.Runner{
		Account: w.account.Account, By: robot, Look: p.iam, Ledger: p.ledger, IAM: p.iam, Switch: p.kill, Notify: p.told,
		Settings: func(time.Time) (remediate.Settings, error) { return w.settings, nil },
		Pause:    func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
		Now:      p.clock.Now,
	}
	return p
}

// night runs on a night, by its number from 0.
func (p *play) night(n int) remediate.Counts {
	p.Helper()
	p.next = n + 1
	p.clock.set(night.Add(time.Duration(n) * day))
	counts, err := p.runner.Run(p.Context())
	if err != nil {
		p.Fatalf("night %d: %v", n, err)
	}
	return counts
}

// until runs every night that is left up to one.
func (p *play) until(n int) {
	p.Helper()
	for p.next <= n {
		p.night(p.next)
	}
}

// steps are what was told, as "what of target", in order.
func (p *play) steps() []string {
	var all []string
	for _, told := range p.told.told {
		for _, s := range told.Steps {
			what := s.What
			if s.Would {
				what = "would " + what
			}
			all = append(all, what+" "+s.Record.Resource.Name+" "+account.NameOf(s.Target))
		}
	}
	return all
}

func (p *play) notices() []string {
	var all []string
	for _, told := range p.told.told {
		for _, n := range told.Notices {
			all = append(all, n.Kind)
		}
	}
	return all
}

// entries are the journal's, as intents and outcomes.
func (p *play) entries() []string {
	var all []string
	for _, e := range p.ledger.course().Journal {
		switch {
		case e.Intent != nil && e.Intent.Undo:
			all = append(all, "undo")
		case e.Intent != nil:
			all = append(all, "intent")
		default:
			all = append(all, e.Outcome)
		}
	}
	return all
}

func (p *play) want(what string, got, want any) {
	p.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		p.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func (p *play) status(name string) string { return p.userOf(name).Keys[0].Status }

func (p *play) userOf(name string) *account.User {
	u, err := p.iam.user(&name)
	if err != nil {
		p.Fatal(err)
	}
	return u
}

// Warned, warned once more, deactivated on the day that was told and not before,
// each told once and the act journalled twice.
func TestStagesOfAKey(t *testing.T) {
	w := newWorld()
	w.keyUser("ann", "key-unused")
	w.keyUser("bob")
	p := begin(t, w)
	for n := range 7 {
		p.night(n)
		p.want("key before the deadline", p.status("ann"), account.Active)
	}
	counts := p.night(7)
	p.want("counts", counts, remediate.Counts{Open: 1, Done: 1})
	p.want("key at the deadline", p.status("ann"), account.Inactive)
	p.until(10)
	key := "AKIA" + p.userOf("ann").ID[4:]
	p.want("told", p.steps(), []string{"warning ann " + key, "final-warning ann " + key, "done ann " + key})
	p.want("journal", p.entries(), []string{"intent", "done"})
	p.want("writes", p.iam.writes, []string{"UpdateAccessKey ann " + key + " Inactive"})
	last := p.ledger.course().Journal[1]
	if last.RequestID != "request-UpdateAccessKey" || last.By != robot {
		t.Errorf("the outcome is %+v", last)
	}
	if told := p.told.told[0].Steps[0]; !told.Deadline.Equal(night.Add(7*day).Truncate(10*time.Minute)) || told.LastUsed == "" || told.Effect == "" || told.Call.Operation != "UpdateAccessKey" {
		t.Errorf("the warning is %+v", told)
	}
}

// A dry run writes nothing, says "would" and begins anew in earnest.
func TestDryRun(t *testing.T) {
	w := newWorld()
	w.settings.Mode = remediate.DryRun
	w.keyUser("ann", "key-unused")
	p := begin(t, w)
	p.until(8)
	key := "AKIA" + p.userOf("ann").ID[4:]
	p.want("told", p.steps(), []string{"would warning ann " + key, "would final-warning ann " + key, "would done ann " + key})
	p.want("journal", p.entries(), []string{"intent", "would"})
	p.settings.Mode = remediate.Enforce
	p.night(9)
	p.want("writes", p.iam.writes, []string(nil))
	p.want("told in earnest", p.steps()[3:], []string{"warning ann " + key})
}

func TestOffDoesNothing(t *testing.T) {
	for _, mode := range []remediate.Mode{"", remediate.Off} {
		w := newWorld()
		w.settings.Mode = mode
		w.keyUser("ann", "key-unused")
		p := begin(t, w)
		p.until(8)
		p.want("calls", p.script.calls, []string(nil))
	}
}

// What changes between the plan and the act spares, and is told once.
func TestSpared(t *testing.T) {
	tests := map[string]struct {
		change func(*play)
		want   string
	}{
		"used since": {func(p *play) { p.userOf("ann").Keys[0].LastUsed = night.Add(6 * day) }, "used since"},
		"inactive":   {func(p *play) { p.userOf("ann").Keys[0].Status = account.Inactive }, "inactive already"},
		"gone":       {func(p *play) { p.userOf("ann").Keys = nil }, "gone"},
		// The first look's tags are of a snapshot, the second's of iam:GetUser.
		"exempt by a tag of this moment": {func(p *play) {
			p.script.befall = func(_ int, name string, after bool) error {
				if name == "look at the account" && after {
					p.userOf("ann").Tags = map[string]string{"keep": "yes"}
				}
				return nil
			}
		}, "exempt now: contract"},
		"resolved meanwhile": {func(p *play) {
			p.script.befall = func(_ int, name string, after bool) error {
				if name == "look at the account" && after {
					p.ledger.records[0].State = ledger.Resolved
				}
				return nil
			}
		}, "resolved meanwhile"},
		"acknowledged meanwhile": {func(p *play) {
			p.script.befall = func(_ int, name string, after bool) error {
				if name == "look at the account" && after {
					p.ledger.records[0].Status = scanner.Exempt
				}
				return nil
			}
		}, "exempt or acknowledged"},
		"another user of that name": {func(p *play) {
			p.script.befall = func(_ int, name string, after bool) error {
				if name == "look at the account" && after {
					p.userOf("ann").ID = "AIDAOTHER"
				}
				return nil
			}
		}, "another user's"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			w.settings.Terms.Exemptions = []scanner.Exemption{{Rules: []string{"key-unused"}, Resource: "*", Account: "*",
				Tags: map[string]string{"keep": "yes"}, Reason: "contract", Expires: night.Add(300 * day)}}
			w.keyUser("ann", "key-unused")
			p := begin(t, w)
			p.until(6)
			test.change(p)
			p.want("counts", p.night(7), remediate.Counts{Open: 1, Spared: 1})
			p.script.befall = nil
			p.want("writes", p.iam.writes, []string(nil))
			last := p.told.told[len(p.told.told)-1].Steps
			if len(last) != 1 || last[0].What != ledger.StepSpared || !strings.Contains(last[0].Reason, test.want) {
				t.Errorf("told %+v, want %q", last, test.want)
			}
			told := len(p.steps())
			p.night(8)
			p.night(9)
			if more := p.steps()[told:]; len(more) > 0 {
				t.Errorf("told once more: %q", more)
			}
		})
	}
}

// Three failures of a case, and it is left to a person, who is told so once.
func TestThreeFailures(t *testing.T) {
	w := newWorld()
	w.keyUser("ann", "key-unused")
	p := begin(t, w)
	p.until(6)
	p.script.befall = func(_ int, name string, after bool) error {
		if name == "UpdateAccessKey" && !after {
			return denied()
		}
		return nil
	}
	for n := 7; n < 10; n++ {
		p.want("failed", p.night(n).Failed, 1)
	}
	last := p.told.told[len(p.told.told)-1].Steps[0]
	if !strings.Contains(last.Reason, "AccessDenied") || !strings.Contains(last.Reason, "left to a person") {
		t.Errorf("the last failure is told as %q", last.Reason)
	}
	told := len(p.steps())
	p.script.befall = nil
	p.want("left", p.night(10), remediate.Counts{Open: 1, Refused: 1})
	p.night(11)
	p.want("told since", p.steps()[told:], []string{})
	p.want("key", p.status("ann"), account.Active)
}

// A failing action keeps none of the others from being done.
func TestOneFailureIsItsOwn(t *testing.T) {
	w := newWorld()
	for i := range 40 {
		w.keyUser(fmt.Sprintf("busy%d", i))
	}
	w.keyUser("ann", "key-unused")
	w.keyUser("bob", "key-unused")
	p := begin(t, w)
	p.until(6)
	first := true
	p.script.befall = func(_ int, name string, after bool) error {
		if name == "UpdateAccessKey" && !after && first {
			first = false
			return throttled()
		}
		return nil
	}
	p.want("counts", p.night(7), remediate.Counts{Open: 2, Done: 1, Failed: 1})
}

// A case goes with its finding, and one that stands again begins anew.
func TestResolvedFindingsHaveNoCase(t *testing.T) {
	w := newWorld()
	w.keyUser("ann", "key-unused")
	p := begin(t, w)
	p.until(4)
	p.ledger.records[0].State = ledger.Resolved
	p.night(5)
	p.want("cases", len(p.ledger.cases), 0)
	p.ledger.records[0].State, p.ledger.records[0].OpenedAt = ledger.Open, night.Add(6*day)
	told := len(p.steps())
	p.night(6)
	p.night(7)
	p.want("told", p.steps()[told:], []string{"warning ann AKIA1001"})
	p.want("writes", p.iam.writes, []string(nil))
}

// Whatever is due, a write names nothing but a finding's own key and user.
func TestWritesNameNothingElse(t *testing.T) {
	w := newWorld()
	for i := range 60 {
		w.keyUser(fmt.Sprintf("busy%d", i))
		w.consoleUser(fmt.Sprintf("idle%d", i), "user-console-unused")
	}
	w.account.Users[5].Keys = append(w.account.Users[5].Keys, account.AccessKey{ID: "AKIASECOND", Status: account.Active, Created: night.Add(-day)})
	due := w.account.Users[5]
	w.finding(&due, "key-unused", due.Keys[0].ID, map[string]string{"last_used": "never"})
	p := begin(t, w)
	p.until(12)
	may := map[string]bool{}
	for i := range p.ledger.records {
		r := &p.ledger.records[i]
		if r.Part != "" {
			may["UpdateAccessKey "+r.Resource.Name+" "+r.Part+" Inactive"] = true
		} else {
			may["AttachUserPolicy "+r.Resource.Name+" "+denyLogin] = true
		}
	}
	for _, write := range p.iam.writes {
		if !may[write] {
			t.Errorf("%q is no finding's", write)
		}
	}
	if len(p.iam.writes) < 5 {
		t.Errorf("only %d writes, of %d that findings are about", len(p.iam.writes), len(slices.Collect(maps.Keys(may))))
	}
}

// What AWS shows a little later is waited for.
func TestEventualConsistency(t *testing.T) {
	tests := map[int]remediate.Counts{0: {Open: 1, Done: 1}, 2: {Open: 1, Done: 1}, 9: {Open: 1, Failed: 1}}
	for lag, want := range tests {
		w := newWorld()
		w.keyUser("ann", "key-unused")
		p := begin(t, w)
		p.iam.lag = lag
		p.until(6)
		p.want(fmt.Sprintf("after %d stale reads", lag), p.night(7), want)
		p.iam.stale = map[string]*staleUser{}
		p.night(8)
		steps := p.steps()
		if !strings.HasPrefix(steps[len(steps)-1], "done ann") {
			t.Errorf("after %d stale reads: told %q", lag, steps)
		}
		p.want("writes", len(p.iam.writes), 1)
	}
}

func TestPlannedChangesNothing(t *testing.T) {
	w := newWorld()
	w.keyUser("ann", "key-unused")
	p := begin(t, w)
	p.until(6)
	p.clock.set(night.Add(7 * day))
	before := p.ledger.course()
	all, err := p.runner.Planned(t.Context())
	if err != nil || len(all) != 1 || all[0].Do != remediate.Act {
		t.Fatalf("planned %+v, %v", all, err)
	}
	p.want("ledger", p.ledger.course(), before)
	p.want("writes", p.iam.writes, []string(nil))
}

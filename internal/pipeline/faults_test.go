package pipeline_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"iamvigil/internal/awstest"
	"iamvigil/ledger"
	"iamvigil/scanner"
	"iamvigil/scanner/trail"
)

// fault is one way in which a call fails.
type fault struct {
	name    string
	arrange func(call) awstest.Option
	// repeated: the SDK makes the call once more.
	repeated bool
}

func (f fault) attempts() int {
	if f.repeated {
		return 2
	}
	return 1
}

// faults are those that a call can have. What AWS may have carried out although
// the answer says otherwise is what writes.
func (c call) faults() []fault {
	lost := func(c call) awstest.Option { return awstest.Lose(c.action, 1) }
	all := []fault{
		{"throttled", func(c call) awstest.Option { return awstest.Throttle(c.action, c.fails()) }, false},
		{"refused", refused, false},
		{"error 500", func(c call) awstest.Option { return awstest.Fail(c.action, c.fails(), "InternalFailure", 500) }, false},
	}
	if c.writes() {
		all = append(all, fault{"answer lost", lost, false}, fault{"lost, repeated", lost, true})
	}
	if c.action == "sns:PublishBatch" {
		all = append(all, fault{"entry failed", func(call) awstest.Option { return awstest.FailEntry(1, 1) }, false})
	}
	return all
}

// refused is how the service words that it is not allowed.
func refused(c call) awstest.Option {
	switch service, _, _ := strings.Cut(c.action, ":"); service {
	case "iam":
		return awstest.Fail(c.action, 1, "AccessDenied", 403)
	case "sns":
		return awstest.Fail(c.action, 1, "AuthorizationError", 403)
	}
	return awstest.Fail(c.action, 1, "AccessDeniedException", 400)
}

// fails is how often the call has to fail: that of the event history is repeated
// at its own pace, not by the SDK.
func (c call) fails() int {
	if c.action == "cloudtrail:LookupEvents" {
		return 2
	}
	return 1
}

func (c call) writes() bool {
	return slices.Contains([]string{"sns:Publish", "sns:PublishBatch", "dynamodb:TransactWriteItems"}, c.action)
}

// vital reports whether the call is about what is known or told. What cannot be
// seen is a gap.
func (c call) vital() bool { return c.writes() || strings.HasPrefix(c.action, "dynamodb:") }

// trial is one call failing in one way.
type trial struct {
	call
	fault
}

// fatal reports whether a run must end in an error.
func (t trial) fatal() bool { return t.vital() && !t.repeated }

// most is how many trials there are. One costs a tenth of a second.
func most() int {
	if testing.Short() {
		return 40
	}
	return 250
}

// trials are every call failing in some way, and as many of the other ways as
// there is time for: first of what tells and remembers. In a hurry they are
// calls of every kind.
func trials(t *testing.T, calls []call) []trial {
	seed := rand.Uint64()
	t.Log("seed", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	slices.SortFunc(calls, func(a, b call) int { return strings.Compare(a.String(), b.String()) })
	var first, vital, others []trial
	for _, c := range calls {
		ways := c.faults()
		random.Shuffle(len(ways), func(i, j int) { ways[i], ways[j] = ways[j], ways[i] })
		for i, way := range ways {
			switch {
			case i == 0:
				first = append(first, trial{c, way})
			case c.vital():
				vital = append(vital, trial{c, way})
			default:
				others = append(others, trial{c, way})
			}
		}
	}
	for _, list := range [][]trial{first, vital, others} {
		random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	}
	all := slices.Concat(byTurns(first), vital, others)
	return all[:min(most(), len(all))]
}

// byTurns has one of each action, then a second of each, and so on.
func byTurns(of []trial) []trial {
	turns, taken := map[call]int{}, map[string]int{}
	for _, one := range of {
		turns[one.call] = taken[one.action]
		taken[one.action]++
	}
	slices.SortStableFunc(of, func(a, b trial) int { return turns[a.call] - turns[b.call] })
	return of
}

// Each call of the whole story fails in turn, in the ways that it can. Whatever
// fails: all that is told where nothing fails is told to every audience; nothing
// is told again but once, and that only where telling or remembering failed;
// nothing that merely could not be seen is resolved; and in the end the same is
// known.
func TestEachCallFailsInTurn(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // a third less time
	clean := raise(t, trial{})
	clean.play()
	if len(clean.errs) > 0 {
		t.Fatalf("the story fails by itself: %v", clean.errs)
	}
	want := outcome{heard: hear(t, clean.aws), known: clean.remembered()}
	want.complete(t)
	byAction := map[string][]trial{}
	for _, trial := range trials(t, clean.line.calls) {
		byAction[trial.action] = append(byAction[trial.action], trial)
	}
	table := make([]row, 0, len(byAction))
	for _, action := range slices.Sorted(maps.Keys(byAction)) {
		t.Run(action, func(t *testing.T) {
			for _, trial := range byAction[action] {
				table = append(table, want.try(t, trial))
			}
		})
	}
	report(t, table)
}

// outcome is what came of the story.
type outcome struct {
	heard heard
	known ledger.Known
}

// complete fails unless the story has all that it is told for.
func (o *outcome) complete(t *testing.T) {
	told := map[string]int{}
	for i, n := range o.heard.programs {
		as := i.as
		if strings.HasPrefix(as, "gap") {
			as = "gap"
		}
		told[as] += n
		if o.heard.email.atAll[i] == 0 || o.heard.chat.atAll[i] == 0 {
			t.Errorf("told to programs, to %d mails and to %d notes: %v", o.heard.email.atAll[i], o.heard.chat.atAll[i], i)
		}
	}
	for _, as := range []string{"new", "alert", "resolved mended", "resolved deleted", "silenced", "exemption expiring", "exemption expired", "unknown event", "gap"} {
		if told[as] == 0 {
			t.Errorf("the story tells nothing as %s: %v", as, told)
		}
	}
	if len(o.known.Bursts) > 0 || len(o.known.Records) == 0 {
		t.Errorf("in the end %d bursts are open, and %d findings known", len(o.known.Bursts), len(o.known.Records))
	}
}

// row is what came of a trial.
type row struct {
	trial
	runs, failed, again int
	passed              bool
}

func (o *outcome) try(t *testing.T, trial trial) row {
	s := raise(t, trial)
	s.play()
	v := verdict{t: t, trial: trial}
	if trial.vital() {
		v.repeats = 1
	}
	switch {
	case !s.line.hit:
		v.errorf("it is never called")
	case trial.fatal() && len(s.errs) != 1:
		v.errorf("%d runs fail, want one: %v", len(s.errs), s.errs)
	case !trial.fatal() && len(s.errs) > 0:
		v.errorf("a run fails: %v", s.errs)
	}
	got := hear(t, s.aws)
	v.told("programs", o.heard.programs, o.heard.programs, got.programs, got.programs)
	v.told("email", o.heard.email.inFull, o.heard.email.atAll, got.email.inFull, got.email.atAll)
	v.told("chat", o.heard.chat.inFull, o.heard.chat.atAll, got.chat.inFull, got.chat.atAll)
	v.knows(o.known, s.remembered())
	return row{trial, s.runs, len(s.errs), v.again, !v.faulty}
}

// verdict is a trial being judged.
type verdict struct {
	t     *testing.T
	trial trial
	// repeats is how often a thing may be told again.
	repeats int
	// again counts what programs were told again.
	again  int
	faulty bool
}

func (v *verdict) errorf(format string, args ...any) {
	v.t.Helper()
	v.faulty = true
	v.t.Errorf("%v, %s: %s", v.trial.call, v.trial.fault.name, fmt.Sprintf(format, args...))
}

// told compares what an audience was told with what it is told where nothing
// fails. A call that only reads may leave gaps, which are told besides; and what it
// hid at first has room to be told in full, where it was one of many else.
func (v *verdict) told(audience string, want, wantAtAll, got, atAll tellings) {
	for i := range want {
		if atAll[i] == 0 {
			v.errorf("%s: never told: %v", audience, i)
		}
	}
	for i, n := range got {
		if strings.HasPrefix(i.as, "gap") && !v.trial.vital() || v.denial(i.rule) {
			continue
		}
		if n > max(want[i], min(wantAtAll[i], 1))+v.repeats {
			v.errorf("%s: told %d times, where nothing fails %d times: %v", audience, n, want[i], i)
		}
		if audience == "programs" {
			v.again += max(0, n-want[i])
		}
	}
}

// knows compares what is known in the end: all but when, in which thread, and
// numbers that grow by the day. A call that only reads may have left gaps, which
// are remembered for a while.
func (v *verdict) knows(want, got ledger.Known) {
	opts := cmp.Options{
		cmpopts.EquateEmpty(),
		cmp.Transformer("whenever", func(time.Time) bool { return true }),
		cmpopts.IgnoreFields(ledger.Record{}, "Thread", "Revision"),
		cmpopts.IgnoreFields(ledger.GapRecord{}, "Revision"),
		cmpopts.IgnoreFields(scanner.Finding{}, "Evidence"),
		cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Message" }, cmp.Transformer("numberless", numberless)),
		cmpopts.SortSlices(func(a, b ledger.Record) bool { return a.StoredAs < b.StoredAs }),
		cmpopts.SortSlices(func(a, b ledger.GapRecord) bool { return a.Key() < b.Key() }),
	}
	if !v.trial.vital() {
		opts = append(opts, cmp.Comparer(noOther))
		want.Gaps, got.Gaps = v.standing(want.Gaps), v.standing(got.Gaps)
		got.Records = slices.DeleteFunc(got.Records, func(r ledger.Record) bool { return v.denial(r.Rule) })
	}
	if diff := cmp.Diff(want, got, opts); diff != "" {
		v.errorf("in the end is known (-want +got):\n%s", diff)
	}
}

// standing are the gaps that have not ended. What watch was refused once ends
// when an event next has it use the permission, which in the story may not be.
func (v *verdict) standing(gaps []ledger.GapRecord) []ledger.GapRecord {
	return slices.DeleteFunc(slices.Clone(gaps), func(g ledger.GapRecord) bool {
		return g.Ended() || g.SeenBy == ledger.Event && v.denial(scanner.BlindnessID)
	})
}

// denial reports whether the rule tells what comes of a call that is refused,
// when that lasts.
func (v *verdict) denial(rule string) bool {
	return rule == scanner.BlindnessID && v.trial.fault.name == "refused" && !v.trial.vital()
}

// noOther reports whether two origins do not name two calls. What is seen by
// another look than by the one that its events set off may be nobody's.
func noOther(a, b *trail.Origin) bool {
	return a == nil || b == nil || a.Actor == nil || b.Actor == nil || a.ID == b.ID
}

func numberless(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return -1
		}
		return r
	}, text)
}

// report logs what was tried.
func report(t *testing.T, table []row) {
	slices.SortFunc(table, func(a, b row) int {
		return strings.Compare(a.action+a.fault.name+a.step+a.about, b.action+b.fault.name+b.step+b.about)
	})
	for _, r := range table {
		result := "as without"
		if !r.passed {
			result = "FAILED"
		}
		t.Logf("%-34s %-14s %-22s %-60.60s %2d runs, %d failed, %d told again: %s", r.action, r.fault.name, r.step, r.about, r.runs, r.failed, r.again, result)
	}
}

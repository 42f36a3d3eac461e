package remediate_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"iamvigil/ledger"
	"iamvigil/remediate"
	"iamvigil/scanner"
)

func TestScheduleCheck(t *testing.T) {
	tests := map[remediate.Schedule]string{
		{Warn: 0, Final: 1, Act: 2}:     "",
		{Warn: 14, Final: 28, Act: 30}:  "",
		{Warn: 0, Final: 1, Act: 365}:   "",
		{}:                              "final warning must be at least a day after the warning; give it day 1",
		{Warn: -1, Final: 1, Act: 2}:    "give it day 0 or later",
		{Warn: 3, Final: 3, Act: 7}:     "final warning must be at least a day after the warning; give it day 4",
		{Warn: 3, Final: 2, Act: 7}:     "give it day 4",
		{Warn: 0, Final: 7, Act: 7}:     "act must be at least a day after the final warning; give it day 8",
		{Warn: 0, Final: 7, Act: 3}:     "give it day 8",
		{Warn: 0, Final: 364, Act: 366}: "day 365 is the latest",
	}
	for s, want := range tests {
		err := s.Check()
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", s, err, want)
		}
	}
}

// told is what was done about the one finding in a run of a night.
type told struct {
	Night    int
	Do       remediate.Do
	Deadline int // in nights
}

// nights runs on the nights given, and lists all that is more than waiting.
func (w *world) nights(all ...int) []told {
	var list []told
	for _, n := range all {
		for _, a := range w.to(n).Actions {
			if a.Do != remediate.Wait {
				list = append(list, told{n, a.Do, int(a.Deadline.Sub(night.Truncate(10*time.Minute)) / day)})
			}
		}
	}
	return list
}

func through(first, last int) []int {
	var all []int
	for n := first; n <= last; n++ {
		all = append(all, n)
	}
	return all
}

func TestStages(t *testing.T) {
	schedule := func(warn, final, act int) func(*world) {
		return func(w *world) {
			w.settings.Schedules["key-unused"] = remediate.Schedule{Warn: warn, Final: final, Act: act}
		}
	}
	at := func(n int, change func(*world)) map[int]func(*world) { return map[int]func(*world){n: change} }
	tests := map[string]struct {
		begin  func(*world)
		change map[int]func(*world) // before the run of a night
		nights []int
		want   []told
	}{
		"each in its night, and then no more": {
			nights: through(0, 12),
			want:   []told{{0, remediate.Warn, 7}, {3, remediate.WarnFinally, 7}, {7, remediate.Act, 7}},
		},
		"a first day without a word": {
			begin: schedule(2, 3, 4), nights: through(0, 5),
			want: []told{{2, remediate.Warn, 4}, {3, remediate.WarnFinally, 4}, {4, remediate.Act, 4}},
		},
		"the warning was missed": {
			begin: schedule(1, 3, 7), nights: []int{0, 4, 5, 6, 7, 8, 9, 10},
			want: []told{{4, remediate.Warn, 10}, {6, remediate.WarnFinally, 10}, {10, remediate.Act, 10}},
		},
		"the final warning was missed": {
			nights: []int{0, 6, 7, 8, 9, 10},
			want:   []told{{0, remediate.Warn, 7}, {6, remediate.WarnFinally, 10}, {10, remediate.Act, 10}},
		},
		"all nights were missed": {
			nights: []int{0, 30, 31, 34, 35},
			want:   []told{{0, remediate.Warn, 7}, {30, remediate.WarnFinally, 34}, {34, remediate.Act, 34}},
		},
		"the act was missed for a day": {
			nights: []int{0, 3, 8, 9},
			want:   []told{{0, remediate.Warn, 7}, {3, remediate.WarnFinally, 7}, {8, remediate.Act, 7}},
		},
		"the act was missed for so long that nobody expects it": {
			nights: []int{0, 3, 14, 15, 18},
			want:   []told{{0, remediate.Warn, 7}, {3, remediate.WarnFinally, 7}, {14, remediate.WarnFinally, 18}, {18, remediate.Act, 18}},
		},
		"a shorter schedule is for those not told yet": {
			change: at(1, schedule(0, 1, 2)), nights: through(0, 8),
			want: []told{{0, remediate.Warn, 7}, {6, remediate.WarnFinally, 7}, {7, remediate.Act, 7}},
		},
		"a longer schedule gives more time": {
			change: at(1, schedule(0, 10, 20)), nights: through(0, 21),
			want: []told{{0, remediate.Warn, 7}, {10, remediate.WarnFinally, 20}, {20, remediate.Act, 20}},
		},
		"a longer schedule reaches who was warned finally": {
			change: at(5, schedule(0, 3, 9)), nights: through(0, 10),
			want: []told{{0, remediate.Warn, 7}, {3, remediate.WarnFinally, 7}, {5, remediate.Postpone, 9}, {9, remediate.Act, 9}},
		},
		"a shorter schedule does not": {
			change: at(4, schedule(0, 1, 5)), nights: through(0, 8),
			want: []told{{0, remediate.Warn, 7}, {3, remediate.WarnFinally, 7}, {7, remediate.Act, 7}},
		},
		"warnings of a dry run do not count": {
			begin: func(w *world) { w.settings.Mode = remediate.DryRun }, nights: through(0, 12),
			change: at(5, func(w *world) { w.settings.Mode = remediate.Enforce }),
			want:   []told{{0, remediate.Warn, 7}, {3, remediate.WarnFinally, 7}, {5, remediate.Warn, 12}, {8, remediate.WarnFinally, 12}, {12, remediate.Act, 12}},
		},
		"a finding that is open again is a new one": {
			change: at(5, func(w *world) { w.book.Records[0].OpenedAt = w.now }), nights: through(0, 12),
			want: []told{{0, remediate.Warn, 7}, {3, remediate.WarnFinally, 7}, {5, remediate.Warn, 12}, {8, remediate.WarnFinally, 12}, {12, remediate.Act, 12}},
		},
		"what was undone is warned of again": {
			change: at(9, func(w *world) { w.undo() }), nights: through(0, 16),
			want: []told{{0, remediate.Warn, 7}, {3, remediate.WarnFinally, 7}, {7, remediate.Act, 7}, {9, remediate.Warn, 16}, {12, remediate.WarnFinally, 16}, {16, remediate.Act, 16}},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			w.keyUser("ann", "key-unused")
			if test.begin != nil {
				test.begin(w)
			}
			var got []told
			for _, n := range test.nights {
				if change := test.change[n]; change != nil {
					w.now = night.Add(time.Duration(n)*day - time.Minute)
					change(w)
				}
				got = append(got, w.nights(n)...)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// undo journals that the last act was undone.
func (w *world) undo() {
	last := w.book.Course.Journal[len(w.book.Course.Journal)-2]
	intent := *last.Intent
	intent.Undo = true
	w.journal(remediate.Action{ID: last.Action, Intent: intent}, ledger.Done)
}

// A schedule does not start functions to the second: EventBridge Scheduler is
// precise to a minute, and a failed start is repeated.
func TestRunsAreNotADayApartToTheSecond(t *testing.T) {
	w := newWorld()
	w.keyUser("ann", "key-unused")
	w.settings.Schedules["key-unused"] = remediate.Schedule{Warn: 0, Final: 1, Act: 2}
	var got []remediate.Do
	for _, at := range []time.Duration{50 * time.Second, day + 5*time.Second, 2 * day} {
		w.now = night.Add(at)
		got = append(got, only(t, w.run()).Do)
	}
	if diff := cmp.Diff([]remediate.Do{remediate.Warn, remediate.WarnFinally, remediate.Act}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestEndedCases: what is no open finding of an armed cure has no case, and no
// action either.
func TestEndedCases(t *testing.T) {
	tests := map[string]func(*world, *ledger.Record){
		"resolved":    func(_ *world, r *ledger.Record) { r.State = ledger.Resolved },
		"exempt":      func(_ *world, r *ledger.Record) { r.Status = scanner.Exempt },
		"contained":   func(_ *world, r *ledger.Record) { r.Status = scanner.Contained },
		"forgotten":   func(w *world, _ *ledger.Record) { w.book.Records = nil },
		"cure off":    func(w *world, _ *ledger.Record) { delete(w.settings.Cures, remediate.DeactivateKey) },
		"no schedule": func(w *world, _ *ledger.Record) { delete(w.settings.Schedules, "key-unused") },
		"mode off":    func(w *world, _ *ledger.Record) { w.settings.Mode = remediate.Off },
		"no mode":     func(w *world, _ *ledger.Record) { w.settings.Mode = "" },
		"exempt since": func(w *world, _ *ledger.Record) {
			w.settings.Terms.Exemptions = []scanner.Exemption{exemption("ann", nil)}
		},
		"exempt by its tag": func(w *world, _ *ledger.Record) {
			w.account.Users[1].Tags = map[string]string{"keep": "yes"}
			w.settings.Terms.Exemptions = []scanner.Exemption{exemption("*", map[string]string{"keep": "*"})}
		},
		"exempt by its new name": func(w *world, _ *ledger.Record) {
			w.account.Users[1].Name, w.account.Users[1].ARN = "eve", iamARN+"user/eve"
			w.settings.Terms.Exemptions = []scanner.Exemption{exemption("eve", nil)}
		},
		"acknowledged": func(w *world, r *ledger.Record) {
			r.Ack = &ledger.Ack{By: "bob", Reason: "leave", At: w.now, Until: w.now.Add(7 * day)}
			r.Exempt = &scanner.Exemption{Reason: "leave", Owner: "bob", Expires: r.Ack.Until}
			r.Status = scanner.Exempt
		},
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			w.keyUser("ann", "key-unused")
			w.to(0)
			w.to(3)
			change(w, &w.book.Records[0])
			w.skip(7)
			o := w.plan()
			if len(o.Actions) > 0 || len(o.Ended) != 1 || o.Ended[0].Finding != "f100" || o.Ended[0].Revision != w.book.Course.Cases[0].Revision {
				t.Errorf("actions %+v, ended %+v", o.Actions, o.Ended)
			}
		})
	}
}

func exemption(resource string, tags map[string]string) scanner.Exemption {
	return scanner.Exemption{Rules: []string{scanner.EveryRule}, Resource: resource, Account: "*", Tags: tags, Reason: "why", Owner: "who", Expires: night.Add(99 * day)}
}

// A lapsed exemption is none.
func TestExpiredExemption(t *testing.T) {
	w := newWorld()
	w.keyUser("ann", "key-unused")
	w.settings.Terms.Exemptions = []scanner.Exemption{exemption("ann", nil)}
	w.settings.Terms.Exemptions[0].Expires = night
	if a := only(t, w.to(0)); a.Do != remediate.Warn {
		t.Errorf("%s, want a warning", a.Do)
	}
}

// A case that begins anew replaces the stored one.
func TestRestartKeepsTheRevision(t *testing.T) {
	w := newWorld()
	w.keyUser("ann", "key-unused")
	w.to(0)
	w.book.Course.Cases[0].Revision = 7
	w.book.Records[0].OpenedAt = night
	a := only(t, w.to(1))
	if a.Case.Revision != 7 || a.Case.Stage != ledger.Begun || !a.Case.Began.Equal(w.now) {
		t.Errorf("case %+v", a.Case)
	}
}

// TestTwoRecordsOfAFinding: after a rename the store can hold two; the newer says
// what is so.
func TestTwoRecordsOfAFinding(t *testing.T) {
	w := newWorld()
	w.keyUser("ann", "key-unused")
	newer := w.book.Records[0]
	newer.State, newer.EvidenceAt = ledger.Resolved, newer.EvidenceAt.Add(time.Hour)
	for _, records := range [][]ledger.Record{{w.book.Records[0], newer}, {newer, w.book.Records[0]}} {
		w.book.Records = slices.Clone(records)
		if o := w.plan(); len(o.Actions) > 0 {
			t.Errorf("%s", fmt.Sprint(dos(o.Actions)))
		}
	}
}

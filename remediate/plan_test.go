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
	"iamvigil/scanner/access"
	"iamvigil/scanner/account"
)

func TestIntents(t *testing.T) {
	w := newWorld()
	w.keyUser("ann", "key-unused")
	w.consoleUser("bob", "user-console-unused")
	allow(w.consoleUser("eve", "user-console-without-mfa"), "mfa", "iam:CreateVirtualMFADevice", "iam:EnableMFADevice")
	w.finding(w.keyUser("old"), "user-unused", "", nil)
	w.to(0)
	w.to(3)
	w.settings.Mode = remediate.Enforce
	// The day's bounds are of one key and one console user.
	var got []ledger.Intent
	for n := 7; n < 12; n++ {
		for _, a := range w.to(n).Actions {
			if a.Do == remediate.Act {
				if !a.Intent.AsOf.Equal(night.Add(-time.Hour)) || a.Intent.Why != a.Record.Message || len(a.ID) != 12 || remediate.Effect(a) == "" {
					t.Errorf("action %+v", a)
				}
				got = append(got, a.Intent)
			}
		}
	}
	refs := func(n int) account.Ref { return w.account.Users[n].Ref() }
	intent := func(n int, finding, rule, cure, target string, call, reversal ledger.Call) ledger.Intent {
		why := "user " + refs(n).Name + " fails " + rule
		return ledger.Intent{Finding: finding, Rule: rule, Cure: cure, Mode: "enforce", Resource: refs(n), Target: target,
			Why: why, AsOf: night.Add(-time.Hour), Call: call, Reversal: reversal}
	}
	key := func(user, id, status string) ledger.Call {
		return ledger.Call{Operation: "UpdateAccessKey", Parameters: map[string]string{"UserName": user, "AccessKeyId": id, "Status": status}}
	}
	attached := func(operation, user, arn string) ledger.Call {
		return ledger.Call{Operation: operation, Parameters: map[string]string{"UserName": user, "PolicyArn": arn}}
	}
	want := []ledger.Intent{
		intent(1, "f100", "key-unused", "deactivate-key", "AKIA1001", key("ann", "AKIA1001", "Inactive"), key("ann", "AKIA1001", "Active")),
		intent(2, "f101", "user-console-unused", "contain-console", denyLogin, attached("AttachUserPolicy", "bob", denyLogin), attached("DetachUserPolicy", "bob", denyLogin)),
		intent(3, "f102", "user-console-without-mfa", "contain-console", denyMFA, attached("AttachUserPolicy", "eve", denyMFA), attached("DetachUserPolicy", "eve", denyMFA)),
		intent(4, "f103", "user-unused", "quarantine", denyAll, attached("AttachUserPolicy", "old", denyAll), attached("DetachUserPolicy", "old", denyAll)),
		intent(4, "f103", "user-unused", "quarantine", "AKIA1004", key("old", "AKIA1004", "Inactive"), key("old", "AKIA1004", "Active")),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The same arguments give the same plan, in whatever order the ledger lists
// records and cases, and an action has the same id each night.
func TestPlanIsStable(t *testing.T) {
	w := newWorld()
	for n := range 20 {
		w.keyUser(fmt.Sprint("user", n), "key-unused", "key-rotation")
	}
	w.to(0)
	w.to(3)
	ids := map[string]bool{}
	for _, a := range w.plan().Actions {
		ids[a.ID] = true
	}
	if len(ids) != 40 {
		t.Errorf("%d ids of 40 actions", len(ids))
	}
	w.skip(8)
	first := remediate.Plan(w.book, access.New(w.account), w.settings, w.now)
	slices.Reverse(w.book.Records)
	slices.Reverse(w.book.Course.Cases)
	second := remediate.Plan(w.book, access.New(w.account), w.settings, w.now)
	if diff := cmp.Diff(first, second, cmp.AllowUnexported(ledger.Record{})); diff != "" {
		t.Errorf("(-first +second):\n%s", diff)
	}
	for _, a := range first {
		if !ids[a.ID] {
			t.Errorf("action %s of finding %s has another id", a.ID, a.Record.ID)
		}
	}
}

// TestCap: of 60 keys 3 may be taken in a day. The others are told another day
// once, the first that has room.
func TestCap(t *testing.T) {
	w := newWorld()
	for n := range 60 {
		rules := []string{}
		if n < 8 {
			rules = append(rules, "key-rotation")
		}
		w.keyUser(fmt.Sprint("user", n), rules...)
	}
	w.to(0)
	w.to(3)
	w.book.Course.Round.Due, w.book.Course.Round.Day = 8, "2026-11-07" // no surge
	got := map[int][]string{}
	for n := 7; n < 11; n++ {
		for _, a := range w.to(n).Actions {
			switch a.Do {
			case remediate.Act:
				got[n] = append(got[n], a.Record.ID)
			case remediate.Postpone:
				got[n] = append(got[n], fmt.Sprintf("%s to %d: %s", a.Record.ID, int(a.Deadline.Sub(night)/day)+1, a.Reason))
			}
		}
	}
	const why = ": no more than 3 access keys may be taken away in a day"
	want := map[int][]string{
		7: {"f100", "f101", "f102", "f103 to 8" + why, "f104 to 8" + why, "f105 to 8" + why, "f106 to 9" + why, "f107 to 9" + why},
		8: {"f103", "f104", "f105"},
		9: {"f106", "f107"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestCapCounts: what the journal has of today counts, in the plan's own mode.
func TestCapCounts(t *testing.T) {
	intent := func(change func(*ledger.Intent)) ledger.Intent {
		i := ledger.Intent{Mode: "enforce", Resource: account.Ref{ID: "AIDA9"}, Target: "AKIA9", Call: ledger.Call{Operation: "UpdateAccessKey"}}
		change(&i)
		return i
	}
	same := func(*ledger.Intent) {}
	tests := map[string]struct {
		at      time.Duration
		outcome string
		intent  ledger.Intent
		want    remediate.Do
	}{
		"done today":           {-time.Hour, ledger.Done, intent(same), remediate.Postpone},
		"uncertain":            {-time.Hour, ledger.Uncertain, intent(same), remediate.Postpone},
		"at work":              {-time.Hour, "", intent(same), remediate.Postpone},
		"failed":               {-time.Hour, ledger.Failed, intent(same), remediate.Act},
		"stopped":              {-time.Hour, ledger.Stopped, intent(same), remediate.Act},
		"done yesterday":       {-4 * time.Hour, ledger.Done, intent(same), remediate.Act},
		"undone":               {-time.Hour, ledger.Done, intent(func(i *ledger.Intent) { i.Undo = true }), remediate.Act},
		"another kind":         {-time.Hour, ledger.Done, intent(func(i *ledger.Intent) { i.Call.Operation = "AttachUserPolicy" }), remediate.Act},
		"would, in a dry run":  {-time.Hour, ledger.Would, intent(func(i *ledger.Intent) { i.Mode = "dry-run" }), remediate.Act},
		"a quarantine by hand": {-time.Hour, ledger.Done, intent(func(i *ledger.Intent) { i.Cure = "quarantine" }), remediate.Postpone},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			w.keyUser("ann", "key-unused")
			w.to(0)
			w.to(3)
			w.skip(7)
			w.now = w.now.Add(test.at)
			w.journal(remediate.Action{ID: "a9", Intent: test.intent}, test.outcome)
			w.skip(7)
			if a := only(t, w.plan()); a.Do != test.want {
				t.Errorf("%s %q, want %s", a.Do, a.Reason, test.want)
			}
		})
	}
}

// TestBound is the most that a day takes, by how many there are.
func TestBound(t *testing.T) {
	for of, want := range map[int]int{5: 1, 39: 1, 40: 2, 100: 5, 199: 9, 200: 10, 260: 10} {
		w := newWorld()
		for n := range of {
			w.keyUser(fmt.Sprint("user", n), "key-rotation")
		}
		w.to(0)
		w.to(3)
		w.book.Course.Round.Due = of
		acts := 0
		for _, a := range w.to(7).Actions {
			if a.Do == remediate.Act {
				acts++
			}
		}
		if acts != want {
			t.Errorf("of %d keys %d are taken, want %d", of, acts, want)
		}
	}
}

// One key is taken once, however many findings it has.
func TestOneKeyWithTwoFindings(t *testing.T) {
	for _, mode := range []remediate.Mode{remediate.Enforce, remediate.DryRun} {
		w := newWorld()
		w.settings.Mode = mode
		w.keyUser("ann", "key-unused", "key-rotation")
		for n := range 100 {
			w.keyUser(fmt.Sprint("user", n))
		}
		w.to(0)
		w.to(3)
		o := w.plan()
		w.skip(7)
		o = w.plan()
		w.remember(o, func(remediate.Action) string {
			return map[remediate.Mode]string{remediate.Enforce: ledger.Done, remediate.DryRun: ledger.Would}[mode]
		})
		if got, want := dos(o.Actions), map[string]remediate.Do{"f100": remediate.Act, "f101": remediate.Wait}; !cmp.Equal(got, want) {
			t.Errorf("%s: %v, want %v", mode, got, want)
		}
		if got := dos(w.to(8).Actions); mode == remediate.DryRun && got["f101"] != remediate.Wait {
			t.Errorf("%s, a day later: %v", mode, got)
		}
	}
}

// A user whom one finding contains needs no lesser policy for another.
func TestOneUserWithTwoContainments(t *testing.T) {
	w := newWorld()
	u := w.consoleUser("ann", "user-console-unused")
	allow(u, "mfa", "iam:CreateVirtualMFADevice", "iam:EnableMFADevice")
	w.finding(u, "user-console-without-mfa", "", nil)
	for n := range 60 {
		w.consoleUser(fmt.Sprint("user", n), "none")
	}
	w.to(0)
	w.to(3)
	if got, want := dos(w.to(7).Actions), map[string]remediate.Do{"f100": remediate.Act, "f101": remediate.Wait}; !cmp.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// TestBreaker: due acts more than three times those of the day before are held
// for a day.
func TestBreaker(t *testing.T) {
	tests := map[string]struct {
		before, due int
		want        bool
	}{
		"three after none":    {0, 3, false},
		"four after none":     {0, 4, true},
		"three after one":     {1, 3, false},
		"four after one":      {1, 4, true},
		"six after two":       {2, 6, false},
		"seven after two":     {2, 7, true},
		"fewer than before":   {9, 2, false},
		"nothing after a lot": {50, 0, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			for n := range test.due {
				w.keyUser(fmt.Sprint("user", n), "key-rotation")
			}
			w.to(0)
			w.to(3)
			w.book.Course.Round.Day, w.book.Course.Round.Due = "2026-11-07", test.before
			o := w.to(7)
			if held := o.Held != ""; held != test.want || held != !o.Round.HeldSince.IsZero() || o.Round.Due != test.due || o.Round.DueBefore != test.before {
				t.Errorf("held %q, round %+v", o.Held, o.Round)
			}
			for _, a := range o.Actions {
				if a.Do == remediate.Act && test.want || test.want && (a.Do != remediate.Postpone || !a.Deadline.Equal(night.Truncate(10*time.Minute).Add(8*day))) {
					t.Errorf("%s until %s while all is held", a.Do, a.Deadline)
				}
			}
			if again := w.plan(); (again.Held != "") != test.want {
				t.Errorf("a run later in the day: held %q", again.Held)
			}
			if next := w.to(8); next.Held != "" {
				t.Errorf("a day later: held %q", next.Held)
			}
		})
	}
}

// While all is held warnings go out.
func TestHeldWarnings(t *testing.T) {
	w := newWorld()
	w.keyUser("ann", "key-rotation")
	w.settings.Digest = "d2"
	if a := only(t, w.to(0)); a.Do != remediate.Warn {
		t.Errorf("%s", a.Do)
	}
}

// TestNewSettingsHold: a configuration is held for a full day, from the first run
// that has it.
func TestNewSettingsHold(t *testing.T) {
	w := newWorld()
	w.keyUser("ann", "key-rotation")
	w.to(0)
	w.to(3)
	w.settings.Digest = "d2"
	w.skip(7)
	o := w.run()
	if a := only(t, o); a.Do != remediate.Postpone || !strings.Contains(a.Reason, "configuration") || o.Held != a.Reason || o.Round.Settings != "d2" || !o.Round.SettingsSince.Equal(w.now) {
		t.Errorf("%s %q, round %+v", a.Do, a.Reason, o.Round)
	}
	w.now = night.Add(8*day - time.Hour)
	if a := only(t, w.run()); a.Do != remediate.Postpone {
		t.Errorf("within the day: %s", a.Do)
	}
	if a := only(t, w.to(8)); a.Do != remediate.Act {
		t.Errorf("after the day: %s %q", a.Do, a.Reason)
	}
}

// A first run knows no settings, and holds all.
func TestFirstRunHolds(t *testing.T) {
	w := newWorld()
	w.keyUser("ann", "key-rotation")
	w.to(0)
	w.to(3)
	w.book.Course.Round = ledger.Round{}
	if a := only(t, w.to(7)); a.Do != remediate.Postpone {
		t.Errorf("%s", a.Do)
	}
}

func TestOrder(t *testing.T) {
	w := newWorld()
	w.keyUser("late", "key-rotation")
	w.keyUser("early", "key-unused")
	w.keyUser("early2", "key-unused")
	w.settings.Schedules["key-rotation"] = remediate.Schedule{Warn: 0, Final: 3, Act: 9}
	var got []string
	for _, a := range w.to(0).Actions {
		got = append(got, a.Record.ID)
	}
	if diff := cmp.Diff([]string{"f101", "f102", "f100"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

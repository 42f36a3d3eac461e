package remediate_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"iamvigil/ledger"
	"iamvigil/remediate"
	"iamvigil/scanner/account"
)

// TestWarningsOfANight: of 700 findings 300 are warned of in a night, the oldest
// first, and nobody loses a day by it: a message has room for each.
func TestWarningsOfANight(t *testing.T) {
	const all = 700
	w := newWorld()
	for n := range all {
		w.keyUser(fmt.Sprint("user", n), "key-rotation")
		w.book.Records[n].OpenedAt = ago(1 + n) // those that were found last are the oldest
	}
	got := map[int]map[remediate.Do]int{}
	for n := range 7 {
		got[n] = map[remediate.Do]int{}
		o := w.to(n)
		for _, a := range o.Actions {
			got[n][a.Do]++
			if oldest := a.Record.OpenedAt.Before(ago(all - 300)); n == 0 && oldest != (a.Do == remediate.Warn) {
				t.Fatalf("%s of a finding of %s", a.Do, a.Record.OpenedAt)
			}
			if left := a.Deadline.Sub(w.now); a.Do == remediate.Warn && left < 7*day-day/100 || a.Do == remediate.WarnFinally && left < 4*day-day/100 {
				t.Fatalf("%s %s before the act", a.Do, left)
			}
		}
	}
	want := map[int]map[remediate.Do]int{
		0: {remediate.Warn: 300, remediate.Wait: 400}, 1: {remediate.Warn: 300, remediate.Wait: 400}, 2: {remediate.Warn: 100, remediate.Wait: 600},
		3: {remediate.WarnFinally: 300, remediate.Wait: 400}, 4: {remediate.WarnFinally: 300, remediate.Wait: 400}, 5: {remediate.WarnFinally: 100, remediate.Wait: 600},
		6: {remediate.Wait: 700},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What is done waits for the next audit, and says so: it is not due any more, nor
// postponed for the bound of a day.
func TestDoneWaitsForTheNextAudit(t *testing.T) {
	const done, elsewhere = "done; the next audit will see it", "done for another finding of the user; the next audit will see it"
	w := newWorld()
	w.keyUser("ann", "key-unused", "key-rotation")
	w.settings.Schedules["key-rotation"] = remediate.Schedule{Warn: 0, Final: 3, Act: 8}
	for _, n := range []int{0, 3, 7} {
		w.to(n)
	}
	for _, n := range []int{7, 8} {
		w.skip(n)
		for _, a := range w.plan().Actions {
			want := map[string]string{"f100": done}
			if n == 8 {
				want["f101"] = elsewhere
			}
			if a.Do != remediate.Wait || a.Reason != want[a.Record.ID] {
				t.Errorf("night %d: %s of %s, %q", n, a.Do, a.Record.ID, a.Reason)
			}
		}
	}
}

// What a dry run would have done is not said to be done.
func TestDryRunIsNotDone(t *testing.T) {
	w := newWorld()
	w.settings.Mode = remediate.DryRun
	w.keyUser("ann", "key-unused")
	for _, n := range []int{0, 3, 7} {
		w.to(n)
	}
	if a := only(t, w.to(8)); a.Do != remediate.Wait || !strings.Contains(a.Reason, "would be done") {
		t.Errorf("%s %q", a.Do, a.Reason)
	}
}

// A key that a person has deactivated is not warned of until the next audit.
func TestInactiveKeyIsNotWarnedOf(t *testing.T) {
	w := newWorld()
	w.keyUser("ann", "key-unused").Keys[0].Status = account.Inactive
	if a := only(t, w.to(0)); a.Do != remediate.Wait || a.Reason != "it is so already; the next audit will see it" {
		t.Errorf("%s %q", a.Do, a.Reason)
	}
}

// A dry run of a person's own says nothing of what a finding's would do.
func TestDryRunByHandIsNoFindings(t *testing.T) {
	w := newWorld()
	w.settings.Mode = remediate.DryRun
	u := w.keyUser("ann", "key-unused")
	w.to(0)
	w.to(3)
	intent := intentOn(u, u.Keys[0].ID)
	intent.Mode = string(remediate.DryRun)
	w.journal(remediate.Action{ID: "a1", Intent: intent}, ledger.Would)
	if a := only(t, w.to(7)); a.Do != remediate.Act {
		t.Errorf("%s %q", a.Do, a.Reason)
	}
}

// TestBreakerCountsKeys: two findings of one key are one act.
func TestBreakerCountsKeys(t *testing.T) {
	w := newWorld()
	for n := range 3 {
		w.keyUser(fmt.Sprint("user", n), "key-unused", "key-rotation")
	}
	w.to(0)
	w.to(3)
	if o := w.to(7); o.Held != "" || o.Round.Due != 3 {
		t.Errorf("held %q, round %+v", o.Held, o.Round)
	}
}

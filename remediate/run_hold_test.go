package remediate_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"iamvigil/ledger"
	"iamvigil/remediate"
	"iamvigil/scanner/account"
)

// The kill switch is asked before each act, and told once while it holds.
func TestKillSwitch(t *testing.T) {
	w := newWorld()
	w.keyUser("ann", "key-unused")
	p := begin(t, w)
	p.until(5)
	p.kill.on = false
	p.night(6)
	counts := p.night(7)
	p.want("counts", counts, remediate.Counts{Open: 1, Held: 1})
	p.want("notices", p.notices(), []string{ledger.NoticeSwitch})
	p.script.befall = func(_ int, name string, _ bool) error {
		if name == "read the switch" {
			return errors.New("unreachable")
		}
		return nil
	}
	p.want("unreadable", p.night(8), remediate.Counts{Open: 1, Held: 1})
	p.want("writes", p.iam.writes, []string(nil))
	p.script.befall = nil
	p.kill.on = true
	p.want("on again", p.night(9), remediate.Counts{Open: 1, Done: 1})
	p.kill.on = false
	p.night(10)
	p.want("notices", p.notices(), []string{ledger.NoticeSwitch, ledger.NoticeSwitch})
}

// It is read at each act: who turns it off stops a run at work.
func TestKillSwitchAmidARun(t *testing.T) {
	w := newWorld()
	for i := range 40 {
		w.keyUser(fmt.Sprintf("busy%d", i))
	}
	w.keyUser("ann", "key-unused")
	w.keyUser("bob", "key-unused")
	p := begin(t, w)
	p.until(6)
	p.script.befall = func(_ int, name string, after bool) error {
		if name == "UpdateAccessKey" && after {
			p.kill.on = false
		}
		return nil
	}
	p.want("counts", p.night(7), remediate.Counts{Open: 2, Done: 1, Held: 1})
	p.want("number of writes", len(p.iam.writes), 1)
}

func TestSettingsThatChangeAmidARun(t *testing.T) {
	w := newWorld()
	w.keyUser("ann", "key-unused")
	p := begin(t, w)
	p.until(6)
	p.script.befall = func(_ int, name string, after bool) error {
		if name == "look at the account" && after {
			p.settings.Mode = remediate.DryRun
		}
		return nil
	}
	p.want("counts", p.night(7), remediate.Counts{Open: 1, Held: 1})
	p.want("journal", p.entries(), []string(nil))
}

func TestNoticesAreToldOnce(t *testing.T) {
	w := newWorld()
	w.settings.ConfigOnly = []remediate.Cure{remediate.Quarantine}
	w.keyUser("ann", "key-unused")
	p := begin(t, w)
	p.until(6)
	p.want("disagreement", p.notices(), []string{ledger.NoticeDisagree})
	for n, f := range []account.Fact{account.Users, account.Groups, account.Policies, account.Logins, account.Keys} {
		seen := w.account.Seen[f]
		w.account.Seen[f] = account.Seen{Missing: fmt.Sprintf("throttled, request %d", n)}
		p.want("blind", p.night(7+n), remediate.Counts{Open: 1, Held: 1})
		w.account.Seen[f] = seen
	}
	p.want("blindness", p.notices(), []string{ledger.NoticeDisagree, ledger.NoticeBlind})
	p.want("writes", p.iam.writes, []string(nil))
}

// More than three times as many acts as the day before are held for a day; what
// people were told stands, and nothing is told but the one notice.
func TestCircuitBreaker(t *testing.T) {
	w := newWorld()
	for i := range 200 {
		w.keyUser(fmt.Sprintf("busy%d", i))
	}
	for i := range 4 {
		w.keyUser(fmt.Sprintf("old%d", i), "key-unused")
	}
	p := begin(t, w)
	p.until(6)
	told := len(p.steps())
	p.want("held", p.night(7), remediate.Counts{Open: 4, Held: 4})
	p.want("notices", p.notices(), []string{ledger.NoticeBreaker})
	p.want("steps", len(p.steps()), told)
	p.want("let go", p.night(8), remediate.Counts{Open: 4, Done: 4})
	p.night(9)
	p.want("notices", p.notices(), []string{ledger.NoticeBreaker})
}

func TestCapPostponesAndTellsOnce(t *testing.T) {
	w := newWorld()
	for _, name := range []string{"ann", "bob", "cat"} {
		w.keyUser(name, "key-unused")
	}
	p := begin(t, w)
	p.until(6)
	p.want("first", p.night(7), remediate.Counts{Open: 3, Done: 1, Postponed: 2})
	p.want("second", p.night(8), remediate.Counts{Open: 3, Done: 1})
	p.want("third", p.night(9), remediate.Counts{Open: 3, Done: 1})
}

// While nothing may be done no deadline moves, and nobody is told another day.
func TestKillSwitchMovesNoDeadline(t *testing.T) {
	w := newWorld()
	for _, name := range []string{"ann", "bob", "cat"} {
		w.keyUser(name, "key-unused")
	}
	p := begin(t, w)
	p.until(6)
	before := p.ledger.course().Cases
	p.kill.on = false
	for n := 7; n < 10; n++ {
		p.want("held", p.night(n), remediate.Counts{Open: 3, Held: 3})
	}
	if diff := cmp.Diff(before, p.ledger.course().Cases); diff != "" {
		t.Errorf("the cases moved (-before +after):\n%s", diff)
	}
	told := p.told.told[len(p.told.told)-1].Notices[0].Text
	if !strings.Contains(told, "Due and held: 3.") {
		t.Errorf("told %q", told)
	}
}

// Who was told a day is told that nothing comes of it, once.
func TestDisarmedCuresAreTold(t *testing.T) {
	w := newWorld()
	w.keyUser("ann", "key-unused")
	p := begin(t, w)
	p.until(4)
	p.settings.Cures = map[remediate.Cure]bool{}
	told := len(p.told.told)
	p.until(9)
	p.want("told", p.toldSince(told, ""), ledger.StepSpared)
	p.want("cases", len(p.ledger.cases), 0)
}

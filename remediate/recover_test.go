package remediate_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"iamvigil/ledger"
	"iamvigil/remediate"
	"iamvigil/scanner/account"
)

// Lambda runs a function that failed once more after a minute: the lease does not
// keep it out, and what was done is told, once.
func TestRetryAfterAFailedTelling(t *testing.T) {
	w := newWorld()
	w.keyUser("ann", "key-unused")
	p := begin(t, w)
	p.until(6)
	p.fails("tell", func() error { return errors.New("SNS is down") })
	if how := p.faulty(7); how != "error" {
		t.Fatalf("the run ends with %q", how)
	}
	p.script.befall = nil
	p.clock.set(night.Add(7*day + time.Minute))
	counts, err := p.runner.Run(t.Context())
	if err != nil || counts.Done != 1 {
		t.Errorf("%+v, %v", counts, err)
	}
	p.until(9)
	p.want("told", p.steps(), []string{"warning ann AKIA1001", "final-warning ann AKIA1001", "done ann AKIA1001"})
	p.want("writes", len(p.iam.writes), 1)
}

// An intent of some minutes ago may be that of a run at work: nobody else takes it
// up.
func TestYoungIntentsAreLetBe(t *testing.T) {
	w := newWorld()
	w.keyUser("ann", "key-unused")
	p := begin(t, w)
	p.until(6)
	p.fails("journal the outcome", func() error { return errors.New("the table is down") })
	p.faulty(7)
	p.script.befall = nil
	p.clock.set(night.Add(7*day + time.Minute))
	if _, err := p.runner.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.want("journal", p.entries(), []string{"intent"})
	p.clock.set(night.Add(7*day + 20*time.Minute))
	if _, err := p.runner.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.want("journal", p.entries(), []string{"intent", "done"})
	p.want("told", p.steps()[2:], []string{"done ann AKIA1001"})
	p.want("writes", len(p.iam.writes), 1)
}

// What a killed run did is told by the next, even where the audit between them
// has found the finding resolved.
func TestActsOfAKilledRunAreToldThoughTheFindingIsResolved(t *testing.T) {
	w := newWorld()
	w.keyUser("ann", "key-unused")
	p := begin(t, w)
	p.until(6)
	p.fails("tell", kill)
	p.faulty(7)
	p.script.befall = nil
	p.ledger.records[0].State = ledger.Resolved
	p.until(9)
	p.want("told", p.steps()[2:], []string{"done ann AKIA1001"})
	p.want("cases", len(p.ledger.cases), 0)
}

// What cannot be read is told once as uncertain, and settled when it can be.
func TestUncertainUntilItCanBeRead(t *testing.T) {
	w := newWorld()
	w.keyUser("ann", "key-unused")
	p := begin(t, w)
	p.until(6)
	written := false
	p.script.befall = func(_ int, name string, after bool) error {
		written = written || name == "UpdateAccessKey" && after
		if written && isIAM(name) {
			return throttled()
		}
		return nil
	}
	for n := 7; n < 10; n++ {
		p.night(n)
	}
	p.want("journal", p.entries(), []string{"intent", "uncertain"})
	p.script.befall = nil
	p.night(10)
	p.want("journal", p.entries(), []string{"intent", "uncertain", "done"})
	p.want("told", p.steps()[2:], []string{"uncertain ann AKIA1001", "done ann AKIA1001"})
	p.want("key", p.status("ann"), account.Inactive)
}

// Two findings of one key that are due on the same night are one act.
func TestOneKeyIsActedOnOnce(t *testing.T) {
	w := newWorld()
	w.keyUser("ann", "key-unused", "key-rotation")
	p := begin(t, w)
	p.until(7)
	p.want("writes", len(p.iam.writes), 1)
	told := len(p.steps())
	p.until(8)
	p.want("told then", p.steps()[told:], []string{})
}

// Entries of an action are numbered from 1 without a gap, and acts that wrote
// have their request's id.
func TestEveryWriteIsJournalledBeforeItIsMade(t *testing.T) {
	w := newWorld()
	w.keyUser("ann", "key-unused")
	p := begin(t, w)
	p.until(6)
	p.script.befall = func(_ int, name string, after bool) error {
		if isWrite(name) && !after && len(p.ledger.journal) != 1 {
			t.Errorf("%s with %d entries in the journal", name, len(p.ledger.journal))
		}
		return nil
	}
	p.night(7)
	i := p.ledger.journal[0].Intent
	if i == nil || i.Finding != p.ledger.records[0].ID || i.Target != "AKIA1001" || i.Call.Operation != "UpdateAccessKey" || i.Reversal.Parameters["Status"] != account.Active || i.AsOf.IsZero() {
		t.Errorf("the intent is %+v", i)
	}
}

// AWS accepted the call and the next run finds the key active: somebody may have
// taken it back, and knows why. It is told and left to people, not done again.
func TestWhatAPersonTakesBackIsLeftToThem(t *testing.T) {
	for _, c := range cases {
		t.Run(c.cure, func(t *testing.T) {
			w := newWorld()
			c.arrange(w)
			p := begin(t, w)
			p.until(6)
			p.script.befall = func(_ int, name string, after bool) error {
				if isWrite(name) && after {
					p.edit(c.targets[0], account.Active)
				}
				return nil
			}
			p.night(7)
			p.script.befall = nil
			writes, told := len(p.iam.writes), len(p.told.told)
			p.night(8)
			p.want("told", p.toldSince(told, ""), ledger.StepRefused)
			p.until(11)
			p.want("told then", p.toldSince(told+1, ""), "–")
			p.want("writes", len(p.iam.writes), writes)
			p.closed()
		})
	}
}

// A machine that slept between intent and call finds its intent settled by then.
func TestOldIntentsAreNotCalled(t *testing.T) {
	w := newWorld()
	w.keyUser("ann", "key-unused")
	p := begin(t, w)
	p.until(6)
	p.after("journal the intent", func() { p.clock.set(night.Add(7*day + 6*time.Minute)) })
	p.want("counts", p.night(7), remediate.Counts{Open: 1, Failed: 1})
	p.want("journal", p.entries(), []string{"intent", "failed"})
	p.want("writes", p.iam.writes, []string(nil))
}

// Another run took the act for cut off; it was not, and who made the call knows
// what became of it.
func TestOutcomeOfASettledIntentIsJournalled(t *testing.T) {
	w := newWorld()
	w.keyUser("ann", "key-unused")
	p := begin(t, w)
	p.until(6)
	p.after("UpdateAccessKey", func() {
		e := ledger.Entry{Action: p.ledger.journal[0].Action, Number: 2, At: p.clock.now, Outcome: ledger.Stopped, Reason: "nothing was changed"}
		p.ledger.journal = append(p.ledger.journal, e)
	})
	p.want("counts", p.night(7), remediate.Counts{Open: 1, Done: 1})
	p.want("journal", p.entries(), []string{"intent", "stopped", "done"})
	p.script.befall = nil
	p.undo(p.ledger.journal[0].Action)
}

// Where round and cases are lost, as in a table that was restored, nothing that
// was done long ago is told once more.
func TestLostRoundTellsNothingOld(t *testing.T) {
	p, _ := acted(t, func(w *world) { w.keyUser("ann", "key-unused") })
	p.ledger.round, p.ledger.records = ledger.Round{}, nil
	told := len(p.told.told)
	p.night(30)
	p.want("told", p.toldSince(told, ""), "–")
}

// A key that its owner activated again before an audit saw it inactive is warned
// of anew once two audits have found it so.
func TestActivatedAgainIsWarnedOfAnew(t *testing.T) {
	p, _ := acted(t, func(w *world) { w.keyUser("ann", "key-unused") })
	p.edit("AKIA1001", account.Active)
	told := len(p.told.told)
	for n := 8; n < 13; n++ {
		p.ledger.records[0].EvidenceAt = night.Add(time.Duration(n)*day - time.Hour)
		p.night(n)
		want := "–"
		if n >= 10 {
			want = ledger.StepWarning
		}
		p.want(fmt.Sprintf("told by night %d", n), p.toldSince(told, ""), want)
	}
	p.want("writes", len(p.iam.writes), 1)
	p.until(17)
	p.want("acted again", len(p.iam.writes), 2)
}

// One that is inactive, or of whose finding no audit has looked since, is not.
func TestActedStaysActed(t *testing.T) {
	for name, change := range map[string]func(*play){
		"inactive":     func(p *play) { p.ledger.records[0].EvidenceAt = night.Add(30 * day) },
		"no new audit": func(p *play) { p.edit("AKIA1001", account.Active) },
	} {
		p, _ := acted(t, func(w *world) { w.keyUser("ann", "key-unused") })
		change(p)
		told := len(p.told.told)
		p.until(20)
		p.want(name, p.toldSince(told, ""), "–")
		p.want(name+", its stage", p.ledger.course().Cases[0].Stage, ledger.Acted)
	}
}

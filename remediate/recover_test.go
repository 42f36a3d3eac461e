package remediate_test

import (
	"errors"
	"testing"
	"time"

	"iamvigil/ledger"
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

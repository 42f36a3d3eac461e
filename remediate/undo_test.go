package remediate_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"iamvigil/ledger"
	"iamvigil/remediate"
	"iamvigil/scanner/account"
)

// acted is a world in which one user's cure was carried out on the seventh night.
func acted(t *testing.T, arrange func(*world)) (p *play, actionID string) {
	w := newWorld()
	arrange(w)
	p = begin(t, w)
	p.until(7)
	if len(p.ledger.journal) == 0 {
		t.Fatal("nothing was done")
	}
	return p, p.ledger.journal[0].Action
}

// Undoing gives back, is journalled twice, told, and lets the finding begin anew:
// the next run warns and does not act.
func TestUndo(t *testing.T) {
	for _, c := range cases {
		t.Run(c.cure, func(t *testing.T) {
			p, id := acted(t, c.arrange)
			was := len(p.ledger.journal)
			p.runner.By = iamARN + "user/eve"
			p.kill.on = false // who gives back must not wait for it
			step, err := p.runner.Undo(t.Context(), id)
			if err != nil || step.What != ledger.StepUndone {
				t.Fatalf("%+v, %v", step, err)
			}
			p.kill.on = true
			if p.taken(c.targets[0]) {
				t.Error("it is as the action made it")
			}
			entries := p.ledger.journal[was:]
			p.want("number of entries", len(entries), 2)
			if i := entries[0].Intent; i == nil || !i.Undo || entries[1].Outcome != ledger.Done || entries[1].By != p.runner.By {
				t.Errorf("the journal has %+v", entries)
			}
			p.want("told", p.steps()[len(p.steps())-1], "undone ann "+account.NameOf(c.targets[0]))
			p.want("cases", len(p.ledger.cases), 0)
			told := len(p.told.told)
			p.night(8)
			p.want("then", p.toldSince(told, ""), "warning")
			if p.taken(c.targets[0]) {
				t.Error("the next run did it once more")
			}
		})
	}
}

// A case of the same key begins anew with it, or its act would follow at once.
func TestUndoBeginsEveryCaseOfTheKeyAnew(t *testing.T) {
	p, id := acted(t, func(w *world) { w.keyUser("ann", "key-unused", "key-rotation") })
	if _, err := p.runner.Undo(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	p.until(10)
	p.want("key", p.status("ann"), account.Active)
	p.want("writes", len(p.iam.writes), 2)
}

func TestUndoRefuses(t *testing.T) {
	tests := map[string]struct {
		change func(*play, string)
		want   string
	}{
		"unknown":          {func(p *play, _ string) { p.ledger.journal = nil }, "no such action"},
		"undone already":   {func(p *play, id string) { p.undo(id) }, "undone already"},
		"another user":     {func(p *play, _ string) { p.userOf("ann").ID = "AIDAOTHER" }, "another user's"},
		"no user":          {func(p *play, _ string) { p.remove("ann") }, "gone"},
		"key gone":         {func(p *play, _ string) { p.userOf("ann").Keys = nil }, "somebody deleted it"},
		"active already":   {func(p *play, _ string) { p.userOf("ann").Keys[0].Status = account.Active }, "Active already"},
		"unread":           {func(p *play, _ string) { p.fails("ListAccessKeys", throttled) }, "Rate exceeded"},
		"no journal":       {func(p *play, _ string) { p.fails("journal the intent", func() error { return errors.New("down") }) }, "down"},
		"journal is raced": {func(p *play, _ string) { p.fails("journal the intent", func() error { return ledger.ErrRaced }) }, "somebody else is at it"},
		"a later action": {func(p *play, _ string) {
			i := *p.ledger.journal[0].Intent
			for n, e := range []ledger.Entry{{Intent: &i}, {Outcome: ledger.Done}} {
				e.Action, e.Number, e.At = "ffffffffffff", n+1, night.Add(8*day)
				p.ledger.journal = append(p.ledger.journal, e)
			}
		}, "ffffffffffff"},
		"not done": {func(p *play, _ string) { p.ledger.journal[1].Outcome = ledger.Stopped }, "it was not done"},
		"open":     {func(p *play, _ string) { p.ledger.journal = p.ledger.journal[:1] }, "not known yet"},
		// Who can write to the table must not have a person attach a policy by it.
		"a forged reversal": {func(p *play, _ string) {
			p.ledger.journal[0].Intent.Reversal = ledger.Call{Operation: "AttachUserPolicy", Parameters: map[string]string{"UserName": "ann", "PolicyArn": adminARN}}
		}, "reversal is none"},
		"a forged detachment": {func(p *play, _ string) {
			i := p.ledger.journal[0].Intent
			i.Target = adminARN
			i.Reversal = ledger.Call{Operation: "DetachUserPolicy", Parameters: map[string]string{"UserName": "ann", "PolicyArn": adminARN}}
		}, "reversal is none"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p, id := acted(t, func(w *world) { w.keyUser("ann", "key-unused") })
			test.change(p, id)
			writes, told := len(p.iam.writes), len(p.told.told)
			_, err := p.runner.Undo(t.Context(), id)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %q", err, test.want)
			}
			p.want("writes", len(p.iam.writes), writes)
			p.want("tellings", len(p.told.told), told)
		})
	}
}

func TestUndoOfADryRun(t *testing.T) {
	p, id := acted(t, func(w *world) {
		w.settings.Mode = remediate.DryRun
		w.keyUser("ann", "key-unused")
	})
	if _, err := p.runner.Undo(t.Context(), id); err == nil || !strings.Contains(err.Error(), "dry run") {
		t.Errorf("%v, want that a dry run changes nothing", err)
	}
}

func TestUndoOfAPolicyThatIsNotAttached(t *testing.T) {
	p, id := acted(t, func(w *world) { w.consoleUser("ann", "user-console-unused") })
	p.edit(denyLogin, account.Active)
	if _, err := p.runner.Undo(t.Context(), id); err == nil || !strings.Contains(err.Error(), "not attached any more") {
		t.Errorf("%v, want that it is not attached", err)
	}
}

// An undoing whose end nobody wrote is found out by the next run.
func TestUndoThatIsCutOff(t *testing.T) {
	for _, after := range []bool{false, true} {
		p, id := acted(t, func(w *world) { w.keyUser("ann", "key-unused") })
		p.script.befall = func(_ int, name string, late bool) error {
			if name == "UpdateAccessKey" && late == after {
				kill()
			}
			return nil
		}
		func() {
			defer func() { recover() }()
			p.runner.Undo(t.Context(), id)
		}()
		p.script.befall = nil
		told := len(p.told.told)
		p.night(8)
		want := map[bool]string{false: ledger.StepFailed, true: ledger.StepUndone}[after]
		if got := p.toldSince(told, ""); !strings.HasPrefix(got, want) {
			t.Errorf("cut off with the call carried out %v: the next run tells %q, want %q", after, got, want)
		}
		told = len(p.told.told)
		p.night(9)
		p.want("told once more", p.toldSince(told, ""), "–")
		p.want("given back", p.status("ann") == account.Active, after)
		p.closed()
	}
}

func TestUndoThatFails(t *testing.T) {
	p, id := acted(t, func(w *world) { w.keyUser("ann", "key-unused") })
	p.fails("UpdateAccessKey", denied)
	step, err := p.runner.Undo(t.Context(), id)
	if err != nil || step.What != ledger.StepFailed || !strings.Contains(step.Reason, "AccessDenied") {
		t.Errorf("%+v, %v", step, err)
	}
	p.script.befall = nil
	p.undo(id)
	p.want("key", p.status("ann"), account.Active)
}

func (p *play) undo(id string) {
	p.Helper()
	if step, err := p.runner.Undo(p.Context(), id); err != nil || step.What != ledger.StepUndone {
		p.Fatalf("undo: %+v, %v", step, err)
	}
}

// fails has all calls of a name fail from now on.
func (p *play) fails(name string, err func() error) {
	p.script.befall = func(_ int, called string, after bool) error {
		if called == name && !after {
			return err()
		}
		return nil
	}
}

// after has something happen after all calls of a name from now on.
func (p *play) after(name string, happen func()) {
	p.script.befall = func(_ int, called string, late bool) error {
		if called == name && late {
			happen()
		}
		return nil
	}
}

// Done, undone and done again is one story of one action.
func TestUndoneAndDoneAgain(t *testing.T) {
	p, id := acted(t, func(w *world) { w.keyUser("ann", "key-unused") })
	p.undo(id)
	p.clock.set(night.Add(8 * day))
	p.until(15)
	p.want("journal", p.entries(), []string{"intent", "done", "undo", "done", "intent", "done"})
	p.want("key", p.status("ann"), account.Inactive)
	p.clock.set(night.Add(15*day + time.Hour))
	p.undo(id)
	p.want("key", p.status("ann"), account.Active)
	var numbers []int
	for _, e := range p.ledger.journal {
		numbers = append(numbers, e.Number)
	}
	if !slices.IsSorted(numbers) || numbers[len(numbers)-1] != 8 {
		t.Errorf("entries %v", numbers)
	}
}

// What a run found done may be somebody else's doing: a person deactivates the key
// in the day after the run was killed before its call.
func TestUndoOfWhatSomebodyElseMayHaveDone(t *testing.T) {
	w := newWorld()
	w.keyUser("ann", "key-unused")
	p := begin(t, w)
	p.until(6)
	p.fails("UpdateAccessKey", kill)
	p.faulty(7)
	p.script.befall = nil
	p.edit("AKIA1001", account.Inactive)
	p.night(8)
	last := p.told.told[len(p.told.told)-1].Steps[0]
	if last.What != ledger.StepDone || !strings.Contains(last.Reason, "is not known") {
		t.Errorf("told %+v", last)
	}
	_, err := p.runner.Undo(t.Context(), p.ledger.journal[0].Action)
	if err == nil || !strings.Contains(err.Error(), "aws iam update-access-key") {
		t.Errorf("%v, want the command that a person may run", err)
	}
	p.want("writes", p.iam.writes, []string(nil))
}

// A quarantine that found the policy attached relies on it: undoing what attached
// it would end the later one, too.
func TestUndoOfWhatALaterQuarantineReliesOn(t *testing.T) {
	p, id := acted(t, cases[3].arrange)
	p.clock.set(night.Add(7*day + time.Hour))
	all, err := p.runner.Quarantine(t.Context(), "ann", "leaked")
	if err != nil {
		t.Fatal(err)
	}
	steps, err := p.runner.Apply(t.Context(), all)
	if err != nil || len(steps) != 1 || steps[0].What != ledger.StepSpared || !strings.Contains(steps[0].Reason, id) {
		t.Errorf("%+v, %v, want that action %s attached it", steps, err, id)
	}
	_, err = p.runner.Undo(t.Context(), id)
	if err == nil || !strings.Contains(err.Error(), all[0].ID) || !strings.Contains(err.Error(), "aws iam detach-user-policy") {
		t.Errorf("%v, want that action %s relies on it", err, all[0].ID)
	}
	if !p.taken(denyAll) {
		t.Error("the quarantine has ended")
	}
}

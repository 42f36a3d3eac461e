package remediate

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"iamvigil/ledger"
)

// plan is what is to be done, with the round and the cases that it ends.
func (w *work) plan() []Action {
	w.book.Held = strings.Join(w.causes, "; ")
	o := w.outlook()
	w.tellDisarmed(o.ended)
	w.forget(o.ended)
	if o.blind != "" {
		w.notice(ledger.NoticeBlind, "Nothing is done about any finding, as what that depends on was not seen: "+o.blind+".")
	}
	findings := map[string]bool{}
	for i := range o.actions {
		a := &o.actions[i]
		findings[a.Record.ID] = true
		if o.blind != "" && a.Do == Wait && a.Reason == o.blind && !a.Deadline.After(w.now) {
			w.counts.Held++ // its act is due
		}
	}
	w.counts.Open = len(findings)
	if o.held != "" {
		o.actions = w.holdBack(o.actions, o.held)
	}
	return o.actions
}

// outlook lays out the plan of now, with whose round and guards the run goes on.
func (w *work) outlook() outlook {
	w.forget(w.takenBack())
	o := lay(w.book, w.view, w.settings, w.now)
	o.round.StartedAt, o.round.EndedAt, o.round.Revision = w.round.StartedAt, w.round.EndedAt, w.round.Revision
	w.round, w.guards = o.round, o.guards
	return o
}

// holdBack takes out what the circuit breaker postpones, or what halts the run
// from its beginning: people are told once of all, and the days that they were
// told stand.
func (w *work) holdBack(actions []Action, why string) []Action {
	n := 0
	left := slices.DeleteFunc(actions, func(a Action) bool {
		if a.Do == Postpone {
			n++
			w.caseOf(&a)
		}
		return a.Do == Postpone
	})
	w.counts.Held += n
	if n > 0 && why != w.book.Held {
		w.notice(ledger.NoticeBreaker, "All acts are held for a day: "+why+". Look at what iamvigil remediate plan lists before it is over.")
	}
	for i := range w.notices {
		if k := &w.notices[i]; n > 0 && (k.Kind == ledger.NoticeBreaker || k.Kind == ledger.NoticeSwitch || k.Kind == ledger.NoticeTime) {
			k.Text += fmt.Sprintf(" Due and held: %d. No other day is told for them: they are done when that is over.", n)
		}
	}
	return left
}

// disagree tells of cures that are not armed though somebody wanted them to be.
func (w *work) disagree() {
	var only []string
	for _, side := range []struct {
		where string
		cures []Cure
	}{{"in the stack's parameters, not in config.yaml: ", w.settings.StackOnly}, {"in config.yaml, not in the stack's parameters: ", w.settings.ConfigOnly}} {
		if len(side.cures) > 0 {
			only = append(only, side.where+listed(side.cures))
		}
	}
	if len(only) > 0 {
		w.notice(ledger.NoticeDisagree, "Switched on "+strings.Join(only, "; ")+". What only one of the two switches on is not armed.")
	}
}

func listed(cures []Cure) string {
	names := make([]string, len(cures))
	for i, c := range cures {
		names[i] = string(c)
	}
	return strings.Join(names, ", ")
}

// readSwitch halts the run where the kill switch does not let it act.
func (w *work) readSwitch(ctx context.Context) {
	on, err := w.Switch.On(ctx)
	if err == nil && on {
		return
	}
	why := "the kill switch is off"
	if err != nil {
		why = "the kill switch cannot be read: " + short(err)
	}
	w.halt(why)
	w.notice(ledger.NoticeSwitch, "Nothing is done about any finding, as "+why+". Warnings go out.")
}

// watchTime halts the run where the rest of its time is for telling and saving.
func (w *work) watchTime(inTime context.Context) {
	if inTime.Err() != nil {
		w.outOfTime()
	}
}

func (w *work) outOfTime() {
	w.halt("the time of the run was up")
	w.notice(ledger.NoticeTime, "Not all that is due is done, as the time of the run was up. Warnings go out, and the rest is done by the next run.")
}

// halt has nothing more be done in this run.
func (w *work) halt(why string) {
	if !slices.Contains(w.causes, why) {
		w.causes = append(w.causes, why)
	}
}

func (w *work) halted() bool { return len(w.causes) > 0 }

// heldBack says what was not done, to who counted it.
func (w *work) heldBack() error {
	if w.counts.Held == 0 {
		return nil
	}
	return fmt.Errorf("%d of the actions were not done: %s", w.counts.Held, strings.Join(w.causes, "; "))
}

func (w *work) notice(kind, text string) {
	for _, n := range w.notices {
		if n.Kind == kind {
			return
		}
	}
	w.notices = append(w.notices, ledger.Notice{Kind: kind, Text: text})
}

// news are the notices that people were not told yet. What cannot be read is
// worded otherwise each time and the same news.
func (w *work) news() []ledger.Notice {
	var all []ledger.Notice
	for _, n := range w.notices {
		text, told := w.before.Said[n.Kind]
		reworded := n.Kind == ledger.NoticeDisagree || n.Kind == ledger.NoticeBreaker
		if !told || reworded && text != n.Text {
			all = append(all, n)
		}
	}
	return all
}

package notify

import (
	"strings"
	"time"

	"iamvigil/internal/words"
	"iamvigil/ledger"
)

// wasContained tells of a finding that stands and can do harm again.
const wasContained = "contained until now by a policy of iamvigil's stack"

// What people run to see what is to come and what was done, and to restore it.
const (
	listPlan   = "iamvigil remediate plan"
	listActs   = "iamvigil remediate list"
	undoAction = "iamvigil remediate undo "
)

// aboutKey: the step's target is an access key, and not a policy that is
// attached.
func aboutKey(s *ledger.Step) bool { return !strings.HasPrefix(s.Target, "arn:") }

// undergone is what befalls the key, or the user whom the policy is attached to.
func undergone(s *ledger.Step) string {
	switch {
	case aboutKey(s):
		return "deactivated"
	case s.Cure == ledger.CureQuarantine:
		return "quarantined"
	}
	return "contained"
}

// comes reports whether something is to happen yet, or would.
func comes(s *ledger.Step) bool {
	return s.What == ledger.StepWarning || s.What == ledger.StepFinal || s.What == ledger.StepPostponed
}

// changed reports whether something was changed, or may have been.
func changed(s *ledger.Step) bool {
	return !s.Would && (s.What == ledger.StepDone || s.What == ledger.StepUncertain)
}

// tried reports whether something was done or was to be, in this run.
func tried(s *ledger.Step) bool {
	return s.What == ledger.StepDone || s.What == ledger.StepFailed || s.What == ledger.StepUncertain
}

// undoing is the command that restores what the step's action changes.
func undoing(s *ledger.Step) string { return undoAction + actionOf(s) }

// actionOf is the id of the step's action. One in which a shell would read more
// than that is a word for it.
func actionOf(s *ledger.Step) string {
	if s.Action == "" || strings.Trim(s.Action, "0123456789abcdef") != "" {
		return "ACTION"
	}
	return safe(s.Action, maxRule)
}

// stepName is what a step is counted as, and stepTitle what stands over such.
func stepName(s *ledger.Step, many bool) string {
	switch {
	case s.What == ledger.StepDone && s.Would:
		return "would be " + undergone(s)
	case s.What == ledger.StepDone:
		return undergone(s)
	case s.What == ledger.StepRefused:
		return "left to a person"
	case s.What == ledger.StepFinal && many:
		return "final warnings"
	case s.What == ledger.StepFinal:
		return "final warning"
	case s.What == ledger.StepWarning && many:
		return "warnings"
	}
	return s.What
}

func stepTitle(s *ledger.Step) string {
	switch {
	case s.What == ledger.StepDone && s.Would:
		return "would be done"
	case s.What == ledger.StepDone:
		return "done"
	case s.What == ledger.StepFailed:
		return "not done, as it failed"
	case s.What == ledger.StepUncertain:
		return "perhaps done"
	}
	return stepName(s, true)
}

// fate says what has become or is to become of a step's target, without naming
// it. Of a dry run it never sounds as if something had changed.
func fate(s *ledger.Step, now time.Time) string {
	done := undergone(s)
	switch s.What {
	case ledger.StepDone:
		if s.Would {
			return "would be " + done + " now"
		}
		return done
	case ledger.StepWarning, ledger.StepFinal:
		if s.Would {
			return "would be " + done + " on " + words.Until(s.Deadline, now)
		}
		return "to be " + done + " on " + words.Until(s.Deadline, now)
	case ledger.StepPostponed:
		if s.Would {
			return "would not be " + done + " before " + words.Until(s.Deadline, now)
		}
		return "not to be " + done + " before " + words.Until(s.Deadline, now)
	case ledger.StepFailed:
		return "could not be " + done
	case ledger.StepUncertain:
		return "perhaps " + done + ", which the next run finds out"
	case ledger.StepUndone:
		if aboutKey(s) {
			return "active again"
		}
		return done + " no more"
	}
	return stepName(s, false)
}

// target names what a step is about.
func target(s *ledger.Step, q quote) string {
	whom := thing(s.Record.Resource, q)
	if aboutKey(s) {
		return "access key " + q(s.Target) + " of " + whom
	}
	return whom
}

// crowd counts what steps of one kind are about: "3 access keys".
func crowd(same []*ledger.Step) string {
	if aboutKey(same[0]) {
		return words.Plural(len(same), "access key", "access keys")
	}
	return words.Plural(len(same), "user", "users")
}

// effect is what the call changes. Who reads it knows by then which key it is
// about, so that it is one text for all keys.
func effect(s *ledger.Step) string {
	if s.Target == "" || !aboutKey(s) {
		return s.Effect
	}
	return strings.ReplaceAll(strings.ReplaceAll(s.Effect, "Access key "+s.Target, "The key"), "access key "+s.Target, "the key")
}

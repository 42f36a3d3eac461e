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
	case s.Cure == "quarantine":
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

// undoing is the command that restores what the step's action changes.
func undoing(s *ledger.Step) string {
	if s.Action == "" || strings.Trim(s.Action, "0123456789abcdef") != "" {
		return undoAction + "ID" // a shell would read more in it
	}
	return undoAction + safe(s.Action, maxRule)
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

// stillFails says until when a fault stands whose user is cut off; empty: it does
// not.
func stillFails(s *ledger.Step) string {
	switch {
	case s.Would || s.What != ledger.StepDone || aboutKey(s) || s.Record.ID == "":
		return ""
	case s.Record.Rule == "user-console-without-mfa":
		return "the control still fails until the user assigns an MFA device or a person removes the password"
	}
	return "the control still fails until a person removes the password"
}

// asking is how to ask for an exemption for a resource where the configuration
// does not say it; empty: there is no rule to exempt it from.
func asking(s *ledger.Step, resource string, q quote) string {
	if s.Record.Rule == "" {
		return ""
	}
	return "whoever keeps the configuration adds an exemption for the rule " + q(s.Record.Rule) + " and " + resource
}

// lastUse is when the credential was last used, or empty.
func lastUse(s *ledger.Step, now time.Time, q quote) string {
	if s.LastUsed == "" || s.LastUsed == "never" {
		return s.LastUsed
	}
	at, err := time.Parse(time.RFC3339, s.LastUsed)
	if err != nil {
		return q(s.LastUsed)
	}
	return words.Minute(at) + ", " + words.Span(now.Sub(at)) + " ago"
}

// advised parts a piece of advice from the command that it ends with. What is not
// made as [scanner.Command] makes them is no command.
func advised(advice string) (text, command string) {
	at := strings.LastIndex(": "+advice, ": aws ")
	if at < 0 || !pasteable(advice[at:]) {
		return advice, ""
	}
	return strings.TrimSuffix(advice[:at], " "), advice[at:]
}

// pasteable: all but names and options stands between quotation marks, and
// prints.
func pasteable(command string) bool {
	marks := strings.NewReplacer(`'\''`, "", `:''//`, "") // within a value, as scanner.Command writes them
	parts := strings.Split(marks.Replace(command), "'")
	for i, part := range parts {
		value := i%2 == 1
		if strings.ContainsFunc(part, func(r rune) bool {
			return r < ' ' || r > '~' || !value && (r < 'a' || r > 'z') && !strings.ContainsRune(" -=", r)
		}) {
			return false
		}
	}
	return len(parts)%2 == 1
}

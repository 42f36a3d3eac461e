package notify

import (
	"strconv"
	"strings"
	"time"

	"iamvigil/internal/words"
	"iamvigil/ledger"
	"iamvigil/scanner"
)

// What people are told of an act that failed.
const (
	triedAgain = "the next run tries again, until it has failed three times"
	notAgain   = "no run tries it again"
	whoDenies  = "AccessDenied can come of a service control policy, of a permissions boundary of who acts, or of the path that the stack protects"
)

const withoutMFA = "user-console-without-mfa"

// outlook says what comes of the step's fault, as far as its fate does not; or
// nothing.
func outlook(s *ledger.Step) string {
	switch {
	case s.What == ledger.StepFailed && s.Record.ID == "":
		return notAgain
	case s.What == ledger.StepFailed:
		return triedAgain
	case s.What == ledger.StepUndone && s.Record.ID != "" && s.Record.Status != scanner.Exempt:
		return "its finding begins anew with a warning; exempt it before, if it is to stay"
	case comes(s) && s.Cure == ledger.CureQuarantine && !aboutKey(s):
		if s.Would {
			return "each active access key of the user would be deactivated too"
		}
		return "each active access key of the user is deactivated too"
	}
	return stillFails(s)
}

// stillFails says until when a fault stands whose user is cut off; empty: it does
// not.
func stillFails(s *ledger.Step) string {
	switch {
	case s.Would || s.What != ledger.StepDone || aboutKey(s) || s.Record.ID == "":
		return ""
	case s.Cure == ledger.CureQuarantine:
		return "the finding stands until a person deletes the user"
	case s.Record.Rule == withoutMFA:
		return "the control still fails until the user assigns an MFA device or a person removes the password"
	}
	return "the control still fails until a person removes the password"
}

// denied reports whether AWS refused the step's call to whoever made it.
func denied(s *ledger.Step) bool {
	return s.What == ledger.StepFailed && strings.Contains(s.Reason, "AccessDenied")
}

// about is what a step is about, in the finding's words. What those say of a
// containment is over where that was undone.
func about(s *ledger.Step) string {
	if s.What == ledger.StepUndone && s.Record.Status == scanner.Contained {
		return thing(s.Record.Resource, strconv.Quote) + ": the finding was contained"
	}
	return s.Record.Message
}

// exempting is how the resource is exempted from the rules where the configuration
// does not say how to ask.
func exempting(resource string, rules []string) string {
	from := "the rule " + rules[0]
	if len(rules) > 1 {
		from = "the finding's rule (" + named(rules, chatNames) + ")"
	}
	return "whoever keeps the configuration exempts " + resource + " from " + from
}

// lastUse is when the credential was last used, or empty.
func lastUse(s *ledger.Step, now time.Time, q quote) string {
	at, err := time.Parse(time.RFC3339, s.LastUsed)
	switch {
	case s.LastUsed == "" || s.LastUsed == "never":
		return s.LastUsed
	case err != nil:
		return q(s.LastUsed)
	}
	return words.Minute(at) + ", " + words.Span(now.Sub(at)) + " ago"
}

// lastDay is lastUse to the day, in a few words.
func lastDay(s *ledger.Step, q quote) string {
	at, err := time.Parse(time.RFC3339, s.LastUsed)
	switch {
	case s.LastUsed == "":
		return ""
	case s.LastUsed == "never":
		return "never used"
	case err != nil:
		return "used " + q(s.LastUsed)
	}
	return "used " + day(at)
}

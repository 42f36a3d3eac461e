package ledger

import (
	"time"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/trail"
)

// Kinds of tellings.
const (
	Digest = "digest" // of a look at the whole account
	Event  = "event"  // of a look at what events touched
	// Summary closes a burst: it tells what its later events have come to.
	Summary = "summary"
	// Acknowledgement tells that somebody silenced a finding for a while.
	Acknowledgement = "acknowledgement"
)

// Telling is what people are told at once: all of what a look changed, one
// actor's part of it, or the summary of a burst.
type Telling struct {
	Kind    string
	Account account.Identity
	Time    time.Time
	// First: nothing of this account was known, so all its findings are new.
	First bool
	// Events are what the look was about: who did what. They are no news by
	// themselves.
	Events []trail.Event

	// Records are sorted as a report's findings are, gaps by their keys, alerts
	// are in the report's order. Covered and exempt findings are not new; a covered
	// one that was told before is resolved like any other.
	New      []Record
	Resolved []Record
	// Silenced are records told before that are exempt or acknowledged now, and
	// such of high severity that were exempt as soon as they stood; Reranked those
	// whose severity is another than people were told.
	Silenced []Record
	Reranked []Record
	Alerts   []scanner.Alert
	Gaps     []GapRecord
	// NewRules are rules asked for the first time of an account known before;
	// their findings are counted here and not in New.
	NewRules []RuleCount
	// Withdrawn are rules that were switched off or removed, with the findings
	// that people were told of and that nobody looks after any more, if any.
	Withdrawn []RuleCount
	// Exemptions are those that people should look after.
	Exemptions []ExemptionNote

	// Steps are what was done about findings, or is to be done, and Notices what is
	// said of the runs that do it.
	Steps   []Step
	Notices []Notice

	// Thread is the chat thread that all of this is told in; empty: its own.
	Thread string
	// Held: too much was told of this actor lately, so that email waits for the
	// summary, or it was told already that remediation did it. Chat and programs do
	// not wait.
	Held bool
	// Burst is what a summary closes: whose it was, when it was opened, and how
	// many events it had. Nil otherwise.
	Burst *Burst
	// Rest counts by rule what a summary does not tell in full: what it has no
	// room for, and what came and went meanwhile.
	Rest []RuleCount

	// Open counts the open findings by severity after the change: of the whole
	// account for a digest, of what was touched for an event.
	Open map[scanner.Severity]int
	// Exempt, Covered and Contained count what is open and not told on its own.
	Exempt, Covered, Contained int
	// Unknown counts events whose names the scanner does not know, by name. They
	// are noted by looks at events and told by the next digest.
	Unknown map[string]int
}

// Quiet reports whether there is nothing to tell.
func (t *Telling) Quiet() bool {
	return len(t.New)+len(t.Resolved)+len(t.Silenced)+len(t.Reranked)+len(t.Alerts)+len(t.Gaps)+len(t.NewRules)+
		len(t.Withdrawn)+len(t.Exemptions)+len(t.Unknown)+len(t.Rest)+len(t.Steps)+len(t.Notices) == 0
}

// RuleCount is how many findings a rule has.
type RuleCount struct {
	Rule     string           `json:"rule"`
	Severity scanner.Severity `json:"severity"`
	Findings int              `json:"findings"`
}

// ExemptionNote is why people should look after an exemption.
type ExemptionNote struct {
	scanner.ExemptionUse
	Why string
}

// Why people should look after an exemption.
const (
	Expired  = "expired"
	Expiring = "expiring"
	Unused   = "unused"
)

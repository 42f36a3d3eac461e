package remediate

import (
	"time"

	"iamvigil/ledger"
)

// Do is what an action comes to in a run.
type Do string

// What a run does about a finding.
const (
	Wait        Do = "wait" // nothing, until its next stage
	Warn        Do = "warn"
	WarnFinally Do = "warn-finally"
	Act         Do = "act"
	Postpone    Do = "postpone" // it is due, and a bound lets it wait until Deadline
	Refuse      Do = "refuse"   // it is left to a person, for Reason
)

// Action is one thing to do about one finding: data, which [Plan] makes and
// [Runner] carries out.
type Action struct {
	// ID is of finding, its opening, cure, mode and target: the same in every run.
	ID     string
	Do     Do
	Record ledger.Record
	// Case is as it is in the ledger; a new one where there is none.
	Case ledger.Case
	// Deadline is when it is done at the earliest, as people are told or were.
	Deadline time.Time
	// Reason says why it is refused or postponed, and, where anything but the
	// schedule has it wait, why it waits.
	Reason string
	Intent ledger.Intent
}

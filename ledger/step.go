package ledger

import "time"

// Remediation is the kind of a telling of what is done about findings.
const Remediation = "remediation"

// What a [Step] tells.
const (
	StepWarning   = "warning"
	StepFinal     = "final-warning"
	StepDone      = "done"
	StepUndone    = "undone"
	StepSpared    = "spared"    // the live look showed that nothing is to be done any more
	StepPostponed = "postponed" // to another deadline
	StepRefused   = "refused"   // it is left to a person, for the reason given
	StepFailed    = "failed"
	StepUncertain = "uncertain"
)

// Step is what is told of one action.
type Step struct {
	// Action is the action's id, by which it is undone.
	Action string
	Cure   string
	What   string
	// By is the ARN of who acts: the function's role, or a person as STS names one.
	By string
	// Would: it is a dry run, in which nothing is ever changed.
	Would bool
	// Record is the finding. Of what a person asked for without one it has the
	// resource and the owner alone.
	Record Record
	// Target is the key's id, or the ARN of the policy that is attached.
	Target string
	// Deadline is when it is done at the earliest; zero where nothing is to come.
	Deadline time.Time
	// LastUsed is when the credential was last used as far as the finding or the
	// live look tells, in the evidence's words: RFC 3339, never, or empty.
	LastUsed string
	// Reason says why it is spared, postponed, refused or has failed.
	Reason string
	// Call is what was called, or is to be; Reversal what undoes it.
	Call, Reversal Call
	// Effect says what the cure changes and what it leaves alone, in one sentence.
	Effect string
	// Ask says how to ask for an exemption.
	Ask string
	// Advice are further steps for a person, such as commands that end sessions.
	Advice []string
}

// Notice is what people are told of the runs themselves, such as that the
// circuit breaker holds them. Kind tells one from another.
type Notice struct {
	Kind string `json:"kind"`
	Text string `json:"text"`
}

// Kinds of notices.
const (
	NoticeBreaker  = "breaker"  // all acts are held for a day
	NoticeSwitch   = "switch"   // the kill switch is off, or cannot be read
	NoticeDisagree = "disagree" // the stack and the configuration do not agree on a cure
	NoticeBlind    = "blind"    // what the acts depend on could not be seen
	NoticeTime     = "time"     // what was due waits for the next run, which has time for it
)

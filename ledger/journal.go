package ledger

import (
	"time"

	"iamvigil/scanner/account"
)

// Outcomes of an intent.
const (
	Done = "done" // it was done and read back
	// Stopped: it was not done, as what would have justified it did not hold any
	// more, or as somebody had forbidden it.
	Stopped = "stopped"
	// Failed: AWS refused the call, and nothing was changed.
	Failed = "failed"
	// Uncertain: whether it was done could not be read. The next run does.
	Uncertain = "uncertain"
	// Would: all but the call itself was done, in a dry run.
	Would = "would"
)

// Entry is one line of the journal of actions. An action's entries are numbered
// from 1: an intent, then its outcome; after an outcome there can be another
// intent, to try again or to undo. Who writes an entry fails if it is there
// already, so that of two runs one acts. Entries are never changed or deleted.
type Entry struct {
	// Action is the action's id: hexadecimal digits.
	Action string    `json:"action"`
	Number int       `json:"number"`
	At     time.Time `json:"at"`
	// By is the ARN of who acts: the function's role, or a person.
	By string `json:"by"`
	// Intent is what is about to be done; nil in an outcome.
	Intent *Intent `json:"intent,omitempty"`
	// Outcome is what became of the intent before; empty in an intent.
	Outcome string `json:"outcome,omitempty"`
	// RequestID is AWS's of the call, if one was answered.
	RequestID string `json:"request_id,omitempty"`
	// Reason says why it was stopped, has failed or is uncertain, and of what was
	// done how it was found.
	Reason string `json:"reason,omitempty"`
}

// Intent is what is about to be done to which exact thing, why, and how it is
// undone.
type Intent struct {
	// Finding is the id of the finding, and Rule its rule; empty: a person asked
	// for it without one.
	Finding string `json:"finding,omitempty"`
	Rule    string `json:"rule,omitempty"`
	Cure    string `json:"cure"`
	Mode    string `json:"mode"`
	// Undo: it restores what a former intent of the action changed.
	Undo bool `json:"undo,omitempty"`
	// Resource is the user, and Target what of it: a key's id, or the ARN of the
	// policy that is attached.
	Resource account.Ref `json:"resource"`
	Target   string      `json:"target"`
	// Why is the finding's message or the person's reason, as of AsOf.
	Why  string    `json:"why"`
	AsOf time.Time `json:"as_of,omitzero"`
	// Call is what is called, and Reversal what undoes it.
	Call     Call `json:"call"`
	Reversal Call `json:"reversal"`
}

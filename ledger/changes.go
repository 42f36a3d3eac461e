package ledger

import (
	"time"

	"iamvigil/scanner/trail"
)

// Changes are what a report changes in what was known: what is to be told, and
// what is to be remembered. They are told first and remembered then. So nothing
// is ever lost; and what is told is repeated at most once per failed or raced
// save.
type Changes struct {
	// Telling is all that is to be told. [Tellings] parts it.
	Telling

	// Others are, by the ids of findings, the events of other actors that can have
	// brought them about as well as the call that is named.
	Others map[string][]string

	// Journalled are those of the events, by their ids, that are remediation's acts
	// and that its journal holds. It told what it did.
	Journalled map[string]bool

	// What is held under the same key is replaced; Puts whose StoredAs is not
	// their sort key move.
	Puts    []Record
	Deletes []Record
	// GapPuts and GapDeletes are by their keys.
	GapPuts, GapDeletes []GapRecord
	// Name is the account's name where an audit saw another than is known.
	Name string
	// Live are looks newer than those known.
	Live map[string]time.Time
	// AlertsTold holds, for each event with a new alert, all rules that were told.
	AlertsTold map[string][]string
	// Bursts are by their ids. They are saved before all else, since what they hold
	// would be lost if it were remembered as told without them.
	BurstPuts, BurstDeletes []Burst
	// ExemptionPuts are what is to be known of exemptions, by their keys.
	ExemptionPuts    map[string]ExemptionMark
	ExemptionDeletes []string
	// Heard is the newest event that came, if any did; Audited whether this was
	// an audit.
	Heard   *Heard
	Audited bool
	// Unheard: an audit saw that what is told is told to nobody; HeardAgain: one
	// sees that somebody hears it again.
	Unheard, HeardAgain bool
	// Rules were asked for the first time; RuleDeletes are asked no more.
	Rules       map[string]time.Time
	RuleDeletes []string
	// Noted are events of unknown names, by id, for the next digest to list;
	// NotedDeletes are those that this one lists.
	Noted        map[string]string
	NotedDeletes []string
}

// ExemptionMark is what the ledger keeps of an exemption.
type ExemptionMark struct {
	// Since is when an audit first saw that it silences nothing; zero: it does.
	Since time.Time `json:"since,omitzero"`
	// Told is why people were last told to look after it, and ToldAt when; empty:
	// never, since it was last renewed or of use.
	Told   string    `json:"told,omitempty"`
	ToldAt time.Time `json:"told_at,omitzero"`
	// Expires is its expiry: one that is set otherwise is another exemption.
	Expires time.Time `json:"expires"`
}

// Heard is an event's coming.
type Heard struct {
	ID    string    `json:"id"`
	Event string    `json:"event"` // eventName
	Time  time.Time `json:"time"`  // of the call
	At    time.Time `json:"at"`    // when it was dealt with
}

// Note keeps events whose names the scanner does not know for the next digest.
func (c *Changes) Note(unknown []trail.Event) {
	if len(unknown) > 0 && c.Noted == nil {
		c.Noted = map[string]string{}
	}
	for i := range unknown {
		c.Noted[unknown[i].ID] = unknown[i].Name
	}
}

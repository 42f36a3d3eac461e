package ledger

import (
	"time"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/trail"
)

// Kinds of changes.
const (
	Digest = "digest" // of a look at the whole account
	Event  = "event"  // of a look at what events touched
	// Summary closes a burst: it tells what its later events have come to.
	Summary = "summary"
)

// Changes are what a report changes in what was known: what is to be told, and
// what is to be remembered. They are told first and remembered then. So nothing
// is ever lost; and what is told is repeated at most once per failed or raced
// save.
type Changes struct {
	Kind    string
	Account account.Identity
	Time    time.Time
	// First: nothing of this account was known, so all its findings are new.
	First bool
	// Events are what the look was about: who did what. They are no news by
	// themselves.
	Events []trail.Event

	// To be told. Records are sorted as a report's findings are, gaps by their
	// keys, alerts are in the report's order. Covered and exempt findings are not
	// new; a covered one that was told before is resolved like any other.
	New      []Record
	Resolved []Record
	// Silenced are records told before that are exempt or acknowledged now;
	// Reranked those whose severity is another than people were told.
	Silenced []Record
	Reranked []Record
	Alerts   []scanner.Alert
	Gaps     []GapRecord
	// NewRules are rules asked for the first time of an account known before;
	// their findings are counted here and not in New.
	NewRules []RuleCount
	// Withdrawn are rules that were switched off or removed, with the findings
	// that people were told of and that nobody looks after any more.
	Withdrawn []RuleCount
	// Exemptions are those that people should look after.
	Exemptions []ExemptionNote

	// Thread is the chat thread that all of this is told in; empty: its own.
	Thread string
	// Held: too much was told of this actor lately, so that email waits for the
	// summary. Chat and programs do not.
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
	// Exempt and Covered count what is open and not told on its own.
	Exempt, Covered int
	// Unknown counts events whose names the scanner does not know, by name. They
	// are noted by looks at events and told by the next digest.
	Unknown map[string]int

	// To be remembered. What is held under the same key is replaced; Puts whose
	// StoredAs is not their sort key move.
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
	// Rules were asked for the first time; RuleDeletes are asked no more.
	Rules       map[string]time.Time
	RuleDeletes []string
	// Noted are events of unknown names, by id, for the next digest to list;
	// NotedDeletes are those that this one lists.
	Noted        map[string]string
	NotedDeletes []string
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

// Quiet reports whether there is nothing to tell.
func (c *Changes) Quiet() bool {
	return len(c.New)+len(c.Resolved)+len(c.Silenced)+len(c.Reranked)+len(c.Alerts)+len(c.Gaps)+len(c.NewRules)+
		len(c.Withdrawn)+len(c.Exemptions)+len(c.Unknown)+len(c.Rest) == 0
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

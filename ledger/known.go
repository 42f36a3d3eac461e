package ledger

import (
	"errors"
	"slices"
	"strings"
	"time"

	"iamvigil/scanner/account"
)

const day = 24 * time.Hour

// How long a store keeps what it may forget.
const (
	LiveKept       = day      // no evidence is older: AWS makes the credential report anew every 4 hours
	AlertsToldKept = 30 * day // SQS delivers for at most 14 days
	NotedKept      = 30 * day
	resolvedKept   = 400 * day
)

// ErrRaced is what a save reports when someone else has saved meanwhile. All
// that was not raced is saved. Looking once more at what is known, and at the
// account, mends it.
var ErrRaced = errors.New("raced by another save")

// Query is what of an account's ledger a look needs. A store may give more.
type Query struct {
	// Whole: everything. Otherwise Refs names what the look is about.
	Whole bool
	Refs  []account.Ref
	// EventIDs are the events whose alerts may have been told before.
	EventIDs []string
}

// Known is what the ledger holds of an account, or of the part that a look is
// about. Its zero value: nothing was ever looked at.
type Known struct {
	// Whole: this is all that is known of the account.
	Whole   bool
	Records []Record
	// Gaps are always those of the whole account.
	Gaps []GapRecord
	// Live maps a resource's key to its newest live look, kept for [LiveKept].
	Live map[string]time.Time
	// AlertsTold maps an event's id to the rules whose alerts about it were told, kept
	// for [AlertsToldKept]. It silences alerts only: what an event touched is looked
	// at as often as the event comes.
	AlertsTold map[string][]string
	// Rules maps a rule to when it was first asked of the whole account; empty
	// before the first audit, and for a look at a part.
	Rules map[string]time.Time
	// Name is the account's name as the last audit saw it. Looks at events do not
	// ask for it.
	Name string
	// Bursts are the parts of those that are not closed yet, always of the whole
	// account.
	Bursts []Burst
	// Exemptions maps the keys of exemptions to what is known of them; empty for
	// a look at a part.
	Exemptions map[string]ExemptionMark
	// Heard is the newest event that came; zero: none yet. AuditedAt is when the
	// last audit was done; zero: none yet, or a look at a part.
	Heard     Heard
	AuditedAt time.Time
	// Unheard: the last audit saw that what is told is told to nobody.
	Unheard bool
	// Noted maps the ids of events that no digest has listed yet to their names,
	// which the scanner does not know. Empty for a look at a part.
	Noted map[string]string
}

// Keys are the access keys that records name, by the unique id of their user.
// The credential report does not tell their ids.
func (k *Known) Keys() map[string][]account.AccessKey {
	named := map[string][]account.AccessKey{}
	for i := range k.Records {
		r := &k.Records[i]
		created, err := time.Parse(time.RFC3339, r.Evidence["created"])
		// IAM gives ids of long-term access keys, and of nothing else, this prefix.
		if err != nil || r.Resource.Kind != account.KindUser || !strings.HasPrefix(r.Part, "AKIA") {
			continue
		}
		key := account.AccessKey{ID: r.Part, Created: created}
		if !slices.Contains(named[r.Resource.ID], key) {
			named[r.Resource.ID] = append(named[r.Resource.ID], key)
		}
	}
	return named
}

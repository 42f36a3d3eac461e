// Package ledger remembers what was found, told and mended in an account, and
// decides from that and a new report what has changed.
//
// It is pure but for the file store: it knows no AWS client and no clock, and
// never decides what is a fault.
package ledger

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/trail"
)

// State is where a finding is in its life.
type State string

// The states of a record.
const (
	Open     State = "open"
	Resolved State = "resolved"
	// Silenced is what people can be told last, never a state: that it stands and
	// is exempt or acknowledged.
	Silenced State = "silenced"
)

// Why a record was resolved.
const (
	Mended  = "mended"  // the rule answered that all is well
	Deleted = "deleted" // the resource is gone
	Reset   = "reset"   // nothing was mended: the rule's limit was set otherwise
)

// flappingWithin is how soon a finding must be back to be flapping rather than
// new, and how long a state must last to end that.
const flappingWithin = day

// Record is one finding over time.
type Record struct {
	scanner.Finding
	State State `json:"state"`
	// Told is what people were last told: that it stands, is silenced or is
	// resolved. Empty: nothing yet, as it was covered or exempt ever since.
	Told State `json:"told,omitempty"`
	// ToldAs is the severity that it was last told with.
	ToldAs scanner.Severity `json:"told_as,omitempty"`
	// Was is the severity told before, where what was told last is that it is
	// another now.
	Was scanner.Severity `json:"was,omitempty"`
	// Limit is the number that the rule compared with when it was last seen to
	// stand: what its evidence says, else the rule's limit. WithoutPassword is the
	// rule's other limit then. Zero: the rule has none.
	Limit           int `json:"limit,omitempty"`
	WithoutPassword int `json:"limit_without_password,omitempty"`
	// Grace is for how many days the rule let be what was new.
	Grace int `json:"grace,omitempty"`
	// By is the call that brought about its last change; nil: nobody looked.
	By *trail.Origin `json:"by"`
	// Thread is the chat thread in which it was told.
	Thread string `json:"thread,omitempty"`
	// Ack silences it for a while; nil: nothing does.
	Ack *Ack `json:"ack,omitempty"`
	// Lapsed is the exemption or acknowledgement that silenced it until it was
	// told last, or is to be told next.
	Lapsed *Lapse `json:"lapsed,omitempty"`
	// Released: it was contained until this look. No store keeps that.
	Released bool `json:"-"`
	// EvidenceAt is when the evidence of the record's last change is from: an
	// answer from older evidence is ignored.
	EvidenceAt time.Time `json:"evidence_at"`
	// FirstSeen is when it was first seen to stand. One that is back after more
	// than a day is a new fault, first seen then.
	FirstSeen time.Time `json:"first_seen"`
	// OpenedAt is when it last began to stand: later than FirstSeen if it was
	// resolved for less than a day.
	OpenedAt time.Time `json:"opened_at"`
	// ResolvedAt and How are set while State is Resolved.
	ResolvedAt time.Time `json:"resolved_at,omitzero"`
	How        string    `json:"how,omitempty"`
	// Flapping: it stood again within a day of being resolved, which was told.
	// Until a state lasts a day, nothing more is.
	Flapping bool `json:"flapping,omitempty"`
	// Revision counts the saves; zero: never saved. A store refuses a record
	// whose revision is not the one it holds.
	Revision int `json:"revision"`
	// StoredAs is the sort key under which a store holds it, empty before the
	// first save. After a rename it differs from SortKey.
	StoredAs string `json:"-"`
}

// Ack is somebody's having taken note of a finding: it is not told until then.
type Ack struct {
	By     string    `json:"by"` // the caller's ARN
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`
	Until  time.Time `json:"until"`
}

// Lapse is an exemption, or an acknowledgement in its shape, that silences a
// finding no more.
type Lapse struct {
	scanner.Exemption
	Ack bool `json:"ack,omitempty"`
}

// AckMost is the longest that an acknowledgement lasts.
const AckMost = 7 * day

// longestKey is how many bytes of a sort key are used; DynamoDB takes 1,024.
const longestKey = 1000

// SortKey is where a store keeps the record, so that all records of a name are
// neighbours: kind#lower(name)#key#rule#part. What follows the name is hashed
// where it is too long, as a part can be whatever a policy names.
func (r *Record) SortKey() string {
	prefix := NamePrefix(r.Resource)
	rest := r.Resource.Key() + "#" + r.Rule + "#" + r.Part
	if len(prefix)+len(rest) > longestKey {
		sum := sha256.Sum256([]byte(rest))
		rest = "sha256#" + hex.EncodeToString(sum[:])
	}
	return prefix + rest
}

// NamePrefix begins the sort keys of all records about a name. IAM's names are
// unique without regard to case and never hold a "#". The account and its root
// user are one name; a ref that names nothing has all of its kind.
func NamePrefix(about account.Ref) string {
	prefix := string(about.Kind) + "#"
	if about.Kind == account.KindAccount {
		return prefix
	}
	name := about.Name
	if name == "" {
		name = account.NameOf(about.ARN)
	}
	if name == "" {
		return prefix
	}
	return prefix + strings.ToLower(name) + "#"
}

// Expires is when a store may forget the record; zero: never. One that people
// believe to stand is never forgotten.
func (r *Record) Expires() time.Time {
	if r.State != Resolved || r.Told == Open {
		return time.Time{}
	}
	return r.ResolvedAt.Add(resolvedKept)
}

// loud reports whether it is told on its own.
func (r *Record) loud() bool { return r.Status == scanner.Open && r.CoveredBy == "" }

// describe takes over a finding's attributes.
func (r *Record) describe(f *scanner.Finding) {
	r.Finding = bounded(*f)
	r.EvidenceAt = f.AsOf
	r.AsOf = time.Time{}
}

// tell notes what people are told of it now.
func (r *Record) tell(what State) {
	if what != Open {
		r.Lapsed = nil
	}
	r.Told, r.ToldAs, r.Was = what, r.Severity, ""
}

// reopen begins to stand again.
func (r *Record) reopen(now time.Time) {
	r.Flapping = now.Sub(r.ResolvedAt) <= flappingWithin
	if !r.Flapping {
		r.FirstSeen = now
	}
	r.State, r.OpenedAt = Open, now
	r.ResolvedAt, r.How, r.By = time.Time{}, "", nil
}

func (r *Record) resolve(how string, evidence, now time.Time) {
	r.State, r.ResolvedAt, r.How, r.EvidenceAt = Resolved, now, how, evidence
	r.By, r.Ack, r.Lapsed = nil, nil, nil
}

// unsettled: it is flapping and has been neither standing nor resolved for a
// day, so that its being resolved is not told yet.
func (r *Record) unsettled(now time.Time) bool {
	return r.Flapping && r.ResolvedAt.Sub(r.OpenedAt) < flappingWithin && now.Sub(r.ResolvedAt) < flappingWithin
}

// same reports whether nothing is to be saved. The message and the evidence are
// left out: their numbers change daily.
func (r *Record) same(as *Record) bool {
	return r.State == as.State && r.Told == as.Told && r.Flapping == as.Flapping && r.How == as.How &&
		r.FirstSeen.Equal(as.FirstSeen) && r.OpenedAt.Equal(as.OpenedAt) && r.ResolvedAt.Equal(as.ResolvedAt) &&
		r.Resource == as.Resource && r.Severity == as.Severity && r.ToldAs == as.ToldAs && r.Status == as.Status &&
		r.CoveredBy == as.CoveredBy && r.Owner == as.Owner && r.ManagedBy == as.ManagedBy && r.Fix == as.Fix &&
		r.Limit == as.Limit && r.WithoutPassword == as.WithoutPassword && r.Grace == as.Grace && r.Ack == as.Ack &&
		slices.Equal(r.Controls, as.Controls) && slices.Equal(r.Commands, as.Commands) && sameExemption(r.Exempt, as.Exempt)
}

func sameExemption(a, b *scanner.Exemption) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Reason == b.Reason && a.Owner == b.Owner && a.Expires.Equal(b.Expires)
}

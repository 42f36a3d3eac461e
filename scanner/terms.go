package scanner

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"

	"iamvigil/scanner/account"
)

// Tampering is the rule that no exemption silences: what hides an intruder's
// first step must not be a line in a file.
const Tampering = "event-scanner-tampering"

// EveryRule stands among an exemption's rules for all that there are, those of a
// later release too, but for [Tampering].
const EveryRule = "*"

// Terms are what an account has agreed on beside the rules: what is exempt from
// them and whose things are.
type Terms struct {
	Exemptions []Exemption
	// OwnerTags are tag keys; the first that a user or role has names its owner.
	OwnerTags []string
	// AccountOwner owns what has no such tag; empty: nobody does.
	AccountOwner string
}

// Exemption is what is not told, why and until when. In a report it is told
// with the findings that it silences.
type Exemption struct {
	// Rules are the ids of rules, or [EveryRule]; [Tampering] has no effect.
	Rules []string `json:"-"`
	// Resource and Account are patterns in which * stands for any characters and
	// ? for any one, / among them. Case counts. Resource is held against the ARN
	// and the name: of the account those are arn:…:root and its id, of the root
	// user the same ARN and <root_account>.
	Resource string `json:"-"`
	Account  string `json:"-"`
	// Tags narrows it to users and roles that have all of these, values as
	// patterns; nothing else has tags here.
	Tags map[string]string `json:"-"`

	Reason  string    `json:"reason"`
	Owner   string    `json:"owner"`
	Expires time.Time `json:"expires"`
}

// Key identifies the exemption by what it silences, whatever its reason, owner
// and expiry are.
func (x *Exemption) Key() string {
	// Strings and maps of them are always encoded, maps in the order of keys.
	text, _ := json.Marshal([]any{x.Rules, x.Resource, x.Account, x.Tags})
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

// ExemptionUse is how many findings and alerts an exemption silences now.
type ExemptionUse struct {
	Exemption
	Findings int
}

// Expired reports whether the exemption is over.
func (x *Exemption) Expired(now time.Time) bool { return !now.Before(x.Expires) }

// Concerns reports whether the exemption is about the account.
func (x *Exemption) Concerns(accountID string) bool {
	of := prepared(x.Account)
	return of.match(accountID)
}

// Silences reports whether the exemption is about a rule's findings on the
// resource, if it asks for no tags: whatever its expiry.
func (x *Exemption) Silences(rule, accountID string, about account.Ref) bool {
	return x.names(rule) && x.Concerns(accountID) && targetOf(x).is(about, nil)
}

// names reports whether the rule is one of the exemption's.
func (x *Exemption) names(rule string) bool {
	return rule != Tampering && (slices.Contains(x.Rules, rule) || slices.Contains(x.Rules, EveryRule))
}

// Apply tells of the report and its findings and alerts whose they are, and which
// are exempt: by the first exemption that is in force and about them, or because
// the fault is the scanner's own doing. What an exempt finding would have covered
// is told on its own. An exempt alert is taken out and counted. What is not exempt
// may be contained.
func (t *Terms) Apply(s *account.Snapshot, r *Report) {
	x := newExempter(t.Exemptions, r)
	tags := tagsOf(s, r)
	r.Owner = t.AccountOwner
	users := containedIn(s)
	for i := range r.Findings {
		f := &r.Findings[i]
		own := tags[calledAs(f.Resource)]
		f.Owner, f.ManagedBy = t.owner(own), writtenIn(own)
		if f.Exempt = users.exempt(f); f.Exempt == nil {
			f.Exempt = x.exempt(f.Rule, f.Resource, own)
		}
		switch {
		case f.Exempt != nil:
			f.Status = Exempt
		case contains(f.Rule, users[f.Resource.Key()].has):
			f.Status = Contained
		default:
			f.Status = Open
		}
	}
	if len(r.Alerts) > 0 {
		full := directoryOf(s)
		r.Alerts = slices.DeleteFunc(r.Alerts, func(a Alert) bool {
			return x.exempt(a.Rule, full.find(a.Resource), tags[calledAs(a.Resource)]) != nil
		})
	}
	for i := range r.Alerts {
		r.Alerts[i].Owner = t.owner(tags[calledAs(r.Alerts[i].Resource)])
	}
	r.Exemptions = x.uses
	r.cover()
}

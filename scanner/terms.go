package scanner

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

// Tampering is the rule that no exemption silences: what hides an intruder's
// first step must not be a line in a file.
const Tampering = "event-scanner-tampering"

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
	// Rules are the ids of rules; [Tampering] has no effect.
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

// silences reports whether the exemption is about a rule's findings and alerts
// there, whatever its expiry.
func (x *Exemption) silences(rule, accountID string, about account.Ref, tags map[string]string) bool {
	switch {
	case rule == Tampering || !slices.Contains(x.Rules, rule) || !match(x.Account, accountID):
		return false
	case !match(x.Resource, about.ARN) && !match(x.Resource, about.Name):
		return false
	}
	for key, value := range x.Tags {
		if has, ok := tags[key]; !ok || !match(value, has) {
			return false
		}
	}
	return true
}

// Apply tells of the report's findings and alerts whose they are, and which are
// exempt: by the first exemption that is in force and about them. What an exempt
// finding would have covered is told on its own. An exempt alert is taken out
// and counted.
func (t *Terms) Apply(s *account.Snapshot, r *Report) {
	x := exempter{report: r, uses: make([]ExemptionUse, len(t.Exemptions)), byRule: map[string][]int{}}
	for i := range t.Exemptions {
		x.uses[i].Exemption = t.Exemptions[i]
		for _, rule := range t.Exemptions[i].Rules {
			x.byRule[rule] = append(x.byRule[rule], i)
		}
	}
	tags := tagsOf(s)
	for i := range r.Findings {
		f := &r.Findings[i]
		own := tags[named(f.Resource)]
		f.Owner, f.ManagedBy = t.owner(own), writtenIn(own)
		f.Status, f.Exempt = Open, x.exempt(f.Rule, f.Resource, own)
		if f.Exempt != nil {
			f.Status = Exempt
		}
	}
	r.Alerts = slices.DeleteFunc(r.Alerts, func(a Alert) bool {
		return x.exempt(a.Rule, inFull(s, a.Resource), tags[named(a.Resource)]) != nil
	})
	for i := range r.Alerts {
		r.Alerts[i].Owner = t.owner(tags[named(r.Alerts[i].Resource)])
	}
	r.Exemptions = x.uses
	r.cover()
}

// exempter finds exemptions and counts their uses.
type exempter struct {
	report *Report
	uses   []ExemptionUse
	byRule map[string][]int
}

// exempt is the first exemption in force that is about the resource, or nil.
func (x *exempter) exempt(rule string, about account.Ref, tags map[string]string) *Exemption {
	for _, i := range x.byRule[rule] {
		if use := &x.uses[i]; !use.Expired(x.report.Time) && use.silences(rule, x.report.Account.ID, about, tags) {
			use.Findings++
			return &use.Exemption
		}
	}
	return nil
}

// match tells whether a pattern that a person wrote is all of a text: that of a
// policy, but that nothing is an escape there.
func match(pattern, text string) bool {
	return policy.MatchResource(strings.ReplaceAll(pattern, "${", "${$}{"), text)
}

// inFull is what the snapshot calls the resource: an event may know only its
// name.
func inFull(s *account.Snapshot, about account.Ref) account.Ref {
	for ref := range s.Resources() {
		if ref.Same(about) {
			return ref
		}
	}
	return about
}

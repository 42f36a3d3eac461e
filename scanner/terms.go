package scanner

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"time"

	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
	"iamvigil/scanner/trail"
)

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
	// Rules are the ids of rules.
	Rules []string `json:"-"`
	// Resource and Account are patterns in which * stands for any characters and
	// ? for any one, / among them: of an ARN or a name, and of an account id.
	Resource string `json:"-"`
	Account  string `json:"-"`
	// Tags narrows it to resources that have all of these, values as patterns.
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

// silences reports whether the exemption is about a rule's finding there.
func (x *Exemption) silences(rule, accountID string, about account.Ref, tags map[string]string) bool {
	if !slices.Contains(x.Rules, rule) || !policy.MatchResource(x.Account, accountID) {
		return false
	}
	if !policy.MatchResource(x.Resource, about.ARN) && !policy.MatchResource(x.Resource, about.Name) {
		return false
	}
	for key, value := range x.Tags {
		if has, ok := tags[key]; !ok || !policy.MatchResource(value, has) {
			return false
		}
	}
	return true
}

// Apply tells of the report's findings and alerts whose they are, and which are
// exempt. What an exempt finding would have covered is told on its own. An
// exempt alert is taken out and counted.
func (t *Terms) Apply(s *account.Snapshot, r *Report) {
	tags := tagsOf(s)
	uses := make([]ExemptionUse, len(t.Exemptions))
	for i, x := range t.Exemptions {
		uses[i].Exemption = x
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		own := tags[f.Resource.Key()]
		f.Owner, f.ManagedBy = t.owner(own), writtenIn(own)
		f.Status, f.Exempt = Open, nil
		if use := exempting(uses, r, f.Rule, f.Resource, own); use != nil {
			f.Status, f.Exempt = Exempt, &use.Exemption
		}
	}
	r.Alerts = slices.DeleteFunc(r.Alerts, func(a Alert) bool {
		return exempting(uses, r, a.Rule, a.Resource, tags[a.Resource.Key()]) != nil
	})
	for i := range r.Alerts {
		r.Alerts[i].Owner = t.owner(tags[r.Alerts[i].Resource.Key()])
	}
	r.Exemptions = uses
	r.cover()
}

// exempting finds the first exemption in force, and counts its use.
func exempting(uses []ExemptionUse, r *Report, rule string, about account.Ref, tags map[string]string) *ExemptionUse {
	for i := range uses {
		if x := &uses[i]; !x.Expired(r.Time) && x.silences(rule, r.Account.ID, about, tags) {
			x.Findings++
			return x
		}
	}
	return nil
}

func (t *Terms) owner(tags map[string]string) string {
	for _, key := range t.OwnerTags {
		if value := tags[key]; value != "" {
			return value
		}
	}
	return t.AccountOwner
}

// writtenIn reads the tags by which tools tell where a resource is written down.
func writtenIn(tags map[string]string) string {
	stack, file := tags["aws:cloudformation:stack-name"], tags["git_file"]
	switch {
	case stack != "":
		return trail.CloudFormation + " stack " + strconv.Quote(stack)
	case file != "" && tags["git_repo"] != "":
		return "file " + strconv.Quote(file) + " of repository " + strconv.Quote(tags["git_repo"])
	case file != "":
		return "file " + strconv.Quote(file)
	}
	return ""
}

// tagsOf are the tags by resource key. Of what rules are about, IAM tells the
// tags of users and roles alone.
func tagsOf(s *account.Snapshot) map[string]map[string]string {
	tags := map[string]map[string]string{}
	for i := range s.Users {
		if u := &s.Users[i]; len(u.Tags) > 0 {
			tags[u.ID] = maps.Clone(u.Tags)
		}
	}
	for i := range s.Roles {
		if r := &s.Roles[i]; len(r.Tags) > 0 {
			tags[r.ID] = maps.Clone(r.Tags)
		}
	}
	return tags
}

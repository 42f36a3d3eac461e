package rules

import (
	"slices"
	"strings"
	"time"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

// claim is what one statement grants too widely, in the words of one kind of finding.
type claim struct {
	kind      kind
	statement *policy.Statement
	names     []string // actions, or the document's patterns of them
	// mild: it has conditions, or is about a few resources, which it is if narrow.
	mild, narrow bool
}

// kind is a kind of claim; each has a rule, see [claiming].
type kind int

const (
	escalates kind = iota
	passes
	assumes
	blinds
	decrypts
	reads
	issues
	exposes
	services
	allBut
	elsewhere
	subscribes
	modifies
)

// claiming is, for each kind, the rule that tells it; in what words, given the names; and
// what looks for it at one statement that allows, does not allow everything, and may be
// about more than a few resources or is about all actions but some. That gives names for
// a claim, or none.
var claiming = [...]struct {
	rule, says string
	find       func(w *survey, s *policy.Statement) []string
}{
	escalates:  {"policy-privilege-escalation", "allows %s on whatever identity or policy there is, which is enough to get every permission", escalating},
	passes:     {"policy-pass-role-star", "allows %s on every role", passing},
	assumes:    {"policy-assume-role-star", "allows %s on every role", assuming},
	blinds:     {"policy-cloudtrail-full", "allows %s on every trail", blinding},
	decrypts:   {"policy-kms-decrypt-all", "allows %s on every key", decrypting},
	reads:      {"policy-data-exfiltration", "allows %s on all that there is", reading},
	issues:     {"policy-credentials-exposure", "allows %s on every resource: each answers with credentials", issuing},
	exposes:    {"policy-resource-exposure", "allows %s on every resource, by which others are given access", exposing},
	services:   {"policy-service-wildcard", "allows %s on every resource", wholeServices},
	allBut:     {"policy-not-action", "allows all actions but %s", allButThese},
	elsewhere:  {"policy-not-resource", "allows actions on all resources but %s", everywhereElse},
	subscribes: {"policy-marketplace-subscribe", "allows %s, whatever the product", subscribing},
	modifies:   {"policy-infrastructure-modification", "lets every resource be changed, by %s", modifying},
}

// survey is one look at all statements of a document, on behalf of all rules: there
// are hundreds of thousands of statements in a large account.
type survey struct {
	own    account.Identity
	known  *knownActions
	now    time.Time
	denies []*policy.Statement // those that surely deny, whatever the request
}

// claimsOf are the claims of a document, found once for all rules.
func claimsOf(p *scanner.Pass, d *policy.Document) []claim {
	return p.Once(d, func() any {
		if d.DeniesAll() {
			return []claim(nil)
		}
		w := &survey{own: p.Snapshot.Account, known: knownTo(p), now: p.Now}
		admin := d.Admin() != nil
		var claims []claim
		for i := range d.Statements {
			s := &d.Statements[i]
			if !w.mayClaim(s, admin) {
				continue
			}
			if w.denies == nil {
				w.denies = denying(d)
			}
			claims = append(claims, w.claims(s)...)
		}
		return claims
	}).([]claim)
}

// mayClaim leaves out what allows everything, of which other rules tell if the document as
// a whole does, and a statement whose time is over.
func (w *survey) mayClaim(s *policy.Statement, admin bool) bool {
	if !s.Allows() || !mayBeWide(s) && s.NotActions == nil && len(everywhereNamed(s)) == 0 || admin && allowsAll(s) {
		return false
	}
	return !s.Over(w.now)
}

// claims are those of one statement that may claim something.
func (w *survey) claims(s *policy.Statement) []claim {
	wide := mayBeWide(s)
	var claims []claim
	for of := range claiming {
		if names := claiming[of].find(w, s); len(names) > 0 {
			claims = append(claims, claim{kind(of), s, names, len(s.Conditions) > 0 || !wide, !wide})
		}
	}
	return claims
}

func allowsAll(s *policy.Statement) bool {
	return policy.Document{Statements: []policy.Statement{*s}}.Admin() != nil
}

// mostDenials is more than a document of IAM's greatest size has room for. Those beyond
// it clear nothing.
const mostDenials = 200

// denying are the statements of a document that deny without a condition. It is never
// nil. What a document with problems denies is not sure.
func denying(d *policy.Document) []*policy.Statement {
	denies := []*policy.Statement{}
	for i := range d.Statements {
		s := &d.Statements[i]
		if s.Effect == policy.Deny && len(s.Conditions) == 0 && d.Problems == nil && len(denies) < mostDenials {
			denies = append(denies, s)
		}
	}
	return denies
}

// granted gives those of the actions that a statement allows on a resource and no
// statement beside it denies.
func (w *survey) granted(s *policy.Statement, resource string, actions ...string) []string {
	var found []string
	for _, action := range actions {
		if s.Grants(action, resource) && !w.denied(action, resource) {
			found = append(found, action)
		}
	}
	return found
}

func (w *survey) denied(action, resource string) bool {
	return slices.ContainsFunc(w.denies, func(s *policy.Statement) bool { return s.Denies(action, resource) })
}

// unnamed is a text that no policy names: what a pattern must match to match everything.
const unnamed = "\x7f"

// arn is a resource of the account that no policy names, but for its service and its
// type. Without a Region: those of a global service.
func (w *survey) arn(service, region, resource string) string {
	return "arn:" + w.own.Partition + ":" + service + ":" + region + ":" + w.own.ID + ":" + resource + unnamed
}

// mayBeWide turns down at a glance the statements that are about a few resources.
func mayBeWide(s *policy.Statement) bool {
	return s.NotResources != nil || s.Resources == nil || slices.ContainsFunc(policy.Completed(s.Resources), loose)
}

// loose tells whether a pattern may match all resources of some type. It is false
// only of patterns that end without a wildcard, or name something behind the type.
func loose(pattern string) bool {
	last := len(pattern) - 1
	if last < 0 || pattern[last] != '*' && pattern[last] != '?' {
		return false
	}
	fields := 0
	for i := range len(pattern) {
		if pattern[i] != ':' {
			continue
		}
		if fields++; fields == 5 {
			return looseBehind(pattern[i+1:], strings.HasPrefix(pattern, "arn:aws:s3:"))
		}
	}
	return true
}

// looseBehind is loose for what follows the account in an ARN. A bucket has no type
// before its name.
func looseBehind(resource string, ofBucket bool) bool {
	end := strings.IndexAny(resource, ":/*?")
	switch wild := resource[end] == '*' || resource[end] == '?'; {
	case wild:
		return true
	case ofBucket || end+1 == len(resource):
		return false
	}
	return resource[end+1] == '*' || resource[end+1] == '?'
}

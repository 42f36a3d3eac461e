// Package rules holds every rule: one slice of values for each family, all of
// them gathered by [All] and [Events].
//
// A rule may not know another rule, but for whose findings say the same and whose
// list of trusted accounts it shares; nor an AWS client, a clock or what was found
// before. It reads one snapshot through the [scanner.Pass] it is given.
package rules

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"iamvigil/scanner"
)

// All are the rules about the state of an account, family by family.
func All() []scanner.Rule {
	return slices.Concat(root, console, keys, users, password, groups, policies, grants, texts, unused, trusts, trails, stack,
		identities, members, quotas, whole, crossAccount, roles, federations, attachments, conventions, versions, crossAccountWrite, operators, mismatches, accessed,
		otherCredentials, devices, providers, certificates, analyzers, contacts, membership, paths)
}

// Events are the rules about single acts.
func Events() []scanner.EventRule {
	return slices.Concat(events, activity)
}

// Abouts is what all rules say of themselves: those about state, those about
// acts, and what the ledger makes of lasting gaps.
func Abouts() []scanner.About {
	var all []scanner.About
	for _, r := range All() {
		all = append(all, r.About)
	}
	for _, r := range Events() {
		all = append(all, r.About)
	}
	return append(all, scanner.Blindness())
}

// cis lists the controls that a rule answers: its numbers in the CIS AWS
// Foundations Benchmark 1.4, 3.0 and 5.0, where it has one, then the others.
func cis(v14, v30, v50 string, others ...string) []string {
	return append([]string{"CIS 1.4 " + v14, "CIS 3.0 " + v30, "CIS 5.0 " + v50}, others...)
}

// newcomers is the grace of rules that may let new users, keys or groups be.
func newcomers() scanner.Limit { return scanner.UpTo(90) }

func latest(times ...time.Time) time.Time {
	var last time.Time
	for _, t := range times {
		if t.After(last) {
			last = t
		}
	}
	return last
}

// when writes a time for evidence.
func when(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.UTC().Format(time.RFC3339)
}

// age is how long ago something was, for a message.
func age(p *scanner.Pass, t time.Time) string {
	if p.Age(t) == 0 {
		return "less than a day"
	}
	return counted(p.Age(t), "day")
}

// A message lists so many names, and shows so many bytes of each: whoever writes a
// policy could make it as long as a policy may be.
const (
	most    = 5
	longest = 256
)

// quoted lists names in a message, cutting a long list, and each long name, short.
func quoted(names []string) string {
	shown := make([]string, 0, most+1)
	for i, name := range names {
		if i == most {
			shown = append(shown, fmt.Sprintf("and %d more", len(names)-most))
			break
		}
		if len(name) > longest {
			name = strings.ToValidUTF8(name[:longest], "") + "..."
		}
		shown = append(shown, fmt.Sprintf("%q", name))
	}
	return strings.Join(shown, ", ")
}

// counted is a number and its noun, in the plural but for one.
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

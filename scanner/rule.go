// Package scanner asks rules about one look at an account and reports their
// answers: fail, pass, or a gap where the evidence was missing.
//
// It is pure: it knows no AWS client, no clock, no log and no history.
package scanner

import (
	"slices"
	"time"

	"iamvigil/scanner/account"
	"iamvigil/scanner/trail"
)

// Severity is how bad a finding is.
type Severity string

// The severities, worst first.
const (
	Critical Severity = "critical"
	High     Severity = "high"
	Medium   Severity = "medium"
	Low      Severity = "low"
	Info     Severity = "info"
)

// Severities lists the severities, worst first.
func Severities() []Severity { return []Severity{Critical, High, Medium, Low, Info} }

// Rank is 0 for the worst severity and grows as it gets milder. An unknown
// severity ranks after all.
func (s Severity) Rank() int {
	for i, known := range Severities() {
		if s == known {
			return i
		}
	}
	return len(Severities())
}

// About is what a rule says of itself.
type About struct {
	// ID is the rule's one name everywhere: fixture, documentation, exemption
	// and message. It is never reused.
	ID string
	// Title is one sentence that is true of every finding.
	Title    string
	Severity Severity
	// Controls are the controls that it answers, such as "CIS 5.0 1.9".
	Controls []string
	// Why says what an attacker or an accident makes of it; Fix, what to do.
	Why, Fix string
	// Limit is the number that the rule compares with, if it has one.
	Limit Limit
	// List is what the rule compares with where that is no number.
	List List
	// OptIn rules are asked only when named.
	OptIn bool
	// Grace is for how many days after its creation a user, a key or a group is
	// let be: none unless configured, see [UpTo]. Without a unit: the rule lets
	// nothing be, however new.
	Grace Limit
	// CoveredBy are rules whose finding on the same resource already says it.
	CoveredBy []string
	// Follows are rules whose finding on the same part comes to this one when it is
	// mended: for as many days as its limit is this one is covered by that.
	Follows []string
	// Causes are the eventNames of the calls that bring the fault about; empty:
	// nobody's act does, but time.
	Causes []string
	// Cures are the eventNames of the calls that can end the fault, but for those
	// that delete its resource; empty: nobody's act does, or none that is heard of.
	Cures []string
}

// TagKeys is what a [List] is of whose members are keys of tags.
const TagKeys = "tag keys"

// List is a list of texts that an account may set. Its zero value: none.
type List struct {
	// Of says what its members are, such as "tag keys"; empty: the rule has no list.
	Of     string
	Values []string
	// Needed: without a member the rule cannot be asked, so that it is opt-in.
	Needed bool
	// Accounts: each member is the id of an account, 12 digits.
	Accounts bool
}

// Ready reports whether the rule has what it needs to be asked.
func (a *About) Ready() bool { return !a.List.Needed || len(a.List.Values) > 0 }

// Reads are the facts that some of the rules read, each once.
func Reads(rules []Rule) []account.Fact {
	var all []account.Fact
	for i := range rules {
		for _, f := range slices.Concat(rules[i].Reads, rules[i].Hints, rules[i].Weighs) {
			if !slices.Contains(all, f) {
				all = append(all, f)
			}
		}
	}
	return all
}

// Limit is a number that an account may set otherwise. Its zero value: none.
type Limit struct {
	Value    int
	Unit     string // "days", "characters", "passwords"
	Min, Max int    // what it may be set to, WithoutPassword too
	// PerPassword: it may be set otherwise for users without a console password,
	// who are programs most of the time: to WithoutPassword, unless that is zero.
	// Only for limits in days that something can be older than.
	PerPassword     bool
	WithoutPassword int
}

// Days is a limit in whole days: what is older than that fails, from the first
// second of the day after.
func Days(n int) Limit { return Limit{Value: n, Unit: "days", Min: 1, Max: 3650} }

// UserDays is [Days] for what users have, with or without a console password.
func UserDays(n int) Limit {
	l := Days(n)
	l.PerPassword = true
	return l
}

// UpTo is a grace: none, and at most so many days.
func UpTo(days int) Limit { return Limit{Unit: "days", Max: days} }

// split reports whether users without a console password have another limit.
func (l *Limit) split() bool { return l.PerPassword && l.WithoutPassword != 0 }

// Rule is a question about a resource's state.
type Rule struct {
	About
	// Reads are the facts that the check cannot do without.
	Reads []account.Fact
	// Hints are facts that can show a fault while one of Reads is missing,
	// though never its absence.
	Hints []account.Fact
	// Weighs are facts that make a fault worse or milder where they are known. No
	// answer waits for them.
	Weighs []account.Fact
	Check  Check
}

// EventRule is a question about an act, or about several within a time. Events are
// the eventNames it is asked about; empty: every event.
type EventRule struct {
	About
	Events []string
	// Unseen is which of its events never come to where the program runs, since
	// CloudTrail keeps them in the Region where they happened; empty: none.
	Unseen string
	// Further is which of its events come only where the stack is asked for them,
	// by its parameter FurtherEvents; empty: none.
	Further string
	// Counts makes it a question about several acts. It gives what an event is counted
	// as, equal ones of which count once, and whose streak that belongs to; nobody's: it
	// is not counted. Nil: each act is asked about by itself.
	Counts func(trail.Event) (as, whose string)
	// Within is how far apart the acts of one [Streak] are at most.
	Within time.Duration
	// Check is asked about an event; of a rule that counts, about the one by which a
	// streak has as many acts as its limit, see [EventPass.Acts].
	Check func(*EventPass, trail.Event)
}

// Package remediate takes credentials away that must go: staged, journalled,
// reversible, and only where it was armed.
//
// [Plan] decides, from what the ledger has and one look at the account, and
// changes nothing. [Runner] carries a plan out: it journals the intent, reads the
// one fact that justifies it once more, makes one call, reads back and journals
// the outcome. Nothing is ever deleted.
//
// It never decides what is a fault: it acts on findings that stand in the ledger.
package remediate

import (
	"time"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
)

// Mode is how far a run goes.
type Mode string

// The modes. The zero mode is no mode and acts as Off.
const (
	Off Mode = "off"
	// DryRun does all but the calls that change something, and says so.
	DryRun  Mode = "dry-run"
	Enforce Mode = "enforce"
)

// Cure is a way to take a credential away.
type Cure string

// The cures.
const (
	DeactivateKey  Cure = "deactivate-key"
	ContainConsole Cure = "contain-console"
	Quarantine     Cure = "quarantine"
)

// Cures are all that there are.
func Cures() []Cure { return []Cure{DeactivateKey, ContainConsole, Quarantine} }

// Rules are the ids of the rules whose findings the cure is for.
func (c Cure) Rules() []string {
	switch c {
	case DeactivateKey:
		return []string{"key-rotation", "key-unused"}
	case ContainConsole:
		return []string{"user-console-unused", "user-console-without-mfa"}
	case Quarantine:
		return []string{"user-unused"}
	}
	return nil
}

// Schedule is when what is done about a rule's findings, in whole days after the
// first run that saw the finding while its cure was armed. At least a day lies
// between two of them: 0 <= Warn < Final < Act <= [MostDays], see [Schedule.Check].
type Schedule struct{ Warn, Final, Act int }

// Settings are what a careful team has armed. The zero value arms nothing.
type Settings struct {
	Mode Mode
	// Cures are those that both the stack and the configuration switch on.
	Cures map[Cure]bool
	// StackOnly and ConfigOnly are those that only one of the two does.
	StackOnly, ConfigOnly []Cure
	// Schedules are by rule; what has none is not acted on.
	Schedules map[string]Schedule
	// Protected are patterns as those of [scanner.Exemption], held against a user's
	// ARN and name: nothing is ever done about these users.
	Protected []string
	// Terms say what is exempt.
	Terms scanner.Terms
	// Denies are the stack's policies that contain users.
	Denies account.Denies
	// Ask is how to ask for an exemption, as the configuration has it; empty: by
	// whoever keeps the configuration.
	Ask string
	// Digest is of all settings that a plan depends on: another one is another
	// configuration.
	Digest string
	// Limits are the limits of rules that decide when a live look at a credential
	// shows that it was used since: by rule.
	Limits map[string]scanner.Limit
}

// MostDays is the latest day of a [Schedule].
const MostDays = 365

const day = 24 * time.Hour

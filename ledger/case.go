package ledger

import "time"

// Cures, as cases, intents and steps name them.
const (
	CureDeactivateKey  = "deactivate-key"
	CureContainConsole = "contain-console"
	CureQuarantine     = "quarantine"
)

// ModeDryRun is the mode in which nothing is ever changed.
const ModeDryRun = "dry-run"

// Stage is how far a [Case] has come: what people were last told of it.
type Stage string

// The stages of a case, in their order.
const (
	Begun       Stage = "begun" // nothing was told yet
	Warned      Stage = "warned"
	FinalWarned Stage = "final-warned"
	Acted       Stage = "acted" // or would have been, in a dry run
)

// Case is an open finding on its way to its cure. It belongs to the record that
// it was begun for: one that is resolved has none, and one that stands again
// begins anew.
type Case struct {
	Finding string `json:"finding"` // the record's id
	Cure    string `json:"cure"`
	// Mode is the one that it was begun in: warnings of a dry run do not count in
	// earnest.
	Mode string `json:"mode"`
	// OpenedAt is the record's when the case was begun: with another it is another
	// fault.
	OpenedAt time.Time `json:"opened_at"`
	Stage    Stage     `json:"stage"`
	// Began is when its finding was first seen while its cure was armed.
	Began    time.Time `json:"began"`
	WarnedAt time.Time `json:"warned_at,omitzero"`
	FinalAt  time.Time `json:"final_at,omitzero"`
	// Deadline is the day that people were told last. Nothing is done before it.
	Deadline time.Time `json:"deadline,omitzero"`
	// Said is why people were last told that nothing is done for now, so that they
	// are told once; empty: they were not.
	Said string `json:"said,omitempty"`
	// Failures counts the attempts to act that failed since it was begun.
	Failures int `json:"failures,omitempty"`
	// Revision counts the saves, as that of a [Record].
	Revision int `json:"revision"`
}

// Round is what is known of the runs that look after cases: of the last one and
// of what it told. There is one of an account; its zero value: there was none.
type Round struct {
	// StartedAt is when the last run began; while EndedAt is not after it that
	// run is at work, or was killed.
	StartedAt time.Time `json:"started_at,omitzero"`
	EndedAt   time.Time `json:"ended_at,omitzero"`
	// Due is how many acts were due in the newest run of the day Day (UTC), and
	// DueBefore in the newest of the last day before that had a run.
	Day       string `json:"day,omitempty"`
	Due       int    `json:"due"`
	DueBefore int    `json:"due_before"`
	// Settings is the digest of the settings that the last run had, and
	// SettingsSince when a run first had them.
	Settings      string    `json:"settings,omitempty"`
	SettingsSince time.Time `json:"settings_since,omitzero"`
	// HeldSince is since when the circuit breaker holds all acts; zero: it does
	// not.
	HeldSince time.Time `json:"held_since,omitzero"`
	// Said are the notices that people were told and that still hold, by their
	// kinds.
	Said map[string]string `json:"said,omitempty"`
	// Revision counts the saves, as that of a [Record].
	Revision int `json:"revision"`
}

// Course is all that is known of an account's cures.
type Course struct {
	Cases []Case
	Round Round
	// Journal is in the order of actions and, of each, of its entries' numbers.
	Journal []Entry
}

// Advance is what a run changes of cases and round. What was raced is told by
// [ErrRaced], and all else is saved.
type Advance struct {
	Puts, Deletes []Case
	// Round is saved if it is not nil.
	Round *Round
}

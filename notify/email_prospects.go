package notify

import (
	"cmp"
	"slices"
	"strings"

	"iamvigil/ledger"
)

// prospects tell of steps that are alike how a person mends what they are about,
// and how what comes is put off and undone.
func (m *mail) prospects(same []*ledger.Step) {
	s := same[0]
	if !aboutKey(s) {
		m.field("With", "policy "+quotedWithin(s.Target, maxARN))
	}
	still, note := stillFails(s), outlook(s)
	if still != "" && s.Cure == ledger.CureContainConsole && strings.Contains(s.Effect, "the control fails") {
		note = "the finding is contained, and not resolved"
	}
	if note != "" {
		m.field("Note", note)
	}
	if slices.ContainsFunc(same, denied) {
		m.field("Note", whoDenies)
	}
	if comes(s) || s.What == ledger.StepRefused || still != "" {
		m.once("Fix", s.Record.Rule, s.Record.Fix)
	}
	if comes(s) {
		m.putOff(same)
	}
}

// putOff tells how to keep from happening what comes, and how it is undone.
func (m *mail) putOff(same []*ledger.Step) {
	s := same[0]
	whose, id, undo := "the user's ARN", "ID", undoAction+"ACTION, which its mail tells"
	if len(same) == 1 {
		whose, id, undo = quotedWithin(s.Record.Resource.ARN, maxARN), shortID(s.Record.ID), undoing(s)
	}
	switch {
	case s.Ask != "":
		m.once("Ask", cmp.Or(s.Record.Rule, s.Cure), s.Ask)
	case s.Record.Rule != "":
		m.field("Ask", exempting(whose, []string{quoted(s.Record.Rule)}))
	}
	m.field("Later", "iamvigil ack "+id+" --until DATE --reason WHY gives a week")
	if !s.Would {
		m.field("Undo", "once it is done, "+undo)
	}
}

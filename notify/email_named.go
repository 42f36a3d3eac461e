package notify

import (
	"fmt"
	"strings"

	"iamvigil/ledger"
)

// hasRoom reports whether the mail has room for one more step in full, and for all
// that are to be named.
func (m *mail) hasRoom() bool { return m.full < maxItems && m.b.Len()+m.lines < maxSteps }

// linesToCome is how many bytes the names of all that comes need.
func (m *mail) linesToCome() int {
	bytes := 0
	for i := range m.changes.Steps {
		if s := &m.changes.Steps[i]; comes(s) {
			bytes += len("*       \n") + len(m.briefly(s))
		}
	}
	return bytes
}

// named has a line for each of the steps that are not told in full: of what is to
// come for all, since nobody is warned who is not named. Others it counts beyond
// some.
func (m *mail) named(rest []*ledger.Step) {
	room, command := &m.others, listActs
	if comes(rest[0]) {
		room, command = &m.coming, listPlan
	}
	if rest[0].What == ledger.StepRefused {
		command = listPlan
	}
	most := min(*room, len(rest))
	*room -= most
	m.blank()
	for _, s := range rest[:most] {
		m.item(m.briefly(s))
	}
	if more := len(rest) - most; more > 0 {
		m.item(fmt.Sprintf("%d more: %s", more, command))
	}
}

// briefly is a step in a line: what it is about, when that was last used, and by
// what it is undone or put off.
func (m *mail) briefly(s *ledger.Step) string {
	narrow := func(s string) string { return quotedWithin(s, maxRule) }
	text := capital(strings.TrimPrefix(target(s, narrow), "access key "))
	if used := lastDay(s, narrow); used != "" {
		text += ", " + used
	}
	switch id := s.Record.ID; {
	case changed(s):
		text += ", action " + actionOf(s)
	case id != "" && (comes(s) || s.What == ledger.StepRefused):
		text += ", id " + shortID(id)
	}
	return text
}

package notify

import (
	"fmt"
	"slices"

	"iamvigil/ledger"
	"iamvigil/scanner/trail"
)

// actLines tells the actors, each with what they did, in the order of time; only
// who they are where too much was told already.
func (t *talk) actLines() []string {
	switch {
	case !t.acts:
		return nil
	case t.Burst != nil:
		return []string{burstLine(t.Burst)}
	}
	var lines []string
	all := events(t.Changes)
	most := min(chatActs, len(all))
	for _, acts := range byActor(all[:most]) {
		actor := acts[0].Actor
		lines = append(lines, capital(who(actor, chatValue))+", "+from(actor, chatValue))
		for _, e := range acts {
			if !t.Held {
				lines = append(lines, did(e, chatValue, chatNames))
			}
		}
	}
	if more := len(all) - most; more > 0 && !t.Held {
		lines = append(lines, plural(more, "later event", "later events")+" not shown")
	}
	return lines
}

// burstLine is whose burst it was, and how much of one.
func burstLine(b *ledger.Burst) string {
	return fmt.Sprintf("%s, %s: %s from %s to %s", capital(who(b.Actor, chatValue)), from(b.Actor, chatValue),
		plural(b.Events, "event", "events"), minute(b.Opened), minute(b.At))
}

// by names in a few words who brought a record's last change about, as far as the
// message does not say so already.
func (t *talk) by(r *ledger.Record) string {
	switch {
	case r.By == nil || t.listed(r.By.ID):
		return ""
	case r.By.Actor == nil:
		return "by whom is not known: " + code(r.By.Missing, chatAside)
	}
	s := "with " + chatValue(r.By.Event)
	if !t.named(*r.By.Actor) {
		s = "by " + who(*r.By.Actor, chatValue) + " " + s
	}
	if r.By.Time.IsZero() {
		return s
	}
	return s + " " + span(t.Time.Sub(r.By.Time)) + " ago"
}

// listed reports whether the event is among the acts that the message lists.
func (t *talk) listed(id string) bool {
	all := events(t.Changes)
	return t.acts && !t.Held && slices.ContainsFunc(all[:min(chatActs, len(all))], func(e trail.Event) bool { return e.ID == id })
}

// named reports whether the message names this actor alone.
func (t *talk) named(a trail.Actor) bool {
	if t.Burst != nil {
		return samePerson(a, t.Burst.Actor)
	}
	all := events(t.Changes)
	return t.acts && len(all) > 0 && !slices.ContainsFunc(all, func(e trail.Event) bool { return !samePerson(a, e.Actor) })
}

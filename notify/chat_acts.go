package notify

import (
	"fmt"
	"slices"

	"iamvigil/internal/words"
	"iamvigil/ledger"
	"iamvigil/scanner/trail"
)

// actLines tells the actors, each with what they did, in the order of time; only
// who they are where too much was told already.
func (t *talk) actLines() []string {
	switch {
	case !t.acts:
		return nil
	case len(t.short) > 0:
		return shortLines(t.short)
	case t.Burst != nil:
		return []string{burstLine(t.Burst)}
	case t.Kind == ledger.Remediation:
		return t.actorLines()
	}
	var lines []string
	all := events(t.Telling)
	most := min(chatActs, len(all))
	for _, acts := range byActor(all[:most]) {
		actor := acts[0].Actor
		lines = append(lines, capital(words.Who(actor, chatValue))+", "+from(actor, chatValue))
		for _, e := range acts {
			if !t.Held {
				lines = append(lines, did(e, chatValue, chatNames))
			}
		}
	}
	if more := len(all) - most; more > 0 && !t.Held {
		lines = append(lines, words.Plural(more, "later event", "later events")+" not shown")
	}
	return lines
}

// burstLine is whose burst it was, and how much of one.
func burstLine(b *ledger.Burst) string {
	return fmt.Sprintf("%s: %s from %s to %s", capital(burstOrigin(b, chatValue)),
		words.Plural(b.Events, "event", "events"), words.Minute(b.Opened), words.Minute(b.At))
}

// by names in a few words who brought a record's last change about, as far as the
// message does not say so already. What was found at the first look is mostly
// older than CloudTrail's history.
func (t *talk) by(r *ledger.Record) string {
	switch {
	case r.By == nil || t.listed(r.By.ID) || r.By.Actor == nil && t.First:
		return ""
	case r.By.Actor == nil:
		return "by whom is not known: " + code(unknownCall(r.By), chatAside)
	}
	return t.call(r.By)
}

// afterwards names the call by which a record came to be exempt, or came and was.
func (t *talk) afterwards(r *ledger.Record) string {
	s := "exempt"
	if bornExempt(t.Telling, r) {
		s = "new and exempt at once"
	}
	by := silencer(t.Telling, r)
	switch {
	case by != nil && !t.listed(by.ID):
		return s + " " + t.call(by)
	case bornExempt(t.Telling, r):
		return s
	}
	return ""
}

func (t *talk) call(by *trail.Origin) string {
	s := "with " + chatValue(by.Event)
	if !t.named(*by.Actor) {
		s = "by " + words.Who(*by.Actor, chatValue) + " " + s
	}
	if by.Time.IsZero() {
		return s
	}
	return s + " " + words.Span(t.Time.Sub(by.Time)) + " ago"
}

// listed reports whether the event is among the acts that the message lists.
func (t *talk) listed(id string) bool {
	all := events(t.Telling)
	return t.acts && !t.Held && slices.ContainsFunc(all[:min(chatActs, len(all))], func(e trail.Event) bool { return e.ID == id })
}

// named reports whether the message names this actor alone.
func (t *talk) named(a trail.Actor) bool {
	if t.Burst != nil {
		return !manySessions(t.Burst) && a.Same(t.Burst.Actor)
	}
	all := events(t.Telling)
	return t.acts && len(all) > 0 && !slices.ContainsFunc(all, func(e trail.Event) bool { return !a.Same(e.Actor) })
}

package ledger

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"
)

// Tellings parts what is to be told by who did it, and closes the bursts that
// are over where all is known of the account. What it decides of bursts and
// threads is to be remembered with c.
//
// A part that is nobody's is told on its own, and never held; what remediation has
// ended is told to all but email, where the finding was. Bursts are saved
// before all else: what is remembered as told and was held is in one. Whatever
// fails in between is done again; SQS waits longer with that than a burst lasts,
// so that what was held may then be told to all.
func Tellings(known Known, c *Changes) []*Telling {
	all := bursts(known.Bursts)
	rest, late := c.late(all)
	tellings := c.remediated(rest)
	if c.Kind == Event {
		tellings = append(c.parted(rest, all), tellings...)
	} else {
		c.inThread(rest, c.daily())
		tellings = append([]*Telling{rest}, tellings...)
	}
	for _, l := range late {
		c.tellLate(l)
		tellings = append(tellings, l.Telling)
	}
	if known.Whole {
		tellings = append(tellings, c.summaries(known.Records, all)...)
	}
	return tellings
}

// parted are the parts that tell something.
func (c *Changes) parted(rest *Telling, all []burst) []*Telling {
	var tellings []*Telling
	parts, nobodys := c.parts(rest)
	for _, p := range parts {
		if !p.Quiet() {
			c.tellInBurst(p, all)
			tellings = append(tellings, p.Telling)
		}
	}
	c.unaccountable(nobodys, tellings)
	if !nobodys.Quiet() {
		c.inThread(nobodys, c.daily())
		tellings = append(tellings, nobodys)
	}
	return tellings
}

// unaccountable adds what is no actor's doing to the first telling that is not
// held, or to nobody's.
func (c *Changes) unaccountable(nobodys *Telling, tellings []*Telling) {
	to := nobodys
	if i := slices.IndexFunc(tellings, func(t *Telling) bool { return !t.Held }); i >= 0 && nobodys.Quiet() {
		to = tellings[i]
	}
	to.Gaps, to.NewRules, to.Withdrawn = c.Gaps, c.NewRules, c.Withdrawn
	to.Exemptions, to.Unknown, to.Rest = c.Exemptions, c.Unknown, c.Rest
}

// burstID is the same whenever the same look is told in the same burst.
func (c *Changes) burstID(b *Burst, t *Telling) string {
	parts := []string{c.Account.ID, b.Actor.Identity(), b.Thread, c.Time.UTC().Format(time.RFC3339Nano)}
	for i := range t.Events {
		parts = append(parts, t.Events[i].ID)
	}
	return digest(parts...)
}

// daily is the thread of what is in no burst.
func (c *Changes) daily() string {
	return digest(c.Account.ID, c.Kind, c.Time.UTC().Format(time.DateOnly))
}

// inThread tells all of it in the thread, which new records remember: what comes
// of them is told there too.
func (c *Changes) inThread(t *Telling, thread string) {
	t.Thread = thread
	twins := c.twins()
	for i := range t.New {
		t.New[i].Thread = thread
		if twin := twins[t.New[i].ID]; twin != nil {
			twin.Thread = thread
		}
	}
}

func digest(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:16])
}

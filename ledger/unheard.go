package ledger

import (
	"slices"
	"time"

	"iamvigil/scanner"
	"iamvigil/scanner/trail"
)

// Untold is what of the changes is to be remembered where nobody heard them told:
// as good as nothing, so that all of it is told again. Acts are found once only,
// so they are held for a summary. What an audit saves besides is that nobody
// hears.
func Untold(known Known, c *Changes) Changes {
	u := Changes{
		Telling: Telling{Kind: c.Kind, Account: c.Account, Time: c.Time},
		Heard:   c.Heard, Noted: c.Noted, AlertsTold: c.AlertsTold, Audited: c.Audited, Unheard: c.Audited,
	}
	all := bursts(known.Bursts)
	for _, alerts := range byActor(c.Alerts) {
		u.BurstPuts = append(u.BurstPuts, u.heldBack(alerts, all))
	}
	return u
}

// byActor parts alerts by who acted, in their order.
func byActor(alerts []scanner.Alert) (parts [][]scanner.Alert) {
	places := map[string]int{}
	for i := range alerts {
		key := alerts[i].Event.Actor.Identity()
		place, known := places[key]
		if !known {
			place = len(parts)
			places[key], parts = place, append(parts, nil)
		}
		parts[place] = append(parts[place], alerts[i])
	}
	return parts
}

// heldBack holds an actor's alerts, in one burst with those of this actor that
// nobody heard before.
func (c *Changes) heldBack(alerts []scanner.Alert, all []burst) Burst {
	t := &Telling{Alerts: alerts}
	for i := range alerts {
		if e := &alerts[i].Event; !slices.ContainsFunc(t.Events, func(counted trail.Event) bool { return counted.ID == e.ID }) {
			t.Events = append(t.Events, *e)
		}
	}
	actor := alerts[0].Event.Actor
	b := Burst{Thread: digest(c.Account.ID, "unheard", actor.Identity()), Actor: actor, Opened: c.Time, At: c.Time, Events: len(t.Events)}
	var before burst
	if i := slices.IndexFunc(all, func(known burst) bool { return known[0].Thread == b.Thread }); i >= 0 {
		before, b.Opened = all[i], all[i][0].Opened
	}
	b.ID = c.burstID(&b, t)
	b.hold(t, before)
	return b
}

// Postponed is what is known, less the bursts that are over: while nobody would
// hear their summaries, they stay open.
func (k Known) Postponed(now time.Time) Known {
	k.Bursts = slices.DeleteFunc(slices.Clone(k.Bursts), func(b Burst) bool { return b.Due(now) })
	return k
}

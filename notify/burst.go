package notify

import (
	"iamvigil/internal/words"
	"iamvigil/ledger"
	"iamvigil/scanner/account"
)

// burstSessions is how many of a burst's sessions are named.
const burstSessions = 3

// manySessions reports whether no one session did it all.
func manySessions(b *ledger.Burst) bool { return len(b.Sessions) > 1 }

// burstActor is whose burst it was: of a role that ran in several sessions, it
// and some of them.
func burstActor(b *ledger.Burst, q quote) string {
	if !manySessions(b) {
		return words.Who(b.Actor, q)
	}
	names := make([]string, len(b.Sessions))
	for i, name := range b.Sessions {
		names[i] = q(name)
	}
	return sessionRole(b, q) + ", " + words.Plural(len(names), "session", "sessions") + " (" + named(names, burstSessions) + ")"
}

// burstOrigin is whose burst it was, and where the first call came from.
func burstOrigin(b *ledger.Burst, q quote) string {
	if !manySessions(b) {
		return burstActor(b, q) + ", " + from(b.Actor, q)
	}
	return burstActor(b, q) + ", begun by " + q(b.Actor.Name) + " " + from(b.Actor, q)
}

func sessionRole(b *ledger.Burst, q quote) string { return "role " + q(account.NameOf(b.Actor.Issuer)) }

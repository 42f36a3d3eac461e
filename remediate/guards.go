package remediate

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"iamvigil/ledger"
	"iamvigil/scanner"
	"iamvigil/scanner/access"
	"iamvigil/scanner/account"
)

// inUse is how long ago a credential of an administrator was used at most for
// him to be one who can still act.
const inUse = 90 * day

// protects is the first pattern that protects the user, or empty. IAM has no two
// users whose names differ in case alone, so that what a person has written in
// another case is about the same one.
func (s *Settings) protects(accountID string, about account.Ref) string {
	about.ARN, about.Name = strings.ToLower(about.ARN), strings.ToLower(about.Name)
	for _, pattern := range s.Protected {
		x := scanner.Exemption{Rules: []string{scanner.EveryRule}, Resource: strings.ToLower(pattern), Account: "*"}
		if x.Silences("", accountID, about) {
			return pattern
		}
	}
	return ""
}

// guards keep a plan from what nothing may be done about.
type guards struct {
	view *access.View
	s    *Settings
	now  time.Time
	// administrators are those who are proven to be.
	administrators []*account.User
	// lately is what the view may still show, and was taken within the last day: the
	// credential report is up to 4 hours old. Accepted is that with what was
	// accepted since.
	lately, accepted losses
}

func newGuards(v *access.View, s *Settings, deeds []deed, now time.Time) *guards {
	g := &guards{view: v, s: s, now: now, lately: losses{}}
	all := v.Snapshot().Users
	for i := range all {
		if v.Administrator(&all[i]) {
			g.administrators = append(g.administrators, &all[i])
		}
	}
	for i := range deeds {
		if d := &deeds[i]; !d.Undo && !d.undone && d.happened() && d.outcome != ledger.Would && now.Sub(d.at) < day {
			g.lately.add(&d.Intent)
		}
	}
	g.accepted = g.lately
	return g
}

// protected says why nothing may ever be done about the user; empty: it may.
func (g *guards) protected(u *account.User, r *ledger.Record) string {
	id := g.view.Snapshot().Account.ID
	if pattern := cmp.Or(g.s.protects(id, u.Ref()), g.s.protects(id, r.Resource)); pattern != "" {
		return fmt.Sprintf("it is protected by %q", pattern)
	}
	return ""
}

// accept says why intents about the user might, after all that was accepted
// before, leave nobody who can administer IAM; empty: they are accepted, too.
func (g *guards) accept(u *account.User, intents []ledger.Intent) string {
	why := g.lastAdministrator(u, intents, g.accepted)
	if why == "" {
		g.accepted = g.accepted.with(intents)
	}
	return why
}

// lastAdministrator says why the intents, after all that is lost already, might
// leave nobody who can administer IAM; empty: they do not.
func (g *guards) lastAdministrator(u *account.User, intents []ledger.Intent, lost losses) string {
	switch {
	case g.view.Unprivileged(u) || len(g.reserves(lost.with(intents))) > 0:
		return ""
	case g.view.Administrator(u):
		return lastOne + nobodyElse
	}
	return lastOne + "it cannot be shown that it is none, and " + nobodyElse
}

const (
	lastOne    = "it may be the last administrator: "
	nobodyElse = "no other user who is known to administer IAM has used a credential in the last 90 days"
)

// reserves are the proven administrators who, after all that is lost, keep a
// credential in use as far as the view shows.
func (g *guards) reserves(lost losses) []*account.User {
	var all []*account.User
	for _, u := range g.administrators {
		switch {
		case lost.denied(u) || g.s.Denies.Of(u).Any():
		case u.Login != nil && g.recent(u.Login.LastUsed), slices.ContainsFunc(u.Keys, func(k account.AccessKey) bool {
			return k.Status == account.Active && g.recent(k.LastUsed) && !lost.key(u, &k)
		}):
			all = append(all, u)
		}
	}
	return all
}

func (g *guards) recent(used time.Time) bool { return !used.IsZero() && g.now.Sub(used) <= inUse }

// losses are what is taken from users, by their unique ids: ids of keys, and the
// ARNs of policies that deny them something.
type losses map[string]map[string]bool

func (l losses) add(i *ledger.Intent) {
	user := i.Resource.ID
	if l[user] == nil {
		l[user] = map[string]bool{}
	}
	l[user][i.Target] = true
}

// with is what is taken after the intents, too.
func (l losses) with(intents []ledger.Intent) losses {
	all := losses{}
	for user, targets := range l {
		all[user] = maps.Clone(targets)
	}
	for i := range intents {
		all.add(&intents[i])
	}
	return all
}

// denied reports whether a policy denies the user something.
func (l losses) denied(u *account.User) bool {
	for target := range l[u.ID] {
		if !account.IsKeyID(target) {
			return true
		}
	}
	return false
}

// key reports whether the key is taken, or may be: one whose id is not known is
// where anything is taken from its user.
func (l losses) key(u *account.User, k *account.AccessKey) bool {
	return l[u.ID][k.ID] || k.ID == "" && len(l[u.ID]) > 0
}

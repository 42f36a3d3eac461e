package remediate

import (
	"cmp"
	"fmt"
	"maps"
	"time"

	"iamvigil/ledger"
	"iamvigil/scanner"
	"iamvigil/scanner/access"
	"iamvigil/scanner/account"
)

// inUse is how long ago a credential of an administrator was used at most for
// him to be one who can still act.
const inUse = 90 * day

// protects is the first pattern that protects the user, or empty.
func (s *Settings) protects(accountID string, about account.Ref) string {
	for _, pattern := range s.Protected {
		x := scanner.Exemption{Rules: []string{scanner.EveryRule}, Resource: pattern, Account: "*"}
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
	// gone are credentials that the view may still show, and that were taken
	// within the last day: the credential report is up to 4 hours old.
	gone taken
}

func newGuards(v *access.View, s *Settings, deeds []deed, now time.Time) *guards {
	g := &guards{view: v, s: s, now: now, gone: taken{}}
	all := v.Snapshot().Users
	for i := range all {
		if v.Administrator(&all[i]) {
			g.administrators = append(g.administrators, &all[i])
		}
	}
	for i := range deeds {
		if d := &deeds[i]; !d.Undo && d.happened() && d.outcome != ledger.Would && now.Sub(d.at) < day {
			g.gone.add(&d.Intent)
		}
	}
	return g
}

// protected says why nothing may ever be done about the user; empty: it may.
func (g *guards) protected(u *account.User, r *ledger.Record) string {
	id := g.view.Snapshot().Account.ID
	if pattern := cmp.Or(g.s.protects(id, u.Ref()), g.s.protects(id, r.Resource)); pattern != "" {
		return fmt.Sprintf("the configuration protects it by %q", pattern)
	}
	return ""
}

// lastAdministrator says why the intents, after all that is taken, might leave
// nobody who can administer IAM; empty: they do not.
func (g *guards) lastAdministrator(u *account.User, intents []ledger.Intent, taken taken) string {
	if g.reserve(taken.with(intents)) || g.view.Unprivileged(u) && !g.reserve(taken) {
		return ""
	}
	return "it may be the last administrator: no other user who is known to administer IAM has used a credential in the last 90 days"
}

// reserve reports whether a proven administrator keeps a credential in use.
func (g *guards) reserve(taken taken) bool {
	for _, u := range g.administrators {
		if taken.denied(u) || g.s.Denies.Of(u).Any() {
			continue
		}
		if u.Login != nil && g.recent(u.Login.LastUsed) {
			return true
		}
		for i := range u.Keys {
			if k := &u.Keys[i]; k.Status == account.Active && g.recent(k.LastUsed) && !taken.key(u, k) {
				return true
			}
		}
	}
	return false
}

func (g *guards) recent(used time.Time) bool { return !used.IsZero() && g.now.Sub(used) <= inUse }

// taken is what is taken from users, by their unique ids: ids of keys, and the
// ARNs of policies that deny them something.
type taken map[string]map[string]bool

func (t taken) add(i *ledger.Intent) {
	user := i.Resource.ID
	if t[user] == nil {
		t[user] = map[string]bool{}
	}
	t[user][i.Target] = true
}

// with is what is taken after the intents, too.
func (t taken) with(intents []ledger.Intent) taken {
	all := taken{}
	for user, targets := range t {
		all[user] = maps.Clone(targets)
	}
	for i := range intents {
		all.add(&intents[i])
	}
	return all
}

// denied reports whether a policy denies the user something.
func (t taken) denied(u *account.User) bool {
	for target := range t[u.ID] {
		if !account.IsKeyID(target) {
			return true
		}
	}
	return false
}

// key reports whether the key is taken, or may be: one whose id is not known is
// where anything is taken from its user.
func (t taken) key(u *account.User, k *account.AccessKey) bool {
	return t[u.ID][k.ID] || k.ID == "" && len(t[u.ID]) > 0
}

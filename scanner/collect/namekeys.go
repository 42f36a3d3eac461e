package collect

import (
	"context"

	"golang.org/x/sync/errgroup"

	"iamvigil/scanner/account"
)

// NameKeys gives the access keys of the users with these unique ids the ids
// that the credential report does not tell: it lists them live, with their
// status of now. A user gone meanwhile is taken out of the snapshot.
func (c *Collector) NameKeys(ctx context.Context, s *account.Snapshot, userIDs []string) {
	wanted := make(map[string]bool, len(userIDs))
	for _, id := range userIDs {
		wanted[id] = true
	}
	goneUsers := make([]bool, len(s.Users))
	var g errgroup.Group
	g.SetLimit(atOnce)
	for i := range s.Users {
		u := &s.Users[i]
		if wanted[u.ID] {
			g.Go(func() error { goneUsers[i] = c.nameKeys(ctx, s, u); return nil })
		}
	}
	_ = g.Wait() // its functions return no error: what failed is in the snapshot
	s.Users = without(s.Users, goneUsers)
}

// without takes the users out that are marked as gone.
func without(users []account.User, gone []bool) []account.User {
	kept := users[:0]
	for i := range users {
		if !gone[i] {
			kept = append(kept, users[i])
		}
	}
	clear(users[len(kept):])
	return kept
}

// nameKeys names one user's keys and reports whether the user is gone. The keys
// stay as old a fact as their last use, which is still the report's.
func (c *Collector) nameKeys(ctx context.Context, s *account.Snapshot, u *account.User) bool {
	at := c.now()
	keys, err := c.keys(ctx, u.Name, u.Keys)
	switch {
	case gone(err):
		return true
	case err != nil:
		u.Seen = with(u.Seen, account.Keys, seen(at, err))
	default:
		u.Keys = keys
		delete(u.Seen, account.Keys)
	}
	return false
}

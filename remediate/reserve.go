package remediate

import (
	"context"

	"iamvigil/ledger"
	"iamvigil/scanner/account"
)

// unbacked says why an intent may not be carried out at this moment: of those who
// are to administer IAM after it, none is found to have a credential in use any
// more. Empty: one is, or none is needed. The error says that it is not known.
func (g *guards) unbacked(ctx context.Context, api IAM, i *ledger.Intent) (why string, err error) {
	if u := g.view.User(i.Resource.ID); i.Undo || u != nil && g.view.Unprivileged(u) {
		return "", nil
	}
	lost := g.accepted.with([]ledger.Intent{*i})
	for _, u := range g.reserves(lost) {
		holds, unread := g.stillHolds(ctx, api, u, lost)
		if holds {
			return "", nil
		}
		if unread != nil {
			err = unread
		}
	}
	if err != nil {
		return "", err
	}
	return lastOne + "no other user who is known to administer IAM is found to have a working credential at this moment", nil
}

// stillHolds reads live whether a user keeps a credential in use, after all that
// is lost. That the user's policies still allow it is not read again.
func (g *guards) stillHolds(ctx context.Context, api IAM, u *account.User, lost losses) (bool, error) {
	_, signedIn, none, err := readUser(ctx, api, u.Ref())
	if err != nil || none != "" {
		return false, err
	}
	policies, err := readAttached(ctx, api, u.Name)
	if d := &g.s.Denies; err != nil || policies[d.Console] || policies[d.WithoutMFA] || policies[d.All] {
		return false, unlessMissing(err)
	}
	if g.recent(signedIn) {
		if created, err := readLogin(ctx, api, u.Name); err != nil || !created.IsZero() {
			return err == nil, err
		}
	}
	all, err := readKeys(ctx, api, u.Name)
	for n := range all {
		k := &all[n]
		if k.Status != account.Active || lost.key(u, k) {
			continue
		}
		used, err := readUse(ctx, api, k.ID)
		if unlessMissing(err) != nil || g.recent(used) {
			return err == nil, err
		}
	}
	return false, unlessMissing(err)
}

// unlessMissing is the error of a read, unless it says that there is no such thing.
func unlessMissing(err error) error {
	if missing(err) {
		return nil
	}
	return err
}

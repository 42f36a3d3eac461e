package remediate

import (
	"context"
	"fmt"
	"time"

	"iamvigil/ledger"
	"iamvigil/scanner/access"
	"iamvigil/scanner/account"
)

// quarantine takes everything from a user: a policy that denies all, and its
// active keys one by one.
type quarantine struct{}

func (quarantine) intents(r *ledger.Record, u *account.User, v *access.View, s *Settings) ([]ledger.Intent, string) {
	all, refusal := quarantined(intentFor(Quarantine, r, u, s), u, s)
	if refusal == "" && v.SendsMail(u) {
		refusal = sendsMail
	}
	return all, refusal
}

func quarantined(of ledger.Intent, u *account.User, s *Settings) ([]ledger.Intent, string) {
	if s.Denies.All == "" {
		return nil, noPolicy
	}
	all := []ledger.Intent{attachment(of, s.Denies.All)}
	for i := range u.Keys {
		switch k := &u.Keys[i]; {
		case k.Status != account.Active:
		case !account.IsKeyID(k.ID):
			return all, "the id of an active key of the user is not known: quarantine the user by hand"
		default:
			all = append(all, deactivation(of, k.ID))
		}
	}
	return all, ""
}

// look: what a person asked for is done whether or not the user is at work.
func (quarantine) look(ctx context.Context, api IAM, i *ledger.Intent, r *ledger.Record, s *Settings, now time.Time) (live, error) {
	byHand := i.Finding == ""
	if kindOf(i) == accessKeys && (byHand || i.Undo) {
		l, _, _, err := lookAtUse(ctx, api, i)
		return l, err
	}
	l, err := lookAtTarget(ctx, api, i, s)
	if err != nil || l.spared != "" || i.Undo {
		return l, err
	}
	last, err := lastUse(ctx, api, i.Resource.Name, l.signedIn)
	switch {
	case byHand && err != nil:
		l.lastUsed = "" // it is not known, and matters to nothing but what is told
		return l, nil
	case missing(err):
		l.spared = "one of the user's credentials was deleted at this moment"
		return l, nil
	case err != nil:
		return live{}, err
	}
	l.lastUsed = asEvidence(last.used)
	if !byHand {
		l.spared, err = last.spares(ctx, api, i, r, s, now)
	}
	return l, err
}

// lookAtTarget looks at the key or the policy that an intent is about.
func lookAtTarget(ctx context.Context, api IAM, i *ledger.Intent, s *Settings) (live, error) {
	if kindOf(i) == accessKeys {
		l, _, err := lookAtKey(ctx, api, i)
		return l, err
	}
	return lookAtPolicy(ctx, api, i, s)
}

// lastOf is what is known of all of a user's credentials that AWS tells the use
// of: when one was last used, and when the newest of them was made.
type lastOf struct{ used, newest time.Time }

// spares says why a user whom a rule found unused is not; empty: the user is.
func (last lastOf) spares(ctx context.Context, api IAM, i *ledger.Intent, r *ledger.Record, s *Settings, now time.Time) (string, error) {
	switch {
	case newer(r, "last_used", last.used):
		return "the user was at work since, at " + asEvidence(last.used), nil
	case last.newest.After(r.EvidenceAt):
		return "the user was given a new credential since, at " + asEvidence(last.newest), nil
	case within(r, s, latest(last.used, last.newest), now):
		return "the user has not been unused for as long as the limit is now", nil
	}
	other, err := readOther(ctx, api, i.Resource.Name)
	if missing(err) {
		return "the user is gone", nil
	}
	if err != nil || other == "" {
		return "", err
	}
	return usesOther + other + ": see whether it is in use, and deactivate it or quarantine the user by hand", nil
}

// lastUse reads of all of the user's credentials.
func lastUse(ctx context.Context, api IAM, user string, signedIn time.Time) (lastOf, error) {
	created, err := readLogin(ctx, api, user)
	if err != nil {
		return lastOf{}, err
	}
	all, err := readKeys(ctx, api, user)
	if err != nil {
		return lastOf{}, err
	}
	last := lastOf{signedIn, created}
	for i := range all {
		used, err := readUse(ctx, api, all[i].ID)
		if err != nil {
			return lastOf{}, err
		}
		last = lastOf{latest(last.used, used), latest(last.newest, all[i].Created)}
	}
	return last, nil
}

func (quarantine) effect(i *ledger.Intent) string {
	switch {
	case kindOf(i) == accessKeys && i.Undo:
		return effectOnKey(i)
	case kindOf(i) == accessKeys:
		return fmt.Sprintf("Nothing can be called with access key %s any more, until it is activated again.", i.Target)
	case i.Undo:
		return "The user may do again what its own policies allow; keys that were deactivated stay so until each is activated."
	}
	return fmt.Sprintf("The user is denied everything by policy %s, in open sessions too; sessions of roles that it has assumed go on until they are revoked or end.", account.NameOf(i.Target))
}

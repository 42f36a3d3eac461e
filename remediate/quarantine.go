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

func (quarantine) look(ctx context.Context, api IAM, i *ledger.Intent, r *ledger.Record, s *Settings, now time.Time) (live, error) {
	if kindOf(i) == keys {
		return lookAtQuarantinedKey(ctx, api, i, r)
	}
	l, signedIn, err := lookAtPolicy(ctx, api, i, s)
	// What a person asked for is done whether or not the user is at work.
	if err != nil || l.spared != "" || i.Undo || i.Finding == "" {
		return l, err
	}
	used, since, err := lastUse(ctx, api, i.Resource.Name, signedIn)
	switch {
	case missing(err):
		l.spared = "one of the user's credentials was deleted at this moment"
		return l, nil
	case err != nil:
		return live{}, err
	}
	l.lastUsed = told(used)
	switch {
	case newer(r, "last_used", used):
		l.spared = "the user was at work since, at " + l.lastUsed
	case since.After(r.EvidenceAt):
		l.spared = "the user was given a new credential since, at " + told(since)
	case within(r, s, latest(used, since), now):
		l.spared = "the user has not been unused for as long as the limit is now"
	}
	return l, nil
}

func lookAtQuarantinedKey(ctx context.Context, api IAM, i *ledger.Intent, r *ledger.Record) (live, error) {
	l, _, err := lookAtKey(ctx, api, i)
	if err != nil || l.spared != "" || i.Undo {
		return l, err
	}
	used, err := readUse(ctx, api, i.Target)
	switch {
	case missing(err):
		l.spared = keyGone
		return l, nil
	case err != nil:
		return live{}, err
	}
	l.lastUsed = told(used)
	if i.Finding != "" && newer(r, "last_used", used) {
		l.spared = "the key was used since, at " + l.lastUsed
	}
	return l, nil
}

// lastUse reads when any of the user's credentials was last used, and when the
// newest of them was made.
func lastUse(ctx context.Context, api IAM, user string, signedIn time.Time) (used, made time.Time, err error) {
	if made, err = readLogin(ctx, api, user); err != nil {
		return used, made, err
	}
	keys, err := readKeys(ctx, api, user)
	if err != nil {
		return used, made, err
	}
	used = signedIn
	for i := range keys {
		at, err := readUse(ctx, api, keys[i].ID)
		if err != nil {
			return used, made, err
		}
		used, made = latest(used, at), latest(made, keys[i].Created)
	}
	return used, made, nil
}

func (quarantine) effect(i *ledger.Intent) string {
	switch {
	case kindOf(i) == keys:
		return effectOnKey(i)
	case i.Undo:
		return "The user may do again what its own policies allow; keys that were deactivated stay so until each is activated."
	}
	return fmt.Sprintf("The user is denied everything by policy %s, in open sessions too; sessions of roles that it has assumed go on until they are revoked or end.", account.NameOf(i.Target))
}

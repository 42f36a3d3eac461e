package remediate

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"iamvigil/ledger"
	"iamvigil/scanner/access"
	"iamvigil/scanner/account"
)

// sendsMail is why a key is left to a person.
const sendsMail = "it may be an SMTP user of SES, whose mail nobody has shown AWS to count as a use of its key: see whether mail is sent with it, and move it to a role or deactivate the key by hand"

// intentFor is what all intents of a cure about a finding have in common.
func intentFor(c Cure, r *ledger.Record, u *account.User, s *Settings) ledger.Intent {
	return ledger.Intent{
		Finding: r.ID, Rule: r.Rule, Cure: string(c), Mode: string(s.Mode),
		Resource: u.Ref(), Why: r.Message, AsOf: r.EvidenceAt,
	}
}

// deactivation deactivates one key.
func deactivation(of ledger.Intent, id string) ledger.Intent {
	set := func(status string) ledger.Call {
		return ledger.Call{Operation: updateKey, Parameters: map[string]string{
			"UserName": of.Resource.Name, "AccessKeyId": id, "Status": status,
		}}
	}
	of.Target, of.Call, of.Reversal = id, set(account.Inactive), set(account.Active)
	return of
}

// deactivateKey deactivates the access key that a finding is about.
type deactivateKey struct{}

func (deactivateKey) intents(r *ledger.Record, u *account.User, v *access.View, s *Settings) ([]ledger.Intent, string) {
	if !account.IsKeyID(r.Part) {
		return nil, "the key's id is not known: see which of the user's keys it is, and deactivate it by hand"
	}
	all := []ledger.Intent{deactivation(intentFor(DeactivateKey, r, u, s), r.Part)}
	if v.SendsMail(u) {
		return all, sendsMail
	}
	return all, ""
}

func (deactivateKey) look(ctx context.Context, api IAM, i *ledger.Intent, r *ledger.Record, s *Settings, now time.Time) (live, error) {
	l, k, used, err := lookAtUse(ctx, api, i)
	switch {
	case err != nil || l.spared != "":
	case i.Undo:
	case r.Rule == "key-rotation":
		// That it is used is no reason to keep an old key.
		if within(r, s, k.Created, now) {
			l.spared = "the key is not older than the limit is now"
		}
	case newer(r, "last_used", used):
		l.spared = "the key was used since, at " + l.lastUsed
	case within(r, s, latest(used, k.Created), now):
		l.spared = "the key has not been unused for as long as the limit is now"
	}
	return l, err
}

const keyGone = "the key is gone"

// lookAtUse is lookAtKey with when the key was last used.
func lookAtUse(ctx context.Context, api IAM, i *ledger.Intent) (l live, k account.AccessKey, used time.Time, err error) {
	if l, k, err = lookAtKey(ctx, api, i); err != nil || l.spared != "" {
		return l, k, used, err
	}
	used, err = readUse(ctx, api, i.Target)
	switch {
	case missing(err):
		l.spared = keyGone
		return l, k, used, nil
	case err != nil:
		return live{}, k, used, err
	}
	l.lastUsed = asEvidence(used)
	return l, k, used, nil
}

// lookAtKey reads a user and the state of the one key that an intent is about,
// which is the zero key where it is gone.
func lookAtKey(ctx context.Context, api IAM, i *ledger.Intent) (l live, k account.AccessKey, err error) {
	if l.user, l.signedIn, l.spared, err = readUser(ctx, api, i.Resource); err != nil || l.spared != "" {
		return l, k, err
	}
	all, err := readKeys(ctx, api, i.Resource.Name)
	switch {
	case missing(err):
		l.spared = "the user is gone"
		return l, k, nil
	case err != nil:
		return live{}, k, err
	}
	at := slices.IndexFunc(all, func(k account.AccessKey) bool { return k.ID == i.Target })
	if at < 0 {
		l.spared = keyGone
		return l, k, nil
	}
	k = all[at]
	switch status := i.Call.Parameters["Status"]; {
	case k.Status == status:
		l.changed, l.spared = true, "the key is "+strings.ToLower(status)+" already"
	case k.Status == account.Expired:
		l.spared = "the key has expired"
	}
	return l, k, nil
}

func (deactivateKey) effect(i *ledger.Intent) string { return effectOnKey(i) }

func effectOnKey(i *ledger.Intent) string {
	if i.Undo {
		return fmt.Sprintf("Access key %s is active again.", i.Target)
	}
	return fmt.Sprintf("Nothing can be called with access key %s any more; the user's other keys, its password and its permissions stay as they are, and the key can be activated again.", i.Target)
}

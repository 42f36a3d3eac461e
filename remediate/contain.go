package remediate

import (
	"context"
	"time"

	"iamvigil/ledger"
	"iamvigil/scanner/access"
	"iamvigil/scanner/account"
)

const withoutMFA = "user-console-without-mfa"

// attachment attaches one policy.
func attachment(of ledger.Intent, arn string) ledger.Intent {
	parameters := map[string]string{"UserName": of.Resource.Name, "PolicyArn": arn}
	of.Target = arn
	of.Call = ledger.Call{Operation: attach, Parameters: parameters}
	of.Reversal = ledger.Call{Operation: detach, Parameters: parameters}
	return of
}

const noPolicy = "the stack's policy that would contain the user is not known here: deploy the stack once more, which holds it whatever is armed"

// containConsole attaches a policy that keeps a user from the console.
type containConsole struct{}

func (containConsole) intents(r *ledger.Record, u *account.User, v *access.View, s *Settings) ([]ledger.Intent, string) {
	policy := s.Denies.Console
	if r.Rule == withoutMFA {
		policy = s.Denies.WithoutMFA
	}
	if policy == "" {
		return nil, noPolicy
	}
	all := []ledger.Intent{attachment(intentFor(ContainConsole, r, u, s), policy)}
	if r.Rule == withoutMFA && !v.MayEnrolMFA(u) {
		return all, "it is not proven that the user may assign itself an MFA device, which is all that it could still do: allow it iam:CreateVirtualMFADevice and iam:EnableMFADevice for its own name"
	}
	return all, ""
}

func (containConsole) look(ctx context.Context, api IAM, i *ledger.Intent, r *ledger.Record, s *Settings, now time.Time) (live, error) {
	l, err := lookAtPolicy(ctx, api, i, s)
	if err != nil || l.spared != "" || i.Undo {
		return l, err
	}
	created, err := readLogin(ctx, api, i.Resource.Name)
	switch {
	case err != nil:
		return live{}, err
	case created.IsZero():
		l.spared = "the password is gone"
	case created.After(r.EvidenceAt) || newer(r, "password_changed", created):
		l.spared = "the password is a new one, made at " + asEvidence(created)
	case r.Rule == withoutMFA:
		return l.sparedByMFA(ctx, api, i)
	case newer(r, "password_last_used", l.signedIn):
		l.spared = "the password was used since, at " + l.lastUsed
	case within(r, s, latest(l.signedIn, created), now):
		l.spared = "the password has not been unused for as long as the limit is now"
	}
	return l, nil
}

func (l live) sparedByMFA(ctx context.Context, api IAM, i *ledger.Intent) (live, error) {
	assigned, err := hasMFA(ctx, api, i.Resource.Name)
	switch {
	case missing(err):
		l.spared = "the user is gone"
	case err != nil:
		return live{}, err
	case assigned:
		l.spared = "the user has an MFA device now"
	}
	return l, nil
}

// lookAtPolicy reads a user, and whether the policy that an intent is about is
// attached to it.
func lookAtPolicy(ctx context.Context, api IAM, i *ledger.Intent, s *Settings) (l live, err error) {
	if l.user, l.signedIn, l.spared, err = readUser(ctx, api, i.Resource); err != nil || l.spared != "" {
		return l, err
	}
	l.lastUsed = asEvidence(l.signedIn)
	policies, err := readAttached(ctx, api, i.Resource.Name)
	switch {
	case missing(err):
		l.spared = "the user is gone"
		return l, nil
	case err != nil:
		return live{}, err
	}
	l.changed = policies[i.Target] == (i.Call.Operation == attach)
	switch {
	case l.changed && i.Call.Operation == attach:
		l.spared = "the policy is attached already"
	case l.changed:
		l.spared = "the policy is not attached any more"
	case !i.Undo && i.Target != s.Denies.All && s.Denies.All != "" && policies[s.Denies.All]:
		l.spared = "the user is denied everything already"
	}
	return l, nil
}

func (containConsole) effect(i *ledger.Intent) string {
	switch {
	case i.Undo:
		return "The user can use the console again, as its own policies allow."
	case i.Rule == withoutMFA:
		return "Sessions of the user that began without MFA may only assign an MFA device; sessions with MFA, calls that access keys sign and calls that services make for the user go on, and the control fails until the user has a device or a person removes the password."
	}
	return "Console sessions of the user, and all temporary sessions of its own, are denied everything; calls that access keys sign and calls that services make for the user go on, and the control fails until a person removes the password."
}

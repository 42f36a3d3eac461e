package remediate

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"

	"iamvigil/ledger"
	"iamvigil/scanner/access"
	"iamvigil/scanner/account"
)

// IAM is what of IAM's API the cures use: nine reads and three writes.
type IAM interface {
	GetUser(context.Context, *iam.GetUserInput, ...func(*iam.Options)) (*iam.GetUserOutput, error)
	GetLoginProfile(context.Context, *iam.GetLoginProfileInput, ...func(*iam.Options)) (*iam.GetLoginProfileOutput, error)
	ListMFADevices(context.Context, *iam.ListMFADevicesInput, ...func(*iam.Options)) (*iam.ListMFADevicesOutput, error)
	ListAccessKeys(context.Context, *iam.ListAccessKeysInput, ...func(*iam.Options)) (*iam.ListAccessKeysOutput, error)
	GetAccessKeyLastUsed(context.Context, *iam.GetAccessKeyLastUsedInput, ...func(*iam.Options)) (*iam.GetAccessKeyLastUsedOutput, error)
	ListAttachedUserPolicies(context.Context, *iam.ListAttachedUserPoliciesInput, ...func(*iam.Options)) (*iam.ListAttachedUserPoliciesOutput, error)
	ListServiceSpecificCredentials(context.Context, *iam.ListServiceSpecificCredentialsInput, ...func(*iam.Options)) (*iam.ListServiceSpecificCredentialsOutput, error)
	ListSSHPublicKeys(context.Context, *iam.ListSSHPublicKeysInput, ...func(*iam.Options)) (*iam.ListSSHPublicKeysOutput, error)
	ListSigningCertificates(context.Context, *iam.ListSigningCertificatesInput, ...func(*iam.Options)) (*iam.ListSigningCertificatesOutput, error)

	UpdateAccessKey(context.Context, *iam.UpdateAccessKeyInput, ...func(*iam.Options)) (*iam.UpdateAccessKeyOutput, error)
	AttachUserPolicy(context.Context, *iam.AttachUserPolicyInput, ...func(*iam.Options)) (*iam.AttachUserPolicyOutput, error)
	DetachUserPolicy(context.Context, *iam.DetachUserPolicyInput, ...func(*iam.Options)) (*iam.DetachUserPolicyOutput, error)
}

// live is what a look of this moment shows of what an intent is about.
type live struct {
	// changed: it is as the intent's call makes it.
	changed bool
	// spared says why there is nothing to be done any more, such as that the key
	// was used since or is gone; empty: what justifies the intent still holds. It
	// is set where changed is, too, unless it was the call that changed it.
	spared string
	// lastUsed is for [ledger.Step].
	lastUsed string
	// user has the user's identity and tags of this moment, and signedIn is when it
	// last used a password.
	user     account.User
	signedIn time.Time
}

// curer is what a cure knows. It never writes.
type curer interface {
	// intents are what the cure does about a finding, in their order: as data, one
	// call each. The refusal says why it is left to a person; empty: it is not.
	intents(r *ledger.Record, u *account.User, v *access.View, s *Settings) (all []ledger.Intent, refusal string)
	// look reads live what the intent is about, and nothing else. An error means
	// that it is not known: it is never taken for "never used" or "gone".
	look(ctx context.Context, api IAM, i *ledger.Intent, r *ledger.Record, s *Settings, now time.Time) (live, error)
	// effect says in one sentence what the intent's call changes and what it leaves
	// alone.
	effect(i *ledger.Intent) string
}

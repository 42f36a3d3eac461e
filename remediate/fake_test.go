package remediate_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	smithy "github.com/aws/smithy-go/middleware"

	"iamvigil/scanner/account"
)

// script is the order of a run's calls, whatever they are of, and what befalls
// one of them.
type script struct {
	mu    sync.Mutex
	calls []string
	// befall is asked before each call, and once more after it was carried out. An
	// error is the call's answer.
	befall func(n int, name string, after bool) error
}

// play makes a call.
func (s *script) play(name string, carryOut func() error) error {
	s.mu.Lock()
	n := len(s.calls)
	s.calls = append(s.calls, name)
	befall := s.befall
	s.mu.Unlock()
	if befall == nil {
		return carryOut()
	}
	if err := befall(n, name, false); err != nil {
		return err
	}
	if err := carryOut(); err != nil {
		return err
	}
	return befall(n, name, true)
}

// fakeIAM serves the users of a snapshot, which its writes change.
type fakeIAM struct {
	*script
	mu    sync.Mutex
	truth *account.Snapshot
	// lag is how many reads after a write still show what was before it, as IAM is
	// eventually consistent; stale are such users by name.
	lag   int
	stale map[string]*staleUser
	// writes are as they were called, the newest last.
	writes []string
}

type staleUser struct {
	account.User
	reads int
}

// Users is the look at the account.
func (f *fakeIAM) Users(context.Context) (*account.Snapshot, error) {
	var seen account.Snapshot
	err := f.play("look at the account", func() error {
		f.mu.Lock()
		defer f.mu.Unlock()
		seen = *f.truth
		seen.Users = nil
		for i := range f.truth.Users {
			seen.Users = append(seen.Users, copied(&f.truth.Users[i]))
		}
		return nil
	})
	return &seen, err
}

func copied(u *account.User) account.User {
	c := *u
	c.Keys, c.Attached = slices.Clone(u.Keys), slices.Clone(u.Attached)
	return c
}

func none(format string, args ...any) error {
	return &types.NoSuchEntityException{Message: aws.String(fmt.Sprintf(format, args...))}
}

// user finds one in the truth. IAM's names are unique without regard to case.
func (f *fakeIAM) user(name *string) (*account.User, error) {
	for i := range f.truth.Users {
		if u := &f.truth.Users[i]; strings.EqualFold(u.Name, *name) {
			return u, nil
		}
	}
	return nil, none("The user with name %s cannot be found.", *name)
}

// read calls, about a user as IAM shows it now.
func (f *fakeIAM) read(ctx context.Context, operation string, name *string, answer func(*account.User) error) error {
	return f.play(operation, func() error {
		f.mu.Lock()
		defer f.mu.Unlock()
		if err := ctx.Err(); err != nil {
			return err
		}
		u, err := f.user(name)
		if err != nil {
			return err
		}
		if was := f.stale[u.Name]; was != nil && was.reads > 0 && operation != "GetUser" {
			was.reads--
			u = &was.User
		}
		return answer(u)
	})
}

// write calls, and changes a user.
func (f *fakeIAM) write(ctx context.Context, operation string, name *string, about string, change func(*account.User) error) (smithy.Metadata, error) {
	meta := smithy.Metadata{}
	middleware.SetRequestIDMetadata(&meta, "request-"+operation)
	return meta, f.play(operation, func() error {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.writes = append(f.writes, operation+" "+*name+" "+about)
		if err := ctx.Err(); err != nil {
			return err
		}
		u, err := f.user(name)
		if err != nil {
			return err
		}
		f.stale[u.Name] = &staleUser{copied(u), f.lag}
		return change(u)
	})
}

func (f *fakeIAM) GetUser(ctx context.Context, in *iam.GetUserInput, _ ...func(*iam.Options)) (*iam.GetUserOutput, error) {
	out := &iam.GetUserOutput{}
	return out, f.read(ctx, "GetUser", in.UserName, func(u *account.User) error {
		out.User = &types.User{UserName: &u.Name, UserId: &u.ID, Arn: &u.ARN, CreateDate: &u.Created}
		if u.Login != nil && !u.Login.LastUsed.IsZero() {
			out.User.PasswordLastUsed = aws.Time(u.Login.LastUsed)
		}
		for key, value := range u.Tags {
			out.User.Tags = append(out.User.Tags, types.Tag{Key: aws.String(key), Value: aws.String(value)})
		}
		return nil
	})
}

func (f *fakeIAM) GetLoginProfile(ctx context.Context, in *iam.GetLoginProfileInput, _ ...func(*iam.Options)) (*iam.GetLoginProfileOutput, error) {
	out := &iam.GetLoginProfileOutput{}
	return out, f.read(ctx, "GetLoginProfile", in.UserName, func(u *account.User) error {
		if u.Login == nil {
			return none("Login Profile for User %s cannot be found.", u.Name)
		}
		out.LoginProfile = &types.LoginProfile{UserName: &u.Name, CreateDate: aws.Time(u.Login.Changed)}
		return nil
	})
}

func (f *fakeIAM) ListMFADevices(ctx context.Context, in *iam.ListMFADevicesInput, _ ...func(*iam.Options)) (*iam.ListMFADevicesOutput, error) {
	out := &iam.ListMFADevicesOutput{}
	return out, f.read(ctx, "ListMFADevices", in.UserName, func(u *account.User) error {
		if u.MFA {
			out.MFADevices = []types.MFADevice{{UserName: &u.Name, SerialNumber: aws.String(iamARN + "mfa/" + u.Name)}}
		}
		return nil
	})
}

func (f *fakeIAM) ListAccessKeys(ctx context.Context, in *iam.ListAccessKeysInput, _ ...func(*iam.Options)) (*iam.ListAccessKeysOutput, error) {
	out := &iam.ListAccessKeysOutput{}
	return out, f.read(ctx, "ListAccessKeys", in.UserName, func(u *account.User) error {
		for _, k := range u.Keys {
			out.AccessKeyMetadata = append(out.AccessKeyMetadata, types.AccessKeyMetadata{
				UserName: &u.Name, AccessKeyId: aws.String(k.ID), Status: types.StatusType(k.Status), CreateDate: aws.Time(k.Created),
			})
		}
		return nil
	})
}

func (f *fakeIAM) GetAccessKeyLastUsed(ctx context.Context, in *iam.GetAccessKeyLastUsedInput, _ ...func(*iam.Options)) (*iam.GetAccessKeyLastUsedOutput, error) {
	out := &iam.GetAccessKeyLastUsedOutput{}
	return out, f.play("GetAccessKeyLastUsed", func() error {
		f.mu.Lock()
		defer f.mu.Unlock()
		for i := range f.truth.Users {
			if k := keyOf(&f.truth.Users[i], *in.AccessKeyId); k != nil {
				out.UserName = &f.truth.Users[i].Name
				out.AccessKeyLastUsed = &types.AccessKeyLastUsed{Region: aws.String("N/A"), ServiceName: aws.String("N/A")}
				if !k.LastUsed.IsZero() {
					out.AccessKeyLastUsed.LastUsedDate = aws.Time(k.LastUsed)
				}
				return nil
			}
		}
		return none("The Access Key with id %s cannot be found.", *in.AccessKeyId)
	})
}

func (f *fakeIAM) ListAttachedUserPolicies(ctx context.Context, in *iam.ListAttachedUserPoliciesInput, _ ...func(*iam.Options)) (*iam.ListAttachedUserPoliciesOutput, error) {
	out := &iam.ListAttachedUserPoliciesOutput{}
	return out, f.read(ctx, "ListAttachedUserPolicies", in.UserName, func(u *account.User) error {
		for _, a := range u.Attached {
			out.AttachedPolicies = append(out.AttachedPolicies, types.AttachedPolicy{PolicyArn: aws.String(a.ARN), PolicyName: aws.String(a.Name)})
		}
		return nil
	})
}

func (f *fakeIAM) UpdateAccessKey(ctx context.Context, in *iam.UpdateAccessKeyInput, _ ...func(*iam.Options)) (*iam.UpdateAccessKeyOutput, error) {
	meta, err := f.write(ctx, "UpdateAccessKey", in.UserName, *in.AccessKeyId+" "+string(in.Status), func(u *account.User) error {
		k := keyOf(u, *in.AccessKeyId)
		if k == nil {
			return none("The Access Key with id %s cannot be found.", *in.AccessKeyId)
		}
		k.Status = string(in.Status)
		return nil
	})
	return &iam.UpdateAccessKeyOutput{ResultMetadata: meta}, err
}

func (f *fakeIAM) AttachUserPolicy(ctx context.Context, in *iam.AttachUserPolicyInput, _ ...func(*iam.Options)) (*iam.AttachUserPolicyOutput, error) {
	meta, err := f.write(ctx, "AttachUserPolicy", in.UserName, *in.PolicyArn, func(u *account.User) error {
		if !attachedTo(u, *in.PolicyArn) {
			u.Attached = append(u.Attached, account.Attachment{ARN: *in.PolicyArn, Name: account.NameOf(*in.PolicyArn)})
		}
		return nil
	})
	return &iam.AttachUserPolicyOutput{ResultMetadata: meta}, err
}

func (f *fakeIAM) DetachUserPolicy(ctx context.Context, in *iam.DetachUserPolicyInput, _ ...func(*iam.Options)) (*iam.DetachUserPolicyOutput, error) {
	meta, err := f.write(ctx, "DetachUserPolicy", in.UserName, *in.PolicyArn, func(u *account.User) error {
		if !attachedTo(u, *in.PolicyArn) {
			return none("Policy %s was not found.", *in.PolicyArn)
		}
		u.Attached = slices.DeleteFunc(u.Attached, func(a account.Attachment) bool { return a.ARN == *in.PolicyArn })
		return nil
	})
	return &iam.DetachUserPolicyOutput{ResultMetadata: meta}, err
}

func keyOf(u *account.User, id string) *account.AccessKey {
	for i := range u.Keys {
		if u.Keys[i].ID == id {
			return &u.Keys[i]
		}
	}
	return nil
}

func attachedTo(u *account.User, arn string) bool {
	return slices.ContainsFunc(u.Attached, func(a account.Attachment) bool { return a.ARN == arn })
}

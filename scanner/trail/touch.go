package trail

import (
	"slices"
	"strings"

	"iamvigil/scanner/account"
)

// A clue tells where a record names a resource that its call changed.
type clue struct {
	kind account.Kind
	// fields are where a name or an ARN may stand, best first. None: the
	// account, which needs no name.
	fields []string
	// without is what it means that none of the fields names anything.
	without absence
	// used: only the policy's use has changed. It is named without its ARN, as
	// the others who have it are not touched, and AWS's own are not named: what
	// is the matter with them does not depend on their use.
	used bool
}

// reaches reports whether the call changes others than it names: the members of
// a group, or whoever has a policy.
func (c clue) reaches() bool {
	return c.kind == account.KindMembers || c.kind == account.KindPolicy && !c.used
}

type absence int

const (
	unnamed absence = iota // something was changed all the same
	nothing                // the call did not ask for this change
	caller                 // the actor's own, as IAM implies it
)

// touch finds out what one call changed.
type touch struct {
	record *record
	event  *Event
}

func (t *touch) follow(clues []clue) {
	for _, c := range clues {
		if !t.named(c) && !t.implied(c.without) {
			t.event.Unnamed = true
		}
	}
}

func (t *touch) named(c clue) bool {
	if len(c.fields) == 0 {
		t.add(account.Ref{Kind: account.KindAccount, Name: t.event.Account})
		return true
	}
	for _, path := range c.fields {
		object, rest := t.record.within(path)
		ref, ok := refTo(c.kind, object.text(rest))
		if c.used {
			ok = ok && !account.AWSManaged(ref.ARN)
			ref.ARN = ""
		}
		if ok {
			t.add(ref)
			t.alias(ref)
			return true
		}
	}
	return false
}

// alias adds root where root acted on what is perhaps itself: a record may
// call it by the account's alias, which may be some user's name too.
func (t *touch) alias(ref account.Ref) {
	a := t.event.Actor
	if a.Type == typeRoot && ref.Kind == account.KindUser && strings.EqualFold(ref.Name, a.Name) {
		t.add(root())
	}
}

func (t *touch) implied(without absence) bool {
	if without != caller {
		return without == nothing
	}
	ref, ok := t.event.Actor.Ref()
	if !ok || ref.Kind == account.KindRole {
		return false
	}
	ref.ARN = ""
	t.add(ref)
	return true
}

func (t *touch) add(ref account.Ref) {
	if !slices.Contains(t.event.Touched, ref) {
		t.event.Touched = append(t.event.Touched, ref)
	}
}

func root() account.Ref { return account.Ref{Kind: account.KindAccount, Name: account.RootName} }

// refTo reads a value that names a resource of the kind: a name, a policy's
// ARN, or an MFA device's serial number, whose last part is by custom, though
// not by rule, the name of its user.
func refTo(kind account.Kind, value string) (account.Ref, bool) {
	resource := account.ParseARN(value).Resource
	name := after(resource, "/")
	switch {
	case kind == account.KindUser && (value == rootUser || resource == "mfa/root-account-mfa-device"):
		return root(), true
	case kind == account.KindUser && strings.HasPrefix(resource, "mfa/"):
		return refByName(kind, name)
	case kind == account.KindPolicy && strings.HasPrefix(resource, "policy/"):
		return account.Ref{Kind: kind, ARN: value, Name: name}, name != "" && len(value) <= maxARN
	}
	return refByName(kind, value)
}

// refByName refuses what cannot be a name: IAM's have no path and no colon.
func refByName(kind account.Kind, name string) (account.Ref, bool) {
	ok := name != "" && len(name) <= maxName && !strings.ContainsAny(name, ":/")
	return account.Ref{Kind: kind, Name: name}, ok
}

package main

import (
	"cmp"
	"fmt"
	"strings"

	"iamvigil/scanner/access"
	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

// principal is whom somebody asks about.
type principal struct {
	account.Ref
	root          bool
	serviceLinked bool
}

// principalOf finds whom a name, an ARN or a unique id means. A session of a role is
// the role.
func principalOf(s *account.Snapshot, typed string) (principal, error) {
	name, kind := typed, account.Kind("")
	arn := account.ParseARN(typed)
	if session, is := strings.CutPrefix(arn.Resource, "assumed-role/"); is && arn.Service == "sts" && arn.Account == s.Account.ID {
		name, _, _ = strings.Cut(session, "/")
		kind = account.KindRole
	}
	means := func(r account.Ref) bool {
		return (kind == "" || r.Kind == kind) && (strings.EqualFold(r.Name, name) || r.ARN != "" && r.ARN == name || r.ID != "" && r.ID == name)
	}
	var found []principal
	for i := range s.Users {
		if ref := s.Users[i].Ref(); means(ref) {
			found = append(found, principal{Ref: ref})
		}
	}
	for i := range s.Roles {
		if ref := s.Roles[i].Ref(); means(ref) {
			found = append(found, principal{Ref: ref, serviceLinked: s.Roles[i].ServiceLinked()})
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		return principal{}, fmt.Errorf("%q is a %s and a %s: give the ARN, %s or %s", typed, found[0].Kind, found[1].Kind, found[0].ARN, found[1].ARN)
	case strings.EqualFold(typed, "root"), typed == account.RootName, typed == s.Account.RootARN():
		return principal{Ref: s.Account.RootRef(), root: true}, nil
	}
	return principal{}, missing(s, typed, means)
}

// missing tells why nobody was found.
func missing(s *account.Snapshot, typed string, means func(account.Ref) bool) error {
	for i := range s.Groups {
		if means(s.Groups[i].Ref()) {
			return fmt.Errorf("%q is a group, which does nothing itself: ask for one of its users, %s", typed, membersOf(s, s.Groups[i].Name))
		}
	}
	for _, fact := range []account.Fact{account.Users, account.Roles} {
		if seen := s.Seen[fact]; !seen.Known() {
			return fmt.Errorf("%q was not found, and not all %s were seen: %s", typed, fact, cmp.Or(seen.Missing, "nobody asked"))
		}
	}
	if arn := account.ParseARN(typed); arn.Account != "" && arn.Account != s.Account.ID {
		return fmt.Errorf("%q is of account %s; this is account %s", typed, arn.Account, s.Account.ID)
	}
	return fmt.Errorf("account %s has no user or role %q", s.Account.ID, typed)
}

func membersOf(s *account.Snapshot, group string) string {
	var names []string
	for i := range s.Users {
		for _, of := range s.Users[i].Groups {
			if strings.EqualFold(of, group) {
				names = append(names, fmt.Sprintf("%q", s.Users[i].Name))
			}
		}
	}
	switch {
	case len(names) == 0:
		return "of whom it has none"
	case len(names) > mostNames:
		return fmt.Sprintf("such as %s", strings.Join(names[:mostNames], ", "))
	}
	return strings.Join(names, " or ")
}

func groupOf(s *account.Snapshot, name string) account.Ref {
	for i := range s.Groups {
		if strings.EqualFold(s.Groups[i].Name, name) {
			return s.Groups[i].Ref()
		}
	}
	return account.Ref{Kind: account.KindGroup, Name: name}
}

func ownerName(r account.Ref) string { return cmp.Or(r.ARN, r.Name, r.ID) }

func policyName(o access.Origin) string { return cmp.Or(o.ARN, o.Name) }

// gapsOf puts into words what an answer does not know.
func gapsOf(v *access.View, who principal, gaps []policy.Gap) []string {
	absent := ofNoText()
	var told []string
	for _, gap := range gaps {
		from := v.Source(who.Ref, gap.Source)
		reason := gap.Reason
		if reason == absent {
			reason = "its document was not read"
		}
		switch {
		case gap.Layer == policy.SCP && who.serviceLinked:
			continue // they do not apply to service-linked roles
		case gap.Layer == policy.SCP:
			told = append(told, "service control policies: they were not read, and can only take away")
		case gap.Layer == policy.Boundary:
			told = append(told, fmt.Sprintf("permissions boundary %q: %s", policyName(from), reason))
		case from.Kind == "" && from.Group != "":
			told = append(told, fmt.Sprintf("group %q: its policies were not seen", from.Group))
		case from.Kind == "":
			told = append(told, "not all policies were listed that may be the principal's")
		default:
			told = append(told, fmt.Sprintf("policy %q: %s", policyName(from), reason))
		}
	}
	return told
}

// ofNoText is the reason why nothing is known of a document that is not there.
func ofNoText() string { return policy.Parse("").Doubt().String() }

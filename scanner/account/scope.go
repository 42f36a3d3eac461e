package account

import (
	"cmp"
	"iter"
	"slices"
	"strings"
)

// Kind is the kind of a resource.
type Kind string

// The kinds of resources. The root user is part of the account.
const (
	KindAccount Kind = "account"
	KindUser    Kind = "user"
	KindGroup   Kind = "group"
	KindRole    Kind = "role"
	KindPolicy  Kind = "policy"
	KindTrail   Kind = "trail"
	// Providers are those of SAML and of OpenID Connect alike.
	KindProvider    Kind = "provider"
	KindCertificate Kind = "certificate"
	KindAnalyzer    Kind = "analyzer"
	// KindMembers names a group and means its members. It is never in a scope.
	KindMembers Kind = "members"
)

// Ref names a resource. An event may know only a part of it: a name, or an ARN.
type Ref struct {
	Kind Kind   `json:"type"`
	ARN  string `json:"arn"`
	// ID is IAM's unique id (AIDA…, AROA…). It survives a rename and never
	// returns after deletion. Where IAM gives none it is empty, see [Ref.Key].
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Key identifies the resource for good: its unique id, or its ARN.
func (r Ref) Key() string {
	if r.ID != "" {
		return r.ID
	}
	return r.ARN
}

// Compare orders refs by kind, name and key.
func (r Ref) Compare(other Ref) int {
	return cmp.Or(cmp.Compare(r.Kind, other.Kind), cmp.Compare(r.Name, other.Name), cmp.Compare(r.Key(), other.Key()))
}

// Same reports whether two refs, each perhaps partial, name one resource:
// whatever decides first of unique id, ARN and name, where both have it. Names
// are unique without regard to case.
func (r Ref) Same(other Ref) bool {
	switch {
	case r.Kind != other.Kind:
		return false
	case r.Kind == KindAccount:
		return true
	case r.ID != "" && other.ID != "":
		return r.ID == other.ID
	case r.Kind == KindPolicy && r.ARN != "" && other.ARN != "":
		return r.ARN == other.ARN
	default:
		return r.Name != "" && strings.EqualFold(r.Name, other.Name)
	}
}

// Scope is what a look at an account was about. The zero value is nothing.
type Scope struct {
	Whole bool
	Refs  []Ref
}

// Covers reports whether the resource is in scope.
func (s Scope) Covers(r Ref) bool {
	return s.Whole || slices.ContainsFunc(s.Refs, r.Same)
}

// Ref is the account itself.
func (i Identity) Ref() Ref {
	return Ref{Kind: KindAccount, ARN: i.RootARN(), Name: i.ID}
}

// RootRef is the account's root user, which is a resource of kind account.
func (i Identity) RootRef() Ref {
	return Ref{Kind: KindAccount, ARN: i.RootARN(), Name: RootName}
}

// Ref names the user.
func (u *User) Ref() Ref { return Ref{KindUser, u.ARN, u.ID, u.Name} }

// Ref names the group.
func (g *Group) Ref() Ref { return Ref{KindGroup, g.ARN, g.ID, g.Name} }

// Ref names the role.
func (r *Role) Ref() Ref { return Ref{KindRole, r.ARN, r.ID, r.Name} }

// Ref names the policy.
func (p *Policy) Ref() Ref { return Ref{KindPolicy, p.ARN, p.ID, p.Name} }

// Ref names the provider.
func (p *SAMLProvider) Ref() Ref { return Ref{Kind: KindProvider, ARN: p.ARN, Name: NameOf(p.ARN)} }

// Ref names the provider by its address without the scheme, which is its name.
func (p *OIDCProvider) Ref() Ref {
	_, name, _ := strings.Cut(p.ARN, ":oidc-provider/")
	return Ref{Kind: KindProvider, ARN: p.ARN, Name: name}
}

// Ref names the certificate.
func (c *ServerCertificate) Ref() Ref { return Ref{KindCertificate, c.ARN, c.ID, c.Name} }

// Ref names the analyzer.
func (a *Analyzer) Ref() Ref { return Ref{Kind: KindAnalyzer, ARN: a.ARN, Name: a.Name} }

// Resources are the resources listed, but for trails, with their own states of
// facts.
func (s *Snapshot) Resources() iter.Seq2[Ref, map[Fact]Seen] {
	return func(yield func(Ref, map[Fact]Seen) bool) {
		for i := range s.Users {
			if !yield(s.Users[i].Ref(), s.Users[i].Seen) {
				return
			}
		}
		for i := range s.Groups {
			if !yield(s.Groups[i].Ref(), nil) {
				return
			}
		}
		for i := range s.Roles {
			if !yield(s.Roles[i].Ref(), s.Roles[i].Seen) {
				return
			}
		}
		for i := range s.Policies {
			if !yield(s.Policies[i].Ref(), nil) {
				return
			}
		}
		s.others(yield)
	}
}

// others are the resources that hold no policies.
func (s *Snapshot) others(yield func(Ref, map[Fact]Seen) bool) {
	for i := range s.SAMLProviders {
		if !yield(s.SAMLProviders[i].Ref(), nil) {
			return
		}
	}
	for i := range s.OIDCProviders {
		if !yield(s.OIDCProviders[i].Ref(), s.OIDCProviders[i].Seen) {
			return
		}
	}
	for i := range s.ServerCertificates {
		if !yield(s.ServerCertificates[i].Ref(), nil) {
			return
		}
	}
	for i := range s.Analyzers {
		if !yield(s.Analyzers[i].Ref(), s.Analyzers[i].Seen) {
			return
		}
	}
}

// Touched widens what events named to all whose answers can have changed with
// it: a policy's change reaches whom it is attached to or bounds, and the
// members of such groups. A policy named without its ARN stands for its use
// alone, which reaches nobody else.
func (s *Snapshot) Touched(named []Ref) Scope {
	t := toucher{snapshot: s, seen: map[Ref]bool{}, groups: map[string]bool{}}
	for _, ref := range named {
		t.add(ref)
	}
	t.bearers()
	t.members()
	return Scope{Refs: t.refs}
}

type toucher struct {
	snapshot *Snapshot
	refs     []Ref
	seen     map[Ref]bool    // with names in lower case
	groups   map[string]bool // whose members are touched, in lower case
}

func (t *toucher) add(ref Ref) {
	key := ref
	key.Name = strings.ToLower(ref.Name)
	switch {
	case ref.Kind == KindMembers:
		t.groups[key.Name] = true
	case !t.seen[key]:
		t.seen[key] = true
		t.refs = append(t.refs, ref)
	}
}

// bearers adds who has a touched policy, attached or as a boundary.
func (t *toucher) bearers() {
	changed := map[string]bool{}
	for _, ref := range t.refs {
		if ref.Kind == KindPolicy && ref.ARN != "" {
			changed[ref.ARN] = true
		}
	}
	if len(changed) == 0 {
		return
	}
	has := func(boundary string, attached []Attachment) bool {
		return changed[boundary] || slices.ContainsFunc(attached, func(a Attachment) bool { return changed[a.ARN] })
	}
	for i := range t.snapshot.Users {
		if u := &t.snapshot.Users[i]; has(u.Boundary, u.Attached) {
			t.add(u.Ref())
		}
	}
	for i := range t.snapshot.Groups {
		if g := &t.snapshot.Groups[i]; has("", g.Attached) {
			t.add(g.Ref())
			t.add(Ref{Kind: KindMembers, Name: g.Name})
		}
	}
	for i := range t.snapshot.Roles {
		if r := &t.snapshot.Roles[i]; has(r.Boundary, r.Attached) {
			t.add(r.Ref())
		}
	}
}

// members adds the users of the groups whose members are touched.
func (t *toucher) members() {
	for i := range t.snapshot.Users {
		u := &t.snapshot.Users[i]
		if slices.ContainsFunc(u.Groups, func(g string) bool { return t.groups[strings.ToLower(g)] }) {
			t.add(u.Ref())
		}
	}
}

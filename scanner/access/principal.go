package access

import (
	"slices"
	"strings"
	"sync"

	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

// Kinds of [Origin].
const (
	Attached = "attached" // a managed policy
	Inline   = "inline"
)

// Origin is where a document comes from that bears on a principal. The zero value is
// no document of the snapshot: what stands for all that was not listed, or for a
// principal that is not in it.
type Origin struct {
	Kind string // Attached or Inline
	Name string // of the policy
	ARN  string // of a managed policy; else empty
	// Group is the group through which the principal has it; empty: its own. Of a
	// group that was not listed, only this is set.
	Group string
}

// Of is what the policies of a user or role come to together: its own, those of its
// groups and its boundary, and what is known of whoever asks by them: who it is, and
// when the snapshot was made. [policy.Grants.At] makes it another time. The organisation's
// policies are not known, which answers say.
//
// A document that was not read, and any that may not have been listed, is one of which
// nothing can be told, so that nothing is sure any more: see [policy.Answer.Unknown]. Of
// whoever is neither a user nor a role of the snapshot nothing is known at all.
func (v *View) Of(ref account.Ref) policy.Grants { return v.principal(ref).grants }

// Source is where the document comes from in which a statement of an answer of [View.Of]
// stands, or about which such an answer has a gap.
func (v *View) Source(ref account.Ref, s policy.Source) Origin {
	p := v.principal(ref)
	switch {
	case s.Layer == policy.Boundary:
		return p.boundary
	case s.Layer == policy.Identity && s.Document >= 0 && s.Document < len(p.origins):
		return p.origins[s.Document]
	}
	return Origin{}
}

// principal is a user or role with what it is granted.
type principal struct {
	ref    account.Ref
	grants policy.Grants
	// read is the same as if no document had more in it than was read of it; doubtful
	// if that may not be so.
	read     policy.Grants
	doubtful bool
	// trusted is the same with everything allowed beside, as by a role that trusts the
	// principal itself; which a user's boundary does not limit.
	trusted  func() policy.Grants
	origins  []Origin // of the documents of its identity layer
	boundary Origin
	may      actionSet // what some Allow among its documents is about
	linked   bool      // a service-linked role
	passable func() []string
	found    func() []Escalation
}

// principals finds what has been made of the users and roles; each is made once.
type principals struct {
	byKey map[string]func() *principal
	refs  []account.Ref // sorted
}

func (v *View) everybody() *principals {
	s := v.snapshot
	all := &principals{byKey: make(map[string]func() *principal, len(s.Users)+len(s.Roles))}
	add := func(ref account.Ref, build func() *principal) {
		all.byKey[ref.Key()] = sync.OnceValue(build)
		all.refs = append(all.refs, ref)
	}
	for i := range s.Users {
		u := &s.Users[i]
		add(u.Ref(), func() *principal { return v.ofUser(u) })
	}
	for i := range s.Roles {
		r := &s.Roles[i]
		add(r.Ref(), func() *principal { return v.ofRole(r) })
	}
	slices.SortFunc(all.refs, account.Ref.Compare)
	return all
}

func (v *View) principal(ref account.Ref) *principal {
	all := v.principals()
	if build, ok := all.byKey[ref.Key()]; ok {
		return build()
	}
	if i := slices.IndexFunc(all.refs, ref.Same); i >= 0 {
		return all.byKey[all.refs[i].Key()]()
	}
	b := builder{view: v, doubt: true}
	return b.principal(ref, nil, "")
}

func (v *View) ofUser(u *account.User) *principal {
	b := builder{view: v, doubt: !v.listed(u)}
	b.held(u.Attached, u.Inline, "")
	for _, name := range u.Groups {
		if g := v.named[strings.ToLower(name)]; g != nil {
			b.held(g.Attached, g.Inline, g.Name)
		} else {
			b.add(nil, Origin{Group: name})
		}
	}
	known := map[string][]string{"aws:PrincipalType": {"User"}}
	for key, value := range map[string]string{
		"aws:username": u.Name, "aws:userid": u.ID, "aws:PrincipalArn": u.ARN, "aws:PrincipalAccount": v.snapshot.Account.ID,
	} {
		if value != "" {
			known[key] = []string{value}
		}
	}
	addTags(known, u.Tags)
	return b.principal(u.Ref(), known, u.Boundary)
}

func (v *View) ofRole(r *account.Role) *principal {
	b := builder{view: v, doubt: !v.snapshot.Seen[account.Roles].Known() || !v.snapshot.Seen[account.Policies].Known()}
	b.held(r.Attached, r.Inline, "")
	// A session's aws:userid ends in a name that whoever begins it chooses.
	known := map[string][]string{"aws:PrincipalType": {"AssumedRole"}, "aws:username": nil}
	for key, value := range map[string]string{"aws:PrincipalArn": r.ARN, "aws:PrincipalAccount": v.snapshot.Account.ID} {
		if value != "" {
			known[key] = []string{value}
		}
	}
	if !tagsSessions(&r.Trust, r.ARN) {
		addTags(known, r.Tags)
	}
	p := b.principal(r.Ref(), known, r.Boundary)
	p.linked = r.ServiceLinked()
	return p
}

func addTags(known map[string][]string, tags map[string]string) {
	for key, value := range tags {
		known["aws:PrincipalTag/"+key] = []string{value}
	}
}

// tagsSessions tells whether whoever assumes a role may put tags of its own in the place
// of the role's.
func tagsSessions(trust *policy.Document, arn string) bool {
	return traitsOf(trust).has(unread) ||
		slices.ContainsFunc(trust.Statements, func(s policy.Statement) bool { return s.Grants("sts:TagSession", arn) })
}

// builder gathers the documents of a principal.
type builder struct {
	view      *View
	doubt     bool // there may be more than these
	documents []*policy.Document
	origins   []Origin
	may       actionSet
}

func (b *builder) held(attached []account.Attachment, inline []account.InlinePolicy, group string) {
	for _, a := range attached {
		b.add(b.view.managed(a.ARN).Document, Origin{Attached, a.Name, a.ARN, group})
	}
	for i := range inline {
		b.add(&inline[i].Document, Origin{Inline, inline[i].Name, "", group})
	}
}

func (b *builder) add(d *policy.Document, from Origin) {
	d = b.view.legible(d)
	b.documents, b.origins = append(b.documents, d), append(b.origins, from)
	b.may.add(b.view.survey.of(d))
}

func (b *builder) principal(ref account.Ref, known map[string][]string, boundary string) *principal {
	if b.doubt {
		b.add(nil, Origin{})
	}
	p := &principal{ref: ref, origins: b.origins, may: b.may}
	var limits policy.Limits
	if boundary != "" {
		limits.Boundary = b.view.legible(b.view.managed(boundary).Document)
		p.boundary = Origin{Kind: Attached, Name: account.NameOf(boundary), ARN: boundary}
	}
	combine := func(documents []*policy.Document, limits policy.Limits) policy.Grants {
		g := policy.Combine(documents, limits).Given(known)
		if at := b.view.snapshot.Seen[account.Users].At; !at.IsZero() {
			g = g.At(at)
		}
		return g
	}
	p.grants = combine(b.documents, limits)
	if read := taken(b.documents); read != nil {
		p.read, p.doubtful = combine(read, limits), true
	}
	p.trusted = func() policy.Grants {
		own := policy.Limits{}
		if ref.Kind == account.KindRole {
			own = limits
		}
		return combine(append(slices.Clip(b.documents), b.view.everything.Document), own)
	}
	p.passable = sync.OnceValue(func() []string { return passablePatterns(b.documents) })
	p.found = sync.OnceValue(func() []Escalation { return b.view.escalationsOf(p) })
	return p
}

// taken is the documents as if they were without fault; nil: all of them are.
func taken(documents []*policy.Document) []*policy.Document {
	var all []*policy.Document
	for i, d := range documents {
		if d.Problems == nil {
			continue
		}
		if all == nil {
			all = slices.Clone(documents)
		}
		clean := *d
		clean.Problems = nil
		all[i] = &clean
	}
	return all
}

// legible is a document, or in place of one that is not there the document of an empty
// text, of which nothing can be told.
func (v *View) legible(d *policy.Document) *policy.Document {
	if d == nil || d.Statements == nil && d.Problems == nil {
		return v.unread
	}
	return d
}

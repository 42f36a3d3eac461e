package access

import (
	"slices"
	"strings"

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
// stands, or of [View.MayAssume], or about which such an answer has a gap.
func (v *View) Source(ref account.Ref, s policy.Source) Origin {
	p := v.principal(ref)
	switch {
	case s.Layer == Trust:
		return Origin{Kind: string(Trust), Name: "trust policy"}
	case s.Layer == policy.Boundary:
		return p.boundary
	case s.Layer == policy.Identity && s.Document >= 0 && s.Document < len(p.origins):
		return p.origins[s.Document]
	}
	return Origin{}
}

// principal is a user, a role or what a group gives to its members, with what it is
// granted. It is made when asked for and kept by nobody.
type principal struct {
	view   *View
	ref    account.Ref
	grants policy.Grants
	// read is the same as if no document had more in it than was read of it; doubtful
	// if that may not be so.
	read      policy.Grants
	doubtful  bool
	documents []*policy.Document // of its identity layer
	origins   []Origin           // of those
	boundary  Origin
	limits    policy.Limits
	known     map[string][]string
	may       actionSet // what some Allow among its documents is about
	linked    bool      // a service-linked role
}

func (v *View) principal(ref account.Ref) *principal {
	if n, ok := v.census().find(ref); ok {
		return v.build(n)
	}
	b := builder{view: v, doubt: true}
	return b.principal(ref, nil, "")
}

// build makes the principal of a number.
func (v *View) build(n int) *principal {
	c, s := v.census(), v.snapshot
	switch {
	case n < c.roles:
		return v.ofUser(&s.Users[n])
	case n < c.groups:
		return v.ofRole(&s.Roles[n-c.roles])
	}
	return v.ofGroup(&s.Groups[n-c.groups])
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
	known := v.known("User", map[string]string{"aws:username": u.Name, "aws:userid": u.ID, "aws:PrincipalArn": u.ARN})
	addTags(known, u.Tags)
	return b.principal(u.Ref(), known, u.Boundary)
}

func (v *View) ofRole(r *account.Role) *principal {
	b := builder{view: v, doubt: !v.snapshot.Seen[account.Roles].Known() || !v.snapshot.Seen[account.Policies].Known()}
	b.held(r.Attached, r.Inline, "")
	// A session's aws:userid ends in a name that whoever begins it chooses.
	known := v.known("AssumedRole", map[string]string{"aws:PrincipalArn": r.ARN})
	known["aws:username"] = nil
	if !tagsSessions(&r.Trust, r.ARN) {
		addTags(known, r.Tags)
	}
	p := b.principal(r.Ref(), known, r.Boundary)
	p.linked = r.ServiceLinked()
	return p
}

// ofGroup is what any member has of a group.
func (v *View) ofGroup(g *account.Group) *principal {
	b := builder{view: v, doubt: !v.snapshot.Seen[account.Groups].Known() || !v.snapshot.Seen[account.Policies].Known()}
	b.held(g.Attached, g.Inline, g.Name)
	return b.principal(g.Ref(), v.known("User", nil), "")
}

// known is what the requests of principals of a type have of condition keys; of those
// given, but for what is empty.
func (v *View) known(principalType string, values map[string]string) map[string][]string {
	known := map[string][]string{"aws:PrincipalType": {principalType}}
	for key, value := range values {
		if value != "" {
			known[key] = []string{value}
		}
	}
	if id := v.snapshot.Account.ID; id != "" {
		known["aws:PrincipalAccount"] = []string{id}
	}
	return known
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
	p := &principal{view: b.view, ref: ref, documents: b.documents, origins: b.origins, known: known, may: b.may}
	if boundary != "" {
		p.limits.Boundary = b.view.legible(b.view.managed(boundary).Document)
		p.boundary = Origin{Kind: Attached, Name: account.NameOf(boundary), ARN: boundary}
	}
	p.combine()
	return p
}

// combine joins the principal's documents and limits.
func (p *principal) combine() {
	p.grants = p.granted(p.documents, p.limits)
	if read := taken(p.documents); read != nil {
		p.read, p.doubtful = p.granted(read, p.limits), true
	}
}

func (p *principal) granted(documents []*policy.Document, limits policy.Limits) policy.Grants {
	g := policy.Combine(documents, limits).Given(p.known)
	if at := p.view.snapshot.Seen[account.Users].At; !at.IsZero() {
		g = g.At(at)
	}
	return g
}

// trusted is what the principal may do with everything allowed beside, as by a role that
// trusts the principal itself. Of a user's boundary that is limited by the Denies alone.
func (p *principal) trusted() policy.Grants {
	documents := append(slices.Clip(p.documents), p.view.everything.Document)
	if p.ref.Kind == account.KindRole || p.limits.Boundary == nil {
		return p.granted(documents, p.limits)
	}
	return p.granted(append(documents, p.limits.Boundary), policy.Limits{})
}

// with is the principal as if it had these documents, and no boundary unless bounded.
func (p *principal) with(documents []*policy.Document, bounded bool) *principal {
	other := *p
	other.documents, other.origins, other.doubtful = documents, nil, false
	if !bounded {
		other.limits, other.boundary = policy.Limits{}, Origin{}
	}
	other.may = actionSet{}
	for _, d := range documents {
		other.may.add(p.view.survey.of(d))
	}
	other.combine()
	return &other
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

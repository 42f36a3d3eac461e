package access

import (
	"slices"
	"strings"

	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

// text is a document with what it comes to. Its Document is never nil.
type text struct {
	*policy.Document
	traits
}

// holding is the documents that somebody has, and what they come to together.
// Among the traits is unread if there may be more documents than these.
type holding struct {
	texts []text
	traits
}

func (h *holding) add(t text) {
	h.texts = append(h.texts, t)
	h.traits |= t.traits
}

// bearing is every document that grants to the user or denies it something: its
// own and its groups', but not its boundary.
func (v *View) bearing(u *account.User) holding {
	if h, ok := v.bearings[u]; ok {
		return h
	}
	return v.read(u) // somebody's copy
}

func (v *View) read(u *account.User) holding {
	h := v.held(u.Attached, u.Inline)
	if !v.listed(u) {
		h.traits |= unread
	}
	for _, name := range u.Groups {
		g, ok := v.groups[strings.ToLower(name)]
		if !ok {
			g.traits = unread
		}
		h.texts = append(h.texts, g.texts...)
		h.traits |= g.traits
	}
	h.texts = slices.Clip(h.texts)
	return h
}

// boundary is the user's boundary; false: it has none.
func (v *View) boundary(u *account.User) (text, bool) {
	if u.Boundary == "" {
		return text{}, false
	}
	return v.managed(u.Boundary), true
}

// listed reports whether all was listed that a user's documents are among.
func (v *View) listed(u *account.User) bool {
	return v.snapshot.Of(u.Seen, account.Users).Known() &&
		v.snapshot.Seen[account.Groups].Known() && v.snapshot.Seen[account.Policies].Known()
}

func (v *View) held(attached []account.Attachment, inline []account.InlinePolicy) holding {
	h := holding{texts: make([]text, 0, len(attached)+len(inline))}
	for _, a := range attached {
		h.add(v.managed(a.ARN))
	}
	for i := range inline {
		h.add(textOf(&inline[i].Document))
	}
	return h
}

// managed is what a managed policy says. One that is not in the snapshot is
// unread, even where the listing is complete: it may be younger than that.
// AdministratorAccess is known by its ARN, in whatever partition.
func (v *View) managed(arn string) text {
	if administratorAccess(arn) {
		return v.everything
	}
	if t, ok := v.policies[arn]; ok {
		return t
	}
	return textOf(new(policy.Document))
}

func administratorAccess(arn string) bool {
	return strings.HasSuffix(arn, ":policy/AdministratorAccess") && account.AWSManaged(arn)
}

func parsed(document string) text {
	d := policy.Parse(document)
	return textOf(&d)
}

func inForce(p *account.Policy) text {
	version := p.Default()
	if version == nil {
		return textOf(new(policy.Document))
	}
	return textOf(&version.Document)
}

func textOf(d *policy.Document) text { return text{d, traitsOf(d)} }

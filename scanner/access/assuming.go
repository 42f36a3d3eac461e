package access

import (
	"slices"
	"strings"
	"time"

	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

// Trust is the layer of a role's trust policy in the answers of [View.MayAssume].
const Trust policy.Layer = "trust"

// MayAssume answers whether a user or role may assume a role of the account. Where the
// role trusts the account, the principal's own policies must allow it; where it trusts
// the principal itself they need not, but may deny it, and a user's boundary limits it by
// its Denies alone (IAM, "Permissions boundaries for IAM entities"). Of what is Allowed,
// By is the statements of both; of what the trust policy does not allow, none, and
// Lacking is [Trust]. The time is that of the request; zero: when the snapshot was made.
//
// A trust policy that was not read whole is a gap, and the answer Conditional, unless the
// principal is denied it. Nobody may assume a role that is not in the snapshot.
func (v *View) MayAssume(ref, role account.Ref, at time.Time) policy.Answer {
	n, ok := v.census().find(role)
	if !ok || v.role(n) == nil {
		return policy.Answer{Decision: policy.ImplicitDeny, Lacking: Trust}
	}
	return v.principal(ref).assume(v.role(n), at)
}

func (p *principal) assume(r *account.Role, at time.Time) policy.Answer {
	ask := func(g policy.Grants) policy.Answer { return timed(g, at).May(assume, r.ARN) }
	own := ask(p.grants)
	if doubt := doubtOf(&r.Trust); doubt != "" {
		if own.Decision != policy.ExplicitDeny {
			own.Decision, own.Lacking = policy.Conditional, ""
		}
		own.Unknown = append(slices.Clip(own.Unknown), policy.Gap{Source: policy.Source{Layer: Trust}, Reason: doubt})
		return own
	}
	undenied := ask(p.trusted())
	undenied.By = slices.DeleteFunc(undenied.By, func(g policy.Ground) bool { return g.Layer == policy.Identity && g.Effect == policy.Allow })
	for i := range undenied.By {
		if g := &undenied.By[i]; g.Layer == policy.Identity && g.Document > len(p.documents) {
			g.Source = policy.Source{Layer: policy.Boundary}
		}
	}
	itself, passed := p.trustedBy(r, false, at), p.trustedBy(r, true, at)
	switch {
	case undenied.Decision == policy.ExplicitDeny:
		return undenied
	case passed.Denied():
		passed.Unknown = own.Unknown
		return passed
	}
	byItself, byAccount := both(undenied, itself), both(own, passed)
	if byItself.Denied() || byItself.Decision != policy.Allowed && byAccount.Decision == policy.Allowed {
		return byAccount
	}
	return byItself
}

func timed(g policy.Grants, at time.Time) policy.Grants {
	if at.IsZero() {
		return g
	}
	return g.At(at)
}

// doubtOf tells why a trust policy does not tell whom it trusts; empty: it does.
func doubtOf(trust *policy.Document) string {
	switch problem := trust.Doubt(); {
	case trust.Statements == nil && trust.Problems == nil:
		return "it was not read"
	case problem != nil:
		return problem.String()
	}
	return ""
}

// both is what is allowed where two must allow it. The unknown is the first one's.
func both(first, second policy.Answer) policy.Answer {
	switch {
	case first.Denied():
		return first
	case second.Denied():
		second.Unknown = first.Unknown
		return second
	}
	all := policy.Answer{Decision: policy.Conditional, By: slices.Concat(first.By, second.By), Unknown: first.Unknown}
	if first.Decision == policy.Allowed && second.Decision == policy.Allowed {
		all.Decision = policy.Allowed
	}
	return all
}

// trustedBy is what a role says to the principal itself, and if passing is set, to its
// account too. Denies are of either.
func (p *principal) trustedBy(r *account.Role, passing bool, at time.Time) policy.Answer {
	d := policy.Document{Version: r.Trust.Version}
	unclear := false
	for i := range r.Trust.Statements {
		s := &r.Trust.Statements[i]
		itself, passed, partly := p.isNamed(s)
		unclear = unclear || partly
		if itself || partly || passed && (passing || s.Effect == policy.Deny) {
			d.Statements = append(d.Statements, toAnybody(*s))
		}
	}
	known := policy.Combine([]*policy.Document{&d}, policy.Limits{SCPs: [][]*policy.Document{}}).Given(p.known)
	if seen := p.view.snapshot.Seen[account.Users].At; at.IsZero() {
		at = seen
	}
	a := timed(known, at).May(assume, r.ARN)
	if unclear && a.Decision != policy.ImplicitDeny {
		a.Decision = policy.Conditional
	}
	for i := range a.By {
		a.By[i].Source = policy.Source{Layer: Trust}
	}
	if a.Lacking != "" {
		a.Lacking = Trust
	}
	return a
}

// toAnybody is the statement without its principal and for all resources, as if it were
// one of the principal's own.
func toAnybody(s policy.Statement) policy.Statement {
	clause, terms := *s.Clause, *s.Terms
	terms.Principal, terms.NotPrincipal, terms.NotResources = nil, nil, nil
	clause.Terms = &terms
	s.Clause, s.Resources = &clause, []string{"*"}
	return s
}

// isNamed tells whether a statement is about the principal by itself, or about its
// account; partly: about some of its sessions, or all but some of anybody.
func (p *principal) isNamed(s *policy.Statement) (itself, passed, partly bool) {
	lists := func(by *policy.Principal, who ...string) bool {
		return slices.ContainsFunc(who, func(w string) bool { return w != "" && slices.Contains(by.AWS, w) })
	}
	own := p.view.snapshot.Account
	switch {
	case s.NotPrincipal != nil:
		return false, false, !lists(s.NotPrincipal, p.ref.ARN, p.ref.ID)
	case s.Principal == nil:
		return false, false, false
	}
	itself = s.Principal.Everyone() || lists(s.Principal, p.ref.ARN, p.ref.ID)
	passed = lists(s.Principal, own.ID, own.RootARN())
	session := "arn:" + own.Partition + ":sts::" + own.ID + ":assumed-role/" + p.ref.Name + "/"
	partly = p.ref.Kind == account.KindRole && slices.ContainsFunc(s.Principal.AWS, func(name string) bool { return strings.HasPrefix(name, session) })
	return itself, passed, partly
}

// mayTrust is a glance at whether a role may be one that the principal can assume.
func (p *principal) mayTrust(r *account.Role) bool {
	if r.ARN == p.ref.ARN || r.ServiceLinked() || doubtOf(&r.Trust) != "" {
		return false
	}
	mayAssume := p.may.has(p.view.survey.places[assume])
	return slices.ContainsFunc(r.Trust.Statements, func(s policy.Statement) bool {
		if s.Effect != policy.Allow {
			return false
		}
		itself, passed, partly := p.isNamed(&s)
		return itself || partly || passed && mayAssume
	})
}

package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"iamvigil/scanner/access"
	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

const assumeRole = "sts:AssumeRole"

// ofTrust is the kind of a role's trust policy, which no other origin has.
const ofTrust = "trust"

// assumed is the role that is asked about where the question is whether somebody may
// assume one; else nil.
func (c *canCommand) assumed(s *account.Snapshot) *account.Role {
	i := slices.IndexFunc(s.Roles, func(r account.Role) bool { return r.ARN == c.Resource })
	if i < 0 || !strings.EqualFold(c.Action, assumeRole) {
		return nil
	}
	return &s.Roles[i]
}

// assuming asks whether a principal may assume a role of its own account: where the
// role trusts the account, the principal's policies must allow it; where the role trusts
// the principal itself, they need not, but still may deny it.
type assuming struct {
	snapshot *account.Snapshot
	who      principal
	role     *account.Role
	now      time.Time
}

func (q assuming) outcome() outcome {
	v := access.New(q.snapshot)
	own := outcomeOf(v, q.who, v.Of(q.who.Ref).At(q.now).May(assumeRole, q.role.ARN))
	if doubt := q.doubt(); doubt != "" {
		if own.decision != policy.ExplicitDeny {
			own.decision = policy.Conditional
		}
		own.unknown = append(own.unknown, fmt.Sprintf("trust policy of role %q: %s", q.role.Name, doubt))
		return own
	}
	undenied, itself, passed := q.undenied(), q.trust(false), q.trust(true)
	switch {
	case undenied.decision == policy.ExplicitDeny:
		return undenied
	case passed.answer() == "denied":
		passed.lacking, passed.unknown = "the role's trust policy does not allow it", own.unknown
		return passed
	}
	byItself, byAccount := both(undenied, itself), both(own, passed)
	if byItself.answer() == "denied" || byItself.decision != policy.Allowed && byAccount.decision == policy.Allowed {
		return byAccount
	}
	return byItself
}

// both is what is allowed where two must allow it. The unknown is the first one's.
func both(first, second outcome) outcome {
	switch {
	case first.answer() == "denied":
		return first
	case second.answer() == "denied":
		return outcome{second.decision, second.by, "the role's trust policy does not allow it", first.unknown}
	}
	all := outcome{policy.Conditional, slices.Concat(first.by, second.by), "", first.unknown}
	if first.decision == policy.Allowed && second.decision == policy.Allowed {
		all.decision = policy.Allowed
	}
	return all
}

// doubt tells why the trust policy does not tell whom it trusts; empty: it does.
func (q assuming) doubt() string {
	trust := &q.role.Trust
	switch problem := trust.Doubt(); {
	case trust.Statements == nil && trust.Problems == nil:
		return "it was not read"
	case problem != nil:
		return problem.String()
	}
	return ""
}

// undenied is what the principal's policies come to beside one that allows all roles to
// be assumed. What is granted to a user by itself, its boundary limits by its Denies
// alone; what is to a role, by what it does not allow too (IAM, "Permissions boundaries").
func (q assuming) undenied() outcome {
	s := *q.snapshot
	s.Users, s.Roles = slices.Clone(s.Users), slices.Clone(s.Roles)
	document := policy.Parse(`{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}}`)
	grant := account.InlinePolicy{Name: "assume", Document: document}
	for i := range s.Users {
		if u := &s.Users[i]; u.Ref() == q.who.Ref {
			u.Inline = append(slices.Clip(u.Inline), grant)
			if u.Boundary != "" {
				u.Attached = append(slices.Clip(u.Attached), account.Attachment{ARN: u.Boundary, Name: account.NameOf(u.Boundary)})
				u.Boundary = ""
			}
		}
	}
	for i := range s.Roles {
		if r := &s.Roles[i]; r.Ref() == q.who.Ref {
			r.Inline = append(slices.Clip(r.Inline), grant)
		}
	}
	v := access.New(&s)
	o := outcomeOf(v, q.who, v.Of(q.who.Ref).At(q.now).May(assumeRole, q.role.ARN))
	o.by = slices.DeleteFunc(o.by, func(g ground) bool { return g.Layer == policy.Identity && g.Effect == policy.Allow })
	return o
}

// trust is what the role says to the principal itself, and if passing is set, to its
// account too. Denies are of either.
func (q assuming) trust(passing bool) outcome {
	d := policy.Document{Version: q.role.Trust.Version}
	unclear := false
	for _, s := range q.role.Trust.Statements {
		itself, passed, partly := q.names(&s)
		unclear = unclear || partly
		if itself || partly || passed && (passing || s.Effect == policy.Deny) {
			d.Statements = append(d.Statements, toAnybody(s))
		}
	}
	known := map[string][]string{"aws:PrincipalArn": {q.who.ARN}, "aws:PrincipalAccount": {q.snapshot.Account.ID}, "aws:username": nil}
	if q.who.Kind == account.KindUser {
		known["aws:username"], known["aws:userid"] = []string{q.who.Name}, []string{q.who.ID}
	}
	a := policy.Combine([]*policy.Document{&d}, policy.Limits{SCPs: [][]*policy.Document{}}).Given(known).At(q.now).May(assumeRole, q.role.ARN)
	if unclear && a.Decision != policy.ImplicitDeny {
		a.Decision = policy.Conditional
	}
	o := outcome{decision: a.Decision}
	for _, g := range a.By {
		o.by = append(o.by, ground{g, access.Origin{Kind: ofTrust, Name: "trust policy"}, q.role.Ref()})
	}
	return o
}

// toAnybody is the statement without its principal and for all resources, as if it were
// one of the principal's own.
func toAnybody(s policy.Statement) policy.Statement {
	clause, terms := *s.Clause, *s.Terms
	terms.Principal, terms.NotPrincipal = nil, nil
	clause.Terms = &terms
	s.Clause, s.Resources = &clause, []string{"*"}
	return s
}

// names tells whether a statement is about the principal by itself, or about its
// account; partly: about some of its sessions, or all but some of anybody.
func (q assuming) names(s *policy.Statement) (itself, passed, partly bool) {
	lists := func(p *policy.Principal, who ...string) bool {
		return slices.ContainsFunc(who, func(w string) bool { return w != "" && slices.Contains(p.AWS, w) })
	}
	if s.NotPrincipal != nil {
		return false, false, !lists(s.NotPrincipal, q.who.ARN, q.who.ID)
	}
	if s.Principal == nil {
		return false, false, false
	}
	itself = s.Principal.Everyone() || lists(s.Principal, q.who.ARN, q.who.ID)
	passed = lists(s.Principal, q.snapshot.Account.ID, q.snapshot.Account.RootARN())
	session := fmt.Sprintf("arn:%s:sts::%s:assumed-role/%s/", q.snapshot.Account.Partition, q.snapshot.Account.ID, q.who.Name)
	partly = q.who.Kind == account.KindRole && slices.ContainsFunc(s.Principal.AWS, func(p string) bool { return strings.HasPrefix(p, session) })
	return itself, passed, partly
}

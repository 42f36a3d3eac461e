package rules

import (
	"slices"

	"iamvigil/scanner"
	"iamvigil/scanner/access"
	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

// The calls that give a user or role permissions, or take them.
var (
	widened = append(slices.Clone(written), "AddUserToGroup", "DeleteUserPermissionsBoundary", "DeleteRolePermissionsBoundary",
		"PutUserPermissionsBoundary", "PutRolePermissionsBoundary", "UpdateAssumeRolePolicy")
	narrowedBy = append(slices.Clone(rewritten), "RemoveUserFromGroup", "PutUserPermissionsBoundary", "PutRolePermissionsBoundary", "UpdateAssumeRolePolicy")
	ofRoles    = []string{"AttachRolePolicy", "PutRolePolicy", "UpdateAssumeRolePolicy", "DeleteRolePermissionsBoundary"}
	offRoles   = []string{"DetachRolePolicy", "PutRolePolicy", "DeleteRolePolicy", "UpdateAssumeRolePolicy", "PutRolePermissionsBoundary"}
)

// These rules ask of users and roles what all of their policies come to together, and
// where that leads, step by step.
var paths = []scanner.Rule{
	{
		About: scanner.About{
			ID: "principal-effective-admin", Title: "A user or role can become administrator", Severity: scanner.Critical,
			Why:    "Its policies, those of its groups among them, come to more than any of them says: whoever can act as it can give itself every permission, by a few calls. Critical where that takes nothing but those calls; high where a role must be passed to something new; a step milder where it depends on conditions. Medium where all that it does is to assume roles that are meant for it, by name on either side, and info if that takes MFA or the like. What service control policies deny is not known here.",
			Fix:    "Name in the policies what they are needed for: the users, the path of the roles, the services that roles are passed to (iam:PassedToService). Require a permissions boundary where identities are made and changed (iam:PermissionsBoundary), and take the way to the role out of its trust policy.",
			Causes: widened, Cures: narrowedBy,
		},
		Reads: owners,
		Check: eachPrincipal(principalEffectiveAdmin),
	},
	{
		About: scanner.About{
			ID: "principal-privilege-escalation", Title: "A user or role can act as what runs, or as others in part", Severity: scanner.Medium,
			Why:    "Whoever can act as it can have what runs already do what its role may: where that role is, or can become, an administrator's, everything. Low where it depends on conditions or on what exactly runs; info where no such role is an administrator's today. What service control policies deny is not known here.",
			Fix:    "Name in the policies the functions, instances and projects that they are needed for, and give those roles that can do no more than their work.",
			Causes: widened, Cures: narrowedBy,
		},
		Reads: owners,
		Check: eachPrincipal(principalPrivilegeEscalation),
	},
	{
		About: scanner.About{
			ID: "compute-role-admin", Title: "What runs is an administrator, or can become one", Severity: scanner.High,
			Why:       "Whoever finds a hole in the instance, function or stack, or may change what runs there, has the role's credentials, and with them every permission. They work from anywhere until they expire.",
			Fix:       "Give the role what its work needs: CloudTrail tells what it used (accessanalyzer start-policy-generation makes a draft).",
			CoveredBy: []string{"administrator-attached", "inline-policy-admin", "principal-effective-admin"},
			Causes:    ofRoles, Cures: offRoles,
		},
		Reads: owners,
		Check: scanner.Roles(computeRoleAdmin),
	},
	{
		About: scanner.About{
			ID: "role-compute-assumable", Title: "What runs has a role with wide permissions", Severity: scanner.Info, OptIn: true,
			Why:       "Whoever finds a hole in the instance, function, task or pod has the role's credentials. A list of those roles that can do much is where to begin.",
			Fix:       "Give the role what its work needs: CloudTrail tells what it used (accessanalyzer start-policy-generation makes a draft).",
			CoveredBy: []string{"compute-role-admin", "administrator-attached", "inline-policy-admin", "principal-effective-admin"},
			Causes:    ofRoles, Cures: offRoles,
		},
		Reads: owners,
		Check: scanner.Roles(roleComputeAssumable),
	},
	{
		About: scanner.About{
			ID: "role-circular-access", Title: "Two roles can assume one another", Severity: scanner.Info, OptIn: true,
			Why:    "Sessions of roles end after hours, but whoever has one of these can have it renewed by the other for ever.",
			Fix:    "Take one of the two out of the other's trust policy (iam update-assume-role-policy).",
			Causes: ofRoles, Cures: offRoles,
		},
		Reads: owners,
		Check: scanner.Roles(roleCircularAccess),
	},
}

// bearer is a user or role with what it has.
type bearer struct {
	scanner.Identity
	groups []string
	trust  *policy.Document // of a role
}

// eachPrincipal asks about every user, and every role that the customer can change.
// Roles of IAM Identity Center are looked after there.
func eachPrincipal(check func(*scanner.Pass, bearer)) scanner.Check {
	return scanner.Several(
		scanner.Part{Reads: owners, Check: scanner.Users(func(p *scanner.Pass, u *account.User) { check(p, ofUser(p, u)) })},
		scanner.Part{Reads: owners, Check: scanner.Roles(func(p *scanner.Pass, r *account.Role) { check(p, ofRole(r)) })},
	)
}

func ofUser(p *scanner.Pass, u *account.User) bearer {
	own := p.Snapshot.Stack.Denies.Without(u.Attached)
	return bearer{scanner.Identity{Attached: own, Inline: u.Inline, Boundary: u.Boundary}, u.Groups, nil}
}

func ofRole(r *account.Role) bearer {
	return bearer{scanner.Identity{Attached: r.Attached, Inline: r.Inline, Boundary: r.Boundary}, nil, &r.Trust}
}

// effective is the path by which a user or role becomes administrator by its own
// permissions, of which principal-effective-admin tells. Who is one openly, by one
// document, has a line of his own elsewhere. Who is one by a statement with conditions has
// not, and is told of as if he had a step to take: that without steps would be no better.
func effective(p *scanner.Pass, ref account.Ref, of bearer) (access.Path, bool) {
	path, ok := viewOf(p).PathToAdmin(ref)
	if !ok || path.Tier > access.PassRole || openly(p, of) || ofIdentityCenter(ref.ARN) {
		return access.Path{}, false
	}
	return path, len(path.Steps) > 0 || len(viewOf(p).Escalations(ref)) > 0
}

func principalEffectiveAdmin(p *scanner.Pass, of bearer) {
	path, ok := effective(p, p.Resource, of)
	if !ok {
		undecided(p, of)
		return
	}
	all := ways(p, func(e access.Escalation) bool { return e.Tier <= access.PassRole && !e.Latent })
	severity, t := severityOfPath(path), told{path: path, ways: all, says: "can become administrator"}
	if len(path.Steps) == 0 {
		t.ways, t.says = surest(all), "is administrator by a statement with conditions"
	} else if meant(p, path) {
		severity = milder(milder(severity))
		if severity.Rank() > scanner.Medium.Rank() {
			severity = scanner.Info
		}
		severity, t = worseThan(severity, t)
	}
	of.tell(p, severity, t)
}

// meant tells whether all that is done is to assume roles, and all of these are named by
// who may assume them, or name them: which is how people are made administrators for an
// hour at a time.
func meant(p *scanner.Pass, path access.Path) bool {
	return !slices.ContainsFunc(path.Steps, func(s access.Step) bool {
		if s.Actions[0] != assume {
			return true
		}
		own := func(g policy.Ground) bool { return g.Layer == policy.Identity && g.Effect == policy.Allow }
		exactly := func(g policy.Ground) bool { return own(g) && slices.Contains(g.Resources, s.To.ARN) }
		by := s.Answers[0].By
		return slices.ContainsFunc(by, own) && !slices.ContainsFunc(by, exactly) || !slices.ContainsFunc(by, own) && !trustsByName(p, s)
	})
}

func trustsByName(p *scanner.Pass, s access.Step) bool {
	i := slices.IndexFunc(p.Snapshot.Roles, func(r account.Role) bool { return r.ARN == s.To.ARN })
	return i >= 0 && slices.ContainsFunc(p.Snapshot.Roles[i].Trust.Statements, func(t policy.Statement) bool {
		return t.Principal != nil && (slices.Contains(t.Principal.AWS, s.From.ARN) || slices.Contains(t.Principal.AWS, s.From.ID))
	})
}

// worseThan tells of a way that is worse than the path, if there is one.
func worseThan(severity scanner.Severity, t told) (scanner.Severity, told) {
	for i, e := range t.ways {
		own := severityOfPath(access.Path{Tier: e.Tier, Decision: e.Decision()})
		if e.Actions[0] != assume && own.Rank() < severity.Rank() {
			severity, t.path = own, access.Path{Decision: e.Decision()}
			t.ways[0], t.ways[i] = t.ways[i], t.ways[0]
		}
	}
	return severity, t
}

func severityOfPath(path access.Path) scanner.Severity {
	severity := map[access.Tier]scanner.Severity{access.Self: scanner.Critical, access.PassRole: scanner.High}[path.Tier]
	if severity == "" {
		severity = scanner.Medium
	}
	if path.Decision != policy.Allowed {
		severity = milder(severity)
	}
	return severity
}

func principalPrivilegeEscalation(p *scanner.Pass, of bearer) {
	path, becomes := viewOf(p).PathToAdmin(p.Resource)
	if becomes && path.Tier <= access.PassRole || ofIdentityCenter(p.Resource.ARN) {
		return
	}
	t, severity := told{path: path, says: "can become administrator by what runs"}, severityOfPath(path)
	if becomes {
		t.ways = ways(p, func(e access.Escalation) bool { return !e.Latent })
	} else if t, severity = partly(p); len(t.ways) == 0 {
		undecided(p, of)
		return
	}
	if !openly(p, of) {
		of.tell(p, severity, t)
	}
}

// partly is what makes no administrator of the resource at hand, or none today.
func partly(p *scanner.Pass) (told, scanner.Severity) {
	all := viewOf(p).Escalations(p.Resource)
	if parts := kept(all, func(e access.Escalation) bool { return e.Tier == access.Partial }); len(parts) > 0 {
		severity := scanner.Medium
		if parts = surest(parts); !sure(parts[0]) {
			severity = milder(severity)
		}
		return told{ways: parts, says: "can act as others in part"}, severity
	}
	later := kept(all, func(e access.Escalation) bool { return e.Latent })
	return told{ways: surest(later), says: "can act as whatever role there is for a service, none of which is an administrator's"}, scanner.Info
}

func sure(e access.Escalation) bool { return e.Decision() == policy.Allowed }

// surest has one that is sure first, if there is one.
func surest(all []access.Escalation) []access.Escalation {
	if i := slices.IndexFunc(all, sure); i > 0 {
		all[0], all[i] = all[i], all[0]
	}
	return all
}

// ways are the escalations of the resource at hand that are of interest.
func ways(p *scanner.Pass, of func(access.Escalation) bool) []access.Escalation {
	return kept(viewOf(p).Escalations(p.Resource), of)
}

func kept(all []access.Escalation, of func(access.Escalation) bool) []access.Escalation {
	return slices.DeleteFunc(slices.Clone(all), func(e access.Escalation) bool { return !of(e) })
}

// openly tells whether one document makes an administrator of whoever has it.
func openly(p *scanner.Pass, of bearer) bool {
	return of.wholly(p) != ""
}

// documents yields what grants to a user or role.
func (of bearer) documents(p *scanner.Pass, yield func(source, *policy.Document) bool) {
	own := source{fact: account.Users}
	if of.trust != nil {
		own.fact = account.Roles
	}
	if !documentsOf(p, own, of.Attached, of.Inline, yield) {
		return
	}
	for _, name := range of.groups {
		if g := p.Group(name); g != nil && !documentsOf(p, source{group: name, fact: account.Groups}, g.Attached, g.Inline, yield) {
			return
		}
	}
}

// undecided tells the gaps of what was not read, which might say otherwise, and of what
// there was too much of. A boundary only takes away.
func undecided(p *scanner.Pass, of bearer) {
	if viewOf(p).Unread(p.Resource) {
		of.documents(p, func(from source, _ *policy.Document) bool {
			cannotTell(p, from.fact, from.doubt)
			return true
		})
	}
	if !viewOf(p).Whole() {
		p.Gap(account.Policies, account.Seen{Missing: "the account's policies name more users, roles and policies than are looked at"})
	}
}

package rules

import (
	"slices"
	"strings"
	"time"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

// computing are the services whose code, or whose users' code, runs with a role: the names
// before .amazonaws.com.
var computing = []string{
	"apprunner", "batch", "bedrock-agentcore", "cloudformation", "codebuild", "datapipeline", "ec2", "ecs-tasks", "elasticmapreduce",
	"emr-serverless", "glue", "lambda", "pods.eks", "sagemaker", "ssm", "states", "tasks.apprunner",
}

// runners are the services that run with the role, as its trust policy names them; ec2
// where it is in an instance profile.
func runners(r *account.Role, among []string) []string {
	var found []string
	for i := range r.Trust.Statements {
		s := &r.Trust.Statements[i]
		if s.Principal == nil || !s.Grants(assume, r.ARN) {
			continue
		}
		for _, service := range s.Principal.Service {
			if name := serviceName(service); slices.Contains(among, name) && !slices.Contains(found, name) {
				found = append(found, name)
			}
		}
	}
	slices.Sort(found)
	return found
}

func computeRoleAdmin(p *scanner.Pass, r *account.Role) {
	services := runners(r, computing)
	if len(services) == 0 {
		cannotTell(p, account.Roles, unread("the trust policy", &r.Trust))
		return
	}
	if !becomesAdmin(p, r.Ref()) {
		undecided(p, ofRole(r))
		return
	}
	path, _ := viewOf(p).PathToAdmin(r.Ref())
	severity, says := scanner.High, "is an administrator's"
	if len(path.Steps) > 0 {
		says = "can become an administrator's by " + byWay(r.Ref(), path.Steps[0].Escalation)
	}
	if path.Decision != policy.Allowed {
		severity = milder(severity)
		says += ", under conditions"
	}
	evidence := map[string]string{"services": strings.Join(services, " ")}
	if len(r.InstanceProfiles) > 0 {
		evidence["instance_profiles"] = account.NameOf(r.InstanceProfiles[0])
	}
	p.FailAs(severity, "", evidence, "role %q, which %s may use, %s", r.Name, few(services), says).
		Mend(iam("list-attached-role-policies", "--role-name", r.Name), iam("list-role-policies", "--role-name", r.Name))
}

// machines are those of the computing services in which holes are found from outside.
var machines = []string{"ec2", "ecs-tasks", "eks", "lambda", "pods.eks"}

// roleComputeAssumable tells of a role with a document that another rule finds too wide.
func roleComputeAssumable(p *scanner.Pass, r *account.Role) {
	services := runners(r, machines)
	if len(services) == 0 {
		cannotTell(p, account.Roles, unread("the trust policy", &r.Trust))
		return
	}
	var from []string
	each := func(of source, document *policy.Document) bool {
		if p.Admin(document) || len(claimsOf(p, document)) > 0 {
			from = append(from, of.String())
		} else {
			cannotTell(p, of.fact, of.doubt)
		}
		return true
	}
	documentsOf(p, source{fact: account.Roles}, r.Attached, r.Inline, each)
	if len(from) == 0 {
		return
	}
	p.Fail("", map[string]string{"services": strings.Join(services, " "), "policies": few(from)},
		"role %q, which %s may use, has wide permissions: %s", r.Name, few(services), few(from))
}

// roleCircularAccess tells of the pair in the role whose name comes first.
func roleCircularAccess(p *scanner.Pass, r *account.Role) {
	v := viewOf(p)
	may := func(from, to account.Ref) bool { return v.MayAssume(from, to, time.Time{}).Decision == policy.Allowed }
	entries := p.Once(entriesKey{}, func() any { return entriesOf(p.Snapshot) }).(*entries)
	enters := map[*account.Role]bool{}
	for _, other := range entries.to(p, r) {
		enters[other] = true
	}
	for i := range p.Snapshot.Roles {
		other := &p.Snapshot.Roles[i]
		if r.Name >= other.Name || !enters[other] || !slices.Contains(entries.to(p, other), r) {
			continue
		}
		if may(r.Ref(), other.Ref()) && may(other.Ref(), r.Ref()) {
			p.Fail(other.Ref().Key(), map[string]string{"other": other.Name}, "roles %q and %q can assume one another", r.Name, other.Name).
				Mend(iam("get-role", "--role-name", r.Name), iam("get-role", "--role-name", other.Name))
		}
	}
	cannotTell(p, account.Roles, unread("the trust policy", &r.Trust))
}

// entries are the roles that may let others in, at a glance at their trust policies:
// by whom they name, and those that let in whoever of the account has the permission.
type entries struct {
	byName map[string][]*account.Role // an ARN, a unique id, or "assumed-role/" and a role's name
	toAll  []*account.Role
}

type entriesKey struct{}

func entriesOf(s *account.Snapshot) *entries {
	e := &entries{byName: map[string][]*account.Role{}}
	for i := range s.Roles {
		r := &s.Roles[i]
		if r.ServiceLinked() {
			continue
		}
		names, all := letIn(&r.Trust, s.Account)
		for _, name := range names {
			e.byName[name] = append(e.byName[name], r)
		}
		if all {
			e.toAll = append(e.toAll, r)
		}
	}
	return e
}

// to are the roles that a role may be let into.
func (e *entries) to(p *scanner.Pass, r *account.Role) []*account.Role {
	into := slices.Concat(e.byName[r.ARN], e.byName[r.ID], e.byName[assumedRole+r.Name])
	if len(e.toAll) > 0 && assumesSome(p, r) {
		into = append(into, e.toAll...)
	}
	return into
}

const assumedRole = "assumed-role/"

// letIn are whom a trust policy names; all: it names the account, or everybody.
func letIn(trust *policy.Document, own account.Identity) (names []string, all bool) {
	for i := range trust.Statements {
		by := trust.Statements[i].Principal
		all = all || trust.Statements[i].NotPrincipal != nil || by.Everyone()
		if by == nil {
			continue
		}
		for _, name := range by.AWS {
			all = all || name == own.ID || name == own.RootARN()
			if session, is := strings.CutPrefix(account.ParseARN(name).Resource, assumedRole); is {
				name, _, _ = strings.Cut(session, "/")
				name = assumedRole + name
			}
			names = append(names, name)
		}
	}
	return names, all
}

// assumer is a role of which it was asked whether it may assume any other.
type assumer struct{ *account.Role }

func assumesSome(p *scanner.Pass, r *account.Role) bool {
	return p.Once(assumer{r}, func() any { return !viewOf(p).Of(r.Ref()).May("sts:AssumeRole", "*").Denied() }).(bool)
}

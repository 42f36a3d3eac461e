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
	for i := range p.Snapshot.Roles {
		other := &p.Snapshot.Roles[i]
		if r.Name >= other.Name || other.ServiceLinked() || !names(&r.Trust, other, p.Snapshot.Account) || !names(&other.Trust, r, p.Snapshot.Account) {
			continue
		}
		if may(r.Ref(), other.Ref()) && may(other.Ref(), r.Ref()) {
			p.Fail(other.Ref().Key(), map[string]string{"other": other.Name}, "roles %q and %q can assume one another", r.Name, other.Name).
				Mend(iam("get-role", "--role-name", r.Name), iam("get-role", "--role-name", other.Name))
		}
	}
	cannotTell(p, account.Roles, unread("the trust policy", &r.Trust))
}

// names is a glance at whether a trust policy may let a role in.
func names(trust *policy.Document, r *account.Role, own account.Identity) bool {
	return slices.ContainsFunc(trust.Statements, func(s policy.Statement) bool {
		by := s.Principal
		return s.NotPrincipal != nil || by.Everyone() || by != nil && slices.ContainsFunc(by.AWS, func(name string) bool {
			return name == r.ARN || name == r.ID || name == own.ID || name == own.RootARN() || strings.Contains(name, ":assumed-role/"+r.Name+"/")
		})
	})
}

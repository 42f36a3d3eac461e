package access

import (
	"slices"
	"strings"
	"time"

	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

// noTime stands for the time of the snapshot.
var noTime time.Time

// attempt asks for one principal what combos take.
type attempt struct {
	view      *View
	principal *principal
	graph     *graph                   // nil while it is made
	look      func(cost int) bool      // what may be spent; nil: whatever it takes
	answers   map[string]policy.Answer // by action: on whatever there may be
	// keys are the condition keys of the principal's documents, in lower case; nil: not
	// looked for yet.
	keys map[string]bool
}

func (v *View) attempt(p *principal, g *graph) *attempt {
	return &attempt{view: v, principal: p, graph: g, answers: map[string]policy.Answer{}}
}

// unnamed is a name that IAM gives nothing: what is allowed on it, is on whatever there is
// or will be.
const unnamed = "\x7f"

// Conditions on these keys compare what is asked to be done, and to whom.
const (
	boundaryKey = "iam:permissionsboundary"
	policyKey   = "iam:policyarn"
	tagsOf      = ":resourcetag/"
)

// ask is what is said to an action on whatever it may be on, be it there or not.
func (a *attempt) ask(action string) policy.Answer {
	answer, known := a.answers[action]
	if !known {
		answer = a.question(action)
		a.answers[action] = answer
	}
	return answer
}

func (a *attempt) question(action string) policy.Answer {
	t := targets[action]
	switch {
	case isPattern(action):
		return a.principal.answer(func(g policy.Grants) policy.Answer { return wholly(g.MayAll(action, "*")) })
	case action == rebind:
		return denied // of others it only makes less
	case t.kind == "":
		return a.elsewhere(action, a.principal.answer(func(g policy.Grants) policy.Answer { return g.May(action, "*") }))
	case t.hold == touches:
		return a.principal.answer(func(g policy.Grants) policy.Answer { return g.May(action, a.view.every(t.kind)) })
	}
	return a.on(action, a.view.arn(t.kind, unnamed), circumstance{})
}

// elsewhere denies what does something only in the account that manages the organization,
// or its identities: unless this is the former, or whoever wrote the policy named it.
func (a *attempt) elsewhere(action string, answer policy.Answer) policy.Answer {
	service, _, _ := strings.Cut(action, ":")
	if answer.Denied() || service != "sso" && action != "sts:AssumeRoot" {
		return answer
	}
	named := func(pattern string) bool {
		return len(pattern) > len(service) && strings.EqualFold(pattern[:len(service)+1], service+":")
	}
	names := func(g policy.Ground) bool { return g.Effect == policy.Allow && slices.ContainsFunc(g.Actions, named) }
	s := a.view.snapshot
	manages := s.Seen[account.OrganizationMembership].Known() && s.Organization != nil && s.Organization.Management == s.Account.ID
	if manages || slices.ContainsFunc(answer.By, names) {
		return answer
	}
	return denied
}

// circumstance is what is known of that to which something is done.
type circumstance struct {
	boundary string
	tags     map[string]string
	known    bool // the tags are
}

// on is what is said to an action on a resource, with whatever may be given to it.
func (a *attempt) on(action, arn string, of circumstance) policy.Answer {
	given := map[string][]string{}
	keys := a.conditionKeys()
	if keys[boundaryKey] {
		given[boundaryKey] = nil
		switch {
		case action == rebind:
			given[boundaryKey] = []string{a.view.administratorAccess()}
		case of.boundary != "":
			given[boundaryKey] = []string{of.boundary}
		}
	}
	if of.known {
		for key := range keys {
			if strings.Contains(key, tagsOf) {
				given[key] = nil
			}
		}
		for key, value := range of.tags {
			for _, prefix := range []string{"aws", "iam"} {
				if key := prefix + tagsOf + strings.ToLower(key); keys[key] {
					given[key] = []string{value}
				}
			}
		}
	}
	if !keys[policyKey] || !strings.HasPrefix(action, "iam:Attach") {
		return a.given(given, action, arn)
	}
	for _, attached := range a.view.attachable() {
		given[policyKey] = []string{attached}
		if answer := a.given(given, action, arn); !answer.Denied() {
			return answer
		}
	}
	return denied
}

func (a *attempt) given(known map[string][]string, action, arn string) policy.Answer {
	return a.principal.answer(func(g policy.Grants) policy.Answer {
		if len(known) > 0 {
			g = g.Given(known)
		}
		return g.May(action, arn)
	})
}

func (a *attempt) conditionKeys() map[string]bool {
	if a.keys != nil {
		return a.keys
	}
	a.keys = map[string]bool{}
	documents := a.principal.documents
	if b := a.principal.limits.Boundary; b != nil {
		documents = append(slices.Clip(documents), b)
	}
	for _, d := range documents {
		for i := range d.Statements {
			for _, c := range d.Statements[i].Conditions {
				a.keys[strings.ToLower(c.Key)] = true
			}
		}
	}
	return a.keys
}

// denied is the answer where nothing allows what was asked.
var denied = policy.Answer{Decision: policy.ImplicitDeny, Lacking: policy.Identity}

// answer asks the principal's grants. What is only not denied because of what was not
// read is denied here.
func (p *principal) answer(question func(policy.Grants) policy.Answer) policy.Answer {
	if p.doubtful && question(p.read).Denied() {
		return denied
	}
	return question(p.grants)
}

// wholly is an answer about everything, which is denied if no single statement may allow
// all of it: that several might together is told of what they are.
func wholly(answer policy.Answer) policy.Answer {
	allows := func(g policy.Ground) bool { return g.Layer == policy.Identity && g.Effect == policy.Allow && !g.Part }
	if !answer.Denied() && !slices.ContainsFunc(answer.By, allows) {
		return denied
	}
	return answer
}

// adminPolicies are managed policies that allow everything, or all of IAM: what somebody
// may want to attach. Those of AWS are the first, the account's own follow by ARN.
func (v *View) adminPolicies() []string {
	var own []string
	for i := range v.snapshot.Policies {
		m := &v.snapshot.Policies[i]
		if version := m.Default(); !m.AWSManaged() && version != nil && version.Document.Admin() != nil {
			own = append(own, m.ARN)
		}
	}
	slices.Sort(own)
	all := append([]string{v.administratorAccess(), v.awsManaged("IAMFullAccess")}, own...)
	return all[:min(len(all), mostAttachable)]
}

// mostAttachable bounds the policies of which it is asked whether they may be attached.
const mostAttachable = 10

func (v *View) administratorAccess() string { return v.awsManaged("AdministratorAccess") }

func (v *View) awsManaged(name string) string {
	partition := v.snapshot.Account.Partition
	if partition == "" {
		partition = "aws"
	}
	return "arn:" + partition + ":iam::aws:policy/" + name
}

// arn is that of a resource of the account.
func (v *View) arn(kind, name string) string {
	id := v.snapshot.Account
	return "arn:" + id.Partition + ":iam::" + id.ID + ":" + kind + "/" + name
}

// every is the pattern of all resources of a kind that are the account's.
func (v *View) every(kind string) string {
	id := v.snapshot.Account
	return "arn:" + orAny(id.Partition) + ":iam::" + orAny(id.ID) + ":" + kind + "/*"
}

func orAny(s string) string {
	if s == "" {
		return "*"
	}
	return s
}

package scanner

import (
	"maps"
	"strings"
	"time"

	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

// index finds what resources name by ARN or name. Each part is made when first
// asked for; an evaluation belongs to one goroutine.
type index struct {
	snapshot *account.Snapshot
	rules    []Rule
	policies map[string]*account.Policy
	groups   map[string]*account.Group
	members  map[string]int
	admin    map[*policy.Document]bool
	once     map[any]any
	// lately is evidence of the findings before, and last the place of the newest.
	lately [16]map[string]string
	last   int
	draft  map[string]string
}

// rule is the rule of that id, or nil where it is not asked.
func (x *index) rule(id string) *Rule {
	for i := range x.rules {
		if r := &x.rules[i]; r.ID == id {
			return r
		}
	}
	return nil
}

// Policy is the managed policy of that ARN, or nil where the snapshot has none.
func (p *Pass) Policy(arn string) *account.Policy {
	x := p.index
	if x.policies == nil {
		x.policies = make(map[string]*account.Policy, len(x.snapshot.Policies))
		for i := range x.snapshot.Policies {
			x.policies[x.snapshot.Policies[i].ARN] = &x.snapshot.Policies[i]
		}
	}
	return x.policies[arn]
}

// Group is the group of that name, or nil where the snapshot has none.
func (p *Pass) Group(name string) *account.Group {
	x := p.index
	if x.groups == nil {
		x.groups = make(map[string]*account.Group, len(x.snapshot.Groups))
		for i := range x.snapshot.Groups {
			x.groups[strings.ToLower(x.snapshot.Groups[i].Name)] = &x.snapshot.Groups[i]
		}
	}
	return x.groups[strings.ToLower(name)]
}

// Members is the number of users who name the group.
func (p *Pass) Members(group string) int {
	x := p.index
	if x.members == nil {
		x.members = map[string]int{}
		for i := range x.snapshot.Users {
			for _, name := range x.snapshot.Users[i].Groups {
				x.members[strings.ToLower(name)]++
			}
		}
	}
	return x.members[strings.ToLower(group)]
}

// Admin is [policy.Document.Admin] without the statement, found once for a
// document that many users share.
func (p *Pass) Admin(document *policy.Document) bool {
	x := p.index
	if x.admin == nil {
		x.admin = map[*policy.Document]bool{}
	}
	admin, known := x.admin[document]
	if !known {
		admin = document.Admin() != nil
		x.admin[document] = admin
	}
	return admin
}

// evidence adds to a finding's evidence when it is from. Thousands of findings of a
// large account say no more than how many of something there are: if one before
// said the same, it is that one's.
func (x *index) evidence(asOf time.Time, given map[string]string) map[string]string {
	if x.draft == nil {
		x.draft = map[string]string{}
	}
	clear(x.draft)
	x.draft["as_of"] = asOf.UTC().Format(time.RFC3339)
	maps.Copy(x.draft, given)
	for _, before := range x.lately {
		if maps.Equal(before, x.draft) {
			return before
		}
	}
	x.last = (x.last + 1) % len(x.lately)
	x.lately[x.last] = maps.Clone(x.draft)
	return x.lately[x.last]
}

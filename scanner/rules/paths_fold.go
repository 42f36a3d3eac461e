package rules

import (
	"slices"
	"strings"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
)

// holders are the users and roles that have a document.
type holders struct {
	all []held
	// some are not listed: IAM counts more of them.
	some bool
}

type held struct {
	ref account.Ref
	of  bearer
}

// told tells whether principal-effective-admin tells of one of them.
func (h holders) told(p *scanner.Pass) bool {
	return slices.ContainsFunc(h.all, func(one held) bool {
		_, ok := effective(p, one.ref, one.of)
		return ok
	})
}

// closed tells whether it is sure that none of them becomes administrator: each has a
// boundary, or a Deny, that keeps it from that, or there are none.
func (h holders) closed(p *scanner.Pass) bool {
	return !h.some && viewOf(p).Whole() && !slices.ContainsFunc(h.all, func(one held) bool {
		_, ok := viewOf(p).PathToAdmin(one.ref)
		return ok
	})
}

// holdersOf finds who has a document.
func holdersOf(p *scanner.Pass, in place) holders {
	at, s := attachmentsOf(p), p.Snapshot
	var h holders
	groups := at.groups[in.whose.ARN]
	users, roles := slices.Clone(at.users[in.whose.ARN]), at.roles[in.whose.ARN]
	attached := len(groups) + len(users) + len(roles)
	switch in.whose.Kind {
	case account.KindUser:
		if i, ok := at.places[in.whose]; ok {
			users = append(users, i)
		}
	case account.KindRole:
		if i, ok := at.places[in.whose]; ok {
			roles = append(roles, i)
		}
	case account.KindGroup:
		groups = []string{strings.ToLower(in.whose.Name)}
	}
	for _, name := range groups {
		users = append(users, at.members[name]...)
	}
	slices.Sort(users)
	for _, i := range slices.Compact(users) {
		h.all = append(h.all, held{s.Users[i].Ref(), ofUser(p, &s.Users[i])})
	}
	for _, i := range roles {
		h.all = append(h.all, held{s.Roles[i].Ref(), ofRole(&s.Roles[i])})
	}
	unknown := func(f account.Fact) bool { return !s.Seen[f].Known() }
	m := p.Policy(in.whose.ARN)
	h.some = slices.ContainsFunc(owners, unknown) || m != nil && attached < m.Attachments
	return h
}

// attachedTo is who has each managed policy attached, by its ARN, and who is in each
// group, by its name in lower case: users and roles by their places in the snapshot.
type attachedTo struct {
	places                map[account.Ref]int
	users, roles, members map[string][]int
	groups                map[string][]string
}

type attachedKey struct{}

func attachmentsOf(p *scanner.Pass) attachedTo {
	return p.Once(attachedKey{}, func() any {
		at := attachedTo{map[account.Ref]int{}, map[string][]int{}, map[string][]int{}, map[string][]int{}, map[string][]string{}}
		for i := range p.Snapshot.Users {
			u := &p.Snapshot.Users[i]
			at.places[u.Ref()] = i
			for _, a := range u.Attached {
				at.users[a.ARN] = append(at.users[a.ARN], i)
			}
			for _, name := range u.Groups {
				name = strings.ToLower(name)
				at.members[name] = append(at.members[name], i)
			}
		}
		for i := range p.Snapshot.Roles {
			at.places[p.Snapshot.Roles[i].Ref()] = i
			for _, a := range p.Snapshot.Roles[i].Attached {
				at.roles[a.ARN] = append(at.roles[a.ARN], i)
			}
		}
		for i := range p.Snapshot.Groups {
			for _, a := range p.Snapshot.Groups[i].Attached {
				at.groups[a.ARN] = append(at.groups[a.ARN], strings.ToLower(p.Snapshot.Groups[i].Name))
			}
		}
		return at
	}).(attachedTo)
}

package scanner

import (
	"strings"

	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

// pattern is one that a person wrote, made ready to be held against many texts.
type pattern struct {
	// exact: it has no wildcard, and is what goes before.
	exact bool
	// before, between and after are what its stars part.
	before, after string
	between       []string
	// escaped is one with a question mark, as a policy would have to write it,
	// where ${ may escape.
	escaped string
}

func prepared(text string) pattern {
	if strings.Contains(text, "?") {
		return pattern{escaped: strings.ReplaceAll(text, "${", "${$}{")}
	}
	parts := strings.Split(text, "*")
	last := len(parts) - 1
	if last == 0 {
		return pattern{exact: true, before: text}
	}
	return pattern{before: parts[0], between: parts[1:last], after: parts[last]}
}

// match tells whether the pattern is all of a text.
func (p *pattern) match(text string) bool {
	switch {
	case p.exact:
		return text == p.before
	case p.escaped != "":
		return policy.MatchResource(p.escaped, text)
	}
	rest, begins := strings.CutPrefix(text, p.before)
	rest, ends := strings.CutSuffix(rest, p.after)
	found := begins && ends
	for i := 0; found && i < len(p.between); i++ {
		_, rest, found = strings.Cut(rest, p.between[i])
	}
	return found
}

// target is what an exemption is about, whatever its rules and account.
type target struct {
	resource pattern
	tags     map[string]pattern
}

func targetOf(x *Exemption) *target {
	t := &target{resource: prepared(x.Resource)}
	if len(x.Tags) > 0 {
		t.tags = make(map[string]pattern, len(x.Tags))
	}
	for key, value := range x.Tags {
		t.tags[key] = prepared(value)
	}
	return t
}

func (t *target) is(about account.Ref, tags map[string]string) bool {
	if !t.resource.match(about.ARN) && !t.resource.match(about.Name) {
		return false
	}
	for key, value := range t.tags {
		if has, ok := tags[key]; !ok || !value.match(has) {
			return false
		}
	}
	return true
}

// exempter finds the exemptions of one report's findings, and counts their uses.
type exempter struct {
	uses []ExemptionUse
	// targets are by their places among the uses; nil: no rule asked for it yet.
	targets []*target
	// inForce are the places of those that are, in this account and now.
	inForce []int
	byRule  map[string]exemptions
}

// exemptions are places of those from one rule, each list in order: by the name
// or ARN where that is all of the pattern, and the others.
type exemptions struct {
	exact map[string][]int
	wild  []int
}

func newExempter(all []Exemption, r *Report) *exempter {
	x := &exempter{uses: make([]ExemptionUse, len(all)), targets: make([]*target, len(all)), byRule: map[string]exemptions{}}
	for i := range all {
		x.uses[i].Exemption = all[i]
		if all[i].Concerns(r.Account.ID) && !all[i].Expired(r.Time) {
			x.inForce = append(x.inForce, i)
		}
	}
	return x
}

// exempt is the first exemption in force that is about the resource, or nil.
func (x *exempter) exempt(rule string, about account.Ref, tags map[string]string) *Exemption {
	from := x.from(rule)
	first := len(x.uses)
	for _, places := range [][]int{from.exact[about.ARN], from.exact[about.Name], from.wild} {
		for _, i := range places {
			if i >= first {
				break
			}
			if x.targets[i].is(about, tags) {
				first = i
			}
		}
	}
	if first == len(x.uses) {
		return nil
	}
	x.uses[first].Findings++
	return &x.uses[first].Exemption
}

// from gives the exemptions from a rule.
func (x *exempter) from(rule string) exemptions {
	from, known := x.byRule[rule]
	if known {
		return from
	}
	from.exact = map[string][]int{}
	for _, i := range x.inForce {
		use := &x.uses[i]
		if !use.names(rule) {
			continue
		}
		if x.targets[i] == nil {
			x.targets[i] = targetOf(&use.Exemption)
		}
		switch resource := &x.targets[i].resource; {
		case resource.exact:
			from.exact[resource.before] = append(from.exact[resource.before], i)
		default:
			from.wild = append(from.wild, i)
		}
	}
	x.byRule[rule] = from
	return from
}

// directory finds resources by what events know of them.
type directory struct {
	byKey  map[string]account.Ref // a unique id or an ARN
	byName map[called]account.Ref
}

func directoryOf(s *account.Snapshot) directory {
	d := directory{map[string]account.Ref{}, map[called]account.Ref{}}
	for ref := range s.Resources() {
		d.byKey[ref.ID], d.byKey[ref.ARN], d.byName[calledAs(ref)] = ref, ref, ref
	}
	return d
}

// find is what the snapshot calls a resource, of which an event may know only the
// name; or what it is called there, if the snapshot has none such.
func (d *directory) find(about account.Ref) account.Ref {
	for _, ref := range []account.Ref{d.byKey[about.ID], d.byKey[about.ARN], d.byName[calledAs(about)]} {
		if ref.Same(about) && ref.Kind != "" {
			return ref
		}
	}
	return about
}

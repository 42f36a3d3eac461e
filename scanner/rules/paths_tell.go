package rules

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"iamvigil/scanner"
	"iamvigil/scanner/access"
	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

// told is what a finding says of a user or role.
type told struct {
	says string
	path access.Path         // none: the first way is all
	ways []access.Escalation // the first of the path's among them
}

// best is the way that the message names.
func (t told) best() access.Escalation {
	if len(t.path.Steps) > 0 {
		return t.path.Steps[0].Escalation
	}
	return t.ways[0]
}

// tell reports the finding: what it says, by which way, through which policies, what
// follows, and how many other ways there are.
func (of bearer) tell(p *scanner.Pass, severity scanner.Severity, t told) {
	best, evidence := t.best(), map[string]string{}
	from := deciding(p, best)
	evidence["tier"] = best.Tier.String()
	if len(t.path.Steps) > 0 {
		evidence["tier"] = t.path.Tier.String()
	}
	message := fmt.Sprintf("%s %q %s: %s", p.Resource.Kind, p.Resource.Name, t.says, byWay(p.Resource, best))
	if len(from) > 0 {
		names := make([]string, 0, len(from))
		for _, origin := range from {
			names = append(names, originName(origin))
		}
		evidence["policies"] = few(names)
		message += " (" + few(names) + ")"
	}
	message += t.further(evidence) + t.conditions(evidence)
	others := []string{best.Name}
	for _, e := range t.ways {
		if e.Name != best.Name {
			others = append(others, e.Name)
		}
	}
	if evidence["ways"] = few(others); len(others) > 1 {
		message += ", and in " + counted(len(others)-1, "more way")
	}
	if best.Role.Name != "" {
		evidence["role"] = best.Role.Name
	}
	p.FailAs(severity, "", evidence, "%s", message).Mend(showing(p, from)...)
	if t.path.Decision == policy.Conditional {
		undecided(p, of)
	}
}

// further tells the steps after the first.
func (t told) further(evidence map[string]string) string {
	if len(t.path.Steps) < 2 {
		return ""
	}
	steps := make([]string, 0, len(t.path.Steps))
	for _, s := range t.path.Steps {
		step := s.Name
		if to := aim(s); to.Name != "" {
			step += " " + string(to.Kind) + "/" + to.Name
		}
		steps = append(steps, step)
	}
	evidence["path"] = strings.Join(steps[:min(len(steps), mostSteps)], ", ")
	evidence["steps"] = strconv.Itoa(len(steps))
	all := make([]string, 0, most)
	for _, s := range t.path.Steps[1:] {
		all = append(all, byWay(s.From, s.Escalation))
	}
	return ", then " + few(all)
}

// mostSteps bounds those of which the evidence tells.
const mostSteps = 20

func aim(s access.Step) account.Ref {
	if s.To.Name != "" {
		return s.To
	}
	return s.On
}

// conditions tells those on which the way depends.
func (t told) conditions(evidence map[string]string) string {
	var names []string
	all := []access.Escalation{t.best()}
	for i, s := range t.path.Steps {
		if i > 0 {
			all = append(all, s.Escalation)
		}
	}
	for _, e := range all {
		for _, answer := range e.Answers {
			if answer.Decision == policy.Allowed {
				continue
			}
			for _, c := range answer.Conditions() {
				names = append(names, c.Operator+" "+c.Key)
			}
		}
	}
	if names = distinct(names); len(names) == 0 {
		return ""
	}
	evidence["conditions"] = quoted(names)
	return ", under conditions on " + quoted(names)
}

// byWay is a way in words. Names are between quotes: they are the account's.
func byWay(who account.Ref, e access.Escalation) string {
	name := e.Name
	if len(e.Actions) == 1 {
		name = e.Actions[0]
	}
	switch {
	case e.On == who:
		return name + " on itself"
	case e.On != (account.Ref{}) && e.On == e.Role:
		return fmt.Sprintf("%s on role %q, which it can assume", name, e.Role.Name)
	case e.On != (account.Ref{}) && e.Role != (account.Ref{}):
		return fmt.Sprintf("%s on %s %q of role %q, which it can assume", name, e.On.Kind, e.On.Name, e.Role.Name)
	case e.On != (account.Ref{}):
		return fmt.Sprintf("%s on %s %q", name, e.On.Kind, e.On.Name)
	case e.Actions[0] == assume:
		return fmt.Sprintf("%s on role %q", name, e.Role.Name)
	case e.Role != (account.Ref{}):
		return fmt.Sprintf("%s with role %q", name, e.Role.Name)
	}
	return name + anyOf(e.Actions[0])
}

// anyOf tells on what an action is, where it is on whatever there is.
func anyOf(action string) string {
	for _, t := range takeovers {
		if slices.Contains(t.actions, action) {
			return " on any " + t.to
		}
	}
	return ""
}

// few lists texts, cutting a long list short.
func few(texts []string) string {
	if len(texts) > most {
		return strings.Join(texts[:most], ", ") + fmt.Sprintf(" and %d more", len(texts)-most)
	}
	return strings.Join(texts, ", ")
}

// deciding are the policies on which a way rests.
func deciding(p *scanner.Pass, e access.Escalation) []access.Origin {
	var from []access.Origin
	for _, ground := range e.Grounds() {
		origin := viewOf(p).Source(p.Resource, ground.Source)
		if ground.Effect == policy.Allow && ground.Layer == policy.Identity && origin.Name != "" && !slices.Contains(from, origin) {
			from = append(from, origin)
		}
	}
	return from
}

func originName(o access.Origin) string {
	return source{kind: o.Kind, name: o.Name, group: o.Group}.String()
}

// showing are the commands that print the policies, as far as their places are known.
func showing(p *scanner.Pass, from []access.Origin) []string {
	var commands []string
	for _, o := range from {
		whose := p.Resource
		if g := p.Group(o.Group); o.Group != "" && g != nil {
			whose = g.Ref()
		}
		switch m := p.Policy(o.ARN); {
		case o.Kind == access.Inline:
			commands = append(commands, shown(whose, o.Name))
		case m != nil && m.Default() != nil:
			commands = append(commands, place{whose: m.Ref(), version: m.Default().ID}.show())
		default:
			commands = append(commands, iam("get-policy", "--policy-arn", o.ARN))
		}
		if len(commands) == scanner.MostCommands {
			break
		}
	}
	return commands
}

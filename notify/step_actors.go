package notify

import (
	"slices"
	"strings"

	"iamvigil/internal/words"
	"iamvigil/ledger"
	"iamvigil/scanner/account"
	"iamvigil/scanner/trail"
)

// actor names who took a step in which something was done or was to be, and who
// undid one; empty: that was nobody, or is not known.
func actor(s *ledger.Step, q quote) string {
	if s.Would || !tried(s) && s.What != ledger.StepUndone || s.By == "" {
		return ""
	}
	name := account.NameOf(s.By)
	kind, path, _ := strings.Cut(account.ParseARN(s.By).Resource, "/")
	switch kind {
	case "role": // a person's is that of a session
		return "the stack's schedule (role " + q(name) + ")"
	case "user":
		return words.Who(trail.Actor{Type: "IAMUser", Name: name}, q)
	case "assumed-role":
		role, session, _ := strings.Cut(path, "/")
		return words.Who(trail.Actor{Issuer: role, Name: session}, q)
	case "root":
		return "the root user"
	}
	return q(s.By)
}

// actorLines name each of those who took steps, with how much each did.
func (t *talk) actorLines() []string {
	by := map[string][]ledger.Step{}
	var names []string
	for _, s := range t.told().Steps {
		name := actor(&s, chatValue)
		if name == "" {
			continue
		}
		if by[name] == nil {
			names = append(names, name)
		}
		by[name] = append(by[name], s)
	}
	lines := make([]string, len(names))
	for i, name := range names {
		lines[i] = capital(name) + ": " + strings.Join(stepCounts(&ledger.Telling{Steps: by[name]}), ", ")
	}
	return slices.Clip(lines[:min(chatNames, len(lines))])
}

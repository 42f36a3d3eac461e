package ledger

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"iamvigil/scanner/account"
)

// mostNamed is how many resources, and rules, a finding about gaps names.
const mostNamed = 20

// wants is what gaps of one fact want: permissions of audit's role and of
// watch's, and what grants do not mend.
type wants struct {
	audit, watch []string
	reason       string // of a gap that no grant mends, if there is one
}

func wantsOf(gaps []GapRecord) wants {
	var w wants
	for i := range gaps {
		switch g := &gaps[i]; {
		case g.denial():
			w.watch = union(w.watch, []string{g.Permission})
		case g.Permission != "":
			w.audit = union(w.audit, []string{g.Permission})
		case w.reason == "":
			w.reason = g.Reason
		}
	}
	return w
}

// permission lists all that are wanted.
func (w *wants) permission() string { return strings.Join(union(w.audit, w.watch), ", ") }

// short is what to do, or else why nothing is seen. A permission goes before a
// reason that may be over once it is granted.
func (w *wants) short() string {
	audit, watch := strings.Join(w.audit, ", "), strings.Join(w.watch, ", ")
	switch {
	case audit != "" && watch != "":
		return "grant " + audit + " to the audit role and " + watch + " to the watch role"
	case audit != "":
		return "grant " + audit
	case watch != "" && w.reason != "":
		return w.reason + "; grant " + watch + " to the watch role"
	case watch != "":
		return "grant " + watch + " to the watch role"
	}
	return w.reason
}

// fix says what to do about all of it.
func (w *wants) fix() string {
	var all []string
	for _, role := range []struct {
		function string
		lacks    []string
	}{{"audit", w.audit}, {"watch", w.watch}} {
		if len(role.lacks) > 0 {
			all = append(all, "Grant "+strings.Join(role.lacks, ", ")+" to the role of the "+role.function+
				" function, and see that neither its permissions boundary nor a service control policy denies it.")
		}
	}
	if len(w.watch) > 0 {
		all = append(all, "An event that lets watch see again resolves this with the audit after it; so do 14 days without such an event.")
	}
	if w.reason != "" && len(w.audit) == 0 {
		all = append(all, "No grant mends what the audit meets: "+w.reason+". See to that; the next audit that sees again resolves this.")
	}
	return strings.Join(all, " ")
}

// whose is what the gaps' fact is missing for: the account, if for all of it. Of
// what only watch is denied it is whatever an event may touch.
func whose(gaps []GapRecord) string {
	audits := slices.DeleteFunc(slices.Clone(gaps), func(g GapRecord) bool { return g.denial() })
	if len(audits) == 0 {
		return changing(kindOf(gaps))
	}
	switch kind := kindOf(audits); {
	case kind == account.KindAccount:
		return "the account"
	case len(audits) == 1:
		return fmt.Sprintf("%s %q", kind, cmp.Or(audits[0].Resource.Name, audits[0].Resource.Key()))
	default:
		return fmt.Sprintf("%d %s", len(audits), plural(kind))
	}
}

func changing(kind account.Kind) string {
	if kind == account.KindAccount {
		return "the account as it changes (watch)"
	}
	return plural(kind) + " as they change (watch)"
}

func plural(kind account.Kind) string {
	if kind == account.KindPolicy {
		return "policies"
	}
	return string(kind) + "s"
}

// kindOf is the kind of resource that all gaps are about, "resource" if of
// several, and the account if one is about all of it.
func kindOf(gaps []GapRecord) account.Kind {
	var kind account.Kind
	for _, g := range gaps {
		switch {
		case g.Resource == nil || g.Resource.Kind == account.KindAccount:
			return account.KindAccount
		case kind == "":
			kind = g.Resource.Kind
		case kind != g.Resource.Kind:
			kind = "resource"
		}
	}
	return kind
}

func names(gaps []GapRecord) []string {
	var all []string
	for _, g := range gaps {
		if g.Resource != nil && !g.denial() {
			all = append(all, strconv.Quote(cmp.Or(g.Resource.Name, g.Resource.Key())))
		}
	}
	return all
}

// some lists the first of many.
func some(list []string) string {
	text := strings.Join(list[:min(len(list), mostNamed)], ", ")
	if more := len(list) - mostNamed; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

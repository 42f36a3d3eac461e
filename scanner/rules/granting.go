package rules

import (
	"fmt"
	"slices"
	"strings"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

// granting tells of the claims of one kind about each document.
func granting(of kind) scanner.Check {
	return inDocuments(func(p *scanner.Pass, in place, d *policy.Document) bool {
		claims := worst(claimsOf(p, d), of)
		if of == exposes {
			knownTo(p).tell(p, in)
		}
		if len(claims) == 0 {
			return false
		}
		severity := p.Rule.Severity
		if of == escalates {
			severity = severityOf(p.Resource.Kind)
		}
		told := tellingOf(claims, severity, knownTo(p))
		evidence := in.evidence()
		if len(told.sids) > 0 {
			evidence["statement"] = quoted(told.sids)
		}
		if len(told.conditions) > 0 {
			evidence["conditions"] = quoted(told.conditions)
		}
		saidBy := ""
		if of == escalates {
			told.severity, saidBy = openTo(p, in, told.severity, evidence)
		}
		p.FailAs(told.severity, in.inline, evidence, "%s %s", in, told.message).SaidBy(saidBy).Mend(in.show())
		return true
	})
}

// telling is what there is to tell of some claims of one kind.
type telling struct {
	severity         scanner.Severity
	message          string // how it goes on after what it is about
	conditions, sids []string
}

// tellingOf makes it of claims that are all mild, or none; there is one at least. Severity
// is how bad the kind is. What is granted under conditions alone is a step milder: they
// narrow it, and whether they are enough only a person can say.
func tellingOf(claims []claim, severity scanner.Severity, known *knownActions) telling {
	var names, conditions, sids []string
	for _, c := range claims {
		names = append(names, c.names...)
		conditions = append(conditions, conditionNames(c.statement)...)
		sids = append(sids, c.statement.Sid)
	}
	names = distinct(names)
	told := telling{severity, "", distinct(conditions), distinct(sids)}
	if claims[0].kind == services && slices.ContainsFunc(names, known.sharing) {
		told.severity = scanner.Medium
	}
	if claims[0].mild {
		told.severity = milder(told.severity)
	}
	under := ""
	if like := onlyNamed(claims); len(like) > 0 {
		told.severity, under = milder(told.severity), " of every account that matches "+quoted(like)
	}
	if len(told.conditions) > 0 {
		under += ", under conditions on " + quoted(told.conditions)
	}
	told.message = fmt.Sprintf(claiming[claims[0].kind].says, quoted(names)) + under
	return told
}

// onlyNamed are the patterns of roles that may be assumed in whatever account, where none
// of the claims is about all roles.
func onlyNamed(claims []claim) []string {
	var all []string
	for _, c := range claims {
		if c.kind != assumes || !c.narrow {
			return nil
		}
		all = append(all, everywhereNamed(c.statement)...)
	}
	return distinct(all)
}

// openTo looks at who has a document that is enough for every permission. Where
// principal-effective-admin tells of one, that says it. Where a boundary or a Deny keeps
// all of them from it, or nobody has it, it waits for the next, and is a step milder: of
// that the message says nothing, because the finding stands without a look at anybody.
func openTo(p *scanner.Pass, in place, severity scanner.Severity, evidence map[string]string) (as scanner.Severity, saidBy string) {
	who := holdersOf(p, in)
	itself := in.whose.Kind == account.KindUser || in.whose.Kind == account.KindRole // then it is covered
	switch {
	case !itself && who.told(p):
		return severity, "principal-effective-admin"
	case !who.closed(p):
		return severity, ""
	case len(who.all) == 0:
		evidence["open_to"] = "nobody: nobody has it"
	default:
		evidence["open_to"] = "nobody: another policy keeps whoever has it from that"
	}
	return milder(severity), ""
}

// worst are the claims of one kind: those that are not mild, if there are any.
func worst(claims []claim, of kind) []claim {
	var all, bad []claim
	for _, c := range claims {
		if c.kind != of {
			continue
		}
		all = append(all, c)
		if !c.mild {
			bad = append(bad, c)
		}
	}
	if len(bad) > 0 {
		return bad
	}
	return all
}

// milder is the severity a step below; there is none below the last.
func milder(s scanner.Severity) scanner.Severity {
	all := scanner.Severities()
	return all[min(s.Rank()+1, len(all)-1)]
}

// distinct are texts without those that are empty or came before, in whatever case.
func distinct(texts []string) []string {
	var first []string
	had := map[string]bool{"": true}
	for _, text := range texts {
		if key := strings.ToLower(text); !had[key] {
			had[key] = true
			first = append(first, text)
		}
	}
	return first
}

package rules

import (
	"slices"
	"strings"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

// granting tells of the claims of one kind about each document. Bad is how bad they
// are, by their names. What is granted under conditions alone is a step milder: they
// narrow it, and whether they are enough only a person can say.
func granting(of kind, says string, bad func(p *scanner.Pass, names []string) scanner.Severity) scanner.Check {
	return inDocuments(func(p *scanner.Pass, in place, d *policy.Document) bool {
		claims := worst(claimsOf(p, d), of)
		if of == exposes {
			knownTo(p).tell(p, in)
		}
		if len(claims) == 0 {
			return false
		}
		var names, conditions, sids []string
		for _, c := range claims {
			names = append(names, c.names...)
			conditions = append(conditions, conditionNames(c.statement)...)
			sids = append(sids, c.statement.Sid)
		}
		names, conditions, sids = distinct(names), distinct(conditions), distinct(sids)
		severity := bad(p, names)
		if claims[0].mild {
			severity = milder(severity)
		}
		evidence := in.evidence()
		if len(sids) > 0 {
			evidence["statement"] = quoted(sids)
		}
		under := ""
		if like := onlyNamed(of, claims); len(like) > 0 {
			severity, under = milder(severity), " of every account that matches "+quoted(like)
		}
		if len(conditions) > 0 {
			under += ", under conditions on " + quoted(conditions)
			evidence["conditions"] = quoted(conditions)
		}
		saidBy := ""
		if of == escalates {
			severity, saidBy = openTo(p, in, severity, evidence)
		}
		p.FailAs(severity, in.inline, evidence, "%s "+says+"%s", in, quoted(names), under).SaidBy(saidBy).Mend(in.show())
		return true
	})
}

// onlyNamed are the patterns of roles that may be assumed in whatever account, where none
// of the claims is about all roles.
func onlyNamed(of kind, claims []claim) []string {
	var all []string
	for _, c := range claims {
		if of != assumes || !c.narrow {
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

func byRule(p *scanner.Pass, _ []string) scanner.Severity { return p.Rule.Severity }

func byOwner(p *scanner.Pass, _ []string) scanner.Severity { return severityOf(p.Resource.Kind) }

func byServices(p *scanner.Pass, patterns []string) scanner.Severity {
	if slices.ContainsFunc(patterns, knownTo(p).sharing) {
		return scanner.Medium
	}
	return p.Rule.Severity
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

package rules

import (
	"slices"
	"strings"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

// mostWork bounds the bytes of patterns that are compared for one document. What IAM
// takes needs less, in however many accounts.
const mostWork = 1 << 26

// testsOfAll is about how often a statement is held against an action and a resource, but
// for what its patterns add.
const testsOfAll = 60

// Grants are the claims of the rules about what a policy of an identity grants: of each
// statement by itself, with the unconditional denials of its document, and without what
// another rule says of it already. Statements that say whom they are about are none of
// such a policy. Not all of a document is looked at if it is greater than IAM takes, names
// too many accounts, or has the pattern of an action beyond those that are looked for; of
// documents after that it is not said again.
func (t *Texts) Grants(d *policy.Document) (found []TextFault, all bool) {
	if d.DeniesAll() {
		return nil, true
	}
	homes, all := homesOf(d)
	full := t.known.left < 0
	w := &survey{known: t.known, now: t.now, denies: denying(d)}
	admin, left, beside := d.Admin() != nil, mostWork, 0
	for _, deny := range w.denies {
		beside += deny.End - deny.Offset
	}
	for i := range d.Statements {
		s := &d.Statements[i]
		if s.Principal != nil || s.NotPrincipal != nil || !w.mayClaim(s, admin) {
			continue
		}
		tests := testsOfAll + len(s.Actions) + len(s.Resources)
		work := tests * (s.End - s.Offset + beside) * len(homes)
		if work > left {
			all = false
			continue
		}
		left -= work
		found = append(found, t.claimed(w, i, s, homes)...)
	}
	return found, all && (full || t.known.left >= 0)
}

// claimed is what is told of the claims of a statement.
func (t *Texts) claimed(w *survey, i int, s *policy.Statement, homes homes) []TextFault {
	var found []TextFault
	claims := claimsIn(w, s, homes)
	for _, c := range claims {
		about := t.grants[c.kind]
		for _, other := range claims {
			if slices.Contains(about.CoveredBy, claiming[other.kind].rule) {
				c.in &^= other.in
			}
		}
		if c.in == 0 || about.OptIn {
			continue
		}
		told := tellingOf([]claim{c.claim}, about.Severity, t.known)
		element, value := c.named()
		found = append(found, TextFault{Rule: about.ID, Severity: told.severity, Statement: i, Element: element, Value: value,
			Message: "the statement " + told.message + homes.where(c.in)})
	}
	return found
}

// named is the pattern in the statement by which it grants the first of what is claimed.
func (c *claim) named() (element, pattern string) {
	if c.kind == allBut || c.kind == elsewhere {
		return "", ""
	}
	for _, pattern := range c.statement.Actions {
		if pattern == c.names[0] || policy.MatchAction(pattern, c.names[0]) {
			return "Action", pattern
		}
	}
	return "", ""
}

// homed is a claim, and in which of the homes it holds, a bit for each.
type homed struct {
	claim
	in uint32
}

func claimsIn(w *survey, s *policy.Statement, homes homes) []homed {
	var all []homed
	for n := range homes {
		w.own = homes[n]
		for _, c := range w.claims(s) {
			i := slices.IndexFunc(all, func(h homed) bool { return h.kind == c.kind })
			if i < 0 {
				i, all = len(all), append(all, homed{claim: c})
			}
			all[i].names = distinct(slices.Concat(all[i].names, c.names))
			all[i].in |= 1 << n
		}
	}
	return all
}

// homes are the accounts that a document which stands by itself may be for: those that
// its patterns name, and one that they do not, in each partition that they name.
type homes []account.Identity

// mostHomes is how many of the accounts that a document names it is taken to be for.
const mostHomes = 16

// unnamedAccount is one that no policy names. An id has as many characters.
const unnamedAccount = "\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f"

// homesOf looks where an account makes a difference. All: there are not too many.
func homesOf(d *policy.Document) (found homes, all bool) {
	all = true
	add := func(pattern string) {
		fields := strings.SplitN(pattern, ":", 6)
		if len(fields) < 6 || fields[0] != "arn" || !single(fields[1]) {
			return
		}
		for _, id := range []string{unnamedAccount, fields[4]} {
			home := account.Identity{ID: id, Partition: fields[1]}
			switch {
			case !single(id) || id == "aws" || slices.Contains(found, home):
			case len(found) == mostHomes:
				all = false
			default:
				found = append(found, home)
			}
		}
	}
	for i := range d.Statements {
		s := &d.Statements[i]
		for _, pattern := range s.Resources {
			if loose(pattern) {
				add(pattern)
			}
		}
		for _, pattern := range s.NotResources {
			add(pattern)
		}
	}
	if len(found) == 0 {
		found = homes{{ID: unnamedAccount, Partition: "aws"}}
	}
	return found, all
}

// single tells whether a field of an ARN stands for one thing.
func single(field string) bool { return field != "" && !strings.ContainsAny(field, "*?") }

// where tells in which accounts alone what was found in some homes is true.
func (h homes) where(in uint32) string {
	var yes, no []string
	for n, home := range h {
		if in&(1<<n) != 0 {
			yes = append(yes, home.ID)
		} else {
			no = append(no, home.ID)
		}
	}
	no = slices.DeleteFunc(distinct(no), func(id string) bool { return slices.Contains(yes, id) })
	switch {
	case len(no) == 0:
		return ""
	case slices.Contains(yes, unnamedAccount):
		return ", unless the account is " + quoted(no)
	}
	return ", where the account is " + quoted(distinct(yes))
}

// aboutsOfGrants are what the rules about what is granted say of themselves, by kind.
func aboutsOfGrants() []*scanner.About {
	abouts := make([]*scanner.About, len(claiming))
	for of := range claiming {
		abouts[of] = aboutOf(grants, claiming[of].rule)
	}
	return abouts
}

package rules

import (
	"slices"
	"strings"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

// mfa is the key by which a request tells whether there was MFA.
const mfa = "aws:MultiFactorAuthPresent"

func policyMFAPattern(p *scanner.Pass, in place, d *policy.Document) bool {
	// A role's requests are those of a session, which always has the key.
	if in.whose.Kind == account.KindRole {
		return false
	}
	closed := slices.ContainsFunc(d.Statements, deniesWithoutKey)
	var wrong []string
	for i := range d.Statements {
		s := &d.Statements[i]
		switch {
		case s.Allows() && !asks(s, "bool", "true") && asks(s, "boolifexists", "true"):
			wrong = append(wrong, "an Allow with BoolIfExists true")
		case s.Allows() && !asks(s, "bool", "true") && !asks(s, "bool", "false") && asks(s, "null", "false"):
			wrong = append(wrong, "an Allow with Null false")
		case s.Effect == policy.Deny && asks(s, "bool", "false") && !closed:
			wrong = append(wrong, "a Deny with Bool false")
		}
	}
	if len(wrong) == 0 {
		return false
	}
	p.Fail(in.inline, in.evidence(), "%s asks for %s by %s, which access keys pass without", in, mfa, strings.Join(distinct(wrong), " and ")).Mend(in.show())
	return true
}

// deniesWithoutKey tells whether a statement denies to requests that have no MFA key.
func deniesWithoutKey(s policy.Statement) bool {
	return s.Effect == policy.Deny && (asks(&s, "boolifexists", "false") || asks(&s, "null", "true"))
}

// asks tells whether a statement has that condition on MFA.
func asks(s *policy.Statement, operator, value string) bool {
	return slices.ContainsFunc(s.Conditions, func(c policy.Condition) bool {
		return strings.EqualFold(c.Key, mfa) && strings.EqualFold(c.Operator, operator) &&
			len(c.Values) == 1 && strings.EqualFold(c.Values[0], value)
	})
}

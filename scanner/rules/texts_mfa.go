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
	var wrong, without []string
	for i := range d.Statements {
		asked, none := mfaFault(&d.Statements[i], closed)
		wrong, without = append(wrong, asked...), append(without, none...)
	}
	var does []string
	if len(wrong) > 0 {
		does = append(does, "asks for "+mfa+" by "+strings.Join(distinct(wrong), " and ")+", which access keys pass without")
	}
	if len(without) > 0 {
		does = append(does, "asks that there be no MFA by "+strings.Join(distinct(without), " and ")+" on "+mfa)
	}
	if len(does) == 0 {
		return false
	}
	p.Fail(in.inline, in.evidence(), "%s %s", in, strings.Join(does, ", and ")).Mend(in.show())
	return true
}

// mfaFault is how a statement asks for MFA that access keys pass without, or allows where
// there was none. Closed: a statement of the document denies to requests without the key.
func mfaFault(s *policy.Statement, closed bool) (wrong, without []string) {
	switch {
	case s.Allows() && !asks(s, "bool", "true") && asks(s, "boolifexists", "true"):
		wrong = append(wrong, "an Allow with BoolIfExists true")
	case s.Allows() && !asks(s, "bool", "true") && !asks(s, "bool", "false") && asks(s, "null", "false"):
		wrong = append(wrong, "an Allow with Null false")
	case s.Allows() && !asks(s, "bool", "true") && asksForNone(s) != "" && !forEnrolling(s):
		without = append(without, "an Allow with "+asksForNone(s))
	case s.Effect == policy.Deny && asks(s, "bool", "false") && !closed:
		wrong = append(wrong, "a Deny with Bool false")
	}
	return wrong, without
}

// asksForNone is the condition by which a statement is about requests without MFA; empty:
// it is not.
func asksForNone(s *policy.Statement) string {
	for _, c := range []struct{ operator, value, name string }{
		{"bool", "false", "Bool false"}, {"boolifexists", "false", "BoolIfExists false"}, {"null", "true", "Null true"},
	} {
		if asks(s, c.operator, c.value) {
			return c.name
		}
	}
	return ""
}

// enrolling are the actions that one needs to get MFA, or to look for where. They are
// named: whoever allows more by a wildcard allows what is not for that.
var enrolling = []string{
	"iam:ChangePassword", "iam:CreateVirtualMFADevice", "iam:DeactivateMFADevice", "iam:DeleteVirtualMFADevice", "iam:EnableMFADevice",
	"iam:ResyncMFADevice", "iam:Get*", "iam:List*", "iam:*MFADevice*", "sts:GetSessionToken", "sts:GetCallerIdentity",
}

// forEnrolling tells whether a statement allows no more than that.
func forEnrolling(s *policy.Statement) bool {
	return s.NotActions == nil && !slices.ContainsFunc(s.Actions, func(action string) bool {
		return !slices.ContainsFunc(enrolling, func(p string) bool { return policy.MatchAction(p, action) })
	})
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

package rules

import (
	"fmt"
	"strconv"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
)

// awsDefault is what AWS asks of passwords where the account has no policy. It
// asks for three of the four classes of characters and so for none in
// particular.
func awsDefault() *account.PasswordPolicy { return &account.PasswordPolicy{MinimumLength: 8} }

const (
	passwordConfig = "AWS Config iam-password-policy"
	passwordFix    = "Change the password policy (iam update-account-password-policy), giving all of it: what the call leaves out returns to AWS's default."
	fewClasses     = "A password of fewer kinds of characters is guessed sooner."
)

// requirement is one thing to ask of a password policy. Fault says what a
// policy has instead of what the limit asks for, and in words what that means,
// or nothing.
type requirement struct {
	about scanner.About
	fault func(pp *account.PasswordPolicy, limit int) (found, fault string)
}

var password = passwordRules(
	requirement{scanner.About{
		ID: "password-min-length", Title: "Passwords may be too short", Severity: scanner.Medium,
		Controls: cis("1.8", "1.8", "1.7", "FSBP IAM.15", passwordConfig, "PCI DSS 4.0.1 8.3.6"),
		Why:      "Short passwords are guessed.",
		Limit:    scanner.Limit{Value: 14, Unit: "characters", Min: 6, Max: 128},
	}, minLength},
	requirement{scanner.About{
		ID: "password-reuse", Title: "Old passwords may be used again too soon", Severity: scanner.Low,
		Controls: cis("1.9", "1.9", "1.8", "FSBP IAM.16", passwordConfig, "PCI DSS 4.0.1 8.3.7"),
		Why:      "A password that leaked once comes back.",
		Limit:    scanner.Limit{Value: 24, Unit: "passwords", Min: 1, Max: 24},
	}, reuse},
	requirement{scanner.About{
		ID: "password-expiry", Title: "Passwords do not expire in time", Severity: scanner.Low, OptIn: true,
		Controls: []string{"FSBP IAM.17", passwordConfig, "PCI DSS 4.0.1 8.3.9"},
		Why:      "A stolen password works until somebody notices. Forced changes also make people choose worse ones, which is why CIS no longer asks for them.",
		Limit:    scanner.Limit{Value: 90, Unit: "days", Min: 1, Max: 1095},
	}, expiry},
	class("password-uppercase", "upper-case letter", []string{"FSBP IAM.11", passwordConfig, "PCI DSS 4.0.1 8.3.6"},
		func(pp *account.PasswordPolicy) bool { return pp.Uppercase }),
	class("password-lowercase", "lower-case letter", []string{"FSBP IAM.12", passwordConfig, "PCI DSS 4.0.1 8.3.6"},
		func(pp *account.PasswordPolicy) bool { return pp.Lowercase }),
	class("password-symbol", "symbol", []string{"FSBP IAM.13", passwordConfig},
		func(pp *account.PasswordPolicy) bool { return pp.Symbols }),
	class("password-number", "number", []string{"FSBP IAM.14", passwordConfig, "PCI DSS 4.0.1 8.3.6"},
		func(pp *account.PasswordPolicy) bool { return pp.Numbers }),
)

// passwordRules are the rule that there is a policy, and one for each
// requirement. Where there is none, AWS's default is held against them.
func passwordRules(requirements ...requirement) []scanner.Rule {
	rules := []scanner.Rule{{
		About: scanner.About{
			ID: "password-policy-absent", Title: "The account has no password policy", Severity: scanner.Medium,
			Controls: []string{"FSBP IAM.7", passwordConfig, "PCI DSS 4.0.1 8.3.6"},
			Why:      "AWS's default then applies: eight characters are enough, and old passwords may be used again.",
			Fix:      "Set a password policy. It holds for passwords that are set from then on; an expiry, for all of them at once.",
			Causes:   []string{"DeleteAccountPasswordPolicy"},
			Cures:    []string{"UpdateAccountPasswordPolicy"},
		},
		Reads: []account.Fact{account.Passwords},
		Check: scanner.Account(passwordPolicyAbsent),
	}}
	for _, r := range requirements {
		r.about.Fix, r.about.CoveredBy = passwordFix, []string{"password-policy-absent"}
		r.about.Causes = []string{"UpdateAccountPasswordPolicy", "DeleteAccountPasswordPolicy"}
		r.about.Cures = []string{"UpdateAccountPasswordPolicy"}
		rules = append(rules, scanner.Rule{
			About: r.about, Reads: []account.Fact{account.Passwords}, Check: scanner.Account(r.check),
		})
	}
	return rules
}

func (r requirement) check(p *scanner.Pass, s *account.Snapshot) {
	policy, whose := s.PasswordPolicy, "account"
	if policy == nil {
		policy, whose = awsDefault(), "aws-default"
	}
	found, fault := r.fault(policy, p.Rule.Limit.Value)
	if fault == "" {
		return
	}
	evidence := map[string]string{"policy": whose, "found": found}
	if p.Rule.Limit.Value > 0 {
		evidence["limit"] = strconv.Itoa(p.Rule.Limit.Value)
	}
	p.Fail("", evidence, "account %s: %s", s.Account.ID, fault).Mend(passwordCommand(p, s))
}

func passwordPolicyAbsent(p *scanner.Pass, s *account.Snapshot) {
	if s.PasswordPolicy == nil {
		p.Fail("", nil, "account %s has no password policy, so AWS's default of %d characters applies", s.Account.ID, awsDefault().MinimumLength).
			Mend(passwordCommand(p, s))
	}
}

// passwordCommand sets a policy where there is none: one that all rules about it
// that are asked are content with, and that in nothing asks for less than AWS's
// default. Of a policy that there is, a snapshot does not hold all that the call
// would have to repeat, so that it is shown.
func passwordCommand(p *scanner.Pass, s *account.Snapshot) string {
	if s.PasswordPolicy != nil {
		return iam("get-account-password-policy")
	}
	asked := func(rule string, least int) string {
		if limit, ok := p.Asked(rule); ok {
			least = max(least, limit)
		}
		if least == 0 {
			return ""
		}
		return strconv.Itoa(least)
	}
	arguments := []string{
		"--minimum-password-length", asked("password-min-length", awsDefault().MinimumLength),
		"--require-uppercase-characters", "", "--require-lowercase-characters", "", "--require-numbers", "", "--require-symbols", "",
	}
	if n := asked("password-reuse", 0); n != "" {
		arguments = append(arguments, "--password-reuse-prevention", n)
	}
	if n := asked("password-expiry", 0); n != "" {
		arguments = append(arguments, "--max-password-age", n)
	}
	return iam("update-account-password-policy", arguments...)
}

func minLength(pp *account.PasswordPolicy, limit int) (found, fault string) {
	if pp.MinimumLength < limit {
		fault = fmt.Sprintf("passwords may be as short as %d characters, the limit is %d", pp.MinimumLength, limit)
	}
	return strconv.Itoa(pp.MinimumLength), fault
}

func reuse(pp *account.PasswordPolicy, limit int) (found, fault string) {
	switch {
	case pp.Reuse == 0:
		fault = fmt.Sprintf("old passwords may be used again at once, the limit is %d", limit)
	case pp.Reuse < limit:
		fault = fmt.Sprintf("only the last %s may not be used again, the limit is %d", counted(pp.Reuse, "password"), limit)
	}
	return strconv.Itoa(pp.Reuse), fault
}

func expiry(pp *account.PasswordPolicy, limit int) (found, fault string) {
	switch {
	case pp.MaxAge == 0:
		return "never", fmt.Sprintf("passwords never expire, the limit is %d days", limit)
	case pp.MaxAge > limit:
		fault = fmt.Sprintf("passwords expire after %d days, the limit is %d", pp.MaxAge, limit)
	}
	return strconv.Itoa(pp.MaxAge), fault
}

// class requires one class of characters.
func class(id, name string, controls []string, required func(*account.PasswordPolicy) bool) requirement {
	about := scanner.About{
		ID: id, Title: "Passwords need not hold any " + name, Severity: scanner.Low, Controls: controls, Why: fewClasses,
	}
	return requirement{about, func(pp *account.PasswordPolicy, _ int) (found, fault string) {
		if required(pp) {
			return "required", ""
		}
		return "not required", "passwords need not hold any " + name
	}}
}

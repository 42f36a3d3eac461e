package scanner_test

import (
	"fmt"
	"testing"
	"time"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/trail"
)

// BenchmarkApply holds as many exemptions as a configuration may have against
// 50,000 findings of 5,000 users and 500 alerts: of 50 rules, and of one rule;
// and against the one finding of a look at an event.
func BenchmarkApply(b *testing.B) {
	for name, test := range map[string]struct {
		rules, findings, alerts int
		resource                string
	}{
		"rules differ":    {50, 50_000, 500, "arn:aws:iam::*:user/legacy-%d/*"},
		"one rule":        {1, 50_000, 500, "arn:aws:iam::*:user/legacy-%d/*"},
		"one rule, stars": {1, 50_000, 500, "*-%d-service-*x*y*z"},
		"one finding":     {50, 1, 0, "arn:aws:iam::*:user/legacy-%d/*"},
	} {
		b.Run(name, func(b *testing.B) {
			s, r := &account.Snapshot{}, scanner.Report{Account: account.Identity{ID: "111122223333"}, Time: now}
			for i := range 5000 {
				name := fmt.Sprintf("user-%d", i)
				s.Users = append(s.Users, account.User{
					ARN: "arn:aws:iam::111122223333:user/team/" + name, ID: "AIDA" + name, Name: name, Tags: map[string]string{"team": "payments"},
				})
			}
			rule := func(i int) string { return fmt.Sprintf("rule-%d", i%test.rules) }
			for i := range test.findings {
				r.Findings = append(r.Findings, scanner.Finding{Rule: rule(i), Resource: s.Users[i/10].Ref()})
			}
			for i := range test.alerts {
				r.Alerts = append(r.Alerts, scanner.Alert{Rule: rule(i), Resource: account.Ref{Kind: account.KindUser, Name: s.Users[i].Name}, Event: trail.Event{ID: "1"}})
			}
			var terms scanner.Terms
			for i := range 1000 {
				x := exemption(fmt.Sprintf(test.resource, i), "")
				x.Rules, x.Expires = []string{rule(i)}, now.Add(24*time.Hour)
				terms.Exemptions = append(terms.Exemptions, x)
			}
			for b.Loop() {
				terms.Apply(s, &r)
			}
		})
	}
}

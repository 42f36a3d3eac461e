package rules_test

import (
	"fmt"
	"strings"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/rules"
)

// table is the Markdown table of all rules, those about state first. Page is
// the file that explains them, empty where the table stands in it.
func table(page string) string {
	var b strings.Builder
	b.WriteString("| rule | severity | limit | on | what it finds |\n|---|---|---|---|---|\n")
	for _, r := range rules.Abouts() {
		fmt.Fprintf(&b, "| [`%s`](%s#%s) | %s | %s | %s | %s |\n", r.ID, page, r.ID, r.Severity, limit(r.Limit), on(r), r.Title)
	}
	return b.String()
}

// reference is the page of all rules in Markdown. Example is what a rule's
// fixture shows, in Markdown.
func reference(example func(id string) string) string {
	var b strings.Builder
	b.WriteString("# Rules\n\nMade from the rules themselves and their fixtures by `go test ./scanner/rules -update`; edit those.\n\n")
	b.WriteString("\"Older than N days\" means strictly more than N whole days. Where a finding has no command only a person can say how to mend it. A rule whose evidence is missing answers with a gap, never with a pass. Rules about users, groups, roles and policies need the listing of their kind besides what they say they read.\n\n")
	b.WriteString(table(""))
	for _, r := range rules.All() {
		section(&b, r.About, example(r.ID), "- Reads: "+facts(r.Reads)+hints(r.Hints)+"\n"+causes(r.About))
	}
	for _, r := range rules.Events() {
		section(&b, r.About, example(r.ID), "- Reads: CloudTrail events, "+eventNames(r.Events)+unseen(r)+"\n")
	}
	section(&b, scanner.Blindness(), "", "- Reads: the gaps of past nights, which the deployed stack's ledger keeps\n")
	return b.String()
}

func section(b *strings.Builder, r scanner.About, example, reads string) {
	fmt.Fprintf(b, "\n## %s\n\n**%s.** %s\n\n", r.ID, r.Title, r.Why)
	fmt.Fprintf(b, "**Fix.** %s\n\n", r.Fix)
	fmt.Fprintf(b, "- Severity: %s\n", r.Severity)
	if r.Limit != (scanner.Limit{}) {
		fmt.Fprintf(b, "- Limit: %s, may be set from %d to %d%s\n", limit(r.Limit), r.Limit.Min, r.Limit.Max, perPassword(r.Limit))
	}
	if r.Grace != (scanner.Limit{}) {
		fmt.Fprintf(b, "- Grace for what is new: none, may be set to at most %d %s\n", r.Grace.Max, r.Grace.Unit)
	}
	if r.OptIn {
		b.WriteString("- Off until it is named in the configuration\n")
	}
	b.WriteString(reads)
	if len(r.Controls) > 0 {
		fmt.Fprintf(b, "- Controls: %s\n", strings.Join(r.Controls, ", "))
	}
	if len(r.CoveredBy) > 0 {
		fmt.Fprintf(b, "- Not told on its own where the same resource fails `%s`\n", strings.Join(r.CoveredBy, "` or `"))
	}
	fmt.Fprintf(b, "\n%s", example)
}

func limit(l scanner.Limit) string {
	if l == (scanner.Limit{}) {
		return "–"
	}
	return fmt.Sprintf("%d %s", l.Value, singular(l))
}

func perPassword(l scanner.Limit) string {
	if l.PerPassword {
		return ", and otherwise for users without a console password"
	}
	return ""
}

func causes(r scanner.About) string {
	by := "`" + strings.Join(r.Causes, "`, `") + "`"
	switch {
	case len(r.Causes) == 0 && r.Limit.Unit == "days":
		by = "time, or use"
	case len(r.Causes) == 0:
		by = "nothing that the scanner hears of"
	}
	return "- Brought about by: " + by + "\n"
}

func singular(l scanner.Limit) string {
	if l.Value == 1 {
		return strings.TrimSuffix(l.Unit, "s")
	}
	return l.Unit
}

func on(r scanner.About) string {
	if r.OptIn {
		return "opt-in"
	}
	return "yes"
}

func facts(list []account.Fact) string {
	var named []string
	for _, f := range list {
		named = append(named, fmt.Sprintf("%s (`%s`)", f, strings.Join(permissions(f), "`, `")))
	}
	return strings.Join(named, "; ")
}

func hints(list []account.Fact) string {
	if len(list) == 0 {
		return ""
	}
	var named []string
	for _, f := range list {
		named = append(named, string(f))
	}
	return ". While one of these is missing, a fault, though not its absence, can be seen from: " + strings.Join(named, ", ")
}

func unseen(r scanner.EventRule) string {
	if r.Unseen == "" {
		return ""
	}
	return ". Not seen, of other Regions: " + r.Unseen
}

func eventNames(names []string) string {
	if len(names) == 0 {
		return "all of IAM, STS, CloudTrail and sign-in"
	}
	return "`" + strings.Join(names, "`, `") + "`"
}

// permissions are the IAM actions that seeing a fact takes: of everybody in an
// audit, and live of those whom an event touched.
func permissions(f account.Fact) []string {
	report := []string{"iam:GenerateCredentialReport", "iam:GetCredentialReport"}
	switch f {
	case account.Users, account.Groups, account.Roles, account.Policies:
		return []string{"iam:GetAccountAuthorizationDetails"}
	case account.Logins:
		return append(report, "iam:GetLoginProfile", "iam:GetUser")
	case account.Keys:
		return append(report, "iam:ListAccessKeys", "iam:GetAccessKeyLastUsed")
	case account.MFA:
		return append(report, "iam:ListMFADevices")
	case account.Certificates, account.RootUse:
		return report
	case account.Summary:
		return []string{"iam:GetAccountSummary"}
	case account.Passwords:
		return []string{"iam:GetAccountPasswordPolicy"}
	case account.VirtualMFA:
		return []string{"iam:ListVirtualMFADevices"}
	case account.Trails:
		return []string{"cloudtrail:DescribeTrails", "cloudtrail:GetTrailStatus", "cloudtrail:GetEventSelectors"}
	case account.Topics:
		return []string{"sns:GetTopicAttributes"}
	case account.EventRules:
		return []string{"events:DescribeRule"}
	case account.Queues:
		return []string{"sqs:GetQueueAttributes"}
	}
	return nil
}

package rules

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
)

var analyzers = []scanner.Rule{
	{
		About: scanner.About{
			ID: "external-access-analyzer", Title: "No analyzer looks for what outsiders can get at", Severity: scanner.High,
			Controls: cis("1.20", "1.20", "1.19", "FSBP IAM.28", "AWS Config iam-external-access-analyzer-enabled"),
			Why:      "An analyzer of external access proves by logic which roles, buckets, keys and queues can be got at from outside, and costs nothing; one of unused access does not do that. Asked of the Region of IAM's events, where roles are analyzed. Info in an account of an organization: AWS's advice is one analyzer for all of its accounts, which stands in the management account or the delegated administrator's, and no account sees another's.",
			Fix:      "Create an analyzer of type ACCOUNT, or one of type ORGANIZATION in the organization's management account or its delegated administrator's (accessanalyzer create-analyzer).",
			Causes:   []string{"DeleteAnalyzer"},
			Cures:    []string{"CreateAnalyzer"},
		},
		Reads: []account.Fact{account.Analyzers, account.OrganizationMembership},
		Check: scanner.Account(externalAccessAnalyzer),
	},
	{
		About: scanner.About{
			ID: "external-access-analyzer-everywhere", Title: "In a Region no analyzer looks for what outsiders can get at", Severity: scanner.Medium, OptIn: true,
			Controls: cis("1.20", "1.20", "1.19", "FSBP IAM.28", "AWS Config iam-external-access-analyzer-enabled"),
			Why:      "An analyzer sees the buckets, keys and queues of its own Region alone, and what is left open by mistake is often where nobody works. A Region that does not answer, for a service control policy that closes it to the scanner too, is named as not known, and the others are judged. Info in an account of an organization, whose one analyzer may stand in an account that this one does not see.",
			Fix:      "Create an analyzer of external access in each enabled Region (accessanalyzer create-analyzer), which costs nothing, or disable the Region.",
			Causes:   []string{"DeleteAnalyzer"},
			Cures:    []string{"CreateAnalyzer"},
		},
		Reads: []account.Fact{account.RegionalAnalyzers, account.Analyzers, account.OrganizationMembership},
		Hints: []account.Fact{account.Analyzers}, // of the Regions that answered
		Check: scanner.Account(externalAccessAnalyzerEverywhere),
	},
	{
		About: scanner.About{
			ID: "unused-access-analyzer", Title: "No analyzer looks for access that nobody uses", Severity: scanner.Low, OptIn: true,
			Why:    "An analyzer of unused access names the roles, access keys and passwords that nobody uses, and of users and roles in use the services and many of the actions that they do not use. One in any Region does, since IAM is the same in all. Info in an account of an organization: one analyzer for all of its accounts may stand in the management account or the delegated administrator's, and no account sees another's. Where some Region does not answer it is not known.",
			Fix:    "Where it is worth its price, create one of type ACCOUNT_UNUSED_ACCESS in one Region (accessanalyzer create-analyzer), or for a whole organization a single one of type ORGANIZATION_UNUSED_ACCESS in its management account or its delegated administrator's. AWS bills USD 0.20 a month, at the time of writing, for each IAM role and user that an analyzer looks at, and again for each further analyzer. Users and roles can be left out by their tags, and an organization's accounts by their ids.",
			Causes: []string{"DeleteAnalyzer"},
			Cures:  []string{"CreateAnalyzer"},
		},
		Reads: []account.Fact{account.RegionalAnalyzers, account.Analyzers, account.OrganizationMembership},
		Check: scanner.Account(unusedAccessAnalyzer),
	},
	{
		About: scanner.About{
			ID: "analyzer-findings", Title: "An analyzer has found what outsiders can get at", Severity: scanner.Medium,
			Why: "Each is a bucket, key, queue or the like that somebody outside the account, or the organization, can use. The account's own roles are left out, which the rules about trust policies tell of; and so are roles of IAM Identity Center in other accounts, which people from outside are meant to have.",
			Fix: "Take the access away, or archive the finding in IAM Access Analyzer where it is meant, by an archive rule where more of its kind will come.",
		},
		Reads: []account.Fact{account.Analyzers, account.AnalyzerFindings},
		Check: scanner.Analyzers(analyzerFindings),
	},
}

// externalAccessAnalyzer takes an analyzer of any Region only where it is not known
// which one IAM's events are in.
func externalAccessAnalyzer(p *scanner.Pass, s *account.Snapshot) {
	home := account.GlobalRegion(s.Account.Partition)
	if watched(s, home) {
		return
	}
	evidence := map[string]string{}
	if others := described(s, func(a *account.Analyzer) bool { return home == "" || a.Region == home }); others != "" {
		evidence["analyzers"] = others
	}
	unanalyzed(p, "", home, evidence)
}

// externalAccessAnalyzerEverywhere leaves the Region of IAM's events to the rule
// about that, where it is asked. How bad a fault is depends on the organization.
func externalAccessAnalyzerEverywhere(p *scanner.Pass, s *account.Snapshot) {
	if !p.Known(account.OrganizationMembership) {
		return
	}
	home := account.GlobalRegion(s.Account.Partition)
	for _, region := range s.Regions {
		if watched(s, region) {
			continue
		}
		fault := unanalyzed(p, region, region, map[string]string{"region": region})
		if region == home {
			fault.SaidBy("external-access-analyzer")
		}
	}
}

// watched reports whether an analyzer of external access is at work in the Region,
// be it for the account or for its organization; empty: in any.
func watched(s *account.Snapshot, region string) bool {
	return slices.ContainsFunc(s.Analyzers, func(a account.Analyzer) bool {
		return a.External() && a.Status == "ACTIVE" && (region == "" || a.Region == region)
	})
}

// described are some of the analyzers, each with what it is.
func described(s *account.Snapshot, which func(*account.Analyzer) bool) string {
	var all []string
	for i := range s.Analyzers {
		if a := &s.Analyzers[i]; which(a) {
			all = append(all, a.Name+" "+a.Type+" "+a.Status)
		}
	}
	return strings.Join(all[:min(most, len(all))], ", ")
}

// unanalyzed tells of a Region, by whose name a part is called where there are several.
// An organization's analyzer may stand in the management account or in the delegated
// administrator's, and neither sees the other's.
func unanalyzed(p *scanner.Pass, part, region string, evidence map[string]string) *scanner.Reported {
	where := ""
	if part != "" {
		where = fmt.Sprintf(" in %q", part)
	}
	if p.Snapshot.Organization != nil {
		return p.FailAs(scanner.Info, part, evidence,
			"account %s has no active analyzer of external access of its own%s; whether its organization has one in another account cannot be seen from here", p.Snapshot.Account.ID, where)
	}
	fault := p.Fail(part, evidence, "account %s has no active analyzer of external access%s", p.Snapshot.Account.ID, where)
	fault.Mend(newAnalyzer(region)...)
	return fault
}

// newAnalyzer makes one that costs nothing. It is refused where there is one of that
// name, or of that type.
func newAnalyzer(region string) []string {
	if region == "" {
		return nil
	}
	return []string{scanner.Command("accessanalyzer", "create-analyzer", "--region", region, "--analyzer-name", "external-access", "--type", account.AnalyzesAccount)}
}

// unusedAccessAnalyzer gives no command: what costs money is for a person to buy.
func unusedAccessAnalyzer(p *scanner.Pass, s *account.Snapshot) {
	if slices.ContainsFunc(s.Analyzers, func(a account.Analyzer) bool { return findsUnused(&a) && a.Status == "ACTIVE" }) {
		return
	}
	evidence := map[string]string{}
	if idle := described(s, findsUnused); idle != "" {
		evidence["analyzers"] = idle
	}
	if s.Organization != nil {
		p.FailAs(scanner.Info, "", evidence,
			"account %s has no active analyzer of unused access of its own; whether its organization has one in another account cannot be seen from here", s.Account.ID)
		return
	}
	p.Fail("", evidence, "account %s has no active analyzer of unused access", s.Account.ID)
}

// findsUnused reports whether the analyzer finds what is not used.
func findsUnused(a *account.Analyzer) bool {
	return a.Type == "ACCOUNT_UNUSED_ACCESS" || a.Type == "ORGANIZATION_UNUSED_ACCESS"
}

// analyzerFindings is one line for each analyzer, whatever the number. Of those that
// look for something else the findings are not known.
func analyzerFindings(p *scanner.Pass, a *account.Analyzer) {
	if !a.External() {
		return
	}
	kinds, found := map[string]int{}, []string{}
	for i := range a.Findings {
		if f := &a.Findings[i]; !toldByTrust(p, f) {
			kinds[f.ResourceType]++
			found = append(found, f.Resource)
		}
	}
	if len(found) == 0 {
		if a.More {
			p.Gap(account.AnalyzerFindings, account.Seen{Missing: "there are more findings than were read, all of which are about roles that are left out"})
		}
		return
	}
	number := counted(len(found), "active finding")
	if a.More {
		number = "at least " + number
	}
	evidence := map[string]string{"findings": strconv.Itoa(len(found)), "region": a.Region, "resource_types": tally(kinds)}
	slices.Sort(found)
	p.Fail("", evidence, "analyzer %q in %q has %s of access from outside, %s: %s", a.Name, a.Region, number, tally(kinds), quoted(slices.Compact(found))).
		Mend(scanner.Command("accessanalyzer", "list-findings-v2", "--region", a.Region, "--analyzer-arn", a.ARN, "--filter", `{"status": {"eq": ["ACTIVE"]}}`))
}

// toldByTrust reports whether rules about trust policies judge what was found, or it
// is a role of IAM Identity Center, which an organization's analyzer finds in every
// account.
func toldByTrust(p *scanner.Pass, f *account.AnalyzerFinding) bool {
	own := f.ResourceType == "AWS::IAM::Role" && account.ParseARN(f.Resource).Account == p.Snapshot.Account.ID
	return own || ofIdentityCenter(f.Resource)
}

// tally is how many there are of each kind, the most of all first.
func tally(kinds map[string]int) string {
	names := slices.SortedFunc(maps.Keys(kinds), func(a, b string) int {
		if kinds[a] != kinds[b] {
			return kinds[b] - kinds[a]
		}
		return strings.Compare(a, b)
	})
	said := make([]string, 0, len(names))
	for _, name := range names {
		said = append(said, strconv.Itoa(kinds[name])+" "+name)
	}
	return strings.Join(said, ", ")
}

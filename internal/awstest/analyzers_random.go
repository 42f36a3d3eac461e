package awstest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"iamvigil/scanner/account"
)

// analyzers draws the enabled Regions, the one of IAM's events among them, and
// analyzers in each. Findings are of the active ones of external access there.
func (d *draft) analyzers() {
	others := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z]{2}-(north|south)-[1-9]`), 0, 4, rapid.ID).Draw(d.T, "regions")
	d.s.Regions = append(others, d.home())
	slices.Sort(d.s.Regions)
	for _, region := range d.s.Regions {
		d.several(2, "analyzers", func() { d.s.Analyzers = append(d.s.Analyzers, d.analyzer(region)) })
	}
	slices.SortFunc(d.s.Analyzers, func(a, b account.Analyzer) int { return strings.Compare(a.ARN, b.ARN) })
}

// count draws a small number, and seldom a large one, which takes several pages.
func (d *draft) count(large int, what string) int {
	if rapid.IntRange(0, 19).Draw(d.T, "many "+what) == 19 {
		return large
	}
	return rapid.IntRange(0, 3).Draw(d.T, what)
}

// home is the Region of IAM's events.
func (d *draft) home() string { return cmp.Or(account.GlobalRegion(d.s.Account.Partition), Region) }

func (d *draft) analyzer(region string) account.Analyzer {
	name := rapid.StringMatching(`[A-Za-z_][A-Za-z0-9_.-]{0,20}`).Filter(d.untaken("analyzer")).Draw(d.T, "analyzer")
	id := d.s.Account
	a := account.Analyzer{
		ARN:  "arn:" + id.Partition + ":access-analyzer:" + region + ":" + id.ID + ":analyzer/" + name,
		Name: name, Region: region, Created: d.past(beginning(), "created"), Tags: d.tags(),
		Type: rapid.SampledFrom([]string{account.AnalyzesAccount, account.AnalyzesOrganization,
			"ACCOUNT_UNUSED_ACCESS", "ORGANIZATION_UNUSED_ACCESS", "ACCOUNT_INTERNAL_ACCESS"}).Draw(d.T, "type"),
		Status: rapid.SampledFrom([]string{"ACTIVE", "ACTIVE", "CREATING", "DISABLED", "FAILED"}).Draw(d.T, "status"),
	}
	if !a.External() || a.Status != "ACTIVE" || region != d.home() {
		a.Seen = map[account.Fact]account.Seen{account.AnalyzerFindings: {}}
		return a
	}
	n := d.count(100, "findings")
	a.More = n == 100 && d.chance("more findings")
	for i := range n {
		a.Findings = append(a.Findings, account.AnalyzerFinding{ID: fmt.Sprintf("%08d-aaaa-bbbb-cccc-dddddddddddd", i),
			Resource: "arn:" + id.Partition + ":s3:::bucket-" + fmt.Sprint(i), ResourceType: "AWS::S3::Bucket", Updated: a.Created})
	}
	return a
}

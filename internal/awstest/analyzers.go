package awstest

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"iamvigil/scanner/account"
)

// rest are the operations of services that speak REST-JSON, by method and path.
func rest(method, path string) string {
	switch method + " " + path {
	case "GET /analyzer":
		return "ListAnalyzers"
	case "POST /findingv2":
		return "ListFindingsV2"
	case "POST /listRegions":
		return "ListRegions"
	case "POST /getAlternateContact":
		return "GetAlternateContact"
	case "POST /getContactInformation":
		return "GetContactInformation"
	}
	return ""
}

// part is where a page of a list of n begins and ends, and the token of the next.
// Tokens never repeat.
func (a *AWS) part(token string, size, n int) (from, to int, next string, fail *failure) {
	if token != "" {
		at, _, _ := strings.Cut(token, "-")
		var err error
		if from, err = strconv.Atoi(at); err != nil || from < 0 || from > n {
			return 0, 0, "", invalid("The token is not valid: %s", token)
		}
	}
	to = min(from+a.fewer(size), n)
	if to < n {
		next = fmt.Sprintf("%d-%d", to, a.pages)
	}
	return from, to, next, nil
}

type analyzerSummary struct {
	ARN       string            `json:"arn"`
	Name      string            `json:"name"`
	Type      string            `json:"type"`
	CreatedAt string            `json:"createdAt,omitempty"`
	Status    string            `json:"status"`
	Tags      map[string]string `json:"tags"`
}

// listAnalyzers lists those of the Region that the call is signed for.
func (a *AWS) listAnalyzers(c *call) (any, *failure) {
	list := []analyzerSummary{}
	for _, one := range backwards(a.account.Analyzers) {
		if kind := c.query.Get("type"); one.Region == c.region && (kind == "" || kind == one.Type) {
			list = append(list, analyzerSummary{one.ARN, one.Name, one.Type, stamp(one.Created), one.Status, one.Tags})
		}
	}
	from, to, next, fail := a.part(c.query.Get("nextToken"), 100, len(list))
	if fail != nil {
		return nil, fail
	}
	return struct {
		Analyzers []analyzerSummary `json:"analyzers"`
		NextToken string            `json:"nextToken,omitempty"`
	}{list[from:to], next}, nil
}

type findingsInput struct {
	AnalyzerARN string                         `json:"analyzerArn"`
	Filter      map[string]map[string][]string `json:"filter"`
	MaxResults  int                            `json:"maxResults"`
	NextToken   string                         `json:"nextToken"`
}

// theAnalyzer demands the permission on the analyzer that the call names, which is
// ListFindings for ListFindingsV2 too.
func theAnalyzer(_ *AWS, c *call) []demand {
	var in findingsInput
	if fail := c.decode(&in); fail != nil {
		return nil // said again when the call is answered
	}
	return []demand{on("access-analyzer:ListFindings", in.AnalyzerARN)}
}

type findingSummary struct {
	ID                   string `json:"id"`
	Resource             string `json:"resource,omitempty"`
	ResourceType         string `json:"resourceType"`
	ResourceOwnerAccount string `json:"resourceOwnerAccount"`
	Status               string `json:"status"`
	FindingType          string `json:"findingType"`
	AnalyzedAt           string `json:"analyzedAt,omitempty"`
	CreatedAt            string `json:"createdAt,omitempty"`
	UpdatedAt            string `json:"updatedAt,omitempty"`
}

// listFindingsV2 answers for active findings; no others are known.
func (a *AWS) listFindingsV2(c *call) (any, *failure) {
	var in findingsInput
	if fail := c.decode(&in); fail != nil {
		return nil, fail
	}
	if len(in.Filter) != 1 || !slices.Equal(in.Filter["status"]["eq"], []string{"ACTIVE"}) || len(in.Filter["status"]) != 1 {
		fail := invalid("awstest knows no findings but active ones.")
		fail.unknown = "access-analyzer:ListFindingsV2: filter"
		return nil, fail
	}
	if in.MaxResults < 1 || in.MaxResults > 100 {
		return nil, invalid("Value at 'maxResults' failed to satisfy constraint: Member must have value between 1 and 100")
	}
	i := slices.IndexFunc(a.account.Analyzers, func(one account.Analyzer) bool { return one.ARN == in.AnalyzerARN && one.Region == c.region })
	if i < 0 {
		return nil, &failure{status: http.StatusNotFound, code: "ResourceNotFoundException", message: "Analyzer not found: " + in.AnalyzerARN}
	}
	all := a.account.Analyzers[i].Findings
	from, to, next, fail := a.part(in.NextToken, in.MaxResults, len(all))
	if fail != nil {
		return nil, fail
	}
	if next == "" && a.account.Analyzers[i].More {
		next = fmt.Sprintf("%d-more", len(all))
	}
	list := []findingSummary{}
	for _, f := range backwards(all[from:to]) {
		list = append(list, findingSummary{f.ID, f.Resource, f.ResourceType, a.account.Account.ID, "ACTIVE", "ExternalAccess",
			stamp(f.Updated), stamp(f.Updated), stamp(f.Updated)})
	}
	return struct {
		Findings  []findingSummary `json:"findings"`
		NextToken string           `json:"nextToken,omitempty"`
	}{list, next}, nil
}

type regionsInput struct {
	AccountID               string `json:"AccountId"`
	MaxResults              int
	NextToken               string
	RegionOptStatusContains []string
}

type optRegion struct{ RegionName, RegionOptStatus string }

// listRegions lists the account's Regions, or the one of [AWS.Config] where it
// names none, and one that is not enabled.
func (a *AWS) listRegions(c *call) (any, *failure) {
	var in regionsInput
	if fail := c.decode(&in); fail != nil {
		return nil, fail
	}
	all := []optRegion{{"xx-off-1", "DISABLED"}}
	for i, name := range a.account.Regions {
		all = append(all, optRegion{name, []string{"ENABLED_BY_DEFAULT", "ENABLED"}[i%2]})
	}
	if len(all) == 1 {
		all = append(all, optRegion{Region, "ENABLED_BY_DEFAULT"})
	}
	if wanted := in.RegionOptStatusContains; len(wanted) > 0 {
		all = slices.DeleteFunc(all, func(r optRegion) bool { return !slices.Contains(wanted, r.RegionOptStatus) })
	}
	if in.MaxResults < 0 || in.MaxResults > 50 {
		return nil, invalid("Member must have value less than or equal to 50")
	}
	from, to, next, fail := a.part(in.NextToken, 50, len(all))
	if fail != nil {
		return nil, fail
	}
	return struct {
		Regions   []optRegion
		NextToken string `json:",omitempty"`
	}{backwards(all[from:to]), next}, nil
}

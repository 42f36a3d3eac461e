package awstest_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"testing"

	"iamvigil/internal/awsjson"
	"iamvigil/internal/awstest"
	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

// analyzed is an account with analyzers in two Regions.
func analyzed() *account.Snapshot {
	s := small()
	s.Regions = []string{"eu-central-1", "us-east-1"}
	s.Analyzers = []account.Analyzer{
		{ARN: "arn:aws:access-analyzer:eu-central-1:111122223333:analyzer/far", Name: "far", Region: "eu-central-1", Type: "ACCOUNT", Status: "ACTIVE"},
		{ARN: "arn:aws:access-analyzer:us-east-1:111122223333:analyzer/home", Name: "home", Region: "us-east-1", Type: "ACCOUNT", Status: "ACTIVE",
			Findings: []account.AnalyzerFinding{{ID: "f1"}, {ID: "f2"}, {ID: "f3"}}},
		{ARN: "arn:aws:access-analyzer:us-east-1:111122223333:analyzer/unused", Name: "unused", Region: "us-east-1", Type: "ACCOUNT_UNUSED_ACCESS", Status: "ACTIVE"},
	}
	return s
}

var (
	analyzerService = awsjson.Service{Name: "access-analyzer", ID: "AccessAnalyzer"}
	accountService  = awsjson.Service{Name: "account", ID: "Account", Global: true}
)

// rest makes a REST call in a Region.
func rest(t *testing.T, a *awstest.AWS, region string, service awsjson.Service, r awsjson.Request) (map[string]any, string) {
	t.Helper()
	cfg := a.Config()
	cfg.Region = region
	var out map[string]any
	err := awsjson.New(cfg, service, awstest.Epoch).Send(t.Context(), r, &out)
	return out, codeOf(t, err)
}

// texts are the members of a name in a list of an answer.
func texts(answer map[string]any, list, member string) []string {
	all := []string{}
	entries, _ := answer[list].([]any)
	for _, entry := range entries {
		fields, _ := entry.(map[string]any)
		text, _ := fields[member].(string)
		all = append(all, text)
	}
	slices.Sort(all)
	return all
}

// ListAnalyzers tells of the Region that the call is signed for, and of a type.
func TestAnalyzersOfARegion(t *testing.T) {
	a := awstest.Serve(t, analyzed())
	for _, c := range []struct {
		region, kind string
		want         []string
	}{
		{"us-east-1", "", []string{"home", "unused"}},
		{"us-east-1", "ACCOUNT", []string{"home"}},
		{"eu-central-1", "", []string{"far"}},
		{"eu-north-1", "", []string{}},
	} {
		query := url.Values{}
		if c.kind != "" {
			query.Set("type", c.kind)
		}
		out, code := rest(t, a, c.region, analyzerService, awsjson.Request{Operation: "ListAnalyzers", Method: http.MethodGet, Path: "/analyzer", Query: query})
		if got := texts(out, "analyzers", "name"); code != "" || !slices.Equal(got, c.want) {
			t.Errorf("%s %s: %v %s", c.region, c.kind, got, code)
		}
	}
}

func findings(arn string, change map[string]any) awsjson.Request {
	in := map[string]any{"analyzerArn": arn, "maxResults": 100, "filter": map[string]any{"status": map[string]any{"eq": []string{"ACTIVE"}}}}
	for name, value := range change {
		in[name] = value
	}
	return awsjson.Request{Operation: "ListFindingsV2", Method: http.MethodPost, Path: "/findingv2", Body: in}
}

// ListFindingsV2 answers page after page, as large as maxResults allows.
func TestFindings(t *testing.T) {
	s := analyzed()
	home := s.Analyzers[1].ARN
	a := awstest.Serve(t, s)
	out, _ := rest(t, a, "us-east-1", analyzerService, findings(home, map[string]any{"maxResults": 2}))
	if got := texts(out, "findings", "id"); !slices.Equal(got, []string{"f1", "f2"}) {
		t.Errorf("%v", got)
	}
	out, _ = rest(t, a, "us-east-1", analyzerService, findings(home, map[string]any{"nextToken": out["nextToken"]}))
	if got := texts(out, "findings", "id"); !slices.Equal(got, []string{"f3"}) || out["nextToken"] != nil {
		t.Errorf("%v", out)
	}
	a.Change(func(s *account.Snapshot) { s.Analyzers[1].More = true })
	if out, _ = rest(t, a, "us-east-1", analyzerService, findings(home, nil)); out["nextToken"] == nil {
		t.Error("there is no more")
	}
	for name, c := range map[string]struct {
		region, want string
		request      awsjson.Request
	}{
		"of nowhere":       {"us-east-1", "ResourceNotFoundException", findings("arn:aws:access-analyzer:us-east-1:111122223333:analyzer/x", nil)},
		"of elsewhere":     {"eu-central-1", "ResourceNotFoundException", findings(home, nil)},
		"too many":         {"us-east-1", "ValidationException", findings(home, map[string]any{"maxResults": 101})},
		"of a wrong token": {"us-east-1", "ValidationException", findings(home, map[string]any{"nextToken": "x"})},
	} {
		if _, code := rest(t, a, c.region, analyzerService, c.request); code != c.want {
			t.Errorf("%s: %q", name, code)
		}
	}
}

// A filter that the fake does not know is a call that it does not know.
func TestUnknownFilter(t *testing.T) {
	a := awstest.New(analyzed())
	server := serverOf(t, a)
	cfg := a.Config()
	cfg.BaseEndpoint = &server
	err := awsjson.New(cfg, analyzerService, awstest.Epoch).Send(t.Context(),
		findings(analyzed().Analyzers[1].ARN, map[string]any{"filter": map[string]any{}}), &struct{}{})
	if codeOf(t, err) != "ValidationException" || len(a.Unknown()) != 1 {
		t.Errorf("%v, %v", err, a.Unknown())
	}
}

// Only Regions of the states asked for are listed.
func TestListRegions(t *testing.T) {
	a := awstest.Serve(t, analyzed())
	for states, want := range map[string][]string{
		`["ENABLED","ENABLED_BY_DEFAULT"]`: {"eu-central-1", "us-east-1"}, `["DISABLED"]`: {"xx-off-1"}, `[]`: {"eu-central-1", "us-east-1", "xx-off-1"},
	} {
		out, code := rest(t, a, "eu-central-1", accountService, awsjson.Request{Operation: "ListRegions", Method: http.MethodPost, Path: "/listRegions",
			Body: map[string]any{"RegionOptStatusContains": json.RawMessage(states)}})
		if got := texts(out, "Regions", "RegionName"); code != "" || !slices.Equal(got, want) {
			t.Errorf("%s: %v %s", states, got, code)
		}
	}
	out, _ := rest(t, awstest.Serve(t, small()), "us-east-1", accountService, awsjson.Request{Operation: "ListRegions", Method: http.MethodPost, Path: "/listRegions", Body: struct{}{}})
	if got := texts(out, "Regions", "RegionName"); !slices.Equal(got, []string{"us-east-1", "xx-off-1"}) {
		t.Errorf("of no Regions: %v", got)
	}
}

// The permission that ListFindingsV2 takes is ListFindings, on the analyzer; those
// of Account Management are on the account.
func TestPermissionsOfOtherServices(t *testing.T) {
	s := analyzed()
	home := s.Analyzers[1].ARN
	role := policy.Parse(`{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Action":"access-analyzer:ListFindings","Resource":"` + home + `"},
		{"Effect":"Allow","Action":"account:ListRegions","Resource":"arn:aws:account::111122223333:account"},
		{"Effect":"Allow","Action":"account:GetAlternateContact","Resource":"arn:aws:account::444455556666:account"}]}`)
	a := awstest.Serve(t, s, awstest.Role(role))
	for name, c := range map[string]struct {
		service awsjson.Service
		request awsjson.Request
		want    string
	}{
		"findings":            {analyzerService, findings(home, nil), ""},
		"others' findings":    {analyzerService, findings(s.Analyzers[2].ARN, nil), "AccessDeniedException"},
		"analyzers":           {analyzerService, awsjson.Request{Operation: "ListAnalyzers", Method: http.MethodGet, Path: "/analyzer"}, "AccessDeniedException"},
		"regions":             {accountService, awsjson.Request{Operation: "ListRegions", Method: http.MethodPost, Path: "/listRegions", Body: struct{}{}}, ""},
		"another's contact":   {accountService, alternate("SECURITY"), "AccessDeniedException"},
		"contact information": {accountService, awsjson.Request{Operation: "GetContactInformation", Method: http.MethodPost, Path: "/getContactInformation", Body: struct{}{}}, "AccessDeniedException"},
	} {
		if _, code := rest(t, a, "us-east-1", c.service, c.request); code != c.want {
			t.Errorf("%s: %q, want %q", name, code, c.want)
		}
	}
	if got := a.Exercised(); got["access-analyzer:ListFindings"] != 1 || got["account:ListRegions"] != 1 || len(got) != 2 {
		t.Errorf("%v", got)
	}
}

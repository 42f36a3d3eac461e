package collect

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"iamvigil/internal/awsjson"
	"iamvigil/internal/order"
	"iamvigil/scanner/account"
)

// maxFindings is how many findings are read of an analyzer.
const maxFindings = 100

// analyzers reads those of the Region of IAM's events with their findings, and if
// wanted those of all other Regions. The Region that the configuration names, which
// may be any, is looked at in a partition alone whose own is not known.
func (c *Collector) analyzers(ctx context.Context, l *look) {
	<-l.identified
	region := cmp.Or(account.GlobalRegion(l.snapshot.Account.Partition), c.config.Region)
	client := c.accessAnalyzer(region)
	at := c.now()
	home, err := listAnalyzers(ctx, client)
	l.saw(at, err, account.Analyzers)
	if err != nil { // whatever is missing of the analyzers is of their findings
		l.saw(at, err, account.AnalyzerFindings)
	} else {
		l.saw(c.now(), nil, account.AnalyzerFindings)
		c.analyzerFindings(ctx, client, home)
	}
	if c.wants(account.RegionalAnalyzers) {
		home = append(home, c.regionalAnalyzers(ctx, l, region, err)...)
	}
	sortAnalyzers(home)
	l.snapshot.Analyzers = home
}

func sortAnalyzers(list []account.Analyzer) {
	order.By(list, func(a, b account.Analyzer) int { return strings.Compare(a.ARN, b.ARN) })
}

func (c *Collector) accessAnalyzer(region string) *awsjson.Client {
	cfg := c.config.Copy()
	cfg.Region = region
	return awsjson.New(cfg, awsjson.Service{Name: "access-analyzer", ID: "AccessAnalyzer"}, c.now)
}

// analyzerSummary is AWS's AnalyzerSummary, in an answer and in the AWS CLI's
// output alike.
type analyzerSummary struct {
	ARN       string
	Name      string
	Type      string
	Status    string
	CreatedAt time.Time
	Tags      map[string]string
}

// listAnalyzers lists those of the client's Region. Whose findings were not asked
// for says so itself.
func listAnalyzers(ctx context.Context, client *awsjson.Client) ([]account.Analyzer, error) {
	var analyzers []account.Analyzer
	err := paged("access-analyzer:ListAnalyzers", func(token string) (string, error) {
		query := url.Values{}
		if token != "" {
			query.Set("nextToken", token)
		}
		var page struct {
			Analyzers []analyzerSummary
			NextToken string
		}
		err := client.Send(ctx, awsjson.Request{Operation: "ListAnalyzers", Method: http.MethodGet, Path: "/analyzer", Query: query}, &page)
		if err == nil && page.Analyzers == nil {
			err = errors.New("access-analyzer:ListAnalyzers gives no analyzers, not even an empty list")
		}
		if err != nil {
			return "", err
		}
		for i := range page.Analyzers {
			analyzer, err := page.Analyzers[i].analyzer()
			if err != nil {
				return "", fmt.Errorf("access-analyzer:ListAnalyzers gives %w", err)
			}
			analyzer.Seen = map[account.Fact]account.Seen{account.AnalyzerFindings: {}}
			analyzers = append(analyzers, analyzer)
		}
		return page.NextToken, nil
	})
	if err != nil {
		return nil, err
	}
	return analyzers, nil
}

func (s *analyzerSummary) analyzer() (account.Analyzer, error) {
	region := account.ParseARN(s.ARN).Region
	if region == "" {
		return account.Analyzer{}, errors.New("an analyzer whose arn names no Region")
	}
	return account.Analyzer{
		ARN: s.ARN, Name: s.Name, Region: region, Type: s.Type, Status: s.Status,
		Created: utc(s.CreatedAt), Tags: s.Tags,
	}, nil
}

// utc is the time as a snapshot has it.
func utc(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC()
}

// analyzerFindings reads the active findings of external access, of which an
// account has an analyzer or two. Others' findings are not of the fact.
func (c *Collector) analyzerFindings(ctx context.Context, client *awsjson.Client, analyzers []account.Analyzer) {
	for i := range analyzers {
		if a := &analyzers[i]; a.External() && a.Status == "ACTIVE" {
			at := c.now()
			err := readFindings(ctx, client, a)
			if a.Seen = nil; err != nil {
				a.Seen = map[account.Fact]account.Seen{account.AnalyzerFindings: findingsSeen(at, err)}
			}
		}
	}
}

// findingsSeen names the permission that ListFindingsV2 takes, which is the one of
// ListFindings.
func findingsSeen(at time.Time, err error) account.Seen {
	s := seen(at, err)
	if s.Permission == "access-analyzer:ListFindingsV2" {
		s.Permission = "access-analyzer:ListFindings"
	}
	return s
}

// readFindings reads the first ones of an analyzer: one page, as a rule, but AWS
// may give less than was asked for.
func readFindings(ctx context.Context, client *awsjson.Client, of *account.Analyzer) error {
	err := paged("access-analyzer:ListFindingsV2", func(token string) (string, error) {
		next, err := findingsPage(ctx, client, of, token)
		if of.More = next != ""; len(of.Findings) >= maxFindings {
			return "", err
		}
		return next, err
	})
	order.By(of.Findings, func(a, b account.AnalyzerFinding) int { return strings.Compare(a.ID, b.ID) })
	return err
}

func findingsPage(ctx context.Context, client *awsjson.Client, of *account.Analyzer, token string) (string, error) {
	in := map[string]any{
		"analyzerArn": of.ARN,
		"filter":      map[string]any{"status": map[string]any{"eq": []string{"ACTIVE"}}},
		"maxResults":  maxFindings - len(of.Findings),
	}
	if token != "" {
		in["nextToken"] = token
	}
	var page struct {
		Findings []struct {
			ID           string
			Resource     string
			ResourceType string
			UpdatedAt    time.Time
		}
		NextToken string
	}
	err := client.Send(ctx, awsjson.Request{Operation: "ListFindingsV2", Method: http.MethodPost, Path: "/findingv2", Body: in}, &page)
	if err == nil && page.Findings == nil {
		err = errors.New("access-analyzer:ListFindingsV2 gives no findings, not even an empty list")
	}
	if err != nil {
		return "", err
	}
	for _, f := range page.Findings {
		of.Findings = append(of.Findings, account.AnalyzerFinding{
			ID: f.ID, Resource: f.Resource, ResourceType: f.ResourceType, Updated: utc(f.UpdatedAt),
		})
	}
	return page.NextToken, nil
}

// maxPages bounds how often a list is asked on. None that is read here is as long.
const maxPages = 1000

// paged calls for page after page, until one names no next.
func paged(action string, call func(token string) (next string, err error)) error {
	token := ""
	for range maxPages {
		next, err := call(token)
		switch {
		case err != nil || next == "":
			return err
		case next == token:
			return fmt.Errorf("%s breaks off: a page names itself as the next", action)
		}
		token = next
	}
	return fmt.Errorf("%s has more than %d pages", action, maxPages)
}

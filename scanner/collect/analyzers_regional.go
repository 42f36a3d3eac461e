package collect

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"iamvigil/internal/awsjson"
	"iamvigil/scanner/account"
)

// regionsAtOnce bounds the Regions that are asked at one time.
const regionsAtOnce = 8

// regional is what a Region answered.
type regional struct {
	analyzers []account.Analyzer
	err       error
}

// regionalAnalyzers reads those of every enabled Region but the one at hand, whose
// error is given. The snapshot names the Regions that answered. If any did not, as
// where a service control policy closes it, the fact is missing all the same: what
// is there would else look like all that there is.
func (c *Collector) regionalAnalyzers(ctx context.Context, l *look, home string, failed error) []account.Analyzer {
	at := c.now()
	regions, err := c.regions(ctx)
	if err != nil {
		l.saw(at, err, account.RegionalAnalyzers)
		return nil
	}
	answers := make([]regional, len(regions))
	var g errgroup.Group
	g.SetLimit(regionsAtOnce)
	for i, region := range regions {
		if region == home {
			answers[i].err = failed
			continue
		}
		g.Go(func() error {
			answers[i].analyzers, answers[i].err = listAnalyzers(ctx, c.accessAnalyzer(region))
			return nil
		})
	}
	_ = g.Wait() // its functions return no error: what failed is in the answers
	var analyzers []account.Analyzer
	var silent []string
	for i, answer := range answers {
		if answer.err != nil {
			silent, err = append(silent, regions[i]), cmp.Or(err, answer.err)
			continue
		}
		l.snapshot.Regions = append(l.snapshot.Regions, regions[i])
		analyzers = append(analyzers, answer.analyzers...)
	}
	state := seen(at, err)
	if len(silent) > 0 {
		state.Missing = inRegions(silent) + ", " + state.Missing
	}
	l.set(account.RegionalAnalyzers, state)
	return analyzers
}

// inRegions names the Regions that failed: the first, whose error is told, and how
// many others.
func inRegions(failed []string) string {
	switch n := len(failed) - 1; n {
	case 0:
		return "in " + failed[0]
	case 1:
		return "in " + failed[0] + " and one more Region"
	default:
		return fmt.Sprintf("in %s and %d more Regions", failed[0], n)
	}
}

// set records the state of a fact.
func (l *look) set(f account.Fact, s account.Seen) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.snapshot.Seen[f] = s
}

// regions lists the Regions that are enabled in the account, sorted.
func (c *Collector) regions(ctx context.Context) ([]string, error) {
	var regions []string
	client := c.accountManagement()
	err := paged("account:ListRegions", func(token string) (string, error) {
		in := map[string]any{"MaxResults": 50, "RegionOptStatusContains": []string{"ENABLED", "ENABLED_BY_DEFAULT"}}
		if token != "" {
			in["NextToken"] = token
		}
		var page struct {
			Regions   []struct{ RegionName string }
			NextToken string
		}
		if err := client.Send(ctx, awsjson.Request{Operation: "ListRegions", Method: http.MethodPost, Path: "/listRegions", Body: in}, &page); err != nil {
			return "", err
		}
		for _, region := range page.Regions {
			if !isRegion(region.RegionName) {
				return "", errors.New("account:ListRegions gives a Region whose name is none")
			}
			regions = append(regions, region.RegionName)
		}
		return page.NextToken, nil
	})
	if err == nil && len(regions) == 0 {
		err = errors.New("account:ListRegions gives no Region")
	}
	slices.Sort(regions)
	return slices.Compact(regions), err
}

// isRegion reports whether the name can be a Region's: it becomes a part of a
// host's name, to which signed requests are sent.
func isRegion(name string) bool {
	return name != "" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

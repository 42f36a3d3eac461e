package collect

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"golang.org/x/sync/errgroup"

	"iamvigil/internal/order"
	"iamvigil/internal/pause"
	"iamvigil/scanner/account"
)

const (
	// turns bounds the users and roles whose last access one look reads: a call to
	// have AWS make the report of each, and one or a few more to get it.
	turns = 40
	// reportsAtOnce bounds the reports being asked after at one time.
	reportsAtOnce = 8
	// patience is how long all reports of a look may take. AWS makes one in seconds.
	patience = 90 * time.Second
)

// lastAccessed reads when those whose turn it is last used what they are granted:
// it has AWS begin all their reports, and then gets each. The others' is not asked
// for, and what was found of them stands. Where the first call fails, or the first
// report may not be got, nobody else's is tried: the whole fact is missing.
func (c *Collector) lastAccessed(ctx context.Context, l *look) {
	if !c.wants(account.LastAccessed) {
		return
	}
	at := c.now()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tonight, err := c.beginReports(ctx, turnsOf(l.snapshot, at))
	if err == nil && len(tonight) > 0 {
		tonight[0].get(ctx, c)
		err = tonight[0].err
	}
	if err != nil && (len(tonight) == 0 || refused(err)) {
		l.saw(at, err, account.LastAccessed)
		return
	}
	var g errgroup.Group
	g.SetLimit(reportsAtOnce)
	for i := range tonight {
		if i > 0 {
			g.Go(func() error { tonight[i].get(ctx, c); return nil })
		}
	}
	_ = g.Wait() // its functions return no error: what failed is in the turns
	for _, t := range tonight {
		*t.accessed = t.report
		*t.seen = with(*t.seen, account.LastAccessed, seen(at, t.err))
	}
}

// beginReports has AWS begin the reports, one after the other: it throttles these
// calls. Who is gone is left out, since the next listing tells it. The error is that
// of the first call.
func (c *Collector) beginReports(ctx context.Context, tonight []turn) ([]turn, error) {
	var begun []turn
	for _, t := range tonight {
		out, err := c.iam.GenerateServiceLastAccessedDetails(ctx, &iam.GenerateServiceLastAccessedDetailsInput{
			Arn: aws.String(t.arn), Granularity: types.AccessAdvisorUsageGranularityTypeServiceLevel,
		})
		switch {
		case gone(err):
			continue
		case err != nil && len(begun) == 0:
			return nil, err
		case err != nil:
			t.err = err
		default:
			t.job = aws.ToString(out.JobId)
		}
		begun = append(begun, t)
	}
	return begun, nil
}

// get waits for a report that was begun, and reads it.
func (t *turn) get(ctx context.Context, c *Collector) {
	if t.err == nil {
		t.report, t.err = c.accessReport(ctx, t.job)
	}
}

func (c *Collector) accessReport(ctx context.Context, job string) ([]account.Access, error) {
	in := &iam.GetServiceLastAccessedDetailsInput{JobId: aws.String(job), MaxItems: aws.Int32(maxItems)}
	var report []account.Access
	for wait := firstWait; ; {
		out, err := c.iam.GetServiceLastAccessedDetails(ctx, in)
		switch {
		case err != nil:
			return nil, err
		case out.JobStatus == types.JobStatusTypeInProgress:
			if err := pause.For(ctx, wait); err != nil {
				return nil, fmt.Errorf("the report on last access was not made in time: %w", err)
			}
			wait = min(2*wait, longestWait)
			continue
		case out.JobStatus != types.JobStatusTypeCompleted:
			return nil, unreported(out)
		}
		report = append(report, mapAccess(out.ServicesLastAccessed)...)
		switch {
		case !out.IsTruncated:
			order.By(report, func(a, b account.Access) int { return strings.Compare(a.Service, b.Service) })
			return report, nil
		case aws.ToString(out.Marker) == "":
			return nil, errors.New("iam:GetServiceLastAccessedDetails breaks off without a Marker")
		}
		in.Marker = out.Marker
	}
}

// unreported says why AWS did not make a report, without its prose.
func unreported(out *iam.GetServiceLastAccessedDetailsOutput) error {
	code := "no reason given"
	if out.Error != nil && aws.ToString(out.Error.Code) != "" {
		code = aws.ToString(out.Error.Code)
	}
	return fmt.Errorf("AWS could not make the report on last access (JobStatus %s): %s", out.JobStatus, code)
}

func mapAccess(list []types.ServiceLastAccessed) []account.Access {
	report := make([]account.Access, 0, len(list))
	for _, s := range list {
		report = append(report, account.Access{
			Service: aws.ToString(s.ServiceNamespace), Last: aws.ToTime(s.LastAuthenticated).UTC(),
		})
	}
	return report
}

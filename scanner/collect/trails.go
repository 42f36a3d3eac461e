package collect

import (
	"context"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"iamvigil/scanner/account"
)

// trails reads the trails that apply to all Regions, and of each whether it
// logs and what. A trail of the organization may keep that to itself; then it
// alone is not known.
func (c *Collector) trails(ctx context.Context, l *look) {
	at := c.now()
	out, err := c.trail.DescribeTrails(ctx, &cloudtrail.DescribeTrailsInput{})
	l.saw(at, err, account.Trails)
	if err != nil {
		return
	}
	trails := mapTrails(out.TrailList)
	var wg sync.WaitGroup
	for i := range trails {
		wg.Go(func() { c.trailDetails(ctx, &trails[i]) })
	}
	wg.Wait()
	l.snapshot.Trails = trails
}

func (c *Collector) trailDetails(ctx context.Context, t *account.Trail) {
	at := c.now()
	status, err := c.trail.GetTrailStatus(ctx, &cloudtrail.GetTrailStatusInput{Name: aws.String(t.ARN)})
	if err == nil {
		t.Logging = aws.ToBool(status.IsLogging)
		var selectors *cloudtrail.GetEventSelectorsOutput
		selectors, err = c.trail.GetEventSelectors(ctx, &cloudtrail.GetEventSelectorsInput{TrailName: aws.String(t.ARN)})
		if err == nil {
			t.Management = management(selectors.EventSelectors, selectors.AdvancedEventSelectors)
		}
	}
	if err != nil {
		t.Seen = map[account.Fact]account.Seen{account.Trails: seen(at, err)}
	}
}

func mapTrails(list []types.Trail) []account.Trail {
	var trails []account.Trail
	for _, t := range list {
		if aws.ToBool(t.IsMultiRegionTrail) {
			trails = append(trails, account.Trail{
				ARN:    aws.ToString(t.TrailARN),
				Name:   aws.ToString(t.Name),
				Global: aws.ToBool(t.IncludeGlobalServiceEvents),
			})
		}
	}
	return trails
}

// management tells which management events a trail's selectors let through.
// Several selectors add up.
func management(basic []types.EventSelector, advanced []types.AdvancedEventSelector) string {
	reads, writes := false, false
	for _, s := range basic {
		if aws.ToBool(s.IncludeManagementEvents) {
			reads = reads || s.ReadWriteType != types.ReadWriteTypeWriteOnly
			writes = writes || s.ReadWriteType != types.ReadWriteTypeReadOnly
		}
	}
	for _, s := range advanced {
		r, w := advancedManagement(s.FieldSelectors)
		reads, writes = reads || r, writes || w
	}
	switch {
	case reads && writes:
		return account.RecordsAll
	case writes:
		return account.RecordsWrite
	case reads:
		return account.RecordsRead
	}
	return account.RecordsNone
}

// advancedManagement reads one advanced selector, whose fields must all hold.
// For management events CloudTrail takes eventCategory, readOnly and, to leave
// out two noisy services, eventSource.
func advancedManagement(fields []types.AdvancedFieldSelector) (reads, writes bool) {
	reads, writes = true, true
	category := false
	for _, f := range fields {
		switch aws.ToString(f.Field) {
		case "eventCategory":
			category = slices.Contains(f.Equals, "Management")
		case "readOnly":
			if len(f.Equals) > 0 {
				reads = slices.Contains(f.Equals, "true")
				writes = slices.Contains(f.Equals, "false")
			}
		}
	}
	return category && reads, category && writes
}

package history

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/smithy-go"

	"iamvigil/scanner/trail"
)

// unseen is why nothing is named after a search that came to its end, which
// [run.notSeen] words.
const unseen = "unseen"

// run is one run of lookups.
type run struct {
	*History
	since time.Time
	left  int       // calls
	last  time.Time // of the last call
	// failed: a call has failed. The second one is the last.
	failed bool
	// stopped is why no more calls are made.
	stopped string
	lookups map[attribute]*lookup
}

// attribute is what events are looked up by. LookupEvents takes one.
type attribute struct {
	key   types.LookupAttributeKey
	value string
}

// lookup is what is known so far of the events that have an attribute.
type lookup struct {
	by     attribute
	events []trail.Event // newest first
	seen   int           // events, those that cannot be read among them
	pages  int
	token  *string // nil after the last page
	// missing is why no further page can be read.
	missing string
}

// newest is the newest event that answers the question, or why none is named.
// One that names the part goes before newer ones that are silent about it.
// Those older than floor are not wanted, and then missing is that none is seen.
func (r *run) newest(ctx context.Context, q *trail.Question, by attribute, floor time.Time) (found *trail.Event, missing string) {
	l := r.lookups[by]
	if l == nil {
		l = &lookup{by: by}
		r.lookups[by] = l
	}
	for from := 0; missing == ""; {
		event, named := best(q, l.events[from:])
		if named {
			return event, ""
		}
		if found == nil {
			found = event
		}
		if from = len(l.events); from > 0 && l.events[from-1].Time.Before(floor) {
			missing = unseen
		} else {
			missing = r.read(ctx, l)
		}
	}
	if found != nil {
		return found, ""
	}
	return nil, missing
}

// read adds a page to what is known, or says why there is none.
func (r *run) read(ctx context.Context, l *lookup) (missing string) {
	switch {
	case l.missing != "":
		return l.missing
	case l.pages > 0 && l.token == nil:
		return unseen
	case l.pages == pages:
		return fmt.Sprintf("not among the latest %d events", l.seen)
	case r.stopped != "":
		return r.stopped
	case r.left <= 0:
		return fmt.Sprintf("not looked up: the budget of %d calls a run was used up", r.Budget)
	}
	page, err := r.call(ctx, &cloudtrail.LookupEventsInput{
		LookupAttributes: []types.LookupAttribute{{AttributeKey: l.by.key, AttributeValue: aws.String(l.by.value)}},
		StartTime:        aws.Time(r.since),
		NextToken:        l.token,
	})
	if err != nil {
		return r.fail(ctx, l, err)
	}
	l.add(page)
	return ""
}

// add takes a page, which may be empty and yet not the last. Records that
// cannot be read are passed over.
func (l *lookup) add(page *cloudtrail.LookupEventsOutput) {
	l.pages++
	l.seen += len(page.Events)
	l.token = page.NextToken
	for _, e := range page.Events {
		if event, err := trail.ParseRecord([]byte(aws.ToString(e.CloudTrailEvent))); err == nil {
			l.events = append(l.events, event)
		}
	}
}

// call asks for one page, at the pace of the quota and once more where that may
// help.
func (r *run) call(ctx context.Context, in *cloudtrail.LookupEventsInput) (*cloudtrail.LookupEventsOutput, error) {
	for attempt := 1; ; attempt++ {
		if err := r.pace(ctx, time.Duration(attempt)*interval); err != nil {
			return nil, err
		}
		r.left--
		out, err := r.lookUp(ctx, in)
		if err == nil || attempt == attempts || r.left <= 0 || !retry.NewStandard().IsErrorRetryable(err) {
			return out, err
		}
	}
}

func (r *run) lookUp(ctx context.Context, in *cloudtrail.LookupEventsInput) (*cloudtrail.LookupEventsOutput, error) {
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	return r.client.LookupEvents(ctx, in)
}

// pace waits until the last call is so long ago.
func (r *run) pace(ctx context.Context, apart time.Duration) error {
	if !r.last.IsZero() {
		if wait := min(apart-r.now().Sub(r.last), apart); wait > 0 {
			if err := r.Pause(ctx, wait); err != nil {
				return err
			}
		}
	}
	r.last = r.now()
	return nil
}

// fail remembers why the lookup goes no further, and whether any does.
func (r *run) fail(ctx context.Context, l *lookup, err error) string {
	code := codeOf(err)
	l.missing = "CloudTrail could not be asked: " + code
	if r.failed || ctx.Err() != nil || strings.HasPrefix(code, "AccessDenied") {
		r.stopped = l.missing
	}
	r.failed = true
	return l.missing
}

// codeOf is AWS's error code, or what else is short and safe to tell.
func codeOf(err error) string {
	var api smithy.APIError
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer in time"
	case errors.Is(err, context.Canceled):
		return "the run was cancelled"
	case errors.As(err, &api) && plain(api.ErrorCode()):
		return api.ErrorCode()
	}
	return "no answer"
}

// plain: as error codes are, and as nothing is that was made to mislead.
func plain(code string) bool {
	return code != "" && len(code) <= 64 && !strings.ContainsFunc(code, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '.'
	})
}

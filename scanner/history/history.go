// Package history asks CloudTrail's event history who brought about what was
// found, slowly and little enough to hold nobody up.
//
// It knows no rule, no finding and no record: it is given questions, and says
// of each which call answers it or why none is named. It never guesses.
package history

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"iamvigil/internal/pause"
	"iamvigil/scanner/account"
	"iamvigil/scanner/trail"
)

const (
	// reach is how far back the event history goes.
	reach = 90 * 24 * time.Hour
	// interval keeps to LookupEvents' quota of two calls a second in an account
	// and Region.
	interval = time.Second / 2
	// pages is how many pages of an answer are read, of at most 50 events each.
	pages = 3
	// attempts is how often a call is made that is throttled or fails.
	attempts = 2
	// longest is how long one call may take: a hung one leaves time for others.
	longest = 5 * time.Second
)

// History looks up events of one account. It needs cloudtrail:LookupEvents.
type History struct {
	// Budget is the most calls of one run, repeated ones among them; [New] sets
	// 30, which take 15 seconds.
	Budget int
	// Within is the most time of one run; [New] sets 30 seconds.
	Within time.Duration
	// Pause waits for that long, or until the context is done, which is then the
	// error; [New] sets one that does so.
	Pause func(context.Context, time.Duration) error

	client *cloudtrail.Client
	region string // empty: not known
	now    func() time.Time
}

// New makes a history of the account that the configuration's credentials
// belong to, which is in that partition. Events of IAM exist in one Region of a
// partition, which is asked whatever Region is configured; where it is not known
// none is.
func New(cfg aws.Config, partition string, now func() time.Time) *History {
	region := account.GlobalRegion(partition)
	client := cloudtrail.NewFromConfig(cfg, func(o *cloudtrail.Options) {
		o.Region = region
		o.Retryer = aws.NopRetryer{} // a repetition has to keep the pace too
	})
	return &History{Budget: 30, Within: 30 * time.Second, Pause: pause.For, client: client, region: region, now: now}
}

// Who tells of each question, in their order, which call answers it. The first
// questions are looked up first, until the budget is used up. What cannot be
// looked up is said in the answer, and is no reason to fail.
func (h *History) Who(ctx context.Context, questions []trail.Question) []trail.Origin {
	ctx, cancel := context.WithTimeout(ctx, h.Within)
	defer cancel()
	r := run{History: h, since: h.now().Add(-reach), left: h.Budget, lookups: map[attribute]*lookup{}}
	origins := make([]trail.Origin, len(questions))
	for i := range questions {
		q := &questions[i]
		event, missing := r.answer(ctx, q)
		switch {
		case event != nil:
			origins[i] = *event.Origin()
		case missing == unseen:
			origins[i] = trail.Origin{Missing: r.notSeen(q)}
		default:
			origins[i] = trail.Origin{Missing: missing}
		}
	}
	return origins
}

// Why a question is not looked up.
const (
	nothing  = "not looked up: nothing is known to look it up by"
	nameless = "not looked up: the id of the key is not known"
	nowhere  = "not looked up: in which Region of this partition IAM's events are is not known"
)

func (r *run) answer(ctx context.Context, q *trail.Question) (*trail.Event, string) {
	of := q.Resource
	switch {
	case r.region == "":
		return nil, nowhere
	case strings.HasPrefix(q.Part, account.NamelessKey):
		return nil, nameless
	case of.Kind == account.KindAccount && len(q.Causes) > 0:
		return r.byCause(ctx, q)
	case of.Kind == account.KindPolicy && of.ARN != "":
		return r.byName(ctx, q, of.ARN)
	case !slices.Contains([]account.Kind{account.KindUser, account.KindGroup, account.KindRole, account.KindPolicy}, of.Kind) || of.Name == "":
		return nil, nothing
	case account.IsKeyID(q.Part):
		// A key has few events, its user may have many.
		if event, _ := r.byName(ctx, q, q.Part); event != nil {
			return event, ""
		}
	}
	return r.byName(ctx, q, of.Name)
}

func (r *run) byName(ctx context.Context, q *trail.Question, name string) (*trail.Event, string) {
	return r.newest(ctx, q, attribute{types.LookupAttributeKeyResourceName, name}, q.Since)
}

// byCause asks for every cause, as the newest of all is wanted: the account has
// no name that CloudTrail finds events by. What not all of them tell is not
// known. Some causes, such as the calls of CloudTrail, leave their events in
// other Regions.
func (r *run) byCause(ctx context.Context, q *trail.Question) (*trail.Event, string) {
	var best *trail.Event
	for _, cause := range q.Causes {
		floor := q.Since
		if best != nil {
			floor = best.Time
		}
		event, missing := r.newest(ctx, q, attribute{types.LookupAttributeKeyEventName, cause}, floor)
		switch {
		case event != nil && (best == nil || event.Time.After(best.Time)):
			best = event
		case event == nil && missing != unseen:
			return nil, missing
		}
	}
	if best == nil {
		return nil, unseen
	}
	return best, ""
}

// notSeen says what was not: no call at all, or none that names the resource.
func (r *run) notSeen(q *trail.Question) string {
	when := "in the last 90 days"
	if q.Since.After(r.since) {
		when = "since " + q.Since.UTC().Format("2006-01-02 15:04 UTC")
	}
	switch {
	case q.Indirect():
		return "no such call on it " + when + "; it may have come through a group or policy"
	case q.Resource.Kind == account.KindAccount:
		return "not " + when + " in " + r.region
	}
	return "not " + when
}

// best is the newest event that answers, of those that name the part if any
// does.
func best(q *trail.Question, events []trail.Event) (found *trail.Event, named bool) {
	for i := range events {
		e := &events[i]
		switch {
		case !q.Answers(e):
		case names(e, q.Part):
			return e, true
		case found == nil:
			found = e
		}
	}
	return found, false
}

// names: every event names a part that is none.
func names(e *trail.Event, part string) bool {
	for _, detail := range e.Details {
		if same(detail, part) {
			return true
		}
	}
	return part == ""
}

// same compares a detail, which is cut where it is long, with a part.
func same(detail, part string) bool {
	begins, cut := strings.CutSuffix(detail, "…")
	return detail == part || cut && strings.HasPrefix(part, begins)
}

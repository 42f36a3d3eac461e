package history

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"iamvigil/scanner/account"
	"iamvigil/scanner/trail"
)

// Assumption is a role that a user assumed.
type Assumption struct {
	Role string // its ARN
	// At is when the user did so last.
	At time.Time
	// Others counts the sessions of the role that others began in the same time;
	// there may be more where it was read of the newest events only.
	Others int
}

// Assumed are the roles that the user assumed since then, sorted by ARN, as far
// as the events of one Region tell: those of calls to STS's endpoints in others
// are not among them. An error means that it is not known, not even in part.
func (h *History) Assumed(ctx context.Context, user account.Ref, since time.Time) ([]Assumption, error) {
	ctx, cancel := context.WithTimeout(ctx, h.Within)
	defer cancel()
	if h.region == "" {
		return nil, fmt.Errorf("look up the roles that user %q assumed: %s", user.Name, nowhere)
	}
	r := run{History: h, since: since, left: h.Budget, lookups: map[attribute]*lookup{}}
	own, missing := r.sessions(ctx, attribute{types.LookupAttributeKeyUsername, user.Name})
	if missing != unseen {
		return nil, fmt.Errorf("look up the roles that user %q assumed: %s", user.Name, missing)
	}
	last := map[string]time.Time{}
	for i := range own {
		if e := &own[i]; by(e, user) && e.Time.After(last[e.Details["roleArn"]]) {
			last[e.Details["roleArn"]] = e.Time
		}
	}
	var all []Assumption
	for role, at := range last {
		others, missing := r.sessions(ctx, attribute{types.LookupAttributeKeyResourceName, role})
		if missing != unseen && len(others) == 0 {
			return nil, fmt.Errorf("look up the sessions of role %q: %s", role, missing)
		}
		others = slices.DeleteFunc(others, func(e trail.Event) bool { return by(&e, user) || e.Details["roleArn"] != role })
		all = append(all, Assumption{Role: role, At: at, Others: len(others)})
	}
	slices.SortFunc(all, func(a, b Assumption) int { return strings.Compare(a.Role, b.Role) })
	return all, nil
}

// by reports whether the user made the call: an event's user name may be another
// principal's of the same name.
func by(e *trail.Event, user account.Ref) bool {
	actor, ok := e.Actor.Ref()
	return ok && actor.Same(account.Ref{Kind: account.KindUser, Name: user.Name})
}

// sessions are the successful calls of AssumeRole that have the attribute, and
// why no more are known: [unseen] where these are all.
func (r *run) sessions(ctx context.Context, having attribute) (all []trail.Event, missing string) {
	l := &lookup{by: having}
	for missing == "" {
		missing = r.read(ctx, l)
	}
	for i := range l.events {
		e := &l.events[i]
		if e.Name == "AssumeRole" && e.Source == "sts.amazonaws.com" && !e.Failed && !e.Time.Before(r.since) && e.Details["roleArn"] != "" {
			all = append(all, *e)
		}
	}
	return all, missing
}

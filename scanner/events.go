package scanner

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"iamvigil/scanner/account"
	"iamvigil/scanner/trail"
)

// Scene is what event rules know beside the event. Its zero value knows nothing.
type Scene struct {
	// OwnRoles are the ARNs of the roles that this program runs as.
	OwnRoles []string
	// Remediation is the ARN of the one role among them that writes to IAM, and
	// journals that before; empty: none does.
	Remediation string
	// Journalled are the events that the journal holds, by their ids.
	Journalled map[string]bool
	// Snapshot is the look that is taken on account of the events; nil: none is.
	Snapshot *account.Snapshot
	// Streaks are known from events before these.
	Streaks []Streak
	// Now is what no event is later than, whatever it says of itself; zero: nobody knows.
	Now time.Time
}

// own reports whether one of the scanner's roles acts.
func (s *Scene) own(a *trail.Actor) bool {
	return slices.Contains(s.OwnRoles, a.Issuer) || s.Remediation != "" && a.Issuer == s.Remediation
}

// Own reports whether one of the scanner's roles made the call.
func (p *EventPass) Own() bool { return p.own(&p.event.Actor) }

// EventPass is one event rule asked about one event.
type EventPass struct {
	Rule EventRule
	Scene
	// Acts are, of a rule that counts, the different ones of the streak that this event
	// has made as long as the limit, sorted.
	Acts []string

	event  trail.Event
	alerts []alerted
}

// alerted is an act as it was reported, and what was added to it.
type alerted struct {
	Alert
	reported *Reported
}

// Alert reports the act, about the resource it was done to.
func (p *EventPass) Alert(about account.Ref, format string, args ...any) *Reported {
	reported := &Reported{}
	p.alerts = append(p.alerts, alerted{reported: reported, Alert: Alert{
		Rule:     p.Rule.ID,
		Severity: p.Rule.Severity,
		Resource: about,
		Message:  fmt.Sprintf(format, args...),
		Controls: present(p.Rule.Controls),
		Why:      p.Rule.Why,
		Fix:      p.Rule.Fix,
		Console:  console(cmp.Or(account.ParseARN(about.ARN).Partition, account.ParseARN(p.event.Actor.ARN).Partition), about),
		Event:    p.event,
	}})
	return reported
}

// Denies are the policies by which the scanner's stack contains users; empty where
// nobody looked.
func (p *EventPass) Denies() account.Denies {
	if p.Snapshot == nil {
		return account.Denies{}
	}
	return p.Snapshot.Stack.Denies
}

// Denied are those of them that the user has attached, as the look shows it.
func (p *EventPass) Denied(user account.Ref) account.Denies {
	if denies := p.Denies(); denies.Any() {
		if u := p.User(user); u != nil {
			return denies.Of(u)
		}
	}
	return account.Denies{}
}

// User is the user as the look shows it; nil: it shows none.
func (p *EventPass) User(named account.Ref) *account.User {
	if p.Snapshot == nil {
		return nil
	}
	for i := range p.Snapshot.Users {
		if u := &p.Snapshot.Users[i]; u.Ref().Same(named) {
			return u
		}
	}
	return nil
}

// Unseen are the gaps of event rules, some of whose events never come: a
// standing want of this program that a look at the whole account says. Further:
// the stack was asked for further events.
func Unseen(rules []EventRule, further bool) []Gap {
	var gaps, unasked []Gap
	var unseen []string
	for _, rule := range rules {
		if rule.OptIn && rule.Further != "" && !further { // who switches a rule on wants all of it
			unasked = append(unasked, Gap{Rule: rule.ID, Fact: account.FurtherEvents,
				Reason: rule.Further + " do not come here; deploy the stack with FurtherEvents=true, or switch the rule off"})
		}
		if rule.Unseen != "" {
			gaps = append(gaps, Gap{Rule: rule.ID, Fact: account.OtherRegions})
			if !slices.Contains(unseen, rule.Unseen) {
				unseen = append(unseen, rule.Unseen)
			}
		}
	}
	for i := range gaps {
		gaps[i].Reason = "events of other Regions do not come here: " + strings.Join(unseen, "; ")
	}
	return append(gaps, unasked...)
}

// Alerts asks every event rule about every event, in the order of the events. A nil
// scene is the zero one.
func Alerts(events []trail.Event, rules []EventRule, scene *Scene) []Alert {
	if scene == nil {
		scene = &Scene{}
	}
	alerts := []Alert{}
	t := tally{scene: scene}
	for i := range events {
		for j := range rules {
			alerts = append(alerts, ask(&rules[j], &events[i], scene, &t)...)
		}
	}
	return alerts
}

// ask asks one rule about one event, and what that completes.
func ask(rule *EventRule, ev *trail.Event, scene *Scene, t *tally) (alerts []Alert) {
	if !rule.about(ev) {
		return nil
	}
	p := &EventPass{Rule: *rule, Scene: *scene, event: *ev}
	if rule.Counts != nil {
		if p.Acts = t.count(rule, ev); len(p.Acts) == 0 {
			return nil
		}
	}
	rule.Check(p, *ev)
	for _, a := range p.alerts {
		a.Commands = pasteable(a.reported.commands)
		alerts = append(alerts, a.Alert)
	}
	return alerts
}

func (r *EventRule) about(ev *trail.Event) bool {
	return len(r.Events) == 0 || slices.Contains(r.Events, ev.Name)
}

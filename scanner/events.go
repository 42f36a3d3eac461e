package scanner

import (
	"fmt"
	"slices"
	"strings"

	"iamvigil/scanner/account"
	"iamvigil/scanner/trail"
)

// EventPass is one event rule asked about one event.
type EventPass struct {
	Rule EventRule
	// OwnRoles are the ARNs of the roles that this program runs as.
	OwnRoles []string

	event  trail.Event
	alerts []Alert
}

// Alert reports the act, about the resource it was done to.
func (p *EventPass) Alert(about account.Ref, format string, args ...any) {
	a := Alert{
		Rule:     p.Rule.ID,
		Severity: p.Rule.Severity,
		Resource: about,
		Message:  fmt.Sprintf(format, args...),
		Controls: present(p.Rule.Controls),
		Why:      p.Rule.Why,
		Fix:      p.Rule.Fix,
		Commands: []string{},
		Console:  Console(about),
		Event:    p.event,
	}
	if p.Rule.Mend != nil {
		a.Commands = commands(p.Rule.Mend(&a))
	}
	p.alerts = append(p.alerts, a)
}

// Unseen are the gaps of event rules, some of whose events never come: a
// standing want of this program that a look at the whole account says.
func Unseen(rules []EventRule) []Gap {
	var gaps []Gap
	var unseen []string
	for _, rule := range rules {
		if rule.Unseen != "" {
			gaps = append(gaps, Gap{Rule: rule.ID, Fact: account.OtherRegions})
			unseen = append(unseen, rule.Unseen)
		}
	}
	for i := range gaps {
		gaps[i].Reason = "events of other Regions do not come here: " + strings.Join(unseen, "; ")
	}
	return gaps
}

// Alerts asks every event rule about every event, in the order of the events.
func Alerts(events []trail.Event, rules []EventRule, ownRoles []string) []Alert {
	alerts := []Alert{}
	for _, ev := range events {
		for _, rule := range rules {
			if len(rule.Events) > 0 && !slices.Contains(rule.Events, ev.Name) {
				continue
			}
			p := &EventPass{Rule: rule, OwnRoles: ownRoles, event: ev}
			rule.Check(p, ev)
			alerts = append(alerts, p.alerts...)
		}
	}
	return alerts
}

package rules

import (
	"fmt"
	"strconv"
	"strings"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
)

var trails = []scanner.Rule{
	{
		About: scanner.About{
			ID: "trail-management-events", Title: "No trail records management events of all Regions", Severity: scanner.Critical,
			Controls: cis("3.1", "3.1", "3.1", "FSBP CloudTrail.1", "AWS Config multi-region-cloudtrail-enabled"),
			Why:      "Without such a trail no change to IAM reaches EventBridge: changes are then seen only by the nightly audit, and nobody can tell who made them.",
			Fix:      "Create a trail for all Regions that records write management events, and start it (cloudtrail create-trail with is-multi-region-trail, cloudtrail put-event-selectors, cloudtrail start-logging).",
		},
		Reads: []account.Fact{account.Trails},
		Check: scanner.Account(trailManagementEvents),
	},
}

// trailManagementEvents is satisfied by one good trail. A trail that could not
// be looked into might be that one.
func trailManagementEvents(p *scanner.Pass, s *account.Snapshot) {
	var faults []string
	unknown := false
	for i := range s.Trails {
		t := &s.Trails[i]
		if seen := s.Of(t.Seen, account.Trails); !seen.Known() {
			unknown = true
			continue
		}
		fault := trailFault(t)
		if fault == "" {
			return
		}
		faults = append(faults, fmt.Sprintf("%q %s", t.Name, fault))
	}
	switch {
	case unknown:
		trailGaps(p, s)
	case len(faults) == 0:
		p.Fail("", map[string]string{"trails": "0"}, "account %s has no trail for all Regions", s.Account.ID)
	default:
		p.Fail("", map[string]string{"trails": strconv.Itoa(len(s.Trails))},
			"account %s has no trail for all Regions that records write management events: %s",
			s.Account.ID, strings.Join(faults[:min(most, len(faults))], ", "))
	}
}

func trailGaps(p *scanner.Pass, s *account.Snapshot) {
	for i := range s.Trails {
		if seen := s.Of(s.Trails[i].Seen, account.Trails); !seen.Known() {
			p.Gap(account.Trails, seen)
		}
	}
}

// trailFault says why a trail does not do, or nothing.
func trailFault(t *account.Trail) string {
	switch {
	case !t.Logging:
		return "is stopped"
	case !t.Global:
		return "leaves out global services"
	case t.Management != account.RecordsAll && t.Management != account.RecordsWrite:
		return "leaves out write management events"
	}
	return ""
}

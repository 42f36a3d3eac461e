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
			Fix:      "Mend a trail or create one for all Regions that records write management events (cloudtrail create-trail with is-multi-region-trail, cloudtrail put-event-selectors), and start it (cloudtrail start-logging).",
			Causes:   []string{"StopLogging", "DeleteTrail", "UpdateTrail", "PutEventSelectors"},
			Cures:    []string{"StartLogging", "CreateTrail", "UpdateTrail", "PutEventSelectors"},
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
			s.Account.ID, strings.Join(faults[:min(most, len(faults))], ", ")).
			Mend(trailMended(s)...)
	}
}

// trailMended makes a trail good that needs no new selectors: putting those would
// take away the ones it has. One of the organization's is not the account's to
// change.
func trailMended(s *account.Snapshot) []string {
	for i := range s.Trails {
		t := &s.Trails[i]
		if !recordsWrites(t) || account.ParseARN(t.ARN).Account != s.Account.ID {
			continue
		}
		commands, region := []string{}, account.ParseARN(t.ARN).Region
		if !t.Global {
			commands = append(commands, inRegion(region, "update-trail", "--name", t.ARN, "--include-global-service-events", ""))
		}
		if !t.Logging {
			commands = append(commands, inRegion(region, "start-logging", "--name", t.ARN))
		}
		return commands
	}
	return nil
}

func recordsWrites(t *account.Trail) bool {
	return t.Management == account.RecordsAll || t.Management == account.RecordsWrite
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
	case !recordsWrites(t):
		return "leaves out write management events"
	}
	return ""
}

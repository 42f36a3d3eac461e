package rules_test

import (
	"strconv"
	"strings"
	"testing"

	"iamvigil/scanner/account"
)

// TestEvidenceOthersRead: the ledger gives a key its id by the creation in its
// finding's evidence, and people see there the limit that was compared with.
func TestEvidenceOthersRead(t *testing.T) {
	keys, limits := 0, 0
	everySnapshot(t, func(f *fixture, name string) {
		for _, finding := range ask(f, f.snapshot(t, name, everyFact())).Findings {
			if account.IsKeyID(finding.Part) || strings.HasPrefix(finding.Part, account.NamelessKey) {
				keys++
				if finding.Evidence["created"] == "" {
					t.Errorf("%s: %s of key %s has no creation: %v", f.path, finding.Rule, finding.Part, finding.Evidence)
				}
			}
			limit := 0
			if mustRule(t, finding.Rule).Limit.Unit != "" {
				limits++
				limit, _ = strconv.Atoi(finding.Evidence["limit"])
				if limit == 0 {
					t.Errorf("%s: %s has no limit: %v", f.path, finding.Rule, finding.Evidence)
				}
			}
			if finding.Limit != limit {
				t.Errorf("%s: %s compared with %d, its evidence says %d", f.path, finding.Rule, finding.Limit, limit)
			}
		}
	})
	if keys < 10 || limits < 10 {
		t.Errorf("%d findings of keys and %d with a limit: too few to tell", keys, limits)
	}
}

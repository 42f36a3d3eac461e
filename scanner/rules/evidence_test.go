package rules_test

import (
	"slices"
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

// TestNamelessKeysAreOfRulesAboutKeys: a scan asks the rules that read keys first,
// to have those named that need a name, and no other rule before they are.
func TestNamelessKeysAreOfRulesAboutKeys(t *testing.T) {
	nameless := 0
	everySnapshot(t, func(f *fixture, name string) {
		for _, finding := range ask(f, f.snapshot(t, name, everyFact())).Findings {
			if finding.Resource.Kind != account.KindUser || !strings.HasPrefix(finding.Part, account.NamelessKey) {
				continue
			}
			nameless++
			if !slices.Contains(mustRule(t, finding.Rule).Reads, account.Keys) {
				t.Errorf("%s: %s finds fault with key %s and does not read keys", f.path, finding.Rule, finding.Part)
			}
		}
	})
	if nameless < 5 {
		t.Errorf("%d findings of nameless keys: too few to tell", nameless)
	}
}

package notify

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"iamvigil/internal/words"
	"iamvigil/ledger"
	"iamvigil/scanner"
)

// withdrawnRule is the one line of a rule that is off now.
func withdrawnRule(n ledger.RuleCount) string {
	if n.Findings == 0 {
		return fmt.Sprintf("%s (%s) is off", safe(n.Rule, maxRule), n.Severity)
	}
	return fmt.Sprintf("%s (%s) is off: nobody looks after %s that you were told of", safe(n.Rule, maxRule), n.Severity,
		words.Plural(n.Findings, "finding", "findings"))
}

// exemptionNote is why people should look after an exemption.
func exemptionNote(x *ledger.ExemptionNote, now time.Time) string {
	switch x.Why {
	case ledger.Expired:
		return "Expired on " + day(x.Expires) + ", so it silences nothing now"
	case ledger.Expiring:
		return "Expires in " + words.Span(x.Expires.Sub(now)) + ", on " + day(x.Expires) + ", and silences " +
			words.Plural(x.Findings, "finding", "findings") + " now"
	}
	return "Has silenced nothing for 30 days, and lasts until " + day(x.Expires)
}

// exempted is what an exemption is about: its rules, and the pattern of what it
// exempts from them.
func exempted(x *scanner.Exemption, q quote) string {
	rules := make([]string, len(x.Rules))
	for i, rule := range x.Rules {
		rules[i] = q(rule)
	}
	text := named(rules, maxNames) + " of " + q(x.Resource)
	if x.Account != "" && x.Account != "*" {
		text += " in account " + q(x.Account)
	}
	var tags []string
	for _, key := range slices.Sorted(maps.Keys(x.Tags)) {
		tags = append(tags, q(key)+" = "+q(x.Tags[key]))
	}
	if len(tags) > 0 {
		text += " with tag " + named(tags, maxNames)
	}
	return text
}

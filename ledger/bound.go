package ledger

import (
	"maps"
	"slices"
	"unicode/utf8"

	"iamvigil/scanner"
)

// What is kept of a finding, in bytes and entries: a policy's text can get into
// messages and evidence, and DynamoDB takes 400 KB in one item. All together is
// less than a fifth of that, with a part as long as a policy can be (10 KB),
// which is never cut since it is identity. Real ones are far shorter.
const (
	longestText  = 2000
	longestLabel = 200
	mostEvidence = 16
	mostControls = 64
)

// bounded is the finding without what is over the bounds.
func bounded(f scanner.Finding) scanner.Finding {
	f.Message = cut(f.Message, longestText)
	if len(f.Controls) > mostControls {
		f.Controls = f.Controls[:mostControls]
	}
	if !fits(f.Evidence) {
		f.Evidence = boundedEvidence(f.Evidence)
	}
	return f
}

// Bounded is the entry as it is stored. What names an action, a call or what is
// acted on is never cut: without it nothing could be undone.
func (e Entry) Bounded() Entry {
	e.By, e.RequestID, e.Reason = cut(e.By, longestText), cut(e.RequestID, longestLabel), cut(e.Reason, longestText)
	if e.Intent != nil {
		i := *e.Intent
		i.Why = cut(i.Why, longestText)
		e.Intent = &i
	}
	return e
}

// Bounded is the case as it is stored.
func (c Case) Bounded() Case {
	c.Said = cut(c.Said, longestText)
	return c
}

// Bounded is the round as it is stored.
func (r Round) Bounded() Round {
	if !fits(r.Said) {
		r.Said = boundedEvidence(r.Said)
	}
	return r
}

func fits(evidence map[string]string) bool {
	for name, value := range evidence {
		if len(name) > longestLabel || len(value) > longestText {
			return false
		}
	}
	return len(evidence) <= mostEvidence
}

func boundedEvidence(evidence map[string]string) map[string]string {
	kept := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(evidence)) {
		if len(kept) == mostEvidence {
			break
		}
		kept[cut(name, longestLabel)] = cut(evidence[name], longestText)
	}
	return kept
}

// cut is the text, or where it is longer than n bytes its beginning and "…".
func cut(text string, n int) string {
	if len(text) <= n {
		return text
	}
	n -= len("…")
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n] + "…"
}

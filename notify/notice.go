package notify

import (
	"slices"
	"strings"

	"iamvigil/internal/words"
	"iamvigil/ledger"
	"iamvigil/scanner"
)

// held are the notices that say why nothing is done, and noted the others.
func held(c *ledger.Telling) (held, noted []ledger.Notice) {
	for _, n := range c.Notices {
		if holds(n) {
			held = append(held, n)
		} else {
			noted = append(noted, n)
		}
	}
	return held, noted
}

// holds reports whether the notice says why nothing is done.
func holds(n ledger.Notice) bool { return n.Kind != ledger.NoticeDisagree }

// gravity is how bad it is: that what people were promised is not done is no mere
// information.
func gravity(n ledger.Notice) scanner.Severity {
	if holds(n) {
		return scanner.Medium
	}
	return scanner.Info
}

// holders name what holds the acts, each once, in parentheses; or nothing.
func holders(all []ledger.Notice) string {
	var names []string
	for _, n := range all {
		if name := holder(n); name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return " (" + strings.Join(names, ", ") + ")"
}

func holder(n ledger.Notice) string {
	switch n.Kind {
	case ledger.NoticeBreaker:
		return "circuit breaker"
	case ledger.NoticeSwitch:
		return "kill switch"
	case ledger.NoticeBlind:
		return "not all was seen"
	case ledger.NoticeTime:
		return "no time left"
	}
	return ""
}

// noticed are so many of the notices, and how many there are besides.
func noticed(all []ledger.Notice, show func(text string) string) []string {
	var texts []string
	for _, n := range all[:min(maxNotes, len(all))] {
		texts = append(texts, capital(show(n.Text)))
	}
	if more := len(all) - maxNotes; more > 0 {
		texts = append(texts, words.Plural(more, "more notice", "more notices"))
	}
	return texts
}

package notify

import (
	"cmp"
	"slices"
	"strings"

	"iamvigil/internal/words"
	"iamvigil/ledger"
	"iamvigil/scanner/account"
)

// stepLine is a line about steps that are alike.
type stepLine struct {
	text  string
	steps []*ledger.Step
}

// stepLines have a line for each of a few steps that are alike, and one for all
// of many; none where tellings are only counted. What was done or failed is named
// as far as a message can have it, of others as much as there is room for. The
// rest is how many steps are not named.
func (t *talk) stepLines() (lines []stepLine, rest int) {
	if len(t.short) > 0 {
		return nil, 0
	}
	few := chatNames
	if countTried(t.Steps) <= chatItems { // each has its own way back
		few = chatItems
	}
	rest = len(t.Steps)
	for _, same := range alike(t.Steps) {
		most := chatNames
		if tried(same[0]) {
			most = few
		}
		var next []stepLine
		if len(same) > most {
			next = []stepLine{{t.crowd(same), same}}
		} else {
			for i, s := range same {
				next = append(next, stepLine{t.step(s), same[i : i+1]})
			}
		}
		if room := chatItems - len(lines); !tried(same[0]) {
			next = next[:max(0, min(room, len(next)))]
		}
		lines = append(lines, next...)
	}
	for _, l := range lines {
		rest -= min(len(l.steps), namesOf(l.steps))
	}
	return lines, rest
}

func countTried(steps []ledger.Step) int {
	n := 0
	for i := range steps {
		if tried(&steps[i]) {
			n++
		}
	}
	return n
}

// namesOf is how many of steps that are alike one line names.
func namesOf(same []*ledger.Step) int {
	if tried(same[0]) {
		return chatTried
	}
	return maxNames
}

// steps tell what was done about findings and what is to come.
func (t *talk) steps(n *note) {
	lines, rest := t.stepLines()
	title, items := "", []string(nil)
	for _, l := range lines {
		if next := capital(stepTitle(l.steps[0])); next != title {
			n.list(title, items)
			title, items = next, nil
		}
		items = append(items, l.text)
	}
	n.list(title, items)
	n.list("Told below their alarms", t.belowLines())
	if rest > 0 {
		n.list("Not shown", []string{words.Plural(rest, "other step", "other steps") + ": see the email"})
	}
}

// belowLines name what is told in threads of its own, so that nobody has to look
// for it there.
func (t *talk) belowLines() []string {
	var lines []string
	groups := alike(t.below)
	for _, same := range groups[:min(chatItems, len(groups))] {
		lines = append(lines, t.whom(same))
	}
	if more := len(groups) - len(lines); more > 0 {
		lines = append(lines, words.Plural(more, "more line", "more lines")+" not shown: see the email")
	}
	return lines
}

func forChat(text string) string { return markdown(text, maxFix) }

// step is one step in a line.
func (t *talk) step(s *ledger.Step) string {
	is := capital(fate(s, t.Time))
	text := is + ": " + target(s, chatValue)
	if s.Record.ID != "" {
		text = line(is, about(s), s.Record.Rule)
	} else if s.Record.Message != "" {
		text += ", reason " + code(s.Record.Message, chatAside)
	}
	var asides []string
	if aboutKey(s) && s.Record.ID != "" && !strings.Contains(about(s), s.Target) {
		asides = append(asides, "access key "+chatValue(s.Target))
	}
	if !aboutKey(s) {
		asides = append(asides, "policy "+chatValue(cmp.Or(account.NameOf(s.Target), s.Target)))
	}
	if used := lastUse(s, t.Time, chatValue); used != "" {
		asides = append(asides, "last used "+used)
	}
	asides = append(asides, owned(s.Record.Owner), t.ids(s))
	text = strings.Join(append([]string{text}, slices.DeleteFunc(asides, func(a string) bool { return a == "" })...), ", ")
	return text + t.outcome(s, s.Reason)
}

// ids are by what a step is put off or undone.
func (t *talk) ids(s *ledger.Step) string {
	switch {
	case changed(s):
		return "undo with " + code(undoing(s), chatAside)
	case comes(s) && s.Record.ID != "":
		return "id " + code(shortID(s.Record.ID), chatAside)
	}
	return ""
}

// outcome is why a step came to what it did, and what it leaves.
func (t *talk) outcome(s *ledger.Step, cause string) string {
	text := ""
	if cause != "" {
		text = "; cause: " + code(cause, chatSentence)
	}
	if then := outlook(s); then != "" {
		text += "; " + then
	}
	return text
}

// crowd is many steps in a line.
func (t *talk) crowd(same []*ledger.Step) string {
	text := t.whom(same)
	if changed(same[0]) {
		text += ", undo each with " + code(undoAction+"ACTION", chatAside)
	}
	return text + t.outcome(same[0], inCommon(same, func(s *ledger.Step) string { return s.Reason }))
}

// whom names what steps that are alike are about.
func (t *talk) whom(same []*ledger.Step) string {
	names := make([]string, len(same))
	for i, s := range same {
		names[i] = target(s, chatValue)
		if changed(s) {
			names[i] += " (action " + code(actionOf(s), chatAside) + ")"
		}
	}
	is, rule := capital(fate(same[0], t.Time))+": ", ""
	if same[0].Record.Rule != "" {
		rule = " (" + code(same[0].Record.Rule, maxRule) + ")"
	}
	if len(same) == 1 {
		return is + names[0] + rule
	}
	for i := range names {
		names[i] = strings.TrimPrefix(names[i], "access key ")
	}
	return is + crowd(same) + rule + ": " + named(names, namesOf(same))
}

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
// of many; none where tellings are only counted. The rest is how many steps there
// is no room for.
func (t *talk) stepLines() (lines []stepLine, rest int) {
	if len(t.short) > 0 {
		return nil, 0
	}
	for _, same := range alike(t.Steps) {
		most := chatNames
		if changed(same[0]) { // each has its own way back
			most = chatSteps
		}
		if len(same) > most {
			lines = append(lines, stepLine{t.crowd(same), same})
			continue
		}
		for i, s := range same {
			lines = append(lines, stepLine{t.step(s), same[i : i+1]})
		}
	}
	rest = len(t.Steps)
	lines = lines[:min(chatItems, len(lines))]
	for _, l := range lines {
		rest -= len(l.steps)
	}
	return lines, rest
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
	if rest > 0 {
		n.list("Not shown", []string{words.Plural(rest, "other step", "other steps") + ": see the email"})
	}
}

func forChat(text string) string { return markdown(text, maxFix) }

// step is one step in a line.
func (t *talk) step(s *ledger.Step) string {
	is := capital(fate(s, t.Time))
	text := is + ": " + target(s, chatValue)
	if s.Record.ID != "" {
		text = line(is, s.Record.Message, s.Record.Rule)
	} else if s.Record.Message != "" {
		text += ", reason " + code(s.Record.Message, chatAside)
	}
	var asides []string
	if aboutKey(s) && s.Record.ID != "" && !strings.Contains(s.Record.Message, s.Target) {
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
	if still := stillFails(s); still != "" {
		text += "; " + still
	}
	return text
}

// crowd is many steps in a line.
func (t *talk) crowd(same []*ledger.Step) string {
	s := same[0]
	text := capital(fate(s, t.Time)) + ": " + crowd(same)
	if s.Record.Rule != "" {
		text += " (" + code(s.Record.Rule, maxRule) + ")"
	}
	names := make([]string, len(same))
	for i := range same {
		names[i] = strings.TrimPrefix(target(same[i], chatValue), "access key ")
	}
	text += ": " + named(names, maxNames)
	if changed(s) {
		text += ", undo with the ids that " + code(listActs, chatAside) + " has"
	}
	return text + t.outcome(s, inCommon(same, func(s *ledger.Step) string { return s.Reason }))
}

// afterSteps are what people can do about the steps that are shown: what is left
// to do first, then how what comes is put off, and what all of it means.
func (t *talk) afterSteps(l *stepList) {
	lines, _ := t.stepLines()
	for _, told := range lines {
		for _, s := range told.steps {
			for _, a := range s.Advice {
				text, command := advised(a)
				l.say(append([]string{markdown(text, maxStep)}, inOrder(commands(command), "")...)...)
			}
		}
	}
	for _, told := range lines {
		if s := told.steps[0]; comes(s) {
			const how = "To ask for an exemption: "
			l.say(how + cmp.Or(markdown(s.Ask, maxStep-len(how)), asking(s, "the user's ARN", chatValue), "ask whoever keeps the configuration"))
			l.say("To put off what comes for a week: " + code("iamvigil ack ID --until DATE --reason WHY", chatCommand))
		}
	}
	for _, told := range lines {
		s := told.steps[0]
		if comes(s) || s.What == ledger.StepRefused || stillFails(s) != "" {
			l.say(markdown(s.Record.Fix, maxStep))
		}
	}
	for _, told := range lines {
		if s := told.steps[0]; comes(s) || s.What == ledger.StepDone {
			l.say(markdown(effect(s), maxStep))
		}
	}
}

// commands are none or one.
func commands(command string) []string {
	if command == "" {
		return nil
	}
	return []string{command}
}

// say tells what was not said yet.
func (l *stepList) say(steps ...string) {
	if !slices.Contains(l.said, steps[0]) {
		l.said = append(l.said, steps[0])
		l.put(steps)
	}
}

package notify

import (
	"slices"

	"iamvigil/ledger"
)

// afterSteps are what people can do about the steps that are shown: what is left
// to do first, then how what comes is put off, and what all of it means.
func (t *talk) afterSteps(l *stepList) {
	lines, _ := t.stepLines()
	for _, told := range lines {
		for _, s := range told.steps {
			for _, f := range furthers(s.Advice) {
				l.sayOnce(f.key(), append([]string{markdown(f.text, maxStep)}, inOrder(f.commands, "")...)...)
			}
		}
	}
	if slices.ContainsFunc(lines, func(told stepLine) bool { return slices.ContainsFunc(told.steps, denied) }) {
		l.say(whoDenies + ".")
	}
	t.putOff(l, lines)
	if holding, _ := held(t.Telling); len(holding) > 0 && len(t.short) == 0 {
		l.say("To see what is due: " + code(listPlan, chatCommand))
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

// putOff tells how to keep from happening what comes.
func (t *talk) putOff(l *stepList, lines []stepLine) {
	const how = "To ask for an exemption: "
	var asks, rules []string
	coming := false
	for _, told := range lines {
		switch s := told.steps[0]; {
		case !comes(s):
		case s.Ask != "":
			asks, coming = append(asks, how+markdown(s.Ask, maxStep-len(how))), true
		default:
			if rule := chatValue(s.Record.Rule); s.Record.Rule != "" && !slices.Contains(rules, rule) {
				rules = append(rules, rule)
			}
			coming = true
		}
	}
	if len(rules) > 0 {
		asks = append(asks, how+exempting("the user's ARN", rules))
	}
	for _, ask := range asks {
		l.say(ask)
	}
	if coming {
		l.say("To put off what comes for a week: " + code("iamvigil ack ID --until DATE --reason WHY", chatCommand))
	}
}

// say tells a step that was not said yet.
func (l *stepList) say(step string) { l.sayOnce(step, step) }

// sayOnce tells steps that belong together, unless such were said by that key.
func (l *stepList) sayOnce(key string, steps ...string) {
	if !slices.Contains(l.said, key) {
		l.said = append(l.said, key)
		l.put(steps)
	}
}

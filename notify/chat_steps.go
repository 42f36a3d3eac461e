package notify

import (
	"fmt"
	"slices"
	"strings"

	"iamvigil/internal/words"
	"iamvigil/ledger"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
)

// nextSteps are what mends the worst, each piece of advice once, and the
// command that lists what is not shown.
func (t *talk) nextSteps() []string {
	if t.Held {
		return nil
	}
	var l stepList
	if len(t.short) > 0 {
		l.steps = append(l.steps, "Findings and alerts are only counted here: see the email, or "+code("iamvigil findings --state all", chatCommand)+".")
	}
	t.afterSteps(&l)
	for _, a := range t.alerts {
		l.add(remedy{fix: a.Fix, commands: a.Commands, console: a.Console}, t.page(a.Resource))
	}
	for _, r := range slices.Concat(t.new, t.reranked) {
		if !milder(&r) {
			l.add(remedyOf(&r.Finding, r.By), t.page(r.Resource))
		}
	}
	steps := l.steps
	if step := listing(slices.Concat(t.restNew, t.NewRules)); step != "" {
		steps = append(steps, step)
	}
	return steps
}

// milder: it was told as worse before, with what mends it.
func milder(r *ledger.Record) bool { return r.Was != "" && r.Was.Rank() < r.Severity.Rank() }

// page is the address of the resource's page in AWS's console as [scanner.Console]
// makes it. An event may not tell the resource's ARN.
func (t *talk) page(about account.Ref) string {
	if about.ARN == "" {
		about.ARN = t.Account.RootARN()
	}
	return scanner.Console(about)
}

// stepList collects next steps, at most [chatSteps].
type stepList struct {
	steps []string
	said  []string
}

// add tells what mends one finding: advice, if it was not said, commands and
// page in one step if they fit, else the commands in steps of their own. Never
// is a command cut, nor told without those that belong before and after it.
func (l *stepList) add(r remedy, page string) {
	if r.console != page {
		page = ""
	}
	steps := l.inWords(r)
	run := inOrder(r.commands, r.unless)
	if len(steps)+len(run) == 0 {
		return
	}
	last := len(steps) - 1
	if len(run) == 1 && last >= 0 && len(spaced(steps[last], run[0])) <= maxStep {
		steps[last], run = spaced(steps[last], run[0]), nil
	}
	if last >= 0 && len(spaced(steps[last], bare(page))) <= maxStep {
		steps[last] = spaced(steps[last], bare(page))
	}
	l.put(append(steps, run...))
}

// inWords says what to do and where, in one step if it fits, as far as that was
// not said.
func (l *stepList) inWords(r remedy) []string {
	where, fix := r.where, r.fix
	if slices.Contains(l.said, where+fix) {
		return nil
	}
	if slices.Contains(l.said, fix) {
		fix = ""
	}
	l.said = append(l.said, r.where+r.fix, r.fix)
	if whole := markdown(spaced(where, fix), 2*maxStep); len(whole) <= maxStep {
		return []string{whole}
	}
	return []string{markdown(where, maxStep), markdown(fix, maxStep)}
}

// put takes all of some steps or none.
func (l *stepList) put(steps []string) {
	steps = slices.DeleteFunc(steps, func(s string) bool { return s == "" })
	if len(l.steps)+len(steps) <= chatSteps {
		l.steps = append(l.steps, steps...)
	}
}

// inOrder are steps with all commands to the letter, as few as have room for
// them; or one that says that there is none. Unless is when to run them.
func inOrder(commands []string, unless string) []string {
	first, then := "Run ", "Then run "
	if unless != "" {
		first = capital(unless) + ": run "
	}
	exactly := make([]string, len(commands))
	for i, c := range commands {
		exactly[i] = exact(c, maxStep-max(len(first), len(then)))
	}
	line := first + strings.Join(exactly, ", then ")
	switch {
	case len(commands) == 0:
		return nil
	case slices.Contains(exactly, ""):
		return []string{"What to run is too long for a chat message; the email tells it."}
	case len(line) <= maxStep:
		return []string{line}
	}
	for i := range exactly {
		exactly[i] = then + exactly[i]
	}
	exactly[0] = first + strings.TrimPrefix(exactly[0], then)
	return exactly
}

// bare is an address of ours as Slack and Teams make a link of it: neither
// emphasis nor the end of a sentence is in it.
func bare(page string) string {
	if page == "" {
		return ""
	}
	page = strings.ReplaceAll(page, "_", "%5F")
	if at, dotted := strings.CutSuffix(page, "."); dotted {
		page = at + "%2E"
	}
	return page
}

func spaced(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " ")
}

// listing is the command that lists what is not shown: by rule as long as the
// rules fit, else all of it.
func listing(rest []ledger.RuleCount) string {
	if len(rest) == 0 {
		return ""
	}
	ids := make([]string, len(rest))
	for i, n := range rest {
		ids[i] = n.Rule
	}
	command := "iamvigil findings --rule " + strings.Join(ids, ",")
	if len(command) > chatCommand {
		command = "iamvigil findings"
	}
	return fmt.Sprintf("List the %s not shown: %s", words.Plural(total(rest), "finding", "findings"), code(command, chatCommand))
}

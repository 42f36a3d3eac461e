package notify

import (
	"fmt"
	"slices"
	"strings"

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
	for _, a := range t.alerts {
		l.add(remedy{a.Fix, a.Commands, a.Console}, a.Fix, t.page(a.Resource))
	}
	for _, r := range slices.Concat(t.new, t.reranked) {
		if !milder(&r) {
			l.add(remedyOf(&r.Finding, r.By), advice(&r), t.page(r.Resource))
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

// advice tells remedies apart: those of one rule by where it is to be mended.
func advice(r *ledger.Record) string {
	tool := ""
	if r.By != nil && r.By.Actor != nil {
		tool = r.By.Actor.Tool()
	}
	return strings.Join([]string{r.Fix, r.ManagedBy, tool}, "\x00")
}

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
func (l *stepList) add(r remedy, advice, page string) {
	if r.console != page {
		page = ""
	}
	text := ""
	if !slices.Contains(l.said, advice) {
		l.said = append(l.said, advice)
		text = markdown(r.text, maxStep)
	}
	run := inOrder(r.commands)
	if text == "" && len(run) == 0 {
		return
	}
	var first string
	if len(run) == 1 && len(spaced(text, run[0])) <= maxStep {
		first, run = spaced(text, run[0]), nil
	} else {
		first = text
	}
	if with := spaced(first, bare(page)); first != "" && len(with) <= maxStep {
		first = with
	}
	l.put(append([]string{first}, run...))
}

// put takes all of some steps or none.
func (l *stepList) put(steps []string) {
	steps = slices.DeleteFunc(steps, func(s string) bool { return s == "" })
	if len(l.steps)+len(steps) <= chatSteps {
		l.steps = append(l.steps, steps...)
	}
}

// inOrder are steps with all commands to the letter, as few as have room for
// them; or one that says that there is none.
func inOrder(commands []string) []string {
	exactly := make([]string, len(commands))
	for i, c := range commands {
		exactly[i] = exact(c, maxStep-len("Then run "))
	}
	line := "Run " + strings.Join(exactly, ", then ")
	switch {
	case len(commands) == 0:
		return nil
	case slices.Contains(exactly, ""):
		return []string{"What to run is too long for a chat message; the email tells it."}
	case len(line) <= maxStep:
		return []string{line}
	}
	for i := range exactly {
		exactly[i] = "Then run " + exactly[i]
	}
	exactly[0] = strings.Replace(exactly[0], "Then run ", "Run ", 1)
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
	return fmt.Sprintf("List the %s not shown: %s", plural(total(rest), "finding", "findings"), code(command, chatCommand))
}

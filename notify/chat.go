package notify

import (
	"fmt"
	"slices"
	"strings"

	"iamvigil/ledger"
	"iamvigil/scanner"
)

// Limits of Amazon Q Developer's custom notification, in characters. Counted in
// bytes, so they hold however the service counts.
const (
	maxTitle       = 250
	maxDescription = 8000
	maxStep        = 350
	maxKeyword     = 75
)

// How much of a chat message each thing may take.
const (
	chatItems    = 10
	chatActs     = 5
	chatNames    = 3
	chatSteps    = 4
	chatKeywords = 8

	// bytes
	chatSentence = 350
	chatCommand  = 260
	// what headings, counts and the last line need when lists use all the rest
	chatReserve = 700
)

// Chats tells the changes to a chat channel as one custom notification of Amazon
// Q Developer: the ten worst items, the next steps, and how many more there
// are. The text looks right in Slack and in Teams.
//
// Messages that belong together share a thread: of one finding, its appearance
// and its end; of alerts, those of one actor in one hour; else those of one day.
func Chats(c *ledger.Changes) []Message {
	if c.Quiet() {
		return nil
	}
	s := choose(c, chatItems)
	a := attributes(c, worst(c))
	n := notification{
		Version: "1.0",
		Source:  "custom",
		ID:      identity(c),
		Content: content{
			TextType:    "client-markdown",
			Title:       title(c),
			Description: description(c, s),
			NextSteps:   nextSteps(c, s),
			Keywords:    keywords(c, s),
		},
		Metadata: metadata{
			ThreadID:          thread(c),
			Summary:           summary(c),
			AdditionalContext: a,
		},
	}
	return []Message{{Body: string(encode(n)), Attributes: a}}
}

type notification struct {
	Version  string   `json:"version"`
	Source   string   `json:"source"`
	ID       string   `json:"id"`
	Content  content  `json:"content"`
	Metadata metadata `json:"metadata"`
}

type content struct {
	TextType    string   `json:"textType"`
	Title       string   `json:"title"`
	Description string   `json:"description"`
	NextSteps   []string `json:"nextSteps,omitempty"`
	Keywords    []string `json:"keywords,omitempty"`
}

type metadata struct {
	ThreadID          string            `json:"threadId"`
	Summary           string            `json:"summary"`
	AdditionalContext map[string]string `json:"additionalContext"`
}

// mark lets a severity be seen before it is read.
func mark(tone string) string {
	switch scanner.Severity(tone) {
	case scanner.Critical:
		return "🔴 "
	case scanner.High:
		return "🟠 "
	case scanner.Medium:
		return "🟡 "
	case scanner.Low, scanner.Info:
		return "🔵 "
	}
	if tone == "resolved" {
		return "✅ "
	}
	return "⚪ "
}

func title(c *ledger.Changes) string {
	first := ""
	if c.First {
		first = "first look, "
	}
	s := fmt.Sprintf("%sIAM %s in %s: %s%s", mark(tone(c)), tone(c), codeAccount(c), first, summary(c))
	if in, message := lead(c); message != "" && len(s)+len(in)+minLead < maxTitle {
		s += in + markdown(message, maxTitle-len(s)-len(in))
	}
	return s
}

// minLead is the room below which a sentence's start says nothing.
const minLead = 40

func codeAccount(c *ledger.Changes) string {
	if c.Account.Name == "" {
		return code(c.Account.ID, 24)
	}
	return code(c.Account.Name, 66) + " (" + code(c.Account.ID, 24) + ")"
}

// description is a list under headings. A blank line before a list and a dash
// before an item are read as a list by Teams, and look like one in Slack.
func description(c *ledger.Changes, s shown) string {
	var n note
	n.list("Alerts", chatAlerts(c, s.alerts))
	n.list("Who did it", chatWho(c))
	n.list("New", chatNew(s.new))
	n.list("Resolved", chatResolved(s.resolved))
	n.list("Also", chatAlso(c, s))
	n.list("Could not be seen", chatGaps(c))
	if open := standing(c); open != "" {
		n.line("Open now. " + open)
	}
	return n.String()
}

type note struct{ strings.Builder }

// list writes as many items as there is room for, each whole, since half of a
// code span would set loose what stands in it.
func (n *note) list(title string, items []string) {
	if len(items) == 0 {
		return
	}
	n.line("*" + title + "*")
	n.WriteString("\n")
	for i, item := range items {
		if n.Len()+len(item) > maxDescription-chatReserve {
			n.WriteString("\n- " + plural(len(items)-i, "more line", "more lines") + " not shown")
			return
		}
		n.WriteString("\n- " + item)
	}
}

func (n *note) line(text string) {
	if n.Len() > 0 {
		n.WriteString("\n\n")
	}
	n.WriteString(text)
}

// nextSteps are the fixes, the worst's first, each once, and the command that
// lists what is not shown.
func nextSteps(c *ledger.Changes, s shown) []string {
	var steps []string
	seen := map[string]bool{}
	add := func(fix string) {
		if fix != "" && !seen[fix] && len(steps) < chatSteps {
			seen[fix] = true
			steps = append(steps, markdown(fix, maxStep))
		}
	}
	for _, a := range s.alerts {
		add(a.Fix)
	}
	for _, r := range s.new {
		add(r.Fix)
	}
	if step := list(slices.Concat(s.restNew, c.NewRules)); step != "" {
		steps = append(steps, step)
	}
	return steps
}

// list is the command that lists what is not shown: by rule as long as the rules
// fit, else all of it.
func list(rest []ledger.RuleCount) string {
	if len(rest) == 0 {
		return ""
	}
	ids := make([]string, len(rest))
	for i, n := range rest {
		ids[i] = n.Rule
	}
	command := "iamvigil scan --rules " + strings.Join(ids, ",")
	if len(command) > chatCommand {
		command = "iamvigil scan"
	}
	return fmt.Sprintf("List the %s not shown: %s", plural(total(rest), "finding", "findings"), code(command, chatCommand))
}

// keywords are the worst severity and the rules that are told.
func keywords(c *ledger.Changes, s shown) []string {
	words := []string{tone(c)}
	seen := map[string]bool{}
	add := func(rule string) {
		if !seen[rule] && len(words) < chatKeywords {
			seen[rule] = true
			words = append(words, safe(rule, maxKeyword))
		}
	}
	for _, a := range s.alerts {
		add(a.Rule)
	}
	for _, r := range s.new {
		add(r.Rule)
	}
	for _, r := range s.resolved {
		add(r.Rule)
	}
	return words
}

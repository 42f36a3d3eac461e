package notify

import (
	"fmt"
	"slices"
	"strings"

	"iamvigil/internal/words"
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
	chatHeld     = 3 // items, where too much was told already
	chatActs     = 5
	chatNames    = 3
	chatTried    = 40 // of what was done or failed
	chatCounts   = 4
	chatSteps    = 8
	chatKeywords = 8

	// bytes
	chatSentence = 350
	chatAside    = 160
	chatCommand  = 260
	chatSummary  = 200
	// what headings, counts and the last line need when lists use all the rest
	chatReserve = 1000
)

// Chats tells the changes to a chat channel as custom notifications of Amazon Q
// Developer: the ten worst items, the next steps, and how many more there are.
// The text looks right in Slack and in Teams.
//
// What belongs together shares a thread: a burst, the digests of a day. That a
// finding is resolved or silenced, and what is done about it, is told where it was
// told to stand, in a message of its own, so that there may be several; of what is
// held, with the summary.
func Chats(c *ledger.Telling) []Message {
	if c.Quiet() {
		return nil
	}
	var messages []Message
	for _, t := range talks(c, chatThreads+1) {
		messages = append(messages, t.message())
	}
	return messages
}

func (t *talk) message() Message {
	a := attributes(t.Telling, worst(t.told()))
	n := notification{
		Version: "1.0",
		Source:  "custom",
		ID:      identity(t.Telling),
		Content: content{
			TextType:    "client-markdown",
			Title:       t.title(),
			Description: t.description(),
			NextSteps:   t.nextSteps(),
			Keywords:    t.keywords(),
		},
		Metadata: metadata{
			ThreadID:          thread(t.Telling),
			Summary:           t.summary(),
			AdditionalContext: a,
		},
	}
	return Message{Body: string(encode(n)), Attributes: a}
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

// metadata's summary stands on the thread's first message.
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
	switch tone {
	case "resolved":
		return "✅ "
	case ledger.Remediation:
		return "🔧 "
	}
	return "⚪ "
}

func (t *talk) title() string {
	s := fmt.Sprintf("%sIAM %s in %s: %s%s", mark(tone(t.Telling)), tone(t.Telling), codeAccount(t.Telling), t.occasion(), t.brief())
	if in, message := lead(t.told(), &t.shown); message != "" && len(s)+len(in)+minLead < maxTitle {
		s += in + markdown(message, maxTitle-len(s)-len(in))
	}
	return s
}

// minLead is the room below which a sentence's start says nothing.
const minLead = 40

// occasion is what the message is, where it is no ordinary one.
func (t *talk) occasion() string {
	switch {
	case len(t.short) > 0:
		return words.Plural(len(t.short), "more message in short, ", "more messages in short, ")
	case dry(t.told()):
		return "dry run, "
	case t.First:
		return "first look, "
	case t.Burst != nil:
		return "burst over, "
	case t.Held:
		return "still going on, "
	}
	return ""
}

// summary tells in a few words what has become of the thread.
func (t *talk) summary() string {
	return safe(t.occasion()+strings.Join(t.tally(), ", "), chatSummary)
}

// brief are the counts that matter most.
func (t *talk) brief() string {
	all := t.tally()
	if len(all) > chatCounts {
		all = append(slices.Clip(all[:chatCounts]), "and more")
	}
	return strings.Join(all, ", ")
}

// tally are the counts; where all is told in other threads, of that.
func (t *talk) tally() []string {
	if t.whole != nil {
		return counts(t.whole)
	}
	if n := total(t.elsewhere); n > 0 && t.Quiet() {
		return []string{words.Plural(n, "told below its alarm", "told below their alarms")}
	}
	return counts(t.Telling)
}

func codeAccount(c *ledger.Telling) string {
	if c.Account.Name == "" {
		return code(c.Account.ID, 24)
	}
	return code(c.Account.Name, 66) + " (" + code(c.Account.ID, 24) + ")"
}

// description is a list under headings. A blank line before a list and a dash
// before an item are read as a list by Teams, and look like one in Slack.
func (t *talk) description() string {
	var n note
	held, noted := held(t.Telling)
	n.list("Held back", noticed(held, forChat))
	t.steps(&n)
	n.list("To be looked after", noticed(noted, forChat))
	n.list("Alerts", t.alertLines())
	n.list("Who did it", t.actLines())
	n.list("New rules", ruleLines(t.NewRules, newRule, "new rule", "new rules"))
	n.list("New", t.newLines())
	n.list("Of another severity", t.rerankedLines())
	n.list(capital(silencing(t.Telling)), t.silencedLines())
	n.list("Resolved", t.resolvedLines())
	n.list("Also", t.alsoLines())
	n.list("Exemptions to look after", t.exemptionLines())
	n.list("Could not be seen", t.gapLines())
	if open := standing(t.Telling); open != "" && t.counts {
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
			n.WriteString("\n- " + words.Plural(len(items)-i, "more line", "more lines") + " not shown")
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

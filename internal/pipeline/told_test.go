package pipeline_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"iamvigil/internal/awstest"
	"iamvigil/ledger"
	"iamvigil/scanner"
)

// item is one thing that people are told. As is what of it is told: new, alert,
// silenced, reranked, exemption, unknown event, gap, or that it was resolved,
// and how.
type item struct{ as, rule, id, message string }

func (i item) String() string { return fmt.Sprintf("%s %s %.10s (%s)", i.as, i.rule, i.id, i.message) }

// tellings count how often each thing was told, whatever its message said.
type tellings map[item]int

func (t tellings) add(i item, n int) { t[i.key()] += n }

// key leaves out the message but of acts: a number in it may be another on
// another day.
func (i item) key() item {
	if i.as != "alert" {
		i.message = ""
	}
	return i
}

type foundItem struct {
	scanner.Finding
	How string
}

// program is what is read of a message for programs.
type program struct {
	Alerts                            []scanner.Alert
	New, Resolved, Silenced, Reranked []foundItem
	NewRules                          []ledger.RuleCount `json:"new_rules"`
	Withdrawn                         []ledger.RuleCount
	Exemptions                        []struct {
		Why, Resource string
	}
	Gaps    []scanner.Gap
	Unknown []struct {
		Name  string
		Count int
	} `json:"unknown_events"`
}

func (p *program) items() (all []item) {
	add := func(as, rule, id, message string) { all = append(all, item{as, rule, id, message}) }
	for _, a := range p.Alerts {
		add("alert", a.Rule, a.Event.ID, a.Message)
	}
	for as, list := range map[string][]foundItem{"new": p.New, "resolved": p.Resolved, "silenced": p.Silenced, "reranked": p.Reranked} {
		for _, f := range list {
			add(strings.TrimSpace(as+" "+f.How), f.Rule, f.ID, f.Message)
		}
	}
	for as, list := range map[string][]ledger.RuleCount{"new rule": p.NewRules, "withdrawn": p.Withdrawn} {
		for _, n := range list {
			add(as, n.Rule, fmt.Sprint(n.Findings), "")
		}
	}
	for _, x := range p.Exemptions {
		add("exemption "+x.Why, "", x.Resource, "")
	}
	for _, n := range p.Unknown {
		add("unknown event", "", fmt.Sprintf("%d %s", n.Count, n.Name), n.Name)
	}
	for _, g := range p.Gaps {
		about := "the account"
		if g.Resource != nil {
			about = g.Resource.Key() + g.Resource.Name
		}
		add("gap "+about, g.Rule, string(g.Fact), string(g.Fact)+" of ")
	}
	return all
}

// heard is what the subscribers of the three topics got.
type heard struct {
	programs tellings
	email    people
	chat     people
}

// people are told a thing in full, or are told that there is one more.
type people struct{ inFull, atAll tellings }

// hear reads all that was published.
func hear(t testing.TB, aws *awstest.AWS) heard {
	h := heard{tellings{}, people{tellings{}, tellings{}}, people{tellings{}, tellings{}}}
	all := map[item]bool{}
	for _, m := range aws.Published(topicOfAll) {
		var p program
		if err := json.Unmarshal([]byte(m.Body), &p); err != nil {
			t.Fatal(err)
		}
		for _, i := range p.items() {
			h.programs.add(i, 1)
			all[i] = true
		}
	}
	for _, m := range aws.Published(emailTopic) {
		h.email.hear(all, emailSections(m.Body))
	}
	for _, m := range aws.Published(chatTopic) {
		var n struct{ Content struct{ Description string } }
		if err := json.Unmarshal([]byte(m.Body), &n); err != nil {
			t.Fatal(err)
		}
		if m.Attributes["kind"].Value == ledger.Summary {
			continue // the channel heard all of it at once
		}
		h.chat.hear(all, chatSections(n.Content.Description))
	}
	return h
}

// hear finds in one message what programs were told, whenever that was.
func (p *people) hear(all map[item]bool, sections map[string]string) {
	for i := range all {
		section, counted := i.section()
		switch {
		case strings.Contains(sections[section], i.words()):
			p.inFull.add(i, 1)
			p.atAll.add(i, 1)
		case counted != "" && strings.Contains(sections["more"], counted):
			p.atAll.add(i, 1)
		}
	}
}

// section is where a message tells the thing in full, and counted how it is
// counted where there is more than it tells.
func (i item) section() (section, counted string) {
	section, _, _ = strings.Cut(i.as, " ")
	if section == "gap" {
		return section, "other gap"
	}
	return section, i.rule
}

// words are how a message tells the thing.
func (i item) words() string {
	switch i.as {
	case "exemption " + ledger.Expiring:
		return "expires in "
	case "exemption " + ledger.Expired:
		return "expired on "
	}
	return bare(i.message)
}

// bare is a text without what only formats it.
func bare(text string) string {
	return strings.ToLower(strings.Join(strings.Fields(strings.NewReplacer("`", "", `"`, "").Replace(text)), " "))
}

// emailSections are the texts below an email's headings, by what they tell. A
// heading is a line of capitals at the left.
func emailSections(body string) map[string]string {
	sections, in := map[string]string{}, ""
	for line := range strings.Lines(body) {
		title := strings.TrimSpace(line)
		if title != "" && !strings.HasPrefix(line, " ") && !strings.HasPrefix(line, "*") && title == strings.ToUpper(title) {
			in = sectionOf(title)
		}
		sections[in] += line
	}
	// What is alone in a mail is told in its first lines.
	sections["alert"] += sections[""]
	sections["more"] += sections["gap"]
	for name, text := range sections {
		sections[name] = bare(text)
	}
	return sections
}

// chatSections are the texts below a note's headings, which are bold.
func chatSections(text string) map[string]string {
	sections, in := map[string]string{}, ""
	for line := range strings.Lines(text) {
		title := strings.TrimSpace(line)
		if strings.HasPrefix(title, "*") && strings.HasSuffix(title, "*") {
			in = sectionOf(strings.ToUpper(strings.Trim(title, "*")))
		}
		sections[in] += line
	}
	for name, text := range sections {
		sections[name] = bare(text)
	}
	sections["unknown"] = sections["more"]
	sections["more"] += sections["gap"]
	return sections
}

func sectionOf(title string) string {
	switch {
	case strings.Contains(title, "NOT SHOWN HERE"), title == "ALSO":
		return "more"
	case strings.HasSuffix(title, "ALERT"), title == "ALERTS":
		return "alert"
	case strings.HasPrefix(title, "NEW"):
		return "new"
	case strings.HasPrefix(title, "RESOLVED"):
		return "resolved"
	case strings.HasPrefix(title, "SILENCED"):
		return "silenced"
	case strings.Contains(title, "SEVERITY"):
		return "reranked"
	case strings.HasPrefix(title, "EXEMPTIONS"):
		return "exemption"
	case strings.HasPrefix(title, "EVENTS NOT"):
		return "unknown"
	case strings.HasPrefix(title, "GAPS"), title == "COULD NOT BE SEEN":
		return "gap"
	}
	return title
}

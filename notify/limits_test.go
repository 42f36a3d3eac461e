package notify_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"iamvigil/ledger"
	"iamvigil/notify"
	"iamvigil/scanner"
	"iamvigil/scanner/trail"
)

// The limits are those of SNS Publish and of Amazon Q Developer's custom
// notifications; lengths are counted in bytes, the strictest way.
func TestLimits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := changes.Draw(t, "changes")
		emails, chats, programs := notify.Emails(c), notify.Chats(c), notify.Programs(c)
		if !c.Quiet() {
			holds(t, c, emails, chats, programs)
		} else if len(emails)+len(chats)+len(programs) > 0 {
			t.Fatal("quiet changes were told")
		}
	})
}

// Every text as long as it can be, and of what takes the most room.
func TestLimitsOfTheLargest(t *testing.T) {
	for _, piece := range []string{"a", "<", "😀", "_ ", "x://", "\u202e"} {
		c := largest(strings.Repeat(piece, 1000))
		chats := notify.Chats(c)
		holds(t, c, notify.Emails(c), chats, notify.Programs(c))
		if !strings.Contains(decodeChat(t, chats[0]).Content.Description, " more lines not shown") {
			t.Errorf("%q: all of it fits into a chat message, so this tests no limit", piece)
		}
	}
}

// A cut falls between words and never within a code span, wherever the limit is
// among them.
func TestCutsAtEveryPlace(t *testing.T) {
	for size := range 12 {
		for _, word := range []string{strings.Repeat("a", size+1), strings.Repeat("_", size+1), strings.Repeat("😀", size+1), "(" + strings.Repeat("<", size+1) + ")"} {
			for before := range 2*len(word) + 3 {
				c := rootUse()
				c.Alerts[0].Fix = strings.Repeat("b", before) + strings.Repeat(" "+word, 400)
				c.Alerts[0].Message = c.Alerts[0].Fix
				holdsForChat(t, notify.Chats(c)[0])
			}
		}
	}
}

// tester is what tests of one case and of many have in common.
type tester interface {
	Errorf(string, ...any)
	Fatalf(string, ...any)
	Fatal(...any)
}

func holds(t tester, c *ledger.Changes, emails, chats, programs []notify.Message) {
	if len(emails) != 1 || len(chats) != 1 {
		t.Fatalf("%d emails and %d chat messages, want one of each", len(emails), len(chats))
	}
	for _, m := range slices.Concat(emails, chats, programs) {
		holdsForSNS(t, m)
	}
	holdsForMail(t, emails[0])
	holdsForChat(t, chats[0])
	losesNothing(t, c, programs)
}

func holdsForSNS(t tester, m notify.Message) {
	if m.Body == "" || !utf8.ValidString(m.Body) {
		t.Fatalf("the body is empty or not UTF-8: %q", m.Body)
	}
	size := len(m.Subject) + len(m.Body)
	for name, value := range m.Attributes {
		if value == "" {
			t.Fatalf("attribute %s is empty", name)
		}
		size += len(name) + len("String") + len(value)
	}
	if len(m.Rules) > 0 {
		array, err := json.Marshal(m.Rules)
		if err != nil {
			t.Fatal(err)
		}
		size += len("rule") + len("String.Array") + len(array)
	}
	if size > 262_144 {
		t.Fatalf("%d bytes", size)
	}
	if m.Size() != size {
		t.Errorf("Size is %d, want %d", m.Size(), size)
	}
}

var subject = regexp.MustCompile(`^[!-~][ -~]{0,98}$`)

func holdsForMail(t tester, m notify.Message) {
	if !subject.MatchString(m.Subject) {
		t.Errorf("subject %q", m.Subject)
	}
	for line := range strings.Lines(m.Body) {
		line = strings.TrimSuffix(line, "\n")
		if n := utf8.RuneCountInString(line); n > 78 {
			t.Errorf("%d columns: %q", n, line)
		}
		if strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("does not print: %q", line)
		}
		if strings.Contains(line, "://") {
			t.Errorf("a link: %q", line)
		}
		if begun := strings.TrimLeft(line, " "); strings.HasPrefix(begun, marker) && len(line)-len(begun) < 4 {
			t.Errorf("a stranger's words begin a line: %q", line)
		}
	}
}

func holdsForChat(t tester, m notify.Message) {
	n := decodeChat(t, m)
	if n.Version != "1.0" || n.Source != "custom" || n.Content.TextType != "client-markdown" || n.ID == "" || n.Metadata.ThreadID == "" {
		t.Errorf("not a custom notification: %s", m.Body)
	}
	within := func(what, s string, most int) {
		if s == "" || len(s) > most {
			t.Errorf("%s has %d bytes, at most %d are allowed: %q", what, len(s), most, s)
		}
	}
	within("title", n.Content.Title, 250)
	within("description", n.Content.Description, 8000)
	tame(t, n.Content.Title)
	for _, s := range n.Content.NextSteps {
		within("next step", s, 350)
		tame(t, s)
	}
	for _, s := range n.Content.Keywords {
		within("keyword", s, 75)
		tame(t, s)
	}
	for line := range strings.SplitSeq(n.Content.Description, "\n") {
		item, isItem := strings.CutPrefix(line, "- ")
		switch {
		case isItem:
			tame(t, item)
		case line == "" || slices.Contains(headings, line):
		case strings.HasPrefix(line, "Open now. "):
			tame(t, line)
		default:
			t.Errorf("a line that is not ours: %q", line)
		}
	}
}

var headings = []string{"*Alerts*", "*Who did it*", "*New*", "*Resolved*", "*Also*", "*Could not be seen*"}

// tame fails for markup outside of code spans, for a span that is not closed,
// and within one for what Slack reads even there.
func tame(t tester, s string) {
	parts := strings.Split(s, "`")
	if len(parts)%2 == 0 {
		t.Errorf("a code span is left open: %q", s)
	}
	for i, part := range parts {
		bad := "<>&"
		if i%2 == 0 {
			bad += "*_~|[]#@\\"
		}
		if strings.ContainsAny(part, bad) || strings.Contains(part, "://") {
			t.Errorf("markup in %q of %q", part, s)
		}
		if strings.ContainsFunc(part, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("does not print: %q", part)
		}
	}
}

type program struct {
	Version     int
	Kind, ID    string
	Part, Parts int
	Account     struct{ ID, Name, Partition string }
	Events      []trail.Event
	Alerts      []scanner.Alert
	New         []finding
	Resolved    []finding
	NewRules    []ledger.RuleCount `json:"new_rules"`
	Gaps        []scanner.Gap
	Unknown     []struct {
		Name  string
		Count int
	} `json:"unknown_events"`
	Open map[scanner.Severity]int
}

type finding struct{ scanner.Finding }

// losesNothing fails unless the parts together are all of the changes, each
// once and to the letter, and each part's attributes are of what it holds.
func losesNothing(t tester, c *ledger.Changes, parts []notify.Message) {
	var all program
	for i, m := range parts {
		var p program
		if err := json.Unmarshal([]byte(m.Body), &p); err != nil {
			t.Fatal(err)
		}
		if p.Part != i+1 || p.Parts != len(parts) || p.Version != 1 || p.Kind != c.Kind {
			t.Errorf("part %d of %d is called %d of %d, %s, version %d", i+1, len(parts), p.Part, p.Parts, p.Kind, p.Version)
		}
		attributesOf(t, m, &p)
		all.Events = append(all.Events, p.Events...)
		all.Alerts = append(all.Alerts, p.Alerts...)
		all.New = append(all.New, p.New...)
		all.Resolved = append(all.Resolved, p.Resolved...)
		all.NewRules = append(all.NewRules, p.NewRules...)
		all.Gaps = append(all.Gaps, p.Gaps...)
		all.Unknown = append(all.Unknown, p.Unknown...)
	}
	same(t, "alerts", c.Alerts, all.Alerts)
	same(t, "new", findings(c.New), all.New)
	same(t, "resolved", findings(c.Resolved), all.Resolved)
	same(t, "new rules", c.NewRules, all.NewRules)
	gaps := 0
	for _, g := range c.Gaps {
		gaps += len(g.Rules)
	}
	unknown := 0
	for _, n := range all.Unknown {
		unknown += n.Count - c.Unknown[n.Name]
	}
	if gaps != len(all.Gaps) || len(all.Unknown) != len(c.Unknown) || unknown != 0 || len(all.Events) != len(c.Alerts) {
		t.Errorf("%d of %d gaps, %d of %d unknown names, %d of %d events", len(all.Gaps), gaps, len(all.Unknown), len(c.Unknown), len(all.Events), len(c.Alerts))
	}
}

func same[T any](t tester, what string, want, got []T) {
	ignore := cmp.Options{cmpopts.EquateEmpty(), cmpopts.IgnoreFields(scanner.Finding{}, "AsOf")}
	if diff := cmp.Diff(want, got, ignore); diff != "" {
		t.Fatalf("%s (-want +got):\n%s", what, diff)
	}
}

func findings(of []ledger.Record) []finding {
	var all []finding
	for _, r := range of {
		all = append(all, finding{r.Finding})
	}
	return all
}

func attributesOf(t tester, m notify.Message, p *program) {
	var rules []string
	worst := scanner.Info
	add := func(rule string, s scanner.Severity) {
		if rule != "" && !slices.Contains(rules, rule) {
			rules = append(rules, rule)
		}
		if s.Rank() < worst.Rank() {
			worst = s
		}
	}
	for _, a := range p.Alerts {
		add(a.Rule, a.Severity)
	}
	for _, f := range slices.Concat(p.New, p.Resolved) {
		add(f.Rule, f.Severity)
	}
	for _, n := range p.NewRules {
		add(n.Rule, n.Severity)
	}
	for _, g := range p.Gaps {
		add(g.Rule, scanner.Info)
	}
	slices.Sort(rules)
	want := map[string]string{"kind": p.Kind, "account": p.Account.ID, "severity": string(worst)}
	if diff := cmp.Diff(want, m.Attributes) + cmp.Diff(rules, m.Rules, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("attributes of part %d (-want +got):\n%s", p.Part, diff)
	}
}

// No policy or name of AWS's is as long as a message, but what is forged must
// not keep the rest from being told.
func TestOneThingTooLargeForAMessage(t *testing.T) {
	c := intruder()
	c.New[1].Evidence = map[string]string{"statement": strings.Repeat("é", 200_000), "as_of": "2026-11-22T01:03:00Z"}
	c.Alerts[0].Event.Actor.Agent = strings.Repeat("\x01", 100_000)
	c.Account.Name = strings.Repeat("a", 300_000)
	var all []finding
	for _, m := range notify.Programs(c) {
		holdsForSNS(t, m)
		var p program
		if err := json.Unmarshal([]byte(m.Body), &p); err != nil {
			t.Fatal(err)
		}
		all = append(all, p.New...)
	}
	if len(all) != 2 || all[1].ID != c.New[1].ID || all[1].Message != c.New[1].Message || all[1].Evidence["as_of"] != "2026-11-22T01:03:00Z" {
		t.Fatalf("the large finding has lost more than the end of its longest string")
	}
	if cut := all[1].Evidence["statement"]; !strings.HasPrefix(cut, "ééé") || !strings.HasSuffix(cut, "(cut: too long for a message)") || !utf8.ValidString(cut) {
		t.Errorf("the string that was cut does not say so: %q", cut)
	}
}

// What JSON has no word for is told as such beside the rest. The SDK's clock
// cannot make such a time, an event's text can.
func TestTimeThatJSONCannotSay(t *testing.T) {
	c := rootUse()
	c.Alerts[0].Event.Time = time.Date(12026, 1, 1, 0, 0, 0, 0, time.UTC)
	c.New = []ledger.Record{withoutMFA("alice")}
	var p struct {
		Alerts []any
		New    []finding
	}
	if err := json.Unmarshal([]byte(notify.Programs(c)[0].Body), &p); err != nil {
		t.Fatal(err)
	}
	if len(p.New) != 1 || len(p.Alerts) != 1 || !strings.Contains(fmt.Sprint(p.Alerts[0]), "year outside of range") {
		t.Errorf("%d findings, alerts %v", len(p.New), p.Alerts)
	}
}

// SQS takes a body for XML and refuses the two characters that are none there.
func TestProgramsKeepWhatSQSRefuses(t *testing.T) {
	c := rootUse()
	c.Alerts[0].Event.Actor.Agent = "a\uffffb\ufffec"
	m := notify.Programs(c)[0]
	if strings.ContainsAny(m.Body, "\uffff\ufffe") {
		t.Error("the body holds a character that SQS refuses")
	}
	var p program
	if err := json.Unmarshal([]byte(m.Body), &p); err != nil {
		t.Fatal(err)
	}
	if got := p.Alerts[0].Event.Actor.Agent; got != c.Alerts[0].Event.Actor.Agent {
		t.Errorf("the agent became %q", got)
	}
}

func TestQuietChangesAreNotTold(t *testing.T) {
	c := &ledger.Changes{Kind: ledger.Digest, Account: acme, Time: now, Open: map[scanner.Severity]int{scanner.High: 3}, Exempt: 1, Puts: []ledger.Record{withoutMFA("alice")}}
	for name, messages := range map[string]func(*ledger.Changes) []notify.Message{"email": notify.Emails, "chat": notify.Chats, "program": notify.Programs} {
		if got := messages(c); len(got) > 0 {
			t.Errorf("%s: %v", name, got)
		}
	}
}

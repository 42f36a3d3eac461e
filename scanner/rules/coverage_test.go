package rules_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"iamvigil/scanner/rules"
)

// demand is what somebody else asks of an account: a control of a framework, or a
// practice, as testdata/coverage has it, whose comments tell the fields.
type demand struct {
	number, title string // a practice has no number
	fields        map[string]string
}

func (d demand) list(field string) []string {
	if d.fields[field] == "" {
		return nil
	}
	return strings.Split(d.fields[field], ", ")
}

// framework is one file of frameworks.txtar.
type framework struct {
	name, title, about string
	controls           []demand
}

var controlFields, practiceFields = []string{"was", "via", "rules", "partly", "not covered"}, []string{"rules", "also", "not yet"}

// entries reads what is asked, from lines of which those indented tell more of the
// one above.
func entries(t *testing.T, text string, fields []string) []demand {
	t.Helper()
	var all []demand
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		indented, more := strings.CutPrefix(line, "\t")
		if !more {
			all = append(all, demand{title: line, fields: map[string]string{}})
			continue
		}
		field, value, ok := strings.Cut(indented, ": ")
		if !ok || !slices.Contains(fields, field) || len(all) == 0 || all[len(all)-1].fields[field] != "" {
			t.Fatalf("testdata/coverage: %q is none of %q, or there already", line, fields)
		}
		all[len(all)-1].fields[field] = value
	}
	return all
}

func frameworks(t *testing.T) []framework {
	t.Helper()
	archive, err := txtar.ParseFile("testdata/coverage/frameworks.txtar")
	if err != nil {
		t.Fatal(err)
	}
	var all []framework
	for _, file := range archive.Files {
		head, text, _ := strings.Cut(string(file.Data), "\n\n")
		title, about, _ := strings.Cut(head, "\n")
		one := framework{name: file.Name, title: title, about: about, controls: entries(t, text, controlFields)}
		for i := range one.controls {
			c := &one.controls[i]
			c.number, c.title = numbered(c.title)
		}
		all = append(all, one)
	}
	return all
}

// numbered parts "AC-8 – AC-11 Notices" into number and title.
func numbered(line string) (number, title string) {
	words := strings.SplitAfter(line, " ")
	n := 1
	for n < len(words)-1 && (words[n] == "– " || n > 1 && words[n-1] == "– " || strings.HasSuffix(words[n-1], ", ")) {
		n++
	}
	return strings.TrimSpace(strings.Join(words[:n], "")), strings.Join(words[n:], "")
}

func practices(t *testing.T) []demand {
	t.Helper()
	text, err := os.ReadFile("testdata/coverage/practices.txt")
	if err != nil {
		t.Fatal(err)
	}
	// The comment ends with its last indented line and an empty one.
	_, rows, _ := strings.Cut(string(text), "\n\n")
	_, rows, _ = strings.Cut(rows, "\n\n")
	return entries(t, rows, practiceFields)
}

// matching are the rules that a list of ids means, in the order of the rules; an id
// may end in "*".
func matching(t *testing.T, of string, ids []string) []string {
	t.Helper()
	var all []string
	for _, id := range ids {
		start, wild := strings.CutSuffix(id, "*")
		n := len(all)
		for _, about := range rules.Abouts() {
			if (about.ID == id || wild && strings.HasPrefix(about.ID, start)) && !slices.Contains(all, about.ID) {
				all = append(all, about.ID)
			}
		}
		if len(all) == n {
			t.Errorf("%s: no rule %q", of, id)
		}
	}
	return all
}

// answering are the rules that answer a control: those that name it or one of its
// via, and those that it names.
func answering(t *testing.T, f framework, c demand) []string {
	t.Helper()
	names := append(c.list("via"), f.name+" "+c.number)
	var all []string
	for _, about := range rules.Abouts() {
		if slices.ContainsFunc(about.Controls, func(control string) bool { return slices.Contains(names, control) }) {
			all = append(all, about.ID)
		}
	}
	for _, id := range matching(t, f.name+" "+c.number, c.list("rules")) {
		if !slices.Contains(all, id) {
			all = append(all, id)
		}
	}
	return all
}

// TestControls: every control of a framework has rules or a reason why not, and
// every control that a rule names is one of a framework.
func TestControls(t *testing.T) {
	known := map[string]bool{}
	for _, f := range frameworks(t) {
		for _, c := range f.controls {
			name := f.name + " " + c.number
			if known[name] {
				t.Errorf("%s stands there twice", name)
			}
			known[name] = true
			for _, was := range c.list("was") {
				known[was] = true
			}
			why, some := c.fields["not covered"] != "", len(answering(t, f, c)) > 0
			if why == some || why && c.fields["partly"] != "" {
				t.Errorf("%s: has rules: %v, why not: %q, partly: %q", name, some, c.fields["not covered"], c.fields["partly"])
			}
		}
	}
	for _, f := range frameworks(t) {
		for _, c := range f.controls {
			for _, via := range c.list("via") {
				if !known[via] {
					t.Errorf("%s %s: no control %q", f.name, c.number, via)
				}
			}
		}
	}
	for _, about := range rules.Abouts() {
		for _, control := range about.Controls {
			if !known[control] {
				t.Errorf("rule %s: testdata/coverage has no control %q", about.ID, control)
			}
		}
	}
}

// TestRenumbered: a rule that answers a control names it by all its numbers, since a
// slip in one of them would be a wrong answer to whoever is asked for that.
func TestRenumbered(t *testing.T) {
	for _, f := range frameworks(t) {
		for _, c := range f.controls {
			names := c.list("was")
			if c.number != "–" {
				names = append(names, f.name+" "+c.number)
			}
			for _, about := range rules.Abouts() {
				named := func(name string) bool { return slices.Contains(about.Controls, name) }
				n := len(slices.DeleteFunc(slices.Clone(names), named))
				if n != 0 && n != len(names) {
					t.Errorf("rule %s names some of %q only: %q", about.ID, names, about.Controls)
				}
			}
		}
	}
}

// TestPractices: every rule that a practice names exists, and every practice has an
// answer or says that it has none.
func TestPractices(t *testing.T) {
	rows := practices(t)
	if len(rows) < 25 {
		t.Errorf("%d practices: too few to be all", len(rows))
	}
	for _, p := range rows {
		matching(t, p.title, p.list("rules"))
		if len(p.fields) == 0 {
			t.Errorf("%q: neither rules nor what is not yet there", p.title)
		}
	}
}

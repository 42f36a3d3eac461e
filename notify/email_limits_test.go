package notify_test

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"iamvigil/notify"
)

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
		if begun := strings.TrimLeft(line, " "); strings.HasPrefix(begun, marker) && len(line)-len(begun) < 6 {
			t.Errorf("a stranger's words begin a line: %q", line)
		}
	}
	readMail(t, m.Body)
}

// mail is a mail's text, read back by what its lines begin with.
type mail struct {
	// Shape has an entry for each line that only we may begin: headings, items
	// and labels.
	shape []string
	// Run is what stands under a label Run, to the letter; pages are its links.
	run   string
	pages []string
}

var (
	heading   = regexp.MustCompile(`^([A-Z][A-Z ,:]+)(: owned by ".*"|: unowned)?$`)
	label     = regexp.MustCompile(`^  (After|Again|ARN|Ask|By|Cause|Did|Event|Fix|Grant|ID|Later|List|Mark|Means|Note|Now|Or|Owner|Page|Plan|Rule|Rules|Run|Seen|Sent|Then|Undo|Until|Used|When|Where|Who|Why|With): *(.*)$`)
	paragraph = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9 ,.:]*$`)
	page      = regexp.MustCompile(`^https://console\.aws\.amazon\.com/[!-~]+$`)
	clickable = regexp.MustCompile(`(?i)://|www\.`)
)

// readMail fails for a line that has none of the forms that ours have, and for a
// link that is not to a page of the console.
func readMail(t tester, body string) mail {
	var m mail
	last, previous := "", ""
	for i, line := range strings.Split(strings.TrimSuffix(body, "\n"), "\n") {
		fields := label.FindStringSubmatch(line)
		switch {
		case (last == "Run" || last == "Or") && (strings.HasPrefix(line, "    aws ") || strings.HasSuffix(previous, `\`)):
			m.run += line + "\n"
		case last == "Page" && m.pages[len(m.pages)-1] == "" && strings.HasPrefix(line, "    https:"):
			m.pages[len(m.pages)-1] = line[4:]
			line = ""
		case line == "":
			last = ""
		case i == 0:
			last = "opening"
		case strings.HasPrefix(line, "* "):
			last = "*"
			m.shape = append(m.shape, last)
		case fields != nil:
			last = fields[1]
			m.shape = append(m.shape, last)
			if last == "Page" {
				m.pages = append(m.pages, fields[2])
				line = ""
			}
		case last != "" && last != "*" && last != "opening" && indented(line, 9), (last == "*" || last == "opening") && indented(line, 6):
		case previous == "" && heading.MatchString(line):
			m.shape = append(m.shape, heading.FindStringSubmatch(line)[1])
		case paragraph.MatchString(line):
		default:
			t.Errorf("a line that is not ours: %q", line)
		}
		if clickable.MatchString(line) {
			t.Errorf("a link: %q", line)
		}
		previous = line
	}
	for _, address := range m.pages {
		if !page.MatchString(address) {
			t.Errorf("a page that is not the console's: %q", address)
		}
	}
	return m
}

func indented(line string, by int) bool {
	return len(line) > by && strings.TrimLeft(line[:by], " ") == "" && line[by] != ' '
}

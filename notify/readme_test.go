package notify_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// readme shows messages between a line like "<!-- golden nightly-digest.email 40 -->",
// which names the golden file and how many of its lines, and "<!-- /golden -->".
const readme, showBegins, showEnds = "../README.md", "<!-- golden ", "<!-- /golden -->"

// TestReadme: the messages in the README are the golden ones.
func TestReadme(t *testing.T) {
	written, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	page, shown := shows(t, string(written))
	if shown < 5 {
		t.Errorf("%s shows %d messages", readme, shown)
	}
	if *update {
		if err := os.WriteFile(readme, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(written) != page {
		t.Errorf("%s does not show what is told: go test ./notify -update", readme)
	}
}

// shows puts the golden files where the page names them.
func shows(t *testing.T, page string) (filled string, shown int) {
	t.Helper()
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(page, showBegins)
		b.WriteString(before)
		if !found {
			return b.String(), shown
		}
		what, rest, begins := strings.Cut(rest, " -->\n")
		_, after, ends := strings.Cut(rest, showEnds)
		name, count, _ := strings.Cut(what, " ")
		lines, err := strconv.Atoi(count)
		if !begins || !ends || err != nil {
			t.Fatalf("%s: %q is not shown right", readme, what)
		}
		fmt.Fprintf(&b, "%s%s -->\n```\n%s```\n%s", showBegins, what, excerpt(t, name, lines), showEnds)
		page = after
		shown++
	}
}

// excerpt is the first lines of a golden file's first message, without its
// attributes.
func excerpt(t *testing.T, name string, lines int) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", name+".golden"))
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(content), "\n")
	text, _, more := strings.Cut(text, "\n-- ")
	all := strings.SplitAfter(strings.TrimRight(text, "\n")+"\n", "\n")
	all = all[:len(all)-1]
	if len(all) > lines {
		all, more = all[:lines], true
	}
	excerpt := strings.TrimRight(strings.Join(all, ""), "\n") + "\n"
	if more {
		excerpt += "…\n"
	}
	return excerpt
}

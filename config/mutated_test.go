package config_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"iamvigil/config"
	"iamvigil/remediate"
	"iamvigil/scanner"
)

// full uses all that a configuration can say.
const full = `# everything
version: 1
rules:
  plain: {enabled: false}
  aged:
    severity: high
    limit: 180
    limit_without_password: 365
    grace: 7
  asked-for: {enabled: true, severity: info}
  event-denials: {enabled: true, severity: medium, limit: 50}
owners:
  tags: [owner, "team"]
  account: platform-team
exemptions:
  - rule: [aged, event-root-use]
    resource: arn:aws:iam::*:user/legacy/*
    account: "012345678901"
    tags: {environment: sandbox, "a: b": ''}
    reason: >-
      The vendor ends
      in March.
    owner: 'Ann O''Brien'
    expires: 2027-03-31
  - rule: "*"
    resource: "*"
    allow_broad: true
    reason: "an experiment \u2013 it ends"
    owner: Ben
    expires: 2026-01-01T12:00:00+02:00
remediation:
  ask: "#iam-help on Slack"
  protected: [arn:aws:iam::*:user/break-glass/*, deployer]
  cures:
    deactivate-key:
      enabled: true
      rules:
        key-unused: {warn: 0, final: 7, act: 14}
        key-rotation:
          warn: 0
          final: 21
          act: 30
    contain-console: {enabled: false}
    quarantine: {enabled: true}
`

// pieces are what mutations put in: what YAML makes much of, and values of every
// type where others are wanted.
var pieces = []string{
	"&a ", "*a", "*", "<<: ", "\t", "---\n", "...\n", "!!str ", "!!binary ", "%YAML 1.1\n", "? ", ": ", "- ", "# ", "| ", ">\n", "'", `"`,
	"{", "}", "[", "]", ",", "~", "null", "true", "yes", "0x10", "010", "-1", "1e9", ".inf", "99999999999999999999", "2027-03-31", "0001-01-01",
	"plain", "aged", "zebra", "event-scanner-tampering", "event-guesses", "enabled: ", "limit: ", "rule: ", "expires: ", "allow_broad: true",
	"remediation:\n", "cures: ", "quarantine: ", "deactivate-key: ", "protected: ", "act: ", "final: 7", "warn: ", "user-unused", `"\u202e"`, `"\n"`,
	"\u202e", "\u2028", "\u0085", "\u00a0", "\x00", "\x1b", "\xff", "\ufeff", "é", "🙂", "\r", "\r\n", "\n", "  ", " ",
}

func mutate(r *rand.Rand, text string) string {
	lines := strings.SplitAfter(text, "\n")
	i, j := r.IntN(len(lines)), r.IntN(len(lines))
	at, to := r.IntN(len(text)+1), r.IntN(len(text)+1)
	piece := pieces[r.IntN(len(pieces))]
	switch r.IntN(9) {
	case 0:
		return text[:at] + piece + text[at:]
	case 1: // a word replaced
		words := strings.Fields(text)
		if len(words) == 0 {
			return piece
		}
		return strings.Replace(text, words[r.IntN(len(words))], piece, 1)
	case 2:
		lines = slices.Delete(lines, i, i+1)
	case 3:
		lines = slices.Insert(lines, j, lines[i])
	case 4:
		lines[i], lines[j] = lines[j], lines[i]
	case 5: // another indentation
		lines[i] = strings.Repeat(" ", r.IntN(8)) + strings.TrimLeft(lines[i], " ")
	case 6:
		return text[:min(at, to)] + text[max(at, to):]
	case 7:
		return text[:at]
	case 8:
		if at < len(text) {
			return text[:at] + string(rune(r.IntN(256))) + text[at+1:]
		}
	}
	return strings.Join(lines, "")
}

// generate makes a configuration of fields that are mostly right.
func generate(r *rand.Rand) string {
	any := func(of ...string) string { return of[r.IntN(len(of))] }
	var b strings.Builder
	b.WriteString(any("version: 1\n", "version: 1\n", "version: 1\n", "version: 2\n"))
	b.WriteString("rules:\n")
	for _, id := range []string{"plain", "aged", "counted", "asked-for", "event-denials"} {
		if r.IntN(2) == 0 {
			fmt.Fprintf(&b, "  %s: {%s: %s}\n", id, any("enabled", "enabled", "enabled", "limit", "grace"), any("true", "true", "false", "20"))
		}
	}
	fmt.Fprintf(&b, "owners: {account: %s}\nexemptions:\n", any("ops", "ops", "ops", "5"))
	for range r.IntN(4) {
		fmt.Fprintf(&b, "  - rule: %s\n    resource: %s\n", any("plain", "aged", "[aged, plain]", "zebra"), any("ann", "ben", "<root_account>", "arn:aws:iam::*:user/x/*", `"*"`))
		fmt.Fprintf(&b, "    expires: 2027-0%d-1%d\n    reason: %s\n    owner: %s\n", r.IntN(9)+1, r.IntN(9), any("why", "'why'", ">-\n      why\n      so"), any("ann", "ann", "ann", "''"))
	}
	if r.IntN(2) == 0 {
		fmt.Fprintf(&b, "remediation:\n  protected: [%s]\n  cures:\n    %s:\n      enabled: %s\n", any("ann", `"*"`, "arn:aws:iam::*:user/x/*", "*:role/x"), any("deactivate-key", "deactivate-key", "quarantine"), any("true", "true", "false", "on"))
		fmt.Fprintf(&b, "      rules:\n        %s: {warn: %d, final: %s, act: %d}\n", any("key-unused", "key-unused", "key-rotation", "user-unused"), r.IntN(3), any("3", "3", "3", "x"), r.IntN(9))
	}
	return b.String()
}

// judge holds that a file is refused with a line and a reason for each fault, or
// taken whole; it reports which.
func judge(t *testing.T, text string) (taken bool) {
	t.Helper()
	s, err := apply(text)
	if err == nil {
		sane(t, text, s)
		return true
	}
	if diff := cmp.Diff(config.Settings{}, s); diff != "" {
		t.Errorf("%q: half applied: %s", text, diff)
	}
	var all interface{ Unwrap() []error }
	if !errors.As(err, &all) {
		t.Fatalf("%q: the error joins none: %v", text, err)
	}
	last := 1
	for _, err := range all.Unwrap() {
		number, reason, _ := strings.Cut(strings.TrimPrefix(err.Error(), "read c.yaml: line "), ": ")
		line, bad := strconv.Atoi(number)
		if bad != nil || line < last || line > strings.Count(text, "\n")+1 || len(reason) < 10 || strings.Contains(reason, "\n") || !utf8.ValidString(reason) {
			t.Errorf("%q: an error without line or reason, or out of order: %v", text, err)
		}
		last = line
	}
	return false
}

// sane holds what is true of all settings, and that they are the same again.
func sane(t *testing.T, text string, s config.Settings) {
	t.Helper()
	events := slices.Concat(s.Events, s.EventsOff)
	if len(s.On)+len(s.Off) != len(rules()) || len(events) != len(eventRules()) {
		t.Errorf("%q loses rules: %v, %v, %s", text, ids(s.On), ids(s.Off), shown(events))
	}
	for _, r := range slices.Concat(s.On, s.Off) {
		bounded(t, text, &r.About)
	}
	for _, r := range events {
		bounded(t, text, &r.About)
	}
	bad := []scanner.Severity{scanner.Critical, scanner.High}
	loud := func(r scanner.EventRule) bool { return r.ID == scanner.Tampering && slices.Contains(bad, r.Severity) }
	if !slices.ContainsFunc(s.Events, loud) {
		t.Errorf("%q does without what watches the scanner: %s", text, shown(events))
	}
	for _, x := range s.Terms.Exemptions {
		if len(x.Rules) == 0 || x.Resource == "" || x.Account == "" || x.Reason == "" || x.Owner == "" || x.Expires.After(now.AddDate(0, 0, 367)) || slices.Contains(x.Rules, "event-scanner-tampering") {
			t.Errorf("%q has an exemption that is not one: %+v", text, x)
		}
	}
	for id, days := range s.Remediation.Schedules {
		if days.Warn < 0 || days.Final <= days.Warn || days.Act <= days.Final || days.Act > remediate.MostDays || !slices.Contains(ids(s.On), id) {
			t.Errorf("%q acts on %s by %+v", text, id, days)
		}
		if !slices.ContainsFunc(remediate.Cures(), func(c remediate.Cure) bool { return s.Remediation.Cures[c] && slices.Contains(c.Rules(), id) }) {
			t.Errorf("%q acts on %s without a cure that is on: %+v", text, id, s.Remediation)
		}
	}
	c, err := config.Parse("c.yaml", []byte(text))
	if err != nil {
		t.Fatalf("%q: another time: %v", text, err)
	}
	for range 2 {
		again, err := c.Apply(all(), now)
		if diff := cmp.Diff(s, again); diff != "" || err != nil {
			t.Errorf("%q differs another time: %s, %v", text, diff, err)
		}
	}
}

// bounded holds that a rule is set to what it may be.
func bounded(t *testing.T, text string, r *scanner.About) {
	t.Helper()
	if l := r.Limit; l.Value < l.Min || l.Value > l.Max || l.WithoutPassword > l.Max || r.Grace.Value < 0 || r.Grace.Value > r.Grace.Max || r.Severity.Rank() >= len(scanner.Severities()) {
		t.Errorf("%q sets %s beyond its bounds: %+v", text, r.ID, r)
	}
}

func TestMutatedConfigs(t *testing.T) {
	taken, refused := 0, 0
	for _, seed := range []uint64{1, 2, 3, rand.Uint64()} {
		r := rand.New(rand.NewPCG(seed, 4))
		for range 500 {
			text := full
			if r.IntN(2) == 0 {
				text = generate(r)
			}
			for range r.IntN(4) {
				text = mutate(r, text)
			}
			if judge(t, text) {
				taken++
			} else {
				refused++
			}
			if t.Failed() {
				t.Fatalf("seed %d", seed)
			}
		}
		t.Logf("seed %d: %d taken, %d refused so far", seed, taken, refused)
	}
	if taken < 200 || refused < 200 {
		t.Errorf("%d taken, %d refused: neither is shown", taken, refused)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(full)
	f.Add(sound)
	f.Add("---")
	f.Add("version: 1\nrules: &a {plain: {enabled: true}, aged: *a}")
	f.Add("a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nversion: 1\n<<: *c\n")
	f.Add("version: 1\n---\nversion: 1\n...\n# end\n")
	f.Add("version: 1\nrules: " + strings.Repeat("[", 300))
	f.Add("? ? - : {,}\n| >-\n%TAG ! x\n!!binary \"\\x00\"")
	f.Fuzz(func(t *testing.T, text string) { judge(t, text) })
}

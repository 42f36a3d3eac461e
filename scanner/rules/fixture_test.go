package rules_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/rogpeppe/go-internal/txtar"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/rules"
	"iamvigil/scanner/trail"
)

// clock is the evaluation's time wherever a fixture does not state its own.
var clock = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// fixture is one archive of testdata: a rule, some snapshots or events, and
// what the rule is to answer.
//
// Its comment is prose. Lines that begin with "fails:", "passes:" or "near
// miss:" go into the documentation. They begin with the name of a resource in
// snapshot.json or of an event in events.json; where a rule asks about the
// account, the snapshots are fails.json, passes.json and near-miss.json. What event
// rules know beside events.json is in look.json, own-roles, remediation-role and
// journalled. The file list is the rule's list, a member each line.
//
// A snapshot states only the fields that matter: the rest is filled in by fill.
// "now-90d", "now-90d23h59m59s" and "now+90d" stand for times.
type fixture struct {
	path, rule string
	archive    *txtar.Archive
	now        time.Time
}

// snapshots are those that a fixture may hold, in this order.
var snapshots = []string{"snapshot.json", "fails.json", "passes.json", "near-miss.json"}

// labels begin the lines of a fixture's comment that are checked and printed.
var labels = []string{"fails", "passes", "near miss"}

func fixtures(t *testing.T) []*fixture {
	t.Helper()
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	var all []*fixture
	for _, path := range paths {
		all = append(all, load(t, path))
	}
	return all
}

func load(t *testing.T, path string) *fixture {
	t.Helper()
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rule, _, _ := strings.Cut(strings.TrimSuffix(filepath.Base(path), ".txtar"), "--")
	f := &fixture{path: path, rule: rule, archive: archive, now: clock}
	if stated, ok := f.file("now"); ok {
		if f.now, err = time.Parse(time.RFC3339, strings.TrimSpace(stated)); err != nil {
			t.Fatalf("%s: now: %v", path, err)
		}
	}
	return f
}

// first reports whether it is the rule's main fixture, the documented one.
func (f *fixture) first() bool { return !strings.Contains(f.path, "--") }

func (f *fixture) file(name string) (string, bool) {
	for _, file := range f.archive.Files {
		if file.Name == name {
			return string(file.Data), true
		}
	}
	return "", false
}

// prose are the comment's lines of one label.
func (f *fixture) prose(label string) []string {
	var lines []string
	for line := range strings.Lines(string(f.archive.Comment)) {
		if text, ok := strings.CutPrefix(line, label+": "); ok {
			lines = append(lines, strings.TrimSpace(text))
		}
	}
	return lines
}

// want compares with the fixture's want, or writes it there.
func (f *fixture) want(t *testing.T, got string) {
	t.Helper()
	want, _ := f.file("want")
	if got == want {
		return
	}
	if !*update {
		t.Errorf("%s answers otherwise (-update accepts it)\ngot:\n%s\nwant:\n%s", f.path, got, want)
		return
	}
	f.archive.Files = slices.DeleteFunc(f.archive.Files, func(file txtar.File) bool { return file.Name == "want" })
	f.archive.Files = append(f.archive.Files, txtar.File{Name: "want", Data: []byte(got)})
	if err := os.WriteFile(f.path, txtar.Format(f.archive), 0o644); err != nil {
		t.Fatal(err)
	}
}

// snapshot decodes and fills one of the fixture's snapshots, in which the facts
// given were seen unless the fixture says otherwise.
func (f *fixture) snapshot(t *testing.T, name string, seen []account.Fact) *account.Snapshot {
	t.Helper()
	text, _ := f.file(name)
	var raw map[string]any
	if err := json.Unmarshal([]byte(text), &raw); err != nil {
		t.Fatalf("%s: %s: %v", f.path, name, err)
	}
	if raw["version"] == nil {
		raw["version"] = account.Version
	}
	if raw["account"] == nil {
		raw["account"] = map[string]any{"id": "111122223333", "partition": "aws"}
	}
	stated, err := json.Marshal(f.dated(raw))
	if err != nil {
		t.Fatal(err)
	}
	s, err := account.Read(bytes.NewReader(stated))
	if err != nil {
		t.Fatalf("%s: %s: %v", f.path, name, err)
	}
	fill(s)
	if s.Seen == nil {
		s.Seen = map[account.Fact]account.Seen{}
	}
	for _, fact := range seen {
		if _, stated := s.Seen[fact]; !stated {
			s.Seen[fact] = account.Seen{At: f.now}
		}
	}
	return s
}

// given is a rule with the fixture's list, if it is the fixture's and that has one.
func (f *fixture) given(r scanner.Rule) scanner.Rule {
	if list, stated := f.file("list"); stated && r.ID == f.rule {
		r.List.Values = strings.Split(strings.TrimSpace(list), "\n")
	}
	return r
}

// all are the rules as they are asked about the fixture.
func (f *fixture) all() []scanner.Rule {
	all := rules.All()
	for i := range all {
		all[i] = f.given(all[i])
	}
	return all
}

func (f *fixture) events(t *testing.T) []trail.Event {
	t.Helper()
	text, _ := f.file("events.json")
	dec := json.NewDecoder(strings.NewReader(text))
	dec.DisallowUnknownFields()
	var events []trail.Event
	if err := dec.Decode(&events); err != nil {
		t.Fatalf("%s: events.json: %v", f.path, err)
	}
	return events
}

// scene is what the fixture says that event rules know beside the events.
func (f *fixture) scene(t *testing.T) *scanner.Scene {
	t.Helper()
	words := func(name string) []string {
		text, _ := f.file(name)
		return strings.Fields(text)
	}
	scene := &scanner.Scene{OwnRoles: words("own-roles"), Remediation: strings.Join(words("remediation-role"), ""), Journalled: map[string]bool{}}
	for _, id := range words("journalled") {
		scene.Journalled[id] = true
	}
	if _, looked := f.file("look.json"); looked {
		scene.Snapshot = f.snapshot(t, "look.json", nil)
	}
	return scene
}

// dated puts a time for every "now-…" and "now+…".
func (f *fixture) dated(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			v[k] = f.dated(v[k])
		}
	case []any:
		for i := range v {
			v[i] = f.dated(v[i])
		}
	case string:
		for sign, way := range map[string]time.Duration{"now-": -1, "now+": 1} {
			if text, ok := strings.CutPrefix(v, sign); ok {
				if d, err := since(text); err == nil {
					return f.now.Add(way * d).Format(time.RFC3339)
				}
			}
		}
	}
	return v
}

// since reads "90d", or "90d" and what time.ParseDuration reads.
func since(text string) (time.Duration, error) {
	days, rest, _ := strings.Cut(text, "d")
	n, err := strconv.Atoi(days)
	if err != nil || rest == "" {
		return time.Duration(n) * 24 * time.Hour, err
	}
	d, err := time.ParseDuration(rest)
	return time.Duration(n)*24*time.Hour + d, err
}

// fill makes ARNs and unique ids from names, and the names of policies from
// their ARNs.
func fill(s *account.Snapshot) {
	arn := func(stated *string, kind, name string) {
		if *stated == "" {
			*stated = fmt.Sprintf("arn:%s:iam::%s:%s/%s", s.Account.Partition, s.Account.ID, kind, name)
		}
	}
	id := func(stated *string, prefix, name string) {
		if *stated == "" {
			*stated = prefix + strings.Map(upper, name)
		}
	}
	attached := func(list []account.Attachment) {
		for i := range list {
			arn(&list[i].ARN, "policy", list[i].Name)
			list[i].Name = list[i].ARN[strings.LastIndexByte(list[i].ARN, '/')+1:]
		}
	}
	for i := range s.Users {
		u := &s.Users[i]
		arn(&u.ARN, "user", u.Name)
		id(&u.ID, "AIDA", u.Name)
		attached(u.Attached)
	}
	for i := range s.Groups {
		g := &s.Groups[i]
		arn(&g.ARN, "group", g.Name)
		id(&g.ID, "AGPA", g.Name)
		attached(g.Attached)
	}
	for i := range s.Roles {
		r := &s.Roles[i]
		arn(&r.ARN, "role", r.Name)
		id(&r.ID, "AROA", r.Name)
		attached(r.Attached)
	}
	for i := range s.Policies {
		m := &s.Policies[i]
		arn(&m.ARN, "policy", m.Name)
		id(&m.ID, "ANPA", m.Name)
	}
	for i := range s.Trails {
		s.Trails[i].ARN = fmt.Sprintf("arn:%s:cloudtrail:us-east-1:%s:trail/%s", s.Account.Partition, s.Account.ID, s.Trails[i].Name)
	}
	fillOthers(s, id)
}

// fillOthers makes the ARNs of providers from the names that stand in their place,
// those of certificates and analyzers from their names, and ids.
func fillOthers(s *account.Snapshot, id func(stated *string, prefix, name string)) {
	arn := func(stated *string, service, region, kind, name string) {
		if !strings.HasPrefix(*stated, "arn:") {
			*stated = strings.Join([]string{"arn", s.Account.Partition, service, region, s.Account.ID, kind + "/" + name}, ":")
		}
	}
	for i := range s.SAMLProviders {
		p := &s.SAMLProviders[i]
		arn(&p.ARN, "iam", "", "saml-provider", p.ARN)
	}
	for i := range s.OIDCProviders {
		p := &s.OIDCProviders[i]
		arn(&p.ARN, "iam", "", "oidc-provider", p.ARN)
	}
	for i := range s.ServerCertificates {
		c := &s.ServerCertificates[i]
		arn(&c.ARN, "iam", "", "server-certificate", c.Name)
		id(&c.ID, "ASCA", c.Name)
	}
	for i := range s.Analyzers {
		a := &s.Analyzers[i]
		a.Region = cmp.Or(a.Region, account.GlobalRegion(s.Account.Partition))
		arn(&a.ARN, "access-analyzer", a.Region, "analyzer", a.Name)
	}
}

func upper(r rune) rune {
	if r = unicode.ToUpper(r); 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' {
		return r
	}
	return -1
}

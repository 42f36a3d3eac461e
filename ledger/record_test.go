package ledger_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"iamvigil/ledger"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
)

func TestSortKey(t *testing.T) {
	user := account.Ref{Kind: account.KindUser, ID: "AIDA1", Name: "Alice"}
	root := identity.RootRef()
	long := strings.Repeat("x", 2048) // as long as a principal in a trust policy can be
	for name, row := range map[string]struct {
		about account.Ref
		part  string
		want  string
	}{
		"user":                   {user, "AKIA1", "user#alice#AIDA1#r#AKIA1"},
		"no part":                {user, "", "user#alice#AIDA1#r#"},
		"root":                   {root, "", "account#arn:aws:iam::123456789012:root#r#"},
		"account":                {identity.Ref(), "", "account#arn:aws:iam::123456789012:root#r#"},
		"too long for a key":     {user, long, "user#alice#sha256#4c5c37123e541197104687911fd7ccba5c741235d8b8669503ffeb649e928a13"},
		"too long, another part": {user, long + "y", "user#alice#sha256#"},
	} {
		t.Run(name, func(t *testing.T) {
			r := ledger.Record{Finding: scanner.Finding{Rule: "r", Resource: row.about, Part: row.part}}
			got := r.SortKey()
			if len(got) > 1024 {
				t.Errorf("%d bytes, DynamoDB takes 1,024", len(got))
			}
			if !strings.HasPrefix(got, row.want) || !strings.HasPrefix(got, ledger.NamePrefix(row.about)) {
				t.Errorf("got %s, want %s", got, row.want)
			}
		})
	}
}

func TestNamePrefix(t *testing.T) {
	for name, row := range map[string]struct {
		about account.Ref
		want  string
	}{
		"name":                             {account.Ref{Kind: account.KindUser, Name: "Alice"}, "user#alice#"},
		"name of a policy, from its ARN":   {account.Ref{Kind: account.KindPolicy, ARN: "arn:aws:iam::123456789012:policy/team/Deploy"}, "policy#deploy#"},
		"neither: all of the kind":         {account.Ref{Kind: account.KindRole, ID: "AROA1"}, "role#"},
		"root user, who is of the account": {identity.RootRef(), "account#"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := ledger.NamePrefix(row.about); got != row.want {
				t.Errorf("got %s, want %s", got, row.want)
			}
		})
	}
}

func TestExpires(t *testing.T) {
	resolved := start.Add(time.Hour)
	for name, row := range map[string]struct {
		record ledger.Record
		want   time.Time
	}{
		"open":                         {ledger.Record{State: ledger.Open, Told: ledger.Open}, time.Time{}},
		"resolved":                     {ledger.Record{State: ledger.Resolved, Told: ledger.Resolved, ResolvedAt: resolved}, resolved.Add(400 * day)},
		"resolved, never told":         {ledger.Record{State: ledger.Resolved, ResolvedAt: resolved}, resolved.Add(400 * day)},
		"resolved while silenced":      {ledger.Record{State: ledger.Resolved, Told: ledger.Silenced, ResolvedAt: resolved}, resolved.Add(400 * day)},
		"resolved, believed to stand":  {ledger.Record{State: ledger.Resolved, Told: ledger.Open, ResolvedAt: resolved}, time.Time{}},
		"open, believed to be no more": {ledger.Record{State: ledger.Open, Told: ledger.Resolved}, time.Time{}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := row.record.Expires(); !got.Equal(row.want) {
				t.Errorf("got %s, want %s", got, row.want)
			}
		})
	}
}

// TestRecordsAreBounded: whatever a policy holds, a record fits into an item of
// 400 KB, and its text stays text.
func TestRecordsAreBounded(t *testing.T) {
	s := newStory(t)
	s.create("alice", "p")
	s.edit = func(f *scanner.Finding) {
		f.Message = strings.Repeat("ä", 1<<20)
		f.Controls = strings.Split(strings.Repeat("C,", 1000), ",")
		f.Evidence = map[string]string{}
		for i := range 1000 {
			f.Evidence[strings.Repeat("k", i+100)] = strings.Repeat("€", 1<<10)
		}
	}
	c := s.audit("new inline alice p")
	r := c.Puts[0]
	total := len(r.Message) + len(strings.Join(r.Controls, ""))
	for name, value := range r.Evidence {
		total += len(name) + len(value)
		if !utf8.ValidString(value) {
			t.Errorf("evidence ends within a letter: %q", value[len(value)-4:])
		}
	}
	if total > 50_000 || !utf8.ValidString(r.Message) || !strings.HasSuffix(r.Message, "…") {
		t.Errorf("%d bytes, message %q…", total, r.Message[:20])
	}
	s.unsaved(s.audit())
}

// TestKeys: of records about access keys, their ids and times of creation.
func TestKeys(t *testing.T) {
	about := account.Ref{Kind: account.KindUser, ID: "AIDA1"}
	created := map[string]string{"created": "2026-01-02T03:04:05Z"}
	record := func(about account.Ref, rule, part string, evidence map[string]string) ledger.Record {
		return ledger.Record{Finding: scanner.Finding{Rule: rule, Resource: about, Part: part, Evidence: evidence}}
	}
	known := ledger.Known{Records: []ledger.Record{
		record(about, "key-unused", "AKIA1", created),
		record(about, "key-rotation", "AKIA1", created),
		record(about, "key-rotation", "AKIA2", map[string]string{"created": "unknown"}),
		record(about, "key-rotation", "access_key_1", created),
		record(about, "user-unused", "", created),
		record(account.Ref{Kind: account.KindAccount, ARN: "arn"}, "root-access-key", "AKIA3", created),
	}}
	want := map[string][]account.AccessKey{"AIDA1": {{ID: "AKIA1", Created: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}}}
	if diff := cmp.Diff(want, known.Keys()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

package ledger_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"iamvigil/ledger"
	"iamvigil/scanner"
)

// TestAcknowledgeRefuses: what cannot be acknowledged, with what to ask instead.
func TestAcknowledgeRefuses(t *testing.T) {
	one := func(id string, edit func(*ledger.Record)) ledger.Record {
		r := ledger.Record{Finding: scanner.Finding{ID: id, Rule: "r", Status: scanner.Open}, State: ledger.Open, Told: ledger.Open}
		if edit != nil {
			edit(&r)
		}
		return r
	}
	exempt := func(expires time.Time) func(*ledger.Record) {
		return func(r *ledger.Record) {
			r.Status, r.Exempt = scanner.Exempt, &scanner.Exemption{Reason: "agreed", Expires: expires}
		}
	}
	id := func(head string) string { return head + strings.Repeat("0", 32-len(head)) }
	known := ledger.Known{Records: []ledger.Record{
		one(id("aaaaaa1"), nil), one(id("aaaaaa2"), nil), one(id("bbbbbb1"), nil),
		one(id("bbbbbb2"), func(r *ledger.Record) { r.State, r.ResolvedAt = ledger.Resolved, start.Add(-hour) }),
		one(id("cccccc"), exempt(start.Add(hour))), one(id("dddddd"), exempt(start)),
		one(id("ffffff0"), func(r *ledger.Record) { r.Status = scanner.Contained }),
		one(id("eeeeee"), nil), one(id("eeeeee"), func(r *ledger.Record) { r.EvidenceAt, r.StoredAs = start, "newer" }),
	}}
	good := ledger.Ack{By: boss, Reason: "on it", Until: start.Add(ledger.AckMost)}
	with := func(edit func(*ledger.Ack)) ledger.Ack {
		a := good
		edit(&a)
		return a
	}
	for name, row := range map[string]struct {
		id   string
		ack  ledger.Ack
		want string // empty: accepted
	}{
		"whole id":                 {id("aaaaaa1"), good, ""},
		"its beginning":            {"AAAAAA1", good, ""},
		"of which another is over": {"bbbbbb", good, ""},
		"exempt until now":         {"dddddd", good, ""},
		"stored twice":             {"eeeeee", good, ""},
		"400 characters":           {"eeeeee", with(func(a *ledger.Ack) { a.Reason = strings.Repeat("ä", 400) }), ""},
		"too short an id":          {"aaaaa", good, `acknowledge "aaaaa": an id is hexadecimal digits: give at least the first 6`},
		"no id":                    {"", good, "give at least the first 6"},
		"a rule's id":              {"root-access-key", good, "an id is hexadecimal digits"},
		"ambiguous":                {"aaaaaa", good, "2 open findings have ids that begin so, " + id("aaaaaa1") + " and " + id("aaaaaa2") + " among them: give more digits"},
		"contained":                {"ffffff0", good, "a policy of the stack contains it already"},
		"unknown":                  {"ffffff1", good, "no finding has such an id: see the ids in `iamvigil findings`"},
		"resolved":                 {"bbbbbb2", good, "it was resolved at 2026-11-01T01:00:00Z: there is nothing to acknowledge"},
		"exempt":                   {"cccccc", good, "the configuration exempts it already"},
		"until now":                {"eeeeee", with(func(a *ledger.Ack) { a.Until = start }), "until 2026-11-01T02:00:00Z is not in the future: give a time between now and 2026-11-08T02:00:00Z"},
		"no time":                  {"eeeeee", with(func(a *ledger.Ack) { a.Until = time.Time{} }), "is not in the future"},
		"too long ahead":           {"eeeeee", with(func(a *ledger.Ack) { a.Until = a.Until.Add(time.Second) }), "is more than 7 days ahead: give at most 2026-11-08T02:00:00Z"},
		"no reason":                {"eeeeee", with(func(a *ledger.Ack) { a.Reason = " \t" }), "the reason is empty"},
		"nobody":                   {"eeeeee", with(func(a *ledger.Ack) { a.By = "" }), "nobody is named who acknowledges it"},
		"a long reason":            {"eeeeee", with(func(a *ledger.Ack) { a.Reason = strings.Repeat("ä", 401) }), "the reason has 401 characters: shorten it to 400"},
		"a long name":              {"eeeeee", with(func(a *ledger.Ack) { a.By = strings.Repeat("x", 401) }), "the name of who acknowledges it has 401 characters"},
		"a line break":             {"eeeeee", with(func(a *ledger.Ack) { a.Reason = "a\nb" }), "the reason holds a line break or another control character"},
		"an escape":                {"eeeeee", with(func(a *ledger.Ack) { a.By = "a\x1b[2J" }), "control character"},
		"a right-to-left override": {"eeeeee", with(func(a *ledger.Ack) { a.Reason = "a\u202eb" }), "control character"},
		"a line separator":         {"eeeeee", with(func(a *ledger.Ack) { a.Reason = "a\u2028b" }), "control character"},
		"a byte that is not UTF-8": {"eeeeee", with(func(a *ledger.Ack) { a.Reason = "a\xff" }), "control character"},
		"letters of other scripts": {"eeeeee", with(func(a *ledger.Ack) { a.Reason = "می\u200cشود 終わり 🙂" }), ""},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := ledger.Acknowledge(known, row.id, row.ack, start)
			if row.want == "" {
				if err != nil || c.Kind != ledger.Acknowledgement || len(c.Silenced) != 1 || len(c.Puts) != 1 || !strings.HasPrefix(c.Puts[0].ID, strings.ToLower(row.id)) {
					t.Errorf("got %v, %+v", err, c)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("got %v, want %s", err, row.want)
			}
			if !c.Quiet() || len(c.Puts) != 0 {
				t.Errorf("changes %+v with an error", c)
			}
		})
	}
}

// TestAcknowledgeTouchesNothing: what is known stays as it was, and of a record
// that is stored twice the newer is meant.
func TestAcknowledgeTouchesNothing(t *testing.T) {
	s := newStory(t)
	s.create("alice", "p")
	s.audit("new inline alice p")
	known := s.memory.load()
	older := known.Records[0]
	older.StoredAs, older.EvidenceAt = "older", start.Add(-hour)
	known.Records = append(known.Records, older)
	before := fmt.Sprintf("%+v", known)
	c, err := ledger.Acknowledge(known, older.ID, ledger.Ack{By: boss, Reason: "on it", Until: start.Add(hour)}, start)
	if err != nil {
		t.Fatal(err)
	}
	if after := fmt.Sprintf("%+v", known); after != before {
		t.Errorf("known was\n%s\nand is\n%s", before, after)
	}
	if r := c.Puts[0]; r.StoredAs != "user#alice#AIDA0001#inline#p" || r.Revision != 1 || !r.Ack.At.Equal(start) {
		t.Errorf("puts %+v, want the newer, acknowledged now", r)
	}
	if !slices.Equal(told(c), []string{"silenced inline alice p"}) {
		t.Errorf("told %v", told(c))
	}
}

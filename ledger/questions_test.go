package ledger_test

import (
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"iamvigil/ledger"
	"iamvigil/scanner/trail"
)

func ofAccount(r ledger.Record) ledger.Record {
	r.Resource = identity.Ref()
	return r
}

// TestQuestions: what is not known is asked, of new records first. CloudTrail's
// LookupEvents knows the account by no name, only by the names of calls.
func TestQuestions(t *testing.T) {
	known := found("key", "AKIA1")
	known.By = &trail.Origin{ID: "e"}
	since := resolved("key", ledger.Mended)
	since.OpenedAt = start
	c := ledger.Changes{Telling: ledger.Telling{
		New: []ledger.Record{found("inline", "p"), known, found("unused", ""), found("other", "")},
		Resolved: []ledger.Record{
			resolved("unused", ledger.Deleted), resolved("key", ledger.Reset), resolved("inline", ledger.Mended),
			ofAccount(resolved("key", ledger.Mended)), resolved("unused", ledger.Mended), since,
		},
		Silenced: []ledger.Record{found("inline", "q")},
	}}
	want := []ledger.Asked{
		{Question: trail.Question{Resource: alice, Part: "p", Causes: calls.Causes["inline"]}, ID: "inlinep"},
		{Question: trail.Question{Resource: alice, Causes: []string{"DeleteUser"}}, ID: "unused"},
		{Question: trail.Question{Resource: alice, Causes: calls.Cures["inline"]}, ID: "inline"},
		{Question: trail.Question{Resource: identity.Ref(), Causes: calls.Cures["key"]}, ID: "key"},
		{Question: trail.Question{Resource: alice, Causes: calls.Cures["key"], Since: start}, ID: "key"},
	}
	if diff := cmp.Diff(want, c.Questions(calls)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestAnswers: they are told and remembered; why nobody is named is said of
// faults alone.
func TestAnswers(t *testing.T) {
	unseen := trail.Origin{Missing: "not in the last 90 days"}
	ann := trail.Origin{ID: "e", Actor: &trail.Actor{Name: "ann"}}
	mended := resolved("inline", ledger.Mended)
	for name, row := range map[string]struct {
		record ledger.Record
		answer trail.Origin
		taken  bool
	}{
		"new":                   {found("inline", ""), ann, true},
		"new, and not known":    {found("inline", ""), unseen, true},
		"mended":                {mended, ann, true},
		"mended, and not known": {mended, unseen, false},
	} {
		t.Run(name, func(t *testing.T) {
			c := ledger.Changes{Puts: []ledger.Record{found("key", ""), row.record}}
			if row.record.State == ledger.Open {
				c.New = []ledger.Record{row.record}
			} else {
				c.Resolved = []ledger.Record{row.record}
			}
			c.Answer(map[string]trail.Origin{row.record.ID: row.answer})
			for _, r := range append(append(c.Puts[1:], c.New...), c.Resolved...) {
				if taken := r.By != nil && *r.By == row.answer; taken != row.taken {
					t.Errorf("by %v, want it taken: %t", r.By, row.taken)
				}
			}
			if c.Puts[0].By != nil {
				t.Errorf("another's by %v", c.Puts[0].By)
			}
		})
	}
}

// TestManyAnswers: the first night of a large account asks about no more than
// can be looked up, and takes however many answers there are in one pass.
func TestManyAnswers(t *testing.T) {
	const many = 50_000
	var c ledger.Changes
	origins := map[string]trail.Origin{}
	for i := range many {
		r := found("inline", strconv.Itoa(i))
		c.New, c.Puts = append(c.New, r), append(c.Puts, r)
		origins[r.ID] = trail.Origin{ID: r.Part}
	}
	asked := c.Questions(calls)
	if len(asked) < 40 || len(asked) > 1000 || asked[0].ID != c.New[0].ID {
		t.Errorf("%d questions, the first about %s", len(asked), asked[0].ID)
	}
	c.Answer(origins)
	for i := range many {
		if by(c.New[i]) != c.New[i].Part || by(c.Puts[i]) != c.Puts[i].Part {
			t.Fatalf("%s by %s and %s", c.New[i].ID, by(c.New[i]), by(c.Puts[i]))
		}
	}
	if asked := c.Questions(calls); len(asked) > 0 {
		t.Errorf("asked once more: %d", len(asked))
	}
}

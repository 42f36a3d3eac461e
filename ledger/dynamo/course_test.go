package dynamo_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/sync/errgroup"

	"iamvigil/internal/awstest"
	"iamvigil/ledger"
	"iamvigil/ledger/dynamo"
	"iamvigil/scanner/policy"
)

// courses is what remediation asks of a ledger.
type courses interface {
	Course(ctx context.Context, accountID string) (ledger.Course, error)
	Advance(ctx context.Context, accountID string, a ledger.Advance) error
	Append(ctx context.Context, accountID string, e ledger.Entry) error
	Journal(ctx context.Context, accountID string, since time.Time) ([]ledger.Entry, error)
}

var _ = []courses{&dynamo.Store{}, &ledger.File{}}

func (b *bench) courses() courses { return b.store.(courses) }

func (b *bench) course() ledger.Course {
	b.Helper()
	c, err := b.courses().Course(b.Context(), identity.ID)
	if err != nil {
		b.Fatal(err)
	}
	return c
}

func (b *bench) advance(a ledger.Advance) error {
	return b.courses().Advance(b.Context(), identity.ID, a)
}

// moves fails unless the advance is saved.
func (b *bench) moves(a ledger.Advance) {
	b.Helper()
	if err := b.advance(a); err != nil {
		b.Fatal(err)
	}
}

func (b *bench) append(e ledger.Entry) error { return b.courses().Append(b.Context(), identity.ID, e) }

func (b *bench) writes(all ...ledger.Entry) {
	b.Helper()
	for _, e := range all {
		if err := b.append(e); err != nil {
			b.Fatal(err)
		}
	}
}

func (b *bench) isRaced(err error) {
	b.Helper()
	if !errors.Is(err, ledger.ErrRaced) {
		b.Errorf("got %v, want it to be raced", err)
	}
}

func (b *bench) goes(want ledger.Course) {
	b.Helper()
	revisions := cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Revision" }, cmp.Ignore())
	if diff := cmp.Diff(want, b.course(), revisions, cmpopts.EquateEmpty()); diff != "" {
		b.Errorf("course (-want +got):\n%s", diff)
	}
}

func aCase(finding string) ledger.Case {
	return ledger.Case{Finding: finding, Cure: "deactivate-key", Mode: "enforce", OpenedAt: start, Stage: ledger.Warned, Began: start,
		WarnedAt: start.Add(time.Hour), Deadline: start.Add(14 * day), Said: `"<&>`, Failures: 1}
}

func entry(action string, number int) ledger.Entry {
	e := ledger.Entry{Action: action, Number: number, At: start.Add(time.Duration(number) * time.Minute), By: "arn:aws:iam::123456789012:role/remediate"}
	if number%2 == 0 {
		e.Outcome, e.RequestID, e.Reason = ledger.Done, "r1", "read back"
		return e
	}
	e.Intent = &ledger.Intent{Finding: "f1", Rule: "key-unused", Cure: "deactivate-key", Mode: "enforce", Resource: user("ann", "AIDA1"), Target: "AKIA1",
		Why: "unused", AsOf: start, Call: ledger.Call{Operation: "UpdateAccessKey", Parameters: map[string]string{"UserName": "ann", "Status": "Inactive"}},
		Reversal: ledger.Call{Operation: "UpdateAccessKey", Parameters: map[string]string{"UserName": "ann", "Status": "Active"}}}
	return e
}

// TestCourseContract holds every store to what remediation relies on.
func TestCourseContract(t *testing.T) {
	for kind, open := range stores() {
		for name, check := range courseContract() {
			t.Run(kind+"/"+name, func(t *testing.T) {
				b := &bench{T: t, now: start}
				b.store = open(b)
				check(b)
			})
		}
	}
}

func courseContract() map[string]func(*bench) {
	round := ledger.Round{StartedAt: start, EndedAt: start.Add(time.Minute), Day: "2026-11-01", Due: 3, DueBefore: 1, Settings: "abc", SettingsSince: start,
		HeldSince: start, Said: map[string]string{ledger.NoticeBreaker: "held"}}
	return map[string]func(*bench){
		"nothing is known at first": func(b *bench) { b.goes(ledger.Course{}) },
		"what is saved is loaded": func(b *bench) {
			b.moves(ledger.Advance{Puts: []ledger.Case{aCase("f1"), aCase("f2")}, Round: &round})
			b.writes(entry("a1", 1), entry("a1", 2))
			b.goes(ledger.Course{Cases: []ledger.Case{aCase("f1"), aCase("f2")}, Round: round, Journal: []ledger.Entry{entry("a1", 1), entry("a1", 2)}})
		},
		"nothing to save is no error": func(b *bench) { b.moves(ledger.Advance{}) },
		"accounts are apart, and so are findings and what is done about them": func(b *bench) {
			b.moves(ledger.Advance{Puts: []ledger.Case{aCase("f1")}, Round: &round})
			b.writes(entry("a1", 1))
			b.holds(ledger.Known{})
			b.save(puts(record(user("a", "AIDA1"), "r", "")))
			b.goes(ledger.Course{Cases: []ledger.Case{aCase("f1")}, Round: round, Journal: []ledger.Entry{entry("a1", 1)}})
			c, err := b.courses().Course(b.Context(), "210987654321")
			if err != nil || len(c.Cases)+len(c.Journal) > 0 || c.Round.Revision > 0 {
				b.Errorf("another account has %v, %v", c, err)
			}
		},
		"many, in the order of actions and of their numbers": func(b *bench) {
			var want ledger.Course
			for i := range 120 {
				want.Cases = append(want.Cases, aCase(fmt.Sprintf("f%03d", i)))
			}
			for _, number := range []int{10, 2, 1, 9} {
				b.writes(entry("b", number), entry("a", number))
			}
			for _, action := range []string{"a", "b"} {
				want.Journal = append(want.Journal, entry(action, 1), entry(action, 2), entry(action, 9), entry(action, 10))
			}
			b.moves(ledger.Advance{Puts: want.Cases})
			b.goes(want)
		},
		"cases and round again, and no more": func(b *bench) {
			b.moves(ledger.Advance{Puts: []ledger.Case{aCase("f1"), aCase("f2")}, Round: &round})
			c := b.course()
			c.Cases[0].Stage, c.Round.Due = ledger.Acted, 9
			b.moves(ledger.Advance{Puts: c.Cases[:1], Deletes: c.Cases[1:], Round: &c.Round})
			b.goes(ledger.Course{Cases: c.Cases[:1], Round: c.Round})
		},
		"what another changed is raced, and all else is saved": func(b *bench) {
			b.moves(ledger.Advance{Puts: []ledger.Case{aCase("f1"), aCase("f2")}, Round: &round})
			mine, theirs := b.course(), b.course()
			theirs.Cases[0].Stage, theirs.Round.Due = ledger.Acted, 9
			b.moves(ledger.Advance{Puts: theirs.Cases[:1], Round: &theirs.Round})
			mine.Cases[0].Stage, mine.Cases[1].Stage = ledger.Begun, ledger.FinalWarned
			b.isRaced(b.advance(ledger.Advance{Puts: append(mine.Cases, aCase("f3")), Round: &mine.Round}))
			b.goes(ledger.Course{Cases: []ledger.Case{theirs.Cases[0], mine.Cases[1], aCase("f3")}, Round: theirs.Round})
		},
		"what another made or deleted is raced": func(b *bench) {
			b.moves(ledger.Advance{Puts: []ledger.Case{aCase("f1")}, Round: &round})
			b.isRaced(b.advance(ledger.Advance{Puts: []ledger.Case{aCase("f1")}}))
			b.isRaced(b.advance(ledger.Advance{Round: &round}))
			c := b.course()
			b.moves(ledger.Advance{Deletes: c.Cases})
			b.isRaced(b.advance(ledger.Advance{Deletes: c.Cases}))
			b.isRaced(b.advance(ledger.Advance{Puts: c.Cases}))
			b.goes(ledger.Course{Round: round})
		},
		"an entry is written once, and stays as it is": func(b *bench) {
			b.writes(entry("a", 1))
			other := entry("a", 1)
			other.By = "somebody else"
			b.isRaced(b.append(other))
			b.isRaced(b.append(entry("a", 1)))
			b.goes(ledger.Course{Journal: []ledger.Entry{entry("a", 1)}})
		},
		"of many who write one entry at once one does": func(b *bench) {
			var g errgroup.Group
			raced := make([]bool, 8)
			for i := range raced {
				g.Go(func() error {
					err := b.append(entry("a", 1))
					if raced[i] = errors.Is(err, ledger.ErrRaced); raced[i] {
						return nil
					}
					return err
				})
			}
			if err := g.Wait(); err != nil {
				b.Fatal(err)
			}
			if lost := len(slices.DeleteFunc(raced, func(r bool) bool { return !r })); lost != 7 {
				b.Errorf("%d of 8 are raced", lost)
			}
		},
		"the journal since": func(b *bench) {
			for number := range 40 {
				b.writes(entry("a", number+1))
			}
			got, err := b.courses().Journal(b.Context(), identity.ID, entry("a", 39).At)
			if diff := cmp.Diff([]ledger.Entry{entry("a", 39), entry("a", 40)}, got); diff != "" || err != nil {
				b.Errorf("%v; (-want +got):\n%s", err, diff)
			}
		},
		"hostile texts are cut, and what undoes it is not": func(b *bench) {
			e, long := entry("a", 1), strings.Repeat("ä", 1<<20)
			e.Reason, e.RequestID, e.Intent.Why = long, long, long
			e.Intent.Reversal.Parameters["PolicyArn"] = strings.Repeat("p", 2048)
			c, r := aCase("f1"), ledger.Round{Said: map[string]string{"x": long}}
			c.Said = long
			b.writes(e)
			b.moves(ledger.Advance{Puts: []ledger.Case{c}, Round: &r})
			got := b.course()
			text := got.Journal[0].Reason + got.Journal[0].RequestID + got.Journal[0].Intent.Why + got.Cases[0].Said + got.Round.Said["x"]
			if len(text) > 10_000 || !utf8.ValidString(text) {
				b.Errorf("%d bytes of text", len(text))
			}
			if diff := cmp.Diff(e.Intent.Reversal, got.Journal[0].Intent.Reversal); diff != "" || e.Intent.Why != long {
				b.Errorf("reversal, or the entry given (-want +got):\n%s", diff)
			}
		},
	}
}

// TestEntriesInOrder: the sort keys of an action's entries hold six digits.
func TestEntriesInOrder(t *testing.T) {
	b := over(t, serve(t))
	for _, e := range []ledger.Entry{entry("", 1), entry("a#b", 1), entry("a", 0), entry("a", -1), entry("a", 1_000_000)} {
		if err := b.append(e); err == nil || errors.Is(err, ledger.ErrRaced) {
			t.Errorf("action %q, number %d: %v", e.Action, e.Number, err)
		}
	}
}

// TestEntryWhoseAnswerIsLost: the SDK repeats the transaction under the same
// ClientRequestToken, so that the run that wrote the entry is not raced by itself.
func TestEntryWhoseAnswerIsLost(t *testing.T) {
	b := over(t, serve(t, awstest.Lose("dynamodb:TransactWriteItems", 1)))
	b.writes(entry("a", 1))
}

// TestEntryMeetsAnother: TransactionConflict is the reason where another
// transaction is under way on the item: no journal, no act.
func TestEntryMeetsAnother(t *testing.T) {
	b := over(t, serve(t, awstest.Conflict(1)))
	b.isRaced(b.append(entry("a", 1)))
}

// TestEntryTooLarge: DynamoDB takes 400 KB in one item; what cannot be stored is
// an error, and never cut where it names what is acted on.
func TestEntryTooLarge(t *testing.T) {
	b := over(t, serve(t))
	e := entry("a", 1)
	e.Intent.Target = strings.Repeat("x", 400<<10)
	if err := b.append(e); err == nil || errors.Is(err, ledger.ErrRaced) {
		t.Errorf("got %v, want an error", err)
	}
}

// TestPermissionsOfCourses are among those of the store.
func TestPermissionsOfCourses(t *testing.T) {
	actions := []string{"dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:Query"}
	role := policy.Parse(`{"Version": "2012-10-17", "Statement": {"Effect": "Allow",
		"Action": ["` + strings.Join(actions, `", "`) + `"],
		"Resource": "arn:aws:dynamodb:us-east-1:123456789012:table/ledger"}}`)
	fake := serve(t, awstest.Role(role))
	b := over(t, fake)
	b.moves(ledger.Advance{Puts: []ledger.Case{aCase("f1")}, Round: &ledger.Round{}})
	b.moves(ledger.Advance{Deletes: b.course().Cases})
	b.writes(entry("a", 1))
	if _, err := b.courses().Journal(t.Context(), identity.ID, start); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(actions, slices.Sorted(maps.Keys(fake.Exercised()))); diff != "" {
		t.Errorf("permissions (-listed +needed):\n%s", diff)
	}
}

// TestBrokenCourse: what cannot be read is named, and no course is made of the rest.
func TestBrokenCourse(t *testing.T) {
	for _, where := range []struct{ partition, sk, kind string }{
		{"#remediation", "case#f1#c", "case"}, {"#remediation", "round#", "round"}, {"#journal", "a#000001", "entry"},
	} {
		fake := serve(t)
		put(t, dynamo.NewClient(fake.Config(), awstest.Epoch), identity.ID+where.partition, where.sk, where.kind, "{")
		_, err := over(t, fake).courses().Course(t.Context(), identity.ID)
		if err == nil || !strings.Contains(err.Error(), `table ledger: decode item "`+where.sk+`": `) {
			t.Errorf("got %v, want %s named", err, where.sk)
		}
	}
}

package dynamo_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/sync/errgroup"

	"iamvigil/internal/awstest"
	"iamvigil/ledger"
	"iamvigil/ledger/dynamo"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/trail"
)

var start = time.Date(2026, 11, 1, 2, 0, 0, 123456789, time.UTC)

var identity = account.Identity{ID: "123456789012", Partition: "aws"}

const (
	day   = 24 * time.Hour
	table = "ledger"
)

// store is what the pipeline asks of a ledger.
type store interface {
	Load(ctx context.Context, accountID string, q ledger.Query) (ledger.Known, error)
	Save(ctx context.Context, accountID string, c ledger.Changes) error
}

// bench is a store under test and its clock.
type bench struct {
	*testing.T
	store store
	now   time.Time
}

func (b *bench) clock() time.Time { return b.now }

// stores are all there are. DynamoDB gives small pages, and stale reads to who
// does not ask for consistent ones.
func stores() map[string]func(*bench) store {
	return map[string]func(*bench) store{
		"file": func(b *bench) store {
			return &ledger.File{Path: filepath.Join(b.TempDir(), "ledger.json"), Now: b.clock}
		},
		"dynamodb": func(b *bench) store {
			fake := serve(b.T, awstest.SmallPages(7), awstest.StaleReads())
			return dynamo.New(dynamo.NewClient(fake.Config(), b.clock), table, b.clock)
		},
	}
}

func serve(t testing.TB, opts ...awstest.Option) *awstest.AWS {
	return awstest.Serve(t, &account.Snapshot{Version: account.Version, Account: identity}, append(opts, awstest.Tables(table))...)
}

// TestContract holds every store to what the pipeline and Diff rely on.
func TestContract(t *testing.T) {
	for kind, open := range stores() {
		for name, check := range contract() {
			t.Run(kind+"/"+name, func(t *testing.T) {
				b := &bench{T: t, now: start}
				b.store = open(b)
				check(b)
			})
		}
	}
}

func user(name, id string) account.Ref {
	return account.Ref{Kind: account.KindUser, ARN: "arn:aws:iam::123456789012:user/" + name, ID: id, Name: name}
}

func record(about account.Ref, rule, part string) ledger.Record {
	return ledger.Record{
		Finding: scanner.Finding{
			Rule: rule, Severity: scanner.High, Resource: about, Part: part, Message: `"<&>` + "\u2028 ä", Controls: []string{"CIS 1.1"},
			Evidence: map[string]string{"created": "2026-01-02T03:04:05Z"}, ID: scanner.FindingID(identity.ID, rule, about, part),
			Status: scanner.Exempt, Owner: "ops", CoveredBy: "x", Fix: "mend", Exempt: &scanner.Exemption{Reason: "agreed", Expires: start.Add(day)},
		},
		State: ledger.Open, Told: ledger.Open, EvidenceAt: start, FirstSeen: start.Add(-day), OpenedAt: start.Add(-time.Hour), Flapping: true,
	}
}

func gap(fact account.Fact, about *account.Ref) ledger.GapRecord {
	return ledger.GapRecord{Fact: fact, Resource: about, Reason: "denied", Permission: "iam:X", Rules: []string{"a", "b"}, FirstSeen: start}
}

func burst(id string) ledger.Burst {
	actor := trail.Actor{Type: "IAMUser", Name: "ops"}
	return ledger.Burst{
		ID: id, Thread: "t", Actor: actor, Opened: start, At: start.Add(time.Minute), Worst: scanner.High, Critical: []string{"root-signed-in"}, Events: 7,
		Held:   []ledger.HeldRecord{{ID: "f1", Rule: "r", Severity: scanner.High, As: "new"}},
		Alerts: []scanner.Alert{{Rule: "a", Severity: scanner.Low, Message: `"<&>`, Event: trail.Event{ID: "e1", Time: start, Actor: actor}}},
		Rest:   []ledger.RuleCount{{Rule: "r", Severity: scanner.Low, Findings: 3}},
	}
}

func (b *bench) load(q ledger.Query) ledger.Known {
	b.Helper()
	k, err := b.store.Load(b.Context(), identity.ID, q)
	if err != nil {
		b.Fatal(err)
	}
	return k
}

func (b *bench) whole() ledger.Known {
	b.Helper()
	return b.load(ledger.Query{Whole: true})
}

func (b *bench) save(c ledger.Changes) {
	b.Helper()
	if err := b.saved(c); err != nil {
		b.Fatal(err)
	}
}

func (b *bench) saved(c ledger.Changes) error {
	c.Time = b.now
	return b.store.Save(b.Context(), identity.ID, c)
}

func (b *bench) raced(c ledger.Changes) {
	b.Helper()
	if err := b.saved(c); !errors.Is(err, ledger.ErrRaced) {
		b.Errorf("got %v, want it to be raced", err)
	}
}

// holds compares all that is held, but for revisions and places.
func (b *bench) holds(want ledger.Known) {
	b.Helper()
	places := cmpopts.IgnoreFields(ledger.Record{}, "Revision", "StoredAs")
	byPart := cmpopts.SortSlices(func(x, y ledger.Record) bool { return x.SortKey() < y.SortKey() })
	gaps := cmpopts.IgnoreFields(ledger.GapRecord{}, "Revision")
	byKey := cmpopts.SortSlices(func(x, y ledger.GapRecord) bool { return x.Key() < y.Key() })
	bursts := cmpopts.IgnoreFields(ledger.Burst{}, "Revision")
	byID := cmpopts.SortSlices(func(x, y ledger.Burst) bool { return x.ID < y.ID })
	whole := cmpopts.IgnoreFields(ledger.Known{}, "Whole")
	if diff := cmp.Diff(want, b.whole(), whole, places, byPart, gaps, byKey, bursts, byID, cmpopts.EquateEmpty()); diff != "" {
		b.Errorf("held (-want +got):\n%s", diff)
	}
}

func puts(records ...ledger.Record) ledger.Changes { return ledger.Changes{Puts: records} }

// has fails unless these records are among those known.
func (b *bench) has(k ledger.Known, want ...ledger.Record) {
	b.Helper()
	held := map[string]bool{}
	for i := range k.Records {
		if held[k.Records[i].ID] {
			b.Errorf("twice: %s", k.Records[i].SortKey())
		}
		held[k.Records[i].ID] = true
	}
	for i := range want {
		if !held[want[i].ID] {
			b.Errorf("not there: %s", want[i].SortKey())
		}
	}
}

// concurrent has three programs write their names into the evidence of the same
// records, again for as long as they are raced.
func concurrent(b *bench) {
	var all []ledger.Record
	var refs []account.Ref
	for i := range 40 {
		about := user(fmt.Sprint("u", i), fmt.Sprint("AIDA", i))
		refs = append(refs, about)
		all = append(all, record(about, "r", ""))
	}
	b.save(puts(all...))
	g, ctx := errgroup.WithContext(b.Context())
	for name, q := range map[string]ledger.Query{"audit": {Whole: true}, "watch-1": {Refs: refs[:30]}, "watch-2": {Refs: refs[10:]}} {
		g.Go(func() error { return write(ctx, b.store, name, q) })
	}
	if err := g.Wait(); err != nil {
		b.Fatal(err)
	}
	for _, r := range b.whole().Records {
		var i int
		fmt.Sscanf(r.Resource.ID, "AIDA%d", &i)
		for name, its := range map[string]bool{"audit": true, "watch-1": i < 30, "watch-2": i >= 10} {
			if got := r.Evidence[name] != ""; got != its {
				b.Errorf("record %d: %s was here: %v, want %v", i, name, got, its)
			}
		}
	}
}

func write(ctx context.Context, s store, name string, q ledger.Query) error {
	named := map[string]bool{}
	for _, ref := range q.Refs {
		named[ref.ID] = true
	}
	for {
		known, err := s.Load(ctx, identity.ID, q)
		if err != nil {
			return err
		}
		var c ledger.Changes
		for _, r := range known.Records {
			if r.Evidence[name] == "" && (q.Whole || named[r.Resource.ID]) {
				r.Evidence[name] = "was here"
				c.Puts = append(c.Puts, r)
			}
		}
		if err := s.Save(ctx, identity.ID, c); !errors.Is(err, ledger.ErrRaced) {
			return err
		}
	}
}

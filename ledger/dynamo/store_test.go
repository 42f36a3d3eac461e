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

	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"iamvigil/internal/awsjson"
	"iamvigil/internal/awstest"
	"iamvigil/ledger"
	"iamvigil/ledger/dynamo"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

// over is a bench whose store works over that AWS.
func over(t *testing.T, fake *awstest.AWS) *bench {
	b := &bench{T: t, now: start}
	b.store = dynamo.New(dynamo.NewClient(fake.Config(), b.clock), table, b.clock)
	return b
}

func TestTableIsNotThere(t *testing.T) {
	b := over(t, awstest.Serve(t, &account.Snapshot{Account: identity}))
	_, err := b.store.Load(t.Context(), identity.ID, ledger.Query{Whole: true})
	for doing, err := range map[string]error{"load": err, "save": b.saved(puts(record(user("a", "AIDA1"), "r", "")))} {
		if err == nil || !strings.HasPrefix(err.Error(), doing+" the ledger: table ledger not found: ") || errors.Is(err, ledger.ErrRaced) {
			t.Errorf("%s: %v", doing, err)
		}
	}
}

// TestPermissions: all that a store does needs the four permissions that the
// comment of Client lists, on its table, and needs each of them.
func TestPermissions(t *testing.T) {
	actions := []string{"dynamodb:BatchGetItem", "dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:Query"}
	role := policy.Parse(`{"Version": "2012-10-17", "Statement": {"Effect": "Allow",
		"Action": ["` + strings.Join(actions, `", "`) + `"],
		"Resource": "arn:aws:dynamodb:us-east-1:123456789012:table/ledger"}}`)
	fake := serve(t, awstest.Role(role))
	b := over(t, fake)
	alice := user("alice", "AIDA1")
	b.save(ledger.Changes{Puts: []ledger.Record{record(alice, "r", "")}, Live: map[string]time.Time{"AIDA1": start}, AlertsTold: map[string][]string{"e1": {"r"}}})
	moved := b.load(ledger.Query{Refs: []account.Ref{alice}, EventIDs: []string{"e1"}}).Records
	moved[0].Resource.Name = "zoe"
	b.save(puts(moved...))
	b.save(ledger.Changes{Deletes: b.whole().Records})
	b.raced(puts(moved...))
	if diff := cmp.Diff(actions, slices.Sorted(maps.Keys(fake.Exercised()))); diff != "" {
		t.Errorf("permissions (-listed +needed):\n%s", diff)
	}
}

func TestSavingNothingCallsNobody(t *testing.T) {
	fake := serve(t)
	over(t, fake).save(ledger.Changes{})
	if n := fake.Total(); n != 0 {
		t.Errorf("%d calls, want none", n)
	}
}

// TestCallsOfManyNames: names are read one by one only while that is less than
// to read all.
func TestCallsOfManyNames(t *testing.T) {
	for names, most := range map[int]int{1: 5, 50: 54, 5000: 1} {
		fake := serve(t)
		q := ledger.Query{}
		for i := range names {
			q.Refs = append(q.Refs, user(fmt.Sprint("u", i), ""))
		}
		over(t, fake).load(q)
		if got := fake.Total(); got > most {
			t.Errorf("%d names: %d calls, want at most %d", names, got, most)
		}
	}
}

// TestConflict: TransactionConflict is the reason where another transaction is
// under way on an item.
func TestConflict(t *testing.T) {
	b := over(t, serve(t, awstest.Conflict(1)))
	first, second := record(user("a", "AIDA1"), "r", ""), record(user("b", "AIDA2"), "r", "")
	b.raced(puts(first, second))
	b.holds(ledger.Known{Records: []ledger.Record{second}})
}

// TestLostAnswer: a save whose answer is lost is repeated by the SDK under the
// same ClientRequestToken, and is not raced by itself.
func TestLostAnswer(t *testing.T) {
	b := over(t, serve(t, awstest.Lose("dynamodb:TransactWriteItems", 1)))
	b.save(puts(record(user("a", "AIDA1"), "r", "")))
}

// wrapped is a client that first does something else with each transaction.
type wrapped struct {
	dynamo.Client
	before func() error
}

func (w *wrapped) Call(ctx context.Context, operation string, in, out any) error {
	if operation == "TransactWriteItems" {
		if err := w.before(); err != nil {
			return err
		}
	}
	return w.Client.Call(ctx, operation, in, out)
}

// wrap is a client of a new table.
func wrap(t *testing.T, before func() error) *wrapped {
	return &wrapped{dynamo.NewClient(serve(t).Config(), awstest.Epoch), before}
}

// canceled is the error of a transaction that is cancelled for that reason.
func canceled(code string) error {
	return &awsjson.Refusal{
		GenericAPIError: smithy.GenericAPIError{Code: "TransactionCanceledException"},
		Body:            fmt.Appendf(nil, `{"CancellationReasons": [{"Code": %q}]}`, code),
	}
}

// TestThrottled: ThrottlingError as the reason of a transaction, which the SDK
// does not retry.
func TestThrottled(t *testing.T) {
	left := 2
	client := wrap(t, func() error {
		if left--; left >= 0 {
			return canceled("ThrottlingError")
		}
		return nil
	})
	b := &bench{T: t, now: start}
	b.store = dynamo.New(client, table, b.clock)
	b.save(puts(record(user("a", "AIDA1"), "r", "")))
	if left != -1 {
		t.Errorf("%d throttled transactions are left", left)
	}
}

func TestThrottledUntilTheDeadline(t *testing.T) {
	client := wrap(t, func() error { return canceled("ThrottlingError") })
	b := &bench{T: t, now: start}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	err := dynamo.New(client, table, b.clock).Save(ctx, identity.ID, puts(record(user("a", "AIDA1"), "r", "")))
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the deadline", err)
	}
}

// TestCanceledForOtherReasons: ValidationError is the reason for an item over
// 400 KB.
func TestCanceledForOtherReasons(t *testing.T) {
	b := over(t, serve(t))
	r := record(user("a", "AIDA1"), "r", "")
	r.Message = strings.Repeat("x", 400<<10)
	if err := b.saved(puts(r)); err == nil || errors.Is(err, ledger.ErrRaced) || !strings.Contains(err.Error(), "ValidationError") {
		t.Errorf("got %v, want the reason", err)
	}
}

// TestEndedWithin: a save that ends after any number of its transactions loses
// nothing: the next look tells what was not saved once more, and only that.
func TestEndedWithin(t *testing.T) {
	report := findings(450)
	for after := range 8 {
		t.Run(fmt.Sprint("after ", after), func(t *testing.T) {
			var calls = make(chan struct{}, after)
			for range after {
				calls <- struct{}{}
			}
			client := wrap(t, func() error {
				select {
				case <-calls:
					return nil
				default:
					return errors.New("the power is gone")
				}
			})
			b := &bench{T: t, now: start}
			b.store = dynamo.New(client, table, b.clock)
			first := ledger.Diff(b.whole(), report, ledger.Digest)
			err := b.saved(first)
			client.before = func() error { return nil }
			known := b.whole()
			second := ledger.Diff(known, report, ledger.Digest)
			if saved := len(known.Records); saved+len(second.New) != len(first.New) || (err == nil) != (len(known.Rules) > 0) {
				t.Errorf("%d were told, %d of them saved, and %d are told again; rules %v; error %v", len(first.New), saved, len(second.New), known.Rules, err)
			}
			b.save(second)
			if third := ledger.Diff(b.whole(), report, ledger.Digest); !third.Quiet() || len(third.Puts) > 0 {
				t.Errorf("told a third time: %d", len(third.New))
			}
		})
	}
}

// TestPartIsNotWhole: a part has all bursts, but not the records to close them.
func TestPartIsNotWhole(t *testing.T) {
	b := over(t, serve(t))
	b.save(ledger.Changes{BurstPuts: []ledger.Burst{burst("t")}})
	if k := b.load(ledger.Query{}); k.Whole || len(k.Bursts) != 1 {
		t.Errorf("whole: %v, %d bursts; want a part and one", k.Whole, len(k.Bursts))
	}
}

// TestBurstComesFirst: what is held is saved before it is remembered as told, and
// without it nothing is.
func TestBurstComesFirst(t *testing.T) {
	changes := ledger.Changes{BurstPuts: []ledger.Burst{burst("t")}}
	for i := range 100 { // with the burst, more than a transaction takes
		changes.Puts = append(changes.Puts, record(user("a", fmt.Sprint("AIDA", i)), "r", ""))
	}
	calls := 0
	client := wrap(t, func() error {
		if calls++; calls > 1 {
			return errors.New("the power is gone")
		}
		return nil
	})
	b := &bench{T: t, now: start}
	b.store = dynamo.New(client, table, b.clock)
	if err := b.saved(changes); err == nil {
		t.Error("half a save is no error")
	}
	b.holds(ledger.Known{Bursts: changes.BurstPuts})
	calls = -10
	b.raced(changes)
	b.holds(ledger.Known{Bursts: changes.BurstPuts})
}

// TestOneTransaction: what has room in one transaction takes one, and of that is
// saved what would be saved by several.
func TestOneTransaction(t *testing.T) {
	fake := serve(t)
	b := over(t, fake)
	first, second := record(user("a", "AIDA1"), "r", ""), record(user("b", "AIDA2"), "r", "")
	changes := puts(first)
	changes.BurstPuts, changes.Name, changes.Live = []ledger.Burst{burst("t")}, "acme", map[string]time.Time{"AIDA1": start}
	b.save(changes)
	if n := fake.Total(); n != 1 {
		t.Errorf("%d calls, want one", n)
	}
	want := ledger.Known{Records: []ledger.Record{first}, Bursts: changes.BurstPuts, Name: "acme", Live: changes.Live}
	b.holds(want)
	raced := puts(second)
	raced.BurstPuts, raced.Name = []ledger.Burst{burst("t"), burst("u")}, "other"
	b.raced(raced)
	want.Bursts = raced.BurstPuts
	b.holds(want)
	raced = puts(first, second)
	raced.BurstPuts, raced.Name = []ledger.Burst{burst("v")}, "other"
	b.raced(raced)
	want.Records, want.Bursts, want.Name = append(want.Records, second), append(want.Bursts, burst("v")), "other"
	b.holds(want)
}

// TestHeardAtOnce: two looks that have heard of events at the same time, one of
// which meets TransactionConflict at the item, are both saved.
func TestHeardAtOnce(t *testing.T) {
	left := 1
	client := wrap(t, func() error {
		if left--; left == 0 {
			return canceled("TransactionConflict")
		}
		return nil
	})
	b := &bench{T: t, now: start}
	b.store = dynamo.New(client, table, b.clock)
	b.save(ledger.Changes{Heard: &ledger.Heard{ID: "e1", Time: start}})
}

// findings is a report of a fault in each of n users.
func findings(n int) scanner.Report {
	s := &account.Snapshot{Account: identity, Seen: map[account.Fact]account.Seen{account.Users: {At: start}}}
	for i := range n {
		s.Users = append(s.Users, account.User{ID: fmt.Sprint("AIDA", i), Name: fmt.Sprint("u", i)})
	}
	rule := scanner.Rule{About: scanner.About{ID: "r"}, Reads: []account.Fact{account.Users},
		Check: scanner.Users(func(p *scanner.Pass, _ *account.User) { p.Fail("", nil, "at fault") })}
	return scanner.Evaluate(s, account.Scope{Whole: true}, []scanner.Rule{rule}, start)
}

// TestOtherItems: what others keep in the table is passed over, and what is
// broken is named.
func TestOtherItems(t *testing.T) {
	fake := serve(t)
	b, client := over(t, fake), dynamo.NewClient(fake.Config(), awstest.Epoch)
	put(t, client, identity.ID, "journal#1", "journal", "{}")
	b.holds(ledger.Known{})
	put(t, client, identity.ID, "user#alice#AIDA1#r#", "record", "{")
	_, err := b.store.Load(t.Context(), identity.ID, ledger.Query{Whole: true})
	if err == nil || !strings.Contains(err.Error(), `table ledger: decode item "user#alice#AIDA1#r#": `) {
		t.Errorf("got %v, want the item named", err)
	}
}

func put(t *testing.T, client dynamo.Client, pk, sk, kind, doc string) {
	t.Helper()
	item := map[string]any{}
	for name, value := range map[string]string{"pk": pk, "sk": sk, "kind": kind, "doc": doc} {
		item[name] = map[string]string{"S": value}
	}
	in := map[string]any{"TableName": table, "Item": item}
	if err := client.Call(t.Context(), "PutItem", in, &struct{}{}); err != nil {
		t.Fatal(err)
	}
}

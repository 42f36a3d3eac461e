package notify_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/google/go-cmp/cmp"

	"iamvigil/internal/awstest"
	"iamvigil/ledger"
	"iamvigil/notify"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
)

// manyOwners has a message for programs for each of so many owners.
func manyOwners(owners int, evidence string) *ledger.Telling {
	c := &ledger.Telling{Kind: ledger.Digest, Account: acme, Time: now, Open: map[scanner.Severity]int{}}
	for i := range owners {
		r := owned(withoutMFA(fmt.Sprintf("user-%02d", i)), fmt.Sprintf("team-%02d", i))
		r.Evidence = map[string]string{"as_of": now.Format("2006-01-02T15:04:05Z"), "text": evidence}
		c.New = append(c.New, r)
	}
	return c
}

// PublishBatch: at most 10 entries and 262,144 bytes a call, which the fake
// holds against it, and all of it arrives in its order.
func TestBatches(t *testing.T) {
	for _, tc := range []struct {
		name     string
		owners   int
		evidence int // bytes
	}{
		{"one", 1, 10}, {"ten", 10, 10}, {"eleven", 11, 10}, {"thirty", 30, 10}, {"large ones", 7, 100_000},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := manyOwners(tc.owners, strings.Repeat("x", tc.evidence))
			fake := awstest.Serve(t, &account.Snapshot{Version: account.Version, Account: acme}, awstest.Topics(findingsTopic))
			publisher := notify.Publisher{SNS: sns.NewFromConfig(fake.Config()), FindingsTopic: findingsTopic}
			if err := publisher.Publish(t.Context(), told(c)); err != nil {
				t.Fatal(err)
			}
			var want, got []string
			for _, m := range notify.Programs(c) {
				want = append(want, m.Body)
			}
			for _, m := range fake.Published(findingsTopic) {
				got = append(got, m.Body)
			}
			if len(want) != tc.owners || !slices.Equal(want, got) {
				t.Errorf("%d of %d messages of %d owners arrived, or in another order", len(got), len(want), tc.owners)
			}
		})
	}
}

// Together as large as a batch may be, and a byte larger.
func TestBatchToTheByte(t *testing.T) {
	for spare, calls := range []int{2, 1} {
		c := manyOwners(2, "")
		room := 262_144 + 1 - spare
		for _, m := range notify.Programs(c) {
			room -= m.Size()
		}
		c.New[0].Evidence["text"] = strings.Repeat("x", room/2)
		c.New[1].Evidence["text"] = strings.Repeat("x", room-room/2)
		r := &recorder{}
		publisher := notify.Publisher{SNS: r, FindingsTopic: findingsTopic}
		if err := publisher.Publish(t.Context(), told(c)); err != nil {
			t.Fatal(err)
		}
		if len(r.taken) != 2 || len(r.calls) != calls {
			t.Errorf("%d messages in %d calls, want 2 in %d", len(r.taken), len(r.calls), calls)
		}
	}
}

// A batch goes through as a whole even if SNS took none of it.
func TestPartialFailures(t *testing.T) {
	for _, tc := range []struct {
		name  string
		fails map[string]*types.BatchResultErrorEntry // by owner
		want  []string
	}{
		{"all taken", nil, nil},
		{"two refused", map[string]*types.BatchResultErrorEntry{
			"team-03": {Code: aws.String("InvalidParameter"), Message: aws.String("bad"), SenderFault: true},
			"team-12": {Code: aws.String("InternalError"), Message: aws.String("sorry")},
		}, []string{findingsTopic, "InvalidParameter, a fault of the message: bad", "InternalError, a fault of SNS: sorry"}},
		{"one not spoken of", map[string]*types.BatchResultErrorEntry{"team-07": {}}, []string{findingsTopic, "what became of 1 of 10 messages"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := &recorder{fails: func(e types.PublishBatchRequestEntry) *types.BatchResultErrorEntry {
				f, fails := tc.fails[*e.MessageAttributes["owner"].StringValue]
				if !fails || f.Code == nil {
					return f
				}
				refusal := *f
				refusal.Id = e.Id
				return &refusal
			}}
			publisher := notify.Publisher{SNS: r, FindingsTopic: findingsTopic}
			err := publisher.Publish(t.Context(), told(manyOwners(15, "")))
			if len(r.calls) != 2 || len(r.taken) != 15-len(tc.fails) {
				t.Errorf("%d calls took %d messages, want 2 and all of 15 but %d", len(r.calls), len(r.taken), len(tc.fails))
			}
			if (err != nil) != (tc.want != nil) {
				t.Fatalf("error %v", err)
			}
			for _, want := range tc.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q does not say %q", err, want)
				}
			}
		})
	}
}

// Amazon Q Developer loses what comes too fast. One message waits for nothing.
func TestPaceOfChat(t *testing.T) {
	several := func() *ledger.Telling {
		return &ledger.Telling{Kind: ledger.Event, Account: acme, Time: now, Thread: "now", New: []ledger.Record{withoutMFA("bob")},
			Resolved: []ledger.Record{in("then", withoutMFA("alice"))}}
	}
	for _, tc := range []struct {
		name     string
		tellings []*ledger.Telling
		want     []string
	}{
		{"one", told(rootUse()), []string{chatTopic}},
		{"one, and a quiet one", told(rootUse(), &ledger.Telling{Kind: ledger.Event, Account: acme, Time: now}), []string{chatTopic}},
		{"of two tellings", told(rootUse(), intruder()), []string{chatTopic, "1s", chatTopic}},
		{"two of one telling and another", told(several(), rootUse()), []string{chatTopic, "1s", chatTopic, "1s", chatTopic}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := &recorder{}
			publisher := notify.Publisher{SNS: r, Pause: r.pause, ChatTopic: chatTopic}
			if err := publisher.Publish(t.Context(), tc.tellings); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, r.calls); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
		})
	}
}

// Where time runs out, what is not told is an error: all of it is repeated.
func TestPaceOutOfTime(t *testing.T) {
	r := &recorder{}
	ctx, cancel := context.WithCancel(t.Context())
	pause := func(ctx context.Context, d time.Duration) error {
		cancel()
		return r.pause(ctx, d)
	}
	publisher := notify.Publisher{SNS: r, Pause: pause, ChatTopic: chatTopic}
	err := publisher.Publish(ctx, told(rootUse(), intruder(), resolvedOnly()))
	if len(r.taken) != 1 || !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "the last 2 of 3 messages to "+chatTopic) {
		t.Errorf("%d messages were taken, error %v", len(r.taken), err)
	}
}

// Without a pause of its own a publisher waits by a timer, and no longer than
// its context.
func TestPaceByTimer(t *testing.T) {
	r := &recorder{}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := (&notify.Publisher{SNS: r, ChatTopic: chatTopic}).Publish(ctx, told(rootUse(), intruder()))
	if len(r.taken) != 1 || !errors.Is(err, context.Canceled) {
		t.Errorf("%d messages were taken, error %v", len(r.taken), err)
	}
}

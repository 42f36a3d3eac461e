package notify_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"iamvigil/internal/awstest"
	"iamvigil/ledger"
	"iamvigil/notify"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
)

const (
	emailTopic    = "arn:aws:sns:us-east-1:123456789012:email"
	chatTopic     = "arn:aws:sns:us-east-1:123456789012:chat"
	findingsTopic = "arn:aws:sns:us-east-1:123456789012:findings"
)

// recorder takes messages and refuses those for some topics. Audiences are told
// at once.
type recorder struct {
	refuse []string
	// fails gives what SNS says of a batch's entry, nil: it takes it.
	fails func(entry types.PublishBatchRequestEntry) *types.BatchResultErrorEntry
	mu    sync.Mutex
	taken []string // topics, as messages came
	calls []string // topics, as calls came, and the pauses
}

var errRefused = errors.New("KMSAccessDenied")

func (r *recorder) Publish(_ context.Context, in *sns.PublishInput, _ ...func(*sns.Options)) (*sns.PublishOutput, error) {
	if slices.Contains(r.refuse, *in.TopicArn) {
		return nil, errRefused
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.taken = append(r.taken, *in.TopicArn)
	r.calls = append(r.calls, *in.TopicArn)
	return &sns.PublishOutput{}, nil
}

func (r *recorder) PublishBatch(_ context.Context, in *sns.PublishBatchInput, _ ...func(*sns.Options)) (*sns.PublishBatchOutput, error) {
	if slices.Contains(r.refuse, *in.TopicArn) {
		return nil, errRefused
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls = append(r.calls, *in.TopicArn)
	out := &sns.PublishBatchOutput{}
	for _, e := range in.PublishBatchRequestEntries {
		if r.fails != nil {
			if f := r.fails(e); f != nil {
				if f.Code != nil {
					out.Failed = append(out.Failed, *f)
				}
				continue
			}
		}
		r.taken = append(r.taken, *in.TopicArn)
		out.Successful = append(out.Successful, types.PublishBatchResultEntry{Id: e.Id})
	}
	return out, nil
}

// pause notes that somebody waits.
func (r *recorder) pause(ctx context.Context, d time.Duration) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls = append(r.calls, d.String())
	return ctx.Err()
}

func told(c ...*ledger.Telling) []*ledger.Telling { return c }

func TestPublish(t *testing.T) {
	all := notify.Publisher{EmailTopic: emailTopic, ChatTopic: chatTopic, FindingsTopic: findingsTopic}
	for _, tc := range []struct {
		name      string
		publisher notify.Publisher
		changes   *ledger.Telling
		refuse    []string
		taken     []string
		failed    []string // topics that the error names
	}{
		{"to all topics", all, rootUse(), nil, []string{emailTopic, chatTopic, findingsTopic}, nil},
		{"quiet", all, &ledger.Telling{Kind: ledger.Digest, Account: acme, Time: now}, nil, nil, nil},
		{"no topic", notify.Publisher{}, rootUse(), nil, nil, nil},
		{"programs only", notify.Publisher{FindingsTopic: findingsTopic}, rootUse(), nil, []string{findingsTopic}, nil},
		{"one topic fails", all, rootUse(), []string{emailTopic}, []string{chatTopic, findingsTopic}, []string{emailTopic}},
		{"all but one fail", all, rootUse(), []string{emailTopic, findingsTopic}, []string{chatTopic}, []string{emailTopic, findingsTopic}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			sns := &recorder{refuse: tc.refuse}
			tc.publisher.SNS, tc.publisher.Pause = sns, sns.pause
			err := tc.publisher.Publish(t.Context(), told(tc.changes))
			if diff := cmp.Diff(tc.taken, sns.taken, cmpopts.SortSlices(strings.Compare), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("published to (-want +got):\n%s", diff)
			}
			if (err != nil) != (tc.failed != nil) || err != nil && !errors.Is(err, errRefused) {
				t.Fatalf("error %v, want of topics %q", err, tc.failed)
			}
			for _, topic := range tc.failed {
				if !strings.Contains(err.Error(), topic) {
					t.Errorf("error %q does not name %s", err, topic)
				}
			}
		})
	}
}

// What SNS itself holds against subjects, sizes and attributes, the fake does.
func TestPublishToSNS(t *testing.T) {
	big := firstDigest()
	for i := range 600 {
		big.New = append(big.New, oldKey(strings.Repeat("long-name-", 6), strings.Repeat("A", i), 91))
	}
	aws := awstest.Serve(t, &account.Snapshot{Version: account.Version, Account: acme}, awstest.Topics(emailTopic, chatTopic, findingsTopic))
	publisher := notify.Publisher{SNS: sns.NewFromConfig(aws.Config()), EmailTopic: emailTopic, ChatTopic: chatTopic, FindingsTopic: findingsTopic}
	for _, c := range []*ledger.Telling{big, nightlyDigest(), hostile()} {
		if err := publisher.Publish(t.Context(), told(c)); err != nil {
			t.Fatal(err)
		}
	}
	emails, chats, programs := aws.Published(emailTopic), aws.Published(chatTopic), aws.Published(findingsTopic)
	if len(emails) != 3 || len(chats) != 3 || len(programs) < 4 {
		t.Fatalf("%d emails, %d chat messages, %d for programs; want 3, 3 and more than 3", len(emails), len(chats), len(programs))
	}
	if got, want := emails[0].Subject, notify.Emails(big)[0].Subject; got != want {
		t.Errorf("subject %q, want %q", got, want)
	}
	if chats[0].Subject != "" {
		t.Errorf("the chat message has the subject %q", chats[0].Subject)
	}
	want := map[string]awstest.Attribute{
		"kind": {Type: "String", Value: "digest"}, "severity": {Type: "String", Value: "critical"}, "account": {Type: "String", Value: "123456789012"},
		"rule": {Type: "String.Array", Value: `["root-access-key"]`},
	}
	if diff := cmp.Diff(want, programs[0].Attributes); diff != "" {
		t.Errorf("attributes (-want +got):\n%s", diff)
	}
}

// A rule is an array even if it is one, since filter policies on the topic were
// written for arrays.
func TestOneRuleIsAnArray(t *testing.T) {
	aws := awstest.Serve(t, &account.Snapshot{Version: account.Version, Account: acme}, awstest.Topics(findingsTopic))
	publisher := notify.Publisher{SNS: sns.NewFromConfig(aws.Config()), FindingsTopic: findingsTopic}
	if err := publisher.Publish(t.Context(), told(&ledger.Telling{Kind: ledger.Digest, Account: acme, Time: now, New: []ledger.Record{withoutMFA("alice")}})); err != nil {
		t.Fatal(err)
	}
	want := awstest.Attribute{Type: "String.Array", Value: `["user-console-without-mfa"]`}
	if got := aws.Published(findingsTopic)[0].Attributes["rule"]; got != want {
		t.Errorf("rule is %v, want %v", got, want)
	}
}

// With nothing to filter by there is no rule attribute, and the severity is the
// mildest rather than empty, which SNS refuses.
func TestAttributesOfWhatHasNoSeverity(t *testing.T) {
	c := &ledger.Telling{Kind: ledger.Digest, Account: acme, Time: now, Unknown: map[string]int{"NewThing": 2}, Open: map[scanner.Severity]int{}}
	want := map[string]string{"kind": "digest", "severity": "info", "account": "123456789012"}
	for _, m := range slices.Concat(notify.Emails(c), notify.Chats(c), notify.Programs(c)) {
		if diff := cmp.Diff(want, m.Attributes); diff != "" {
			t.Errorf("attributes (-want +got):\n%s", diff)
		}
		if len(m.Rules) > 0 {
			t.Errorf("rules %q, want none", m.Rules)
		}
	}
}

// Each channel is greeted, whichever other is refused; the error names those that
// were.
func TestGreet(t *testing.T) {
	all := notify.Publisher{EmailTopic: emailTopic, ChatTopic: chatTopic, FindingsTopic: findingsTopic}
	for _, tc := range []struct {
		name          string
		publisher     notify.Publisher
		refuse, taken []string
		failed        []string // channels
	}{
		{"all", all, nil, []string{chatTopic, emailTopic, findingsTopic}, nil},
		{"one has no topic", notify.Publisher{ChatTopic: chatTopic}, nil, []string{chatTopic}, nil},
		{"two are refused", all, []string{emailTopic, findingsTopic}, []string{chatTopic}, []string{"channel email", "channel findings"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			sns := &recorder{refuse: tc.refuse}
			tc.publisher.SNS = sns
			err := tc.publisher.Greet(t.Context(), acme, now, "smoke-7f3a")
			if diff := cmp.Diff(tc.taken, sns.taken, cmpopts.SortSlices(strings.Compare)); diff != "" {
				t.Errorf("greeted (-want +got):\n%s", diff)
			}
			if (err != nil) != (tc.failed != nil) || err != nil && !errors.Is(err, errRefused) {
				t.Fatalf("error %v, want of %q", err, tc.failed)
			}
			for _, channel := range tc.failed {
				if !strings.Contains(err.Error(), channel) {
					t.Errorf("error %q does not name %s", err, channel)
				}
			}
		})
	}
}

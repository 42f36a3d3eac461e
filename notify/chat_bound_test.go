package notify_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sns"

	"iamvigil/internal/awstest"
	"iamvigil/ledger"
	"iamvigil/notify"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/trail"
)

// mending is what a session did to so many findings, each told in another thread.
func mending(session string, findings int) *ledger.Telling {
	jane := trail.Actor{Type: "AssumedRole", Name: session, ARN: "arn:aws:sts::123456789012:assumed-role/ops/" + session, Issuer: "arn:aws:iam::123456789012:role/ops", IP: "198.51.100.9"}
	c := &ledger.Telling{Kind: ledger.Event, Account: acme, Time: now, Thread: "burst of " + session}
	for i := range findings {
		name := fmt.Sprintf("%s-%02d", session, i)
		e := eventOf(jane, "DeleteLoginProfile", time.Minute, user(name), map[string]string{"userName": name})
		e.ID += name
		c.Events = append(c.Events, e)
		c.Resolved = append(c.Resolved, in("alarm "+name, by(resolved(withoutMFA(name), ledger.Mended, time.Hour), e.Origin())))
	}
	return c
}

// heard is what a chat channel gets of the tellings, published at once.
func heard(t *testing.T, tellings ...*ledger.Telling) []notify.Message {
	t.Helper()
	aws := awstest.Serve(t, &account.Snapshot{Version: account.Version, Account: acme}, awstest.Topics(chatTopic))
	r := &recorder{}
	publisher := notify.Publisher{SNS: sns.NewFromConfig(aws.Config()), ChatTopic: chatTopic, Pause: r.pause}
	if err := publisher.Publish(t.Context(), tellings); err != nil {
		t.Fatal(err)
	}
	var all []notify.Message
	for _, m := range aws.Published(chatTopic) {
		attributes := map[string]string{}
		for name, a := range m.Attributes {
			attributes[name] = a.Value
		}
		all = append(all, notify.Message{Body: m.Body, Attributes: attributes})
		holdsForChat(t, all[len(all)-1])
	}
	if len(r.calls) != len(all)-1 {
		t.Errorf("%d pauses between %d messages", len(r.calls), len(all))
	}
	return all
}

// A message a second: what is published at once is told in 20 messages at most,
// all of it, and the worst in full.
func TestChatIsBounded(t *testing.T) {
	sessions := func(n, findings int) (all []*ledger.Telling) {
		for i := range n {
			all = append(all, mending(fmt.Sprintf("session-%02d", i), findings))
		}
		return all
	}
	quiet := &ledger.Telling{Kind: ledger.Event, Account: acme, Time: now}
	for _, tc := range []struct {
		name            string
		tellings        []*ledger.Telling
		messages, below int // below alarms
	}{
		{"room for all", sessions(4, 5), 20, 20},
		{"no room for two: they are told in a thread of their own", sessions(3, 7), 20, 19},
		{"250 findings by 13 sessions", sessions(13, 19), 20, 7},
		{"a message each", append(sessions(20, 2), quiet), 20, 0},
		{"one below its alarm takes no room", sessions(20, 1), 20, 20},
		{"too many", sessions(21, 1), 20, 19},
	} {
		t.Run(tc.name, func(t *testing.T) {
			messages := heard(t, tc.tellings...)
			below := 0
			for _, m := range messages {
				if strings.HasPrefix(decodeChat(t, m).Metadata.ThreadID, "alarm ") {
					below++
				}
			}
			if len(messages) != tc.messages || below != tc.below {
				t.Errorf("%d messages, %d of them below alarms; want %d and %d", len(messages), below, tc.messages, tc.below)
			}
		})
	}
}

// The mildest are counted in the last message, which says where to read them; the
// others keep their order.
func TestTheMildestInShort(t *testing.T) {
	var all []*ledger.Telling
	for i := range 30 {
		c := mending(fmt.Sprintf("session-%02d", i), 3)
		if i%4 == 0 {
			c.New = []ledger.Record{directPolicy(fmt.Sprintf("mail-%02d", i))}
		}
		if i%2 == 1 {
			c.New = []ledger.Record{admin(user(fmt.Sprintf("root-%02d", i)))}
		}
		if i == 24 {
			c.Gaps = []ledger.GapRecord{{Fact: account.Keys, Reason: "AccessDenied", Rules: []string{"key-rotation"}, FirstSeen: now}}
		}
		if i == 28 {
			c.Resolved[2].Severity = scanner.Critical
		}
		all = append(all, c)
	}
	messages := heard(t, all...)
	golden(t, "in-short.chat", chatPage(t, messages[len(messages)-1]))
	var own []string
	for _, m := range messages[:len(messages)-1] {
		own = append(own, decodeChat(t, m).Metadata.ThreadID)
	}
	for i, c := range all {
		told, bad := slices.Contains(own, c.Thread), i%2 == 1 || i == 28
		if bad && !told {
			t.Errorf("nothing is told in %q", c.Thread)
		}
	}
	if len(messages) != 20 || !slices.IsSorted(own) {
		t.Errorf("%d messages, in the threads %q", len(messages), own)
	}
}

// Whatever strangers write, in the last message too.
func TestHostileInShort(t *testing.T) {
	var all []*ledger.Telling
	for i := range 30 {
		c := hostile()
		if i%2 == 1 {
			c = largest(strings.Repeat("<!channel> `_*😀\u202e", 100))
		}
		c.Events = append(c.Events, eventOf(trail.Actor{Type: "AssumedRole", Name: "`<@U1> *x*", Issuer: "arn:aws:iam::123456789012:role/_x_"}, "TagUser", 0, user("x"), nil))
		all = append(all, c)
	}
	if messages := heard(t, all...); len(messages) != 20 {
		t.Errorf("%d messages, want 20", len(messages))
	}
}

// In the last ten seconds nobody waits, and all is sent.
func TestInAHurryNothingPauses(t *testing.T) {
	for _, tc := range []struct {
		left   time.Duration
		pauses int
	}{{time.Hour, 4}, {9 * time.Second, 0}} {
		ctx, cancel := context.WithTimeout(t.Context(), tc.left)
		defer cancel()
		pauses, r := 0, &recorder{}
		publisher := notify.Publisher{SNS: r, ChatTopic: chatTopic, Pause: func(ctx context.Context, _ time.Duration) error {
			if ctx.Err() == nil {
				pauses++
			}
			return ctx.Err()
		}}
		if err := publisher.Publish(ctx, told(mending("jane", 5))); err != nil || len(r.taken) != 5 || pauses != tc.pauses {
			t.Errorf("%v left: %d messages, %d pauses, error %v; want 5, %d and none", tc.left, len(r.taken), pauses, err, tc.pauses)
		}
	}
}

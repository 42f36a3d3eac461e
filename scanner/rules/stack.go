package rules

import (
	"strconv"
	"strings"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
)

// stack is about what the scanner itself rests on. Only its own functions know
// what that is called: a scan at the terminal asks nothing of it.
var stack = []scanner.Rule{
	{
		About: scanner.About{
			ID: "scanner-topic-unheard", Title: "Nobody hears a topic that the scanner tells", Severity: scanner.High,
			Why: "What is published to it reaches nobody, and SNS takes that for a success: silence looks like safety.",
			Fix: "Open the message in which AWS asked to confirm the subscription and follow its link; if that has lapsed or never came, subscribe the address anew.",
		},
		Reads: []account.Fact{account.Topics},
		Check: scanner.Account(topicUnheard),
	},
	{
		About: scanner.About{
			ID: "scanner-event-rule-off", Title: "An EventBridge rule that brings the scanner its events is off or gone", Severity: scanner.Critical,
			Why: "Changes of its kind are not heard as they happen, only seen by the nightly audit; alerts on single acts, such as a sign-in of root, do not come at all.",
			Fix: "Find out who disabled it. The command enables it for changes alone, which is how all but AssumeRootRule are meant to be: that one takes read-only events too. To have that back, or a rule that is gone, deploy by a change set that reverts drift (cloudformation create-change-set with the deployment mode REVERT_DRIFT): another does not see what was changed beside the template.",
		},
		Reads: []account.Fact{account.EventRules},
		Check: scanner.Account(eventRuleOff),
	},
	{
		About: scanner.About{
			ID: "scanner-queue-stuck", Title: "Events or audits were given up and wait in a queue", Severity: scanner.High,
			Why: "They failed as often as they may be tried, so that what they would have told was not told. SQS forgets them when they are too old.",
			Fix: "Read a message to see what failed, and the function's log to see why. Once that is mended, redrive the queue; docs/operations.md says how for each.",
		},
		Reads: []account.Fact{account.Queues},
		Check: scanner.Account(queueStuck),
	},
}

// topicUnheard lets a topic be that nobody subscribed to: not every stack has a
// chat, and one whose messages nobody wants tells nobody that it has none.
func topicUnheard(p *scanner.Pass, s *account.Snapshot) {
	for _, t := range s.Stack.Topics {
		if name := account.NameOf(t.ARN); t.Confirmed == 0 && t.Pending > 0 {
			p.Fail(name, map[string]string{"confirmed": "0", "pending": strconv.Itoa(t.Pending)},
				"nobody hears topic %q: of %s none is confirmed", name, counted(t.Pending, "subscription")).
				Mend(scanner.Command("sns", "list-subscriptions-by-topic", "--region", account.ParseARN(t.ARN).Region, "--topic-arn", t.ARN))
		}
	}
}

func eventRuleOff(p *scanner.Pass, s *account.Snapshot) {
	for _, r := range s.Stack.EventRules {
		switch {
		case r.State == "":
			p.Fail(r.Name, map[string]string{"state": "gone"}, "EventBridge rule %q is gone: changes are not heard", r.Name)
		case !strings.HasPrefix(r.State, "ENABLED"):
			p.Fail(r.Name, map[string]string{"state": r.State}, "EventBridge rule %q is %s: changes are not heard", r.Name, r.State).
				Mend(enabled(account.GlobalRegion(s.Account.Partition), r.Name)...)
		}
	}
}

func enabled(region, rule string) []string {
	if region == "" {
		return nil
	}
	return []string{scanner.Command("events", "enable-rule", "--region", region, "--name", rule)}
}

// queueStuck has no command: what to do differs by what failed, and the CLI may
// take a queue's URL for the place of a value.
func queueStuck(p *scanner.Pass, s *account.Snapshot) {
	for _, q := range s.Stack.Queues {
		if q.Messages > 0 {
			name := account.NameOf(q.URL)
			p.Fail(name, map[string]string{"messages": strconv.Itoa(q.Messages), "limit": "0"},
				"queue %q holds what was given up: %s", name, counted(q.Messages, "message"))
		}
	}
}

package pipeline_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"iamvigil/internal/awstest"
	"iamvigil/internal/pipeline"
	"iamvigil/ledger"
	"iamvigil/scanner/account"
	"iamvigil/scanner/collect"
)

// unheardScenes are of an account whose only subscription waits for the
// confirmation, as SubscriptionsPending tells, with each store.
func unheardScenes(t *testing.T, play func(*testing.T, *scene)) {
	for _, store := range []string{"dynamodb", "file"} {
		t.Run(store, func(t *testing.T) {
			s := start(t, awstest.Subscriptions(emailTopic, 0, 1))
			s.runner.Collect.(*collect.Collector).Stack = collect.Stack{Topics: []string{emailTopic}}
			if store == "file" {
				s.runner.Ledger = &ledger.File{Path: filepath.Join(t.TempDir(), "ledger.json"), Now: s.runner.Now}
			}
			if counts := s.run(t, audit); !counts.Unheard {
				t.Fatalf("the audit does not know that nobody hears: %+v", counts)
			}
			play(t, s)
		})
	}
}

// confirm confirms the subscription.
func (s *scene) confirm() {
	s.aws.Change(func(a *account.Snapshot) { a.Stack.Topics = []account.Topic{{ARN: emailTopic, Confirmed: 1}} })
}

// summaries are those among what was told from the so-manieth telling on.
func (v *voice) summaries(since int) (all []ledger.Telling) {
	for _, told := range v.told[since:] {
		if told.Kind == ledger.Summary {
			all = append(all, told)
		}
	}
	return all
}

// signIn is a sign-in by mallory without MFA, as MFAUsed tells.
func signIn(id string) pipeline.Work {
	body := event(id, "ConsoleLogin", "null")
	body = strings.Replace(body, `"recipientAccountId"`, `"eventType":"AwsConsoleSignIn","responseElements":{"ConsoleLogin":"Success"},"additionalEventData":{"MFAUsed":"No"},"recipientAccountId"`, 1)
	return pipeline.Work{Bodies: []string{strings.Replace(body, "iam.amazonaws.com", "signin.amazonaws.com", 1)}}
}

// What nobody heard does not count as told, by events or by an audit: it is told
// when somebody hears, and then once.
func TestFindingsThatNobodyHears(t *testing.T) {
	unheardScenes(t, func(t *testing.T, s *scene) {
		s.disarm()
		work := pipeline.Work{Bodies: []string{event("e1", "DeactivateMFADevice", `{"userName":"ann"}`)}}
		if counts := s.run(t, work); counts.New == 0 || !counts.Unheard {
			t.Errorf("told to nobody: %+v", counts)
		}
		s.aws.ExpireReport()
		s.run(t, audit)
		s.confirm()
		s.aws.ExpireReport()
		before := len(s.voice.told)
		s.run(t, audit)
		if told := s.voice.told[before:]; len(told) != 1 || !told[0].First {
			t.Errorf("the first digest that somebody hears: %+v", told)
		}
		s.voice.told = s.voice.told[before:]
		s.run(t, work)
		s.run(t, audit)
		if fresh, _ := s.voice.times(mfaRule); fresh != 1 {
			t.Errorf("told %d times", fresh)
		}
	})
}

// Acts that nobody heard of are told by one summary once somebody hears, however
// long that takes, and a batch that comes again adds nothing to it.
func TestAlertsThatNobodyHears(t *testing.T) {
	for name, wait := range map[string]time.Duration{"for minutes": time.Minute, "for hours": 3 * time.Hour} {
		unheardScenes(t, func(t *testing.T, s *scene) {
			want := s.run(t, signIn("e1")).Alerts
			if again := s.run(t, signIn("e1")).Alerts; want == 0 || again != 0 {
				t.Fatalf("%s: %d alerts, and when the batch comes again %d", name, want, again)
			}
			for _, id := range []string{"e2", "e3"} {
				s.skip(wait)
				s.run(t, pipeline.Work{})
				want += s.run(t, signIn(id)).Alerts
				s.run(t, audit)
			}
			if told := s.voice.summaries(0); len(told) != 0 {
				t.Errorf("%s: summaries that nobody hears: %+v", name, told)
			}
			s.confirm()
			heard := len(s.voice.told)
			s.run(t, audit)
			s.run(t, pipeline.Work{})
			s.skip(time.Hour)
			s.run(t, pipeline.Work{})
			s.run(t, audit)
			if told := s.voice.summaries(heard); len(told) != 1 || len(told[0].Alerts) != want {
				t.Errorf("%s: %+v, want one summary of %d alerts", name, told, want)
			}
		})
	}
}

// A new act after the confirmation is told at once, and the mark is gone.
func TestHeardAgain(t *testing.T) {
	unheardScenes(t, func(t *testing.T, s *scene) {
		s.run(t, signIn("e1"))
		s.confirm()
		s.run(t, audit)
		before := len(s.voice.told)
		if counts := s.run(t, signIn("e2")); counts.Unheard {
			t.Errorf("%+v", counts)
		}
		if told := s.voice.told[before:]; len(told) != 1 || len(told[0].Alerts) == 0 || told[0].Held {
			t.Errorf("told %+v", told)
		}
	})
}

// An audit that is refused the sight of the topics goes by the last that saw
// them.
func TestTopicsOutOfSight(t *testing.T) {
	unheardScenes(t, func(t *testing.T, s *scene) {
		s.aws.Refuse("sns:GetTopicAttributes")
		if counts := s.run(t, audit); !counts.Unheard {
			t.Errorf("%+v", counts)
		}
		s.aws.Refuse()
		s.confirm()
		before := len(s.voice.told)
		if counts := s.run(t, audit); counts.Unheard || len(s.voice.told) == before || !s.voice.told[before].First {
			t.Errorf("%+v", counts)
		}
	})
}

// An event from the future is heard of as of now, so that the next is heard of
// too.
func TestAnEventFromTheFuture(t *testing.T) {
	s := start(t)
	later := signIn("e1")
	later.Bodies[0] = strings.Replace(later.Bodies[0], "2026-11-01T", "2036-11-01T", 1)
	s.run(t, later)
	s.skip(24 * time.Hour)
	next := signIn("e2")
	next.Bodies[0] = strings.Replace(next.Bodies[0], "2026-11-01T", "2026-11-02T", 1)
	s.run(t, next)
	known, err := s.runner.Ledger.Load(t.Context(), s.runner.Account.ID, ledger.Query{Whole: true})
	if err != nil || known.Heard.ID != "e2" {
		t.Errorf("heard %+v, %v", known.Heard, err)
	}
}

package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"iamvigil/internal/awstest"
	"iamvigil/internal/pipeline"
	"iamvigil/ledger"
	"iamvigil/ledger/dynamo"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/collect"
	"iamvigil/scanner/rules"
)

// voice hears what is told, and can fail to tell it.
type voice struct {
	mu    sync.Mutex
	fails int
	told  []ledger.Telling
}

func (v *voice) Publish(_ context.Context, tellings []*ledger.Telling) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.fails > 0 {
		v.fails--
		return errors.New("nobody hears")
	}
	for _, c := range tellings {
		if !c.Quiet() {
			v.told = append(v.told, *c)
		}
	}
	return nil
}

// meanwhile is a voice before which something else happens, once.
type meanwhile struct {
	*voice
	do func()
}

func (m *meanwhile) Publish(ctx context.Context, tellings []*ledger.Telling) error {
	if do := m.do; do != nil {
		m.do = nil
		do()
	}
	return m.voice.Publish(ctx, tellings)
}

// times counts how often a finding of the rule was told as new or resolved.
func (v *voice) times(rule string) (fresh, resolved int) {
	for _, c := range v.told {
		for _, r := range c.New {
			if r.Rule == rule {
				fresh++
			}
		}
		for _, r := range c.Resolved {
			if r.Rule == rule {
				resolved++
			}
		}
	}
	return fresh, resolved
}

type scene struct {
	aws    *awstest.AWS
	voice  *voice
	runner *pipeline.Runner
	// skip lets time pass.
	skip func(time.Duration)
}

func start(t *testing.T, opts ...awstest.Option) *scene {
	t.Helper()
	s := &account.Snapshot{
		Version: account.Version,
		Account: account.Identity{ID: "111122223333", Name: "acme", Partition: "aws"},
		Summary: map[string]int{"AccountMFAEnabled": 1, "AccountPasswordPresent": 1, "AccountAccessKeysPresent": 0, "AccountSigningCertificatesPresent": 0},
		Users: []account.User{{ARN: "arn:aws:iam::111122223333:user/ann", ID: "AIDAANN", Name: "ann", Created: awstest.Epoch().AddDate(-1, 0, 0),
			Login: &account.Login{Changed: awstest.Epoch().AddDate(0, -1, 0), LastUsed: awstest.Epoch()}, MFA: true}},
	}
	// The clock moves on with each look, as evidence is told apart by its time.
	var mu sync.Mutex
	at := awstest.Epoch()
	now := func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		at = at.Add(time.Second)
		return at
	}
	skip := func(d time.Duration) {
		mu.Lock()
		defer mu.Unlock()
		at = at.Add(d)
	}
	aws := awstest.Serve(t, s, append([]awstest.Option{awstest.Tables("ledger"), awstest.Clock(now)}, opts...)...)
	var on []scanner.Rule
	for _, r := range rules.All() {
		if !r.OptIn {
			on = append(on, r)
		}
	}
	v := &voice{}
	return &scene{aws, v, &pipeline.Runner{
		Account: s.Account,
		Collect: collect.New(aws.Config(), s.Account, now),
		Ledger:  dynamo.New(dynamo.NewClient(aws.Config(), awstest.Epoch), "ledger", now),
		Notify:  v,
		Rules:   on,
		Events:  eventRulesOn(),
		Now:     now,
	}, skip}
}

func (s *scene) run(t *testing.T, work pipeline.Work) pipeline.Counts {
	t.Helper()
	counts, err := s.runner.Run(t.Context(), work)
	if err != nil {
		t.Fatal(err)
	}
	return counts
}

var audit = pipeline.Work{Whole: true}

// eventRulesOn are those that are asked unless configured otherwise.
func eventRulesOn() []scanner.EventRule {
	return slices.DeleteFunc(rules.Events(), func(r scanner.EventRule) bool { return r.OptIn })
}

func event(id, name, request string) string {
	return fmt.Sprintf(`{"source":"aws.iam","account":"111122223333","detail":{"eventSource":"iam.amazonaws.com","eventName":%q,"eventID":%q,"eventTime":"2026-11-01T12:00:00Z",
		"recipientAccountId":"111122223333","requestParameters":%s,"userIdentity":{"type":"IAMUser","userName":"mallory","arn":"arn:aws:iam::111122223333:user/mallory"}}}`, name, id, request)
}

const mfaRule = "user-console-without-mfa"

func (s *scene) disarm() {
	s.aws.Change(func(a *account.Snapshot) { a.Users[0].MFA = false })
}

// Two watches at once may both tell; one of them then fails, is tried again,
// and has nothing more to tell.
func TestTwoWatchesRace(t *testing.T) {
	for range 10 {
		s := start(t)
		s.run(t, audit)
		s.disarm()
		work := pipeline.Work{Bodies: []string{event("e1", "DeactivateMFADevice", `{"userName":"ann"}`)}}
		var wg sync.WaitGroup
		errs := make([]error, 2)
		for i := range errs {
			wg.Go(func() { _, errs[i] = s.runner.Run(t.Context(), work) })
		}
		wg.Wait()
		failed := 0
		for _, err := range errs {
			if err == nil {
				continue
			}
			failed++
			if !errors.Is(err, ledger.ErrRaced) {
				t.Fatal(err)
			}
			s.run(t, work)
		}
		if fresh, resolved := s.voice.times(mfaRule); fresh < 1 || fresh > 1+failed || resolved != 0 {
			t.Errorf("told %d times new and %d resolved, after %d raced saves", fresh, resolved, failed)
		}
		before := len(s.voice.told)
		s.aws.ExpireReport()
		if counts := s.run(t, audit); len(s.voice.told) != before {
			t.Errorf("the audit after that tells more: %+v", counts)
		}
	}
}

// A tick that closes a burst while an audit tells its summary too leaves the
// audit nothing to do again.
func TestATickBesideAnAudit(t *testing.T) {
	for _, store := range []string{"dynamodb", "file"} {
		s := start(t)
		if store == "file" {
			s.runner.Ledger = &ledger.File{Path: filepath.Join(t.TempDir(), "ledger.json"), Now: s.runner.Now}
		}
		s.run(t, audit)
		s.run(t, signIn("e1"))
		s.run(t, signIn("e2"))
		s.skip(ledger.BurstLasts)
		s.runner.Notify = &meanwhile{s.voice, func() { s.run(t, pipeline.Work{}) }}
		s.run(t, audit)
		before := len(s.voice.told)
		s.run(t, audit)
		s.run(t, pipeline.Work{})
		if told := s.voice.told[before:]; len(s.voice.summaries(0)) == 0 || len(told) > 0 {
			t.Errorf("%s: told after it: %+v", store, told)
		}
	}
}

func TestNothingIsLostWhenNobodyHears(t *testing.T) {
	s := start(t)
	s.run(t, audit)
	s.disarm()
	work := pipeline.Work{Bodies: []string{event("e1", "DeactivateMFADevice", `{"userName":"ann"}`)}}
	s.voice.fails = 1
	if _, err := s.runner.Run(t.Context(), work); err == nil {
		t.Fatal("a publish that failed is a success")
	}
	s.run(t, work)
	s.run(t, work)
	if fresh, _ := s.voice.times(mfaRule); fresh != 1 {
		t.Errorf("told %d times", fresh)
	}
}

// Each call of the ledger fails in turn; what is told is told again at most
// once for each failure.
func TestNothingIsLostWhenTheLedgerFails(t *testing.T) {
	for _, action := range []string{"dynamodb:Query", "dynamodb:TransactWriteItems", "dynamodb:BatchGetItem"} {
		for _, lost := range []bool{false, true} {
			fault := awstest.Fail(action, 3, "InternalServerError", 500)
			if lost {
				fault = awstest.Lose(action, 3)
			}
			s := start(t, fault)
			s.disarm()
			s.aws.ExpireReport()
			failed := 0
			for range 8 {
				if _, err := s.runner.Run(t.Context(), audit); err != nil {
					failed++
				}
			}
			if fresh, resolved := s.voice.times(mfaRule); fresh < 1 || fresh > 1+failed || resolved != 0 {
				t.Errorf("%s, lost %v: told %d times new and %d resolved, after %d failures", action, lost, fresh, resolved, failed)
			}
		}
	}
}

// CloudTrail omits request parameters over 100 KB: then everything but
// credentials is looked at, since any of it may have changed.
func TestAnEventThatDoesNotNameWhatItTouched(t *testing.T) {
	s := start(t)
	s.run(t, audit)
	s.aws.Change(func(a *account.Snapshot) {
		a.Users[0].Attached = []account.Attachment{{ARN: "arn:aws:iam::aws:policy/AdministratorAccess", Name: "AdministratorAccess"}}
	})
	counts := s.run(t, pipeline.Work{Bodies: []string{event("e1", "AttachUserPolicy", "null")}})
	if counts.New == 0 {
		t.Errorf("%+v", counts)
	}
	if fresh, resolved := s.voice.times("administrator-attached"); fresh != 1 || resolved != 0 {
		t.Errorf("told %d times, resolved %d times", fresh, resolved)
	}
}

// An event's name that nobody knows is told by the next digest, once.
func TestUnknownEventNames(t *testing.T) {
	s := start(t)
	s.run(t, audit)
	counts := s.run(t, pipeline.Work{Bodies: []string{event("e1", "InventUser", "null"), event("e2", "InventUser", "null"), event("e2", "InventUser", "null")}})
	if counts.Unknown != 2 {
		t.Errorf("%+v", counts)
	}
	before := len(s.voice.told)
	s.run(t, audit)
	s.run(t, audit)
	if told := s.voice.told[before:]; len(told) != 1 || told[0].Unknown["InventUser"] != 2 {
		t.Errorf("told %+v", told)
	}
}

// An account whose users cannot be told apart from none resolves nothing.
func TestAuditRefusedTheListing(t *testing.T) {
	s := start(t)
	s.disarm()
	s.aws.ExpireReport()
	s.run(t, audit)
	s.aws.Refuse("iam:GetAccountAuthorizationDetails", "iam:GetCredentialReport")
	s.run(t, audit)
	s.aws.Refuse()
	s.run(t, audit)
	if fresh, resolved := s.voice.times(mfaRule); fresh != 1 || resolved != 0 {
		t.Errorf("told %d times new and %d resolved", fresh, resolved)
	}
}

// reported has the credential report made of the account as it is now.
func (s *scene) reported(t *testing.T) {
	t.Helper()
	s.aws.ExpireReport()
	if _, err := s.runner.Collect.Whole(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// A live look that could not see MFA does not make the report's word about it
// old news.
func TestALookThatMissedAFact(t *testing.T) {
	s := start(t)
	s.run(t, audit)
	s.disarm()
	s.reported(t)
	s.aws.Refuse("iam:ListMFADevices")
	s.run(t, pipeline.Work{Bodies: []string{event("e1", "TagUser", `{"userName":"ann"}`)}})
	s.aws.Refuse()
	s.run(t, audit)
	if fresh, _ := s.voice.times(mfaRule); fresh != 1 {
		t.Errorf("told %d times", fresh)
	}
}

// A user seen live in a batch with an event that names nothing is remembered as
// seen live all the same.
func TestALiveLookBesideAnUnnamedEvent(t *testing.T) {
	s := start(t)
	s.run(t, audit)
	s.disarm()
	s.reported(t)
	s.aws.Change(func(a *account.Snapshot) { a.Users[0].MFA = true })
	s.run(t, pipeline.Work{Bodies: []string{event("e1", "TagUser", `{"userName":"ann"}`), event("e2", "AttachUserPolicy", "null")}})
	s.run(t, audit)
	if fresh, _ := s.voice.times(mfaRule); fresh != 0 {
		t.Errorf("an old report raised an alarm, told %d times", fresh)
	}
}

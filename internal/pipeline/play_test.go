package pipeline_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"iamvigil/internal/awstest"
	"iamvigil/internal/pipeline"
	"iamvigil/ledger"
	"iamvigil/ledger/dynamo"
	"iamvigil/notify"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/collect"
	"iamvigil/scanner/history"
	"iamvigil/scanner/rules"
)

// call is one call of the story: the n-th of its kind, from 1, that a step's
// first run makes. About is what of the request tells it from its neighbours,
// which are made at the same time and in no order.
type call struct {
	step, action, about string
	n                   int
}

func (c call) String() string {
	return fmt.Sprintf("%s: %s %s #%d", c.step, c.action, c.about, c.n)
}

// line carries calls to the fake without a network. It notes those of the step
// and has one of them fail.
type line struct {
	aws *awstest.AWS
	// step is empty while nothing is noted.
	step string
	// target fails, as fault says; the zero one is no call.
	target call
	fault  fault

	mu    sync.Mutex
	count map[call]int // by calls without n
	calls []call
	// alone is held by the call that fails, so that no other takes its fault.
	alone sync.RWMutex
	hit   bool
}

func (l *line) Do(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	r = r.Clone(r.Context())
	r.Body = io.NopCloser(bytes.NewReader(body))
	if l.noted(r, body) {
		l.alone.Lock()
		defer l.alone.Unlock()
		l.hit = true
		l.fault.arrange(l.target)(l.aws)
	} else {
		l.alone.RLock()
		defer l.alone.RUnlock()
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	answer := httptest.NewRecorder()
	l.aws.ServeHTTP(answer, r)
	return answer.Result(), nil
}

// noted notes the call, and reports whether it is the one to fail.
func (l *line) noted(r *http.Request, body []byte) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.step == "" {
		return false
	}
	c := read(r, body)
	c.step = l.step
	l.count[c]++
	c.n = l.count[c]
	l.calls = append(l.calls, c)
	return c == l.target
}

// read tells what a request calls, by the scope of its signature.
func read(r *http.Request, body []byte) call {
	_, credential, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	service := strings.Split(credential, "/")[3]
	if _, operation, found := strings.Cut(r.Header.Get("X-Amz-Target"), "."); found {
		return call{action: service + ":" + operation, about: aboutJSON(body)}
	}
	form, _ := url.ParseQuery(string(body)) // the fake says what is wrong with it
	var about []string
	for _, name := range []string{"Filter.member.1", "UserName", "AccessKeyId", "TopicArn"} {
		if form.Has(name) {
			about = append(about, form.Get(name))
		}
	}
	return call{action: service + ":" + form.Get("Action"), about: strings.Join(about, " ")}
}

func aboutJSON(body []byte) string {
	type write struct{ Item, Key map[string]struct{ S string } }
	var in struct {
		Name, TrailName, QueueUrl string
		LookupAttributes          []struct{ AttributeValue string }
		ExpressionAttributeValues map[string]struct{ S string }
		TransactItems             []struct{ Put, Delete write }
	}
	_ = json.Unmarshal(body, &in) // the fake says what is wrong with it
	about := in.Name + in.TrailName + in.QueueUrl + in.ExpressionAttributeValues[":sk"].S
	for _, by := range in.LookupAttributes {
		about += by.AttributeValue
	}
	for i, w := range in.TransactItems[:min(1, len(in.TransactItems))] {
		kind, _, _ := strings.Cut(w.Put.Item["sk"].S+w.Delete.Item["sk"].S+w.Delete.Key["sk"].S, "#")
		about += fmt.Sprintf("%s and %d more", kind, len(in.TransactItems)-i-1)
	}
	return about
}

// stage is where the story is played.
type stage struct {
	t      testing.TB
	aws    *awstest.AWS
	line   *line
	runner *pipeline.Runner
	mu     sync.Mutex
	at     time.Time
	// runs counts what was run, errs are the errors that some of it ended in.
	runs int
	errs []error
}

// now is a little later each time, as evidence is told apart by its time.
func (s *stage) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at = s.at.Add(time.Millisecond)
	return s.at
}

func (s *stage) until(at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at.After(s.at) {
		s.at = at
	}
}

// config makes each call as often as it says.
func config(client aws.HTTPClient, attempts int) aws.Config {
	return aws.Config{
		BaseEndpoint: aws.String("http://aws.test"), Region: awstest.Region, HTTPClient: client,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "ASIAAWSTEST", SecretAccessKey: "secret", SessionToken: "token"}, nil
		}),
		Retryer: func() aws.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) { o.MaxAttempts, o.MaxBackoff = attempts, time.Millisecond })
		},
	}
}

func raise(t testing.TB, trial trial) *stage {
	s := &stage{t: t, at: awstest.Epoch().Add(night(-1))}
	s.aws = awstest.New(opening(), awstest.Tables("ledger"), awstest.Clock(s.now))
	s.line = &line{aws: s.aws, target: trial.call, fault: trial.fault, count: map[call]int{}}
	cfg := config(s.line, trial.attempts())
	identity := account.Identity{ID: theAccount, Partition: "aws"}
	collector := collect.New(cfg, identity, s.now)
	collector.Stack = collect.Stack{Topics: []string{emailTopic, chatTopic, topicOfAll}, EventRules: eventRules, Queues: []string{givenUp}}
	atOnce := func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	past := history.New(cfg, identity.Partition, s.now)
	past.Pause = atOnce
	s.runner = &pipeline.Runner{
		Account: identity, Collect: collector, History: past,
		Ledger: dynamo.New(dynamo.NewClient(cfg, awstest.Epoch), "ledger", s.now),
		Notify: &notify.Publisher{SNS: sns.NewFromConfig(cfg), EmailTopic: emailTopic, ChatTopic: chatTopic, FindingsTopic: topicOfAll, Pause: atOnce},
		Rules:  slices.DeleteFunc(rules.All(), func(r scanner.Rule) bool { return r.OptIn }),
		Events: eventRulesOn(), OwnRoles: []string{arnPrefix + "role/own"}, Now: s.now,
	}
	return s
}

// What is tried again, and how long after: an audit by Lambda, a batch when SQS
// shows it again; see template.yaml. A tick is not, the next one does its work.
const (
	auditAgain = time.Minute
	batchAgain = 730 * time.Second
)

// play plays the story to its end, handing over again what failed.
func (s *stage) play() {
	s.through(story())
	s.line.mu.Lock()
	s.line.step = ""
	s.line.mu.Unlock()
	s.through(ending())
	for _, unknown := range s.aws.Unknown() {
		s.t.Errorf("a call that the fake does not know: %s", unknown)
	}
}

func (s *stage) through(steps []step) {
	slices.SortStableFunc(steps, func(a, b step) int { return int(a.at - b.at) })
	for again := 0; len(steps) > 0; {
		next := steps[0]
		steps = steps[1:]
		if s.run(&next) || next.tick() {
			continue
		}
		if again++; again > 5 {
			s.t.Errorf("%q fails for good: %v", next.name, s.errs)
			return
		}
		next.name, next.change, next.untold, next.terms = "", nil, nil, nil
		next.at += batchAgain
		if next.audit {
			next.at += auditAgain - batchAgain
		}
		place := slices.IndexFunc(steps, func(s step) bool { return s.at > next.at })
		if place < 0 {
			place = len(steps)
		}
		steps = slices.Insert(steps, place, next)
	}
}

// run runs one step, and reports whether it came to a good end. One without a
// name was run before.
func (s *stage) run(next *step) bool {
	s.until(awstest.Epoch().Add(next.at))
	if next.change != nil {
		s.aws.Change(next.change)
	}
	if next.name != "" {
		s.aws.Happen(append(slices.Clone(next.told), next.untold...)...)
		s.reported(next)
	}
	if next.terms != nil {
		s.runner.Terms = *next.terms
	}
	s.line.mu.Lock()
	if s.line.step = next.name; next.at >= ending()[0].at {
		s.line.step = ""
	}
	s.line.mu.Unlock()
	s.runs++
	_, err := s.runner.Run(s.t.Context(), next.work())
	if err != nil {
		s.errs = append(s.errs, err)
	}
	if err == nil && next.blind != nil {
		s.aws.Refuse()
	}
	return err == nil
}

func (s *step) work() pipeline.Work {
	work := pipeline.Work{Whole: s.audit}
	for _, record := range s.told {
		work.Bodies = append(work.Bodies, fmt.Sprintf(`{"source":"aws.iam","account":%q,"detail":%s}`, theAccount, record))
	}
	return work
}

// reported has the credential report made anew before an audit, and not shown
// where the step is blind to it.
func (s *stage) reported(next *step) {
	if !next.audit {
		return
	}
	s.aws.ExpireReport()
	client := iam.NewFromConfig(config(&line{aws: s.aws}, 1))
	for range 2 { // the first call starts what the second finds done
		if _, err := client.GenerateCredentialReport(s.t.Context(), &iam.GenerateCredentialReportInput{}); err != nil {
			s.t.Fatal(err)
		}
	}
	if next.blind != nil {
		s.aws.Refuse(next.blind...)
	}
}

// remembered is the ledger as it is.
func (s *stage) remembered() ledger.Known {
	store := dynamo.New(dynamo.NewClient(config(&line{aws: s.aws}, 1), awstest.Epoch), "ledger", s.now)
	known, err := store.Load(s.t.Context(), theAccount, ledger.Query{Whole: true})
	if err != nil {
		s.t.Fatal(err)
	}
	return known
}

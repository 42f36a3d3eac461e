// Package awstest is one fake of AWS at HTTP level, served from an account's
// snapshot, for the real AWS SDK to run against: its serializers, paginators
// and retryer are under test with the code that uses them.
//
// It answers as AWS documents it, refuses loudly what it does not know, and
// knows nothing of collectors, rules, ledgers or messages.
package awstest

import (
	"context"
	"maps"
	"net/http/httptest"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"

	"iamvigil/scanner/account"
)

// Region is the Region of [AWS.Config], where the events of IAM are.
const Region = "us-east-1"

// AWS is a fake AWS. It is safe for concurrent use.
type AWS struct {
	url        string
	operations map[string]operation
	settings   settings

	mu        sync.Mutex
	account   *account.Snapshot
	rendered  []member
	report    reportState
	topics    map[string]*topic
	tables    map[string]*table
	tokens    map[string]transaction
	history   []string // CloudTrail records
	schedules map[string]schedule
	stacks    map[string]*stack
	values    map[string]string // of SSM's parameters
	jobs      map[string]*job   // of reports on last access, by their ids
	faults    []*fault
	calls     map[string]int
	exercised map[string]int
	refused   []string
	unknown   []string
	answered  int
	pages     int // asked for so far, see pageSize
	published int
}

// T is what the fake needs of a test, a benchmark or one check of a property.
type T interface {
	Helper()
	Cleanup(func())
	Errorf(format string, args ...any)
}

// Serve starts the fake on a loopback address until the test ends. The
// snapshot is the fake's from now on: see [AWS.Change]. A call that the fake
// does not know fails the test when it ends.
func Serve(t T, s *account.Snapshot, opts ...Option) *AWS {
	t.Helper()
	a := New(s, opts...)
	server := httptest.NewServer(a)
	a.url = server.URL
	t.Cleanup(func() {
		server.Close()
		for _, u := range a.Unknown() {
			t.Errorf("awstest: a call that the fake does not know: %s", u)
		}
	})
	return a
}

// New makes the fake without a server, for who brings his own. All responses
// that grow with the account are rendered before it returns.
func New(s *account.Snapshot, opts ...Option) *AWS {
	a := &AWS{
		operations: operations(),
		settings:   defaults(),
		account:    s,
		topics:     map[string]*topic{},
		tables:     map[string]*table{},
		tokens:     map[string]transaction{},
		schedules:  map[string]schedule{},
		stacks:     map[string]*stack{},
		values:     map[string]string{},
		calls:      map[string]int{},
		exercised:  map[string]int{},
	}
	for _, t := range s.Stack.Topics {
		a.topics[t.ARN] = &topic{}
	}
	for _, opt := range opts {
		opt(a)
	}
	a.rendered = render(s, a.settings.pageSize > 0)
	a.report = a.settings.report.begin(s, a.settings.clock())
	return a
}

// URL is the address of the fake, for AWS_ENDPOINT_URL.
func (a *AWS) URL() string { return a.url }

// Config is a configuration whose clients talk to the fake. Its retryer is the
// SDK's standard one with a back-off of at most a few milliseconds.
func (a *AWS) Config() aws.Config {
	return aws.Config{
		BaseEndpoint: aws.String(a.url),
		Region:       Region,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "ASIAAWSTEST", SecretAccessKey: "secret", SessionToken: "token"}, nil
		}),
		Retryer: func() aws.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) { o.MaxBackoff = 5 * time.Millisecond })
		},
	}
}

// Calls counts the requests of each action, such as "iam:ListAccessKeys",
// refused and failed ones included.
func (a *AWS) Calls() map[string]int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return maps.Clone(a.calls)
}

// Total is the number of all calls.
func (a *AWS) Total() int {
	n := 0
	for _, calls := range a.Calls() {
		n += calls
	}
	return n
}

// Exercised counts how often each permission was needed and granted. It differs
// from [AWS.Calls] where the action's name is not the permission's: a
// transaction needs those of its parts. Without a [Role] everything is granted.
func (a *AWS) Exercised() map[string]int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return maps.Clone(a.exercised)
}

// Refused lists what the caller's [Role] did not allow, as "permission on
// resource", each once.
func (a *AWS) Refused() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return distinct(a.refused)
}

// Unknown lists calls, and parts of calls, that the fake does not know.
func (a *AWS) Unknown() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return distinct(a.unknown)
}

// Change changes the account between two calls. A credential report made
// before stays as it is, as AWS's does.
func (a *AWS) Change(change func(*account.Snapshot)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	change(a.account)
	a.changed()
}

// changed has the next listings show the account as it is now.
func (a *AWS) changed() { a.rendered = render(a.account, a.settings.pageSize > 0) }

func distinct(list []string) []string {
	sorted := slices.Clone(list)
	slices.Sort(sorted)
	return slices.Compact(sorted)
}

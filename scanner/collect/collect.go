// Package collect reads an account's IAM into a snapshot, from AWS or from a
// folder of AWS CLI outputs: as few calls as AWS allows, all at once.
//
// It gathers evidence without knowing the questions: no rule and no finding is
// known here. What could not be read is said in the snapshot, and the rest is
// read all the same.
package collect

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsarn "github.com/aws/aws-sdk-go-v2/aws/arn"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"golang.org/x/sync/errgroup"

	"iamvigil/internal/order"
	"iamvigil/scanner/account"
)

// Collector reads one account. Throttled calls are its configuration's to retry.
type Collector struct {
	// Stack is what [Collector.Whole] looks at of the scanner's own stack, and what
	// every look knows of it beforehand; zero: nothing, as where nobody knows of one.
	Stack Stack
	// Wanted are facts: those of them in [account.Optional] are read by
	// [Collector.Whole] beside those that it always reads.
	Wanted []account.Fact

	// config is for services that have no client below.
	config aws.Config

	iam   *iam.Client
	sts   *sts.Client
	trail *cloudtrail.Client
	own   stackClients
	now   func() time.Time
	// known is the account's identity where the caller knows it beforehand.
	known account.Identity
}

// New makes a collector of the account that the configuration's credentials
// belong to. Identity may be zero: then AWS is asked for it.
func New(cfg aws.Config, identity account.Identity, now func() time.Time) *Collector {
	if client, ok := cfg.HTTPClient.(*awshttp.BuildableClient); ok {
		cfg.HTTPClient = client.WithTransportOptions(func(t *http.Transport) {
			t.MaxIdleConnsPerHost = 2 * atOnce
		})
	}
	return &Collector{
		config: cfg,

		iam:   iam.NewFromConfig(cfg),
		sts:   sts.NewFromConfig(cfg),
		trail: cloudtrail.NewFromConfig(cfg),
		own:   newStackClients(cfg, now),
		now:   now,
		known: identity,
	}
}

// Whole looks at the whole account. The error is for an account that cannot be
// told at all; everything else that could not be read is in the snapshot.
func (c *Collector) Whole(ctx context.Context) (*account.Snapshot, error) {
	var o others
	return c.users(ctx, func(l *look, g *errgroup.Group) {
		g.Go(func() error { c.alias(ctx, l); return nil })
		c.accountFacts(ctx, l, g)
		c.others(ctx, l, &o, g)
		g.Go(func() error { c.analyzers(ctx, l); return nil })
		g.Go(func() error { c.contacts(ctx, l); return nil })
		g.Go(func() error { c.organization(ctx, l); return nil })
		c.stackFacts(ctx, l, g)
	}, func(l *look) {
		o.fill(l.snapshot)
		c.sshKeys(ctx, l)
		c.lastAccessed(ctx, l)
	})
}

// wants reports whether an optional fact is to be read.
func (c *Collector) wants(f account.Fact) bool { return slices.Contains(c.Wanted, f) }

// Users looks at what everybody may do and at everybody's credentials, and at
// nothing else of the account. Its error is Whole's.
func (c *Collector) Users(ctx context.Context) (*account.Snapshot, error) {
	return c.users(ctx, func(*look, *errgroup.Group) {}, func(*look) {})
}

// users is Users with something read beside it, and something once everybody and
// what is missing of him is known.
func (c *Collector) users(ctx context.Context, beside func(*look, *errgroup.Group), then func(*look)) (*account.Snapshot, error) {
	l := c.newLook()
	var report *credentialReport
	var authorizations authorizations
	var g errgroup.Group
	g.Go(func() error { return c.identity(ctx, l) })
	g.Go(func() error { c.authorizations(ctx, l, &authorizations); return nil })
	g.Go(func() error { report = c.report(ctx, l); return nil })
	beside(l, &g)
	if err := g.Wait(); err != nil {
		return nil, err
	}
	authorizations.fill(l.snapshot)
	if report != nil {
		c.NameKeys(ctx, l.snapshot, report.fill(l.snapshot))
	}
	then(l)
	tidy(l.snapshot)
	return l.snapshot, nil
}

// accountFacts reads what is known live of the account itself.
func (c *Collector) accountFacts(ctx context.Context, l *look, g *errgroup.Group) {
	g.Go(func() error { c.summary(ctx, l); return nil })
	g.Go(func() error { c.passwordPolicy(ctx, l); return nil })
	g.Go(func() error { c.virtualMFA(ctx, l); return nil })
	g.Go(func() error { c.trails(ctx, l); return nil })
}

// look is a snapshot being taken by several goroutines. Each writes fields of
// its own; what they share is written under the lock.
type look struct {
	snapshot *account.Snapshot
	mu       sync.Mutex
	// identified is closed once the account's id and partition are in the snapshot,
	// or are known not to come.
	identified chan struct{}
}

func (c *Collector) newLook() *look {
	return &look{snapshot: &account.Snapshot{
		Version: account.Version,
		Seen:    map[account.Fact]account.Seen{},
		Stack:   account.Stack{Denies: c.Stack.Denies},
	}, identified: make(chan struct{})}
}

// saw records for facts what became of reading them: asked at the given time,
// with the given error or none.
func (l *look) saw(at time.Time, err error, facts ...account.Fact) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range facts {
		l.snapshot.Seen[f] = seen(at, err)
	}
}

func (c *Collector) identity(ctx context.Context, l *look) error {
	defer close(l.identified)
	if c.known.ID != "" {
		l.snapshot.Account.ID, l.snapshot.Account.Partition = c.known.ID, c.known.Partition
		return nil
	}
	caller, err := whose(ctx, c.sts)
	l.snapshot.Account.ID, l.snapshot.Account.Partition = caller.ID, caller.Partition
	return err
}

// Identity asks AWS which account the configuration's credentials belong to.
func Identity(ctx context.Context, cfg aws.Config) (account.Identity, error) {
	return whose(ctx, sts.NewFromConfig(cfg))
}

func whose(ctx context.Context, client *sts.Client) (account.Identity, error) {
	out, err := client.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return account.Identity{}, fmt.Errorf("ask AWS whose credentials these are (sts:GetCallerIdentity): %w", err)
	}
	arn, err := awsarn.Parse(aws.ToString(out.Arn))
	if err != nil {
		return account.Identity{}, fmt.Errorf("read the caller's ARN %q: %w", aws.ToString(out.Arn), err)
	}
	return account.Identity{ID: aws.ToString(out.Account), Partition: arn.Partition}, nil
}

// alias gives the account its name. Not being allowed to see it, or its having
// none, costs only the name.
func (c *Collector) alias(ctx context.Context, l *look) {
	out, err := c.iam.ListAccountAliases(ctx, &iam.ListAccountAliasesInput{})
	if err == nil && len(out.AccountAliases) > 0 {
		l.snapshot.Account.Name = out.AccountAliases[0]
	}
}

// tidy puts everything in one order, whatever the order of the answers.
func tidy(s *account.Snapshot) {
	order.By(s.Users, func(a, b account.User) int { return cmp.Compare(a.Name, b.Name) })
	order.By(s.Groups, func(a, b account.Group) int { return cmp.Compare(a.Name, b.Name) })
	order.By(s.Roles, func(a, b account.Role) int { return cmp.Compare(a.Name, b.Name) })
	order.By(s.Policies, func(a, b account.Policy) int { return cmp.Compare(a.ARN, b.ARN) })
	order.By(s.VirtualMFA, func(a, b account.VirtualMFADevice) int { return cmp.Compare(a.Serial, b.Serial) })
	order.By(s.SAMLProviders, func(a, b account.SAMLProvider) int { return cmp.Compare(a.ARN, b.ARN) })
	order.By(s.OIDCProviders, func(a, b account.OIDCProvider) int { return cmp.Compare(a.ARN, b.ARN) })
	order.By(s.ServerCertificates, func(a, b account.ServerCertificate) int { return cmp.Compare(a.ARN, b.ARN) })
	order.By(s.Trails, func(a, b account.Trail) int { return cmp.Compare(a.ARN, b.ARN) })
}

// Package wire puts the parts together: for a Lambda function from its
// environment to a runner, for the terminal what it shares with them. It asks
// nothing of the account and tells nobody anything.
package wire

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/caarlos0/env/v11"

	"iamvigil/config"
	"iamvigil/internal/pipeline"
	"iamvigil/ledger/dynamo"
	"iamvigil/notify"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/collect"
	"iamvigil/scanner/history"
	"iamvigil/scanner/rules"
)

// variables are those of a function's environment.
type variables struct {
	// Table is the DynamoDB table that is the ledger.
	Table string `env:"LEDGER_TABLE,required,notEmpty"`
	// The topics; one that is empty is not published to.
	EmailTopic    string `env:"EMAIL_TOPIC_ARN"`
	ChatTopic     string `env:"CHAT_TOPIC_ARN"`
	FindingsTopic string `env:"FINDINGS_TOPIC_ARN"`
	// OwnRoles are the ARNs of the stack's own roles. The account they are in is
	// the one that is watched; without any, AWS is asked whose account it is.
	OwnRoles []string `env:"OWN_ROLE_ARNS"`
	// EventRules are the names of the EventBridge rules that bring events,
	// FailureQueues the URLs of the queues of what was given up: an audit looks at
	// them.
	EventRules    []string `env:"EVENT_RULES"`
	FailureQueues []string `env:"FAILURE_QUEUE_URLS"`
	// FurtherEvents: the stack brings events that few rules want and many come of.
	FurtherEvents bool `env:"FURTHER_EVENTS"`
	// ConfigFile replaces the embedded configuration.
	ConfigFile string `env:"CONFIG_FILE"`
	Denies     denies
	// RemediationRole is the ARN of the role that the journalled writes are made
	// with; empty: there is none.
	RemediationRole string `env:"REMEDIATION_ROLE_ARN"`
}

// denies are [account.Denies]; one that is empty is not there.
type denies struct {
	Console    string `env:"DENY_CONSOLE_POLICY_ARN"`
	WithoutMFA string `env:"DENY_WITHOUT_MFA_POLICY_ARN"`
	All        string `env:"DENY_ALL_POLICY_ARN"`
}

// reserve is kept of a function's time for telling and remembering.
const reserve = 30 * time.Second

// Runner reads the environment and makes the runner of a function. Its clock is
// now, or what [Clock] makes of it.
func Runner(ctx context.Context, now func() time.Time) (*pipeline.Runner, error) {
	now, err := Clock(now)
	if err != nil {
		return nil, err
	}
	var v variables
	if err := env.Parse(&v); err != nil {
		return nil, fmt.Errorf("read the environment: %w", err)
	}
	configured, err := Config(v.ConfigFile, now())
	if err != nil {
		return nil, err
	}
	cfg, err := awsConfig()
	if err != nil {
		return nil, err
	}
	identity, err := watched(ctx, cfg, v.OwnRoles)
	if err != nil {
		return nil, err
	}
	collector := collect.New(cfg, identity, now)
	collector.Stack = v.stack()
	collector.Wanted = scanner.Reads(configured.On)
	return &pipeline.Runner{
		Account:         identity,
		Collect:         collector,
		History:         history.New(cfg, identity.Partition, now),
		Ledger:          dynamo.New(dynamo.NewClient(cfg, now), v.Table, now),
		Notify:          &notify.Publisher{SNS: sns.NewFromConfig(cfg), EmailTopic: v.EmailTopic, ChatTopic: v.ChatTopic, FindingsTopic: v.FindingsTopic},
		Rules:           configured.On,
		Terms:           configured.Terms,
		Events:          configured.Events,
		FurtherEvents:   v.FurtherEvents,
		OwnRoles:        v.OwnRoles,
		RemediationRole: v.RemediationRole,
		Reserve:         reserve,
		Now:             now,
	}, nil
}

// stack is what an audit looks at of the stack itself. A function that is told
// of no rules looks at none of it.
func (v *variables) stack() collect.Stack {
	own := collect.Stack{Denies: account.Denies(v.Denies)}
	if len(v.EventRules) == 0 {
		return own
	}
	own.EventRules, own.Queues = v.EventRules, v.FailureQueues
	for _, topic := range []string{v.EmailTopic, v.ChatTopic, v.FindingsTopic} {
		if topic != "" {
			own.Topics = append(own.Topics, topic)
		}
	}
	return own
}

// Thrift collects garbage before the heap has doubled, unless GOGC says when. A
// look's garbage is pages that live for a moment; at 70 % growth the largest
// account takes a tenth less memory and no more time. What would be more than most
// bytes in all, the program itself aside, is collected sooner, for at most half the
// time, unless GOMEMLIMIT says how many; zero: as many as it takes.
func Thrift(most int64) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(70)
	}
	if most > 0 && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(most)
	}
}

// attempts is how often a throttled or failing call is tried: at the adaptive
// mode's back-off of up to 20 s that outlasts IAM's bursts.
const attempts = 8

// Patient has calls slow down where AWS throttles, as far as the environment
// does not say how.
func Patient(cfg *aws.Config) {
	cfg.RetryMode = cmp.Or(cfg.RetryMode, aws.RetryModeAdaptive)
	cfg.RetryMaxAttempts = cmp.Or(cfg.RetryMaxAttempts, attempts)
}

func watched(ctx context.Context, cfg aws.Config, ownRoles []string) (account.Identity, error) {
	if len(ownRoles) == 0 {
		return collect.Identity(ctx, cfg)
	}
	own, err := arn.Parse(ownRoles[0])
	if err != nil {
		return account.Identity{}, fmt.Errorf("read OWN_ROLE_ARNS: %q: %w", ownRoles[0], err)
	}
	return account.Identity{ID: own.AccountID, Partition: own.Partition}, nil
}

// Config is the configuration in a file, or the embedded one where no file is
// named, held against the rules. An exemption that has lapsed is in it, to be told
// as such: a function must not stop for want of a day's attention.
func Config(file string, now time.Time) (config.Settings, error) {
	c, err := readConfig(file)
	if err != nil {
		return config.Settings{}, err
	}
	return c.Apply(all(), now)
}

// CheckedConfig is [Config] for people, who can mend the file now: an exemption
// that has lapsed is an error too.
func CheckedConfig(file string, now time.Time) (config.Settings, error) {
	c, err := readConfig(file)
	if err != nil {
		return config.Settings{}, err
	}
	return c.Check(all(), now)
}

// all are the rules that a configuration may name.
func all() config.Rules {
	return config.Rules{State: rules.All(), Events: rules.Events(), Others: []string{scanner.BlindnessID}}
}

func readConfig(file string) (*config.Config, error) {
	if file == "" {
		return config.Embedded()
	}
	content, err := readAtMost(file, config.MaxBytes+1)
	if err != nil {
		return nil, fmt.Errorf("read the configuration: %w", err)
	}
	return config.Parse(file, content)
}

// readAtMost reads no more of a file: a device has no end.
func readAtMost(file string, most int64) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // nothing was written
	return io.ReadAll(io.LimitReader(f, most))
}

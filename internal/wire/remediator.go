package wire

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/caarlos0/env/v11"

	"iamvigil/internal/pause"
	"iamvigil/ledger/dynamo"
	"iamvigil/notify"
	"iamvigil/remediate"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/collect"
)

// orders are what the environment of the function that acts has beside that of
// the others.
type orders struct {
	Common variables
	// Mode must be said, and is one of [remediate.Mode].
	Mode remediate.Mode `env:"REMEDIATION_MODE"`
	// Cures are those that the stack switches on.
	Cures []remediate.Cure `env:"REMEDIATION_CURES"`
	// Switch is the name of the SSM parameter that is the kill switch.
	Switch string `env:"REMEDIATION_SWITCH,required,notEmpty"`
	// ProtectedPath is the path of users whom the role cannot act on.
	ProtectedPath string `env:"REMEDIATION_PROTECTED_PATH,required,notEmpty"`
}

// Remediator reads the environment and makes the runner of the function that acts.
// Its clock is now, or what [Clock] makes of it. In mode off it needs nothing else
// of the environment, and the runner does nothing.
func Remediator(ctx context.Context, now func() time.Time) (*remediate.Runner, error) {
	now, err := Clock(now)
	if err != nil {
		return nil, err
	}
	if os.Getenv("REMEDIATION_MODE") == string(remediate.Off) {
		return &remediate.Runner{Settings: disarmed, Now: now}, nil
	}
	var o orders
	if err := env.Parse(&o); err != nil {
		return nil, fmt.Errorf("read the environment: %w", err)
	}
	if o.Common.RemediationRole == "" {
		return nil, errors.New("read the environment: REMEDIATION_ROLE_ARN is empty; the journal needs to know who acts")
	}
	cfg, err := awsConfig()
	if err != nil {
		return nil, err
	}
	identity, err := watched(ctx, cfg, o.Common.OwnRoles)
	if err != nil {
		return nil, err
	}
	return RemediatorFrom(o.parts(cfg, identity), now)
}

func disarmed(time.Time) (remediate.Settings, error) {
	return remediate.Settings{Mode: remediate.Off}, nil
}

func (o *orders) parts(cfg aws.Config, identity account.Identity) RemediatorParts {
	v := &o.Common
	return RemediatorParts{
		AWS: cfg, Account: identity, By: v.RemediationRole,
		Table: v.Table, EmailTopic: v.EmailTopic, ChatTopic: v.ChatTopic, FindingsTopic: v.FindingsTopic,
		Mode: o.Mode, Cures: o.Cures, Denies: account.Denies(v.Denies), Switch: o.Switch,
		ProtectedPath: o.ProtectedPath, ConfigFile: v.ConfigFile,
	}
}

// RemediatorParts are what a runner that acts is made of: a function's, from its
// environment, or a person's at a terminal, from a stack's outputs.
type RemediatorParts struct {
	// AWS has the credentials that read and act, in the stack's Region.
	AWS     aws.Config
	Account account.Identity
	By      string // the ARN of who acts, for the journal
	// Table is the DynamoDB table that is the ledger.
	Table string
	// The topics; one that is empty is not published to.
	EmailTopic, ChatTopic, FindingsTopic string
	// Mode and Cures are the stack's say; the configuration has its own.
	Mode   remediate.Mode
	Cures  []remediate.Cure
	Denies account.Denies
	Switch string // the name of an SSM parameter
	// ProtectedPath is an IAM path such as break-glass/, without the slash before:
	// users at and below it are protected, whatever the configuration says. The
	// function's role is denied them; empty: there is none.
	ProtectedPath string
	// ConfigFile replaces the embedded configuration; it is read anew with the
	// settings.
	ConfigFile string
}

// RemediatorFrom makes a runner that acts. Its error is that of a part or a
// configuration that cannot be meant.
func RemediatorFrom(p RemediatorParts, now func() time.Time) (*remediate.Runner, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	if _, err := p.settings(now()); err != nil {
		return nil, err
	}
	return p.runner(p.settings, now), nil
}

// Unconfigured makes a runner that reads no configuration and arms no cure, so that
// a fault in one keeps nobody from undoing, nor from looking at switch and ledger.
func Unconfigured(p RemediatorParts, now func() time.Time) *remediate.Runner {
	return p.runner(func(time.Time) (remediate.Settings, error) {
		return remediate.Settings{Mode: p.Mode, Denies: p.Denies}, nil
	}, now)
}

func (p *RemediatorParts) runner(settings func(time.Time) (remediate.Settings, error), now func() time.Time) *remediate.Runner {
	collector := collect.New(p.AWS, p.Account, now)
	collector.Stack.Denies = p.Denies
	return &remediate.Runner{
		Account:  p.Account,
		By:       p.By,
		Look:     collector,
		Ledger:   dynamo.New(dynamo.NewClient(p.AWS, now), p.Table, now),
		IAM:      iam.NewFromConfig(p.AWS),
		Switch:   newSwitch(p.AWS, p.Switch, now),
		Settings: settings,
		Notify:   &notify.Publisher{SNS: sns.NewFromConfig(p.AWS), EmailTopic: p.EmailTopic, ChatTopic: p.ChatTopic, FindingsTopic: p.FindingsTopic},
		Pause:    pause.For,
		Now:      now,
	}
}

func (p *RemediatorParts) check() error {
	switch p.Mode {
	case remediate.Off, remediate.DryRun, remediate.Enforce:
	default:
		return fmt.Errorf("remediation's mode (REMEDIATION_MODE) is %q; it must be off, dry-run or enforce", p.Mode)
	}
	for _, c := range p.Cures {
		if !slices.Contains(remediate.Cures(), c) {
			return fmt.Errorf("there is no cure %q (REMEDIATION_CURES); there are %q", c, remediate.Cures())
		}
	}
	return nil
}

// settings are what both the stack and the configuration say.
func (p *RemediatorParts) settings(now time.Time) (remediate.Settings, error) {
	configured, err := Config(p.ConfigFile, now)
	if err != nil {
		return remediate.Settings{}, err
	}
	said := configured.Remediation
	s := remediate.Settings{
		Mode: p.Mode, Denies: p.Denies,
		Schedules: said.Schedules, Protected: p.protected(said.Protected), Ask: said.Ask, Terms: configured.Terms,
		Cures: map[remediate.Cure]bool{}, Limits: map[string]scanner.Limit{},
	}
	for _, c := range remediate.Cures() {
		switch inStack, inConfig := slices.Contains(p.Cures, c), said.Cures[c]; {
		case inStack && inConfig:
			s.Cures[c] = true
		case inStack:
			s.StackOnly = append(s.StackOnly, c)
		case inConfig:
			s.ConfigOnly = append(s.ConfigOnly, c)
		}
	}
	for _, r := range configured.On {
		s.Limits[r.ID] = r.Limit
	}
	s.Digest = p.digest(said.Digest, s.Cures)
	return s, nil
}

// protected are the configuration's patterns, and one of the stack's own.
func (p *RemediatorParts) protected(configured []string) []string {
	if p.ProtectedPath == "" {
		return configured
	}
	return append(slices.Clone(configured), "arn:*:iam::*:user/"+p.ProtectedPath+"*")
}

// digest is of the configuration's and of what the stack says beside it.
func (p *RemediatorParts) digest(configured string, cures map[remediate.Cure]bool) string {
	// Strings and maps of them are always encoded, maps in the order of keys.
	text, _ := json.Marshal([]any{configured, p.Mode, cures, p.Denies, p.ProtectedPath})
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"iamvigil/internal/wire"
	"iamvigil/remediate"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
	trails "iamvigil/scanner/history"
)

// desk is a stack's remediation in a person's hands.
type desk struct {
	session session
	parts   wire.RemediatorParts
	runner  *remediate.Runner
	// mode is the stack's. In mode off the settings are those of a dry run in which
	// the stack switches on every cure: what arming it would come to.
	mode     remediate.Mode
	settings remediate.Settings
	kill     kill
	actions  []remediate.Action
	now      time.Time
	audited  time.Time // zero: never
}

// reach finds the stack, with its name for the account.
func reach(ctx context.Context, t terminal, stackName string) (*desk, error) {
	s, err := open(ctx)
	if err != nil {
		return nil, err
	}
	st, err := s.stack(ctx, stackName)
	if err != nil {
		return nil, err
	}
	parts, err := partsOf(&s, &st)
	if err != nil {
		return nil, err
	}
	known, err := s.recall(ctx, s.ledgerOf(parts.Table, t.now))
	if err != nil {
		return nil, err
	}
	parts.Account = s.account
	return &desk{session: s, parts: parts, mode: parts.Mode, now: t.now(), audited: known.AuditedAt}, nil
}

// configure makes the runner that acts with the caller's credentials, and looks at
// the kill switch.
func (d *desk) configure(ctx context.Context, t terminal, configFile string) error {
	if d.audited.IsZero() {
		return errors.New("the ledger has no audit yet, so nothing is known to act on; run one, then try again")
	}
	parts := d.parts
	parts.ConfigFile = configFile
	if d.mode == remediate.Off {
		parts.Mode, parts.Cures = remediate.DryRun, remediate.Cures()
	}
	var err error
	if d.runner, err = wire.RemediatorFrom(parts, t.now); err != nil {
		return err
	}
	d.runner.Assumed = wire.Sessions{History: trails.New(d.session.aws, d.session.account.Partition, t.now)}
	d.runner.Pause = t.pause
	if d.settings, err = d.runner.Settings(d.now); err != nil {
		return err
	}
	if d.mode != remediate.Off {
		d.kill = killOf(d.runner.Switch.On(ctx))
	}
	return nil
}

// partsOf are what the stack tells of its remediation.
func partsOf(s *session, st *stack) (wire.RemediatorParts, error) {
	var needed [6]string
	for i, output := range []string{outTable, outMode, outDenyConsole, outDenyWithoutMFA, outDenyAll, outProtectedPath} {
		value, err := st.need(output)
		if err != nil {
			return wire.RemediatorParts{}, err
		}
		needed[i] = value
	}
	var cures []remediate.Cure
	for _, name := range st.list(outCures) {
		cures = append(cures, remediate.Cure(name))
	}
	return wire.RemediatorParts{
		AWS: s.aws, Account: s.account, By: s.caller, Table: needed[0],
		EmailTopic: st.outputs[outEmail], ChatTopic: st.outputs[outChat], FindingsTopic: st.outputs[outFindings],
		Mode: remediate.Mode(needed[1]), Cures: cures, Switch: st.outputs[outSwitch],
		Denies:        account.Denies{Console: needed[2], WithoutMFA: needed[3], All: needed[4]},
		ProtectedPath: needed[5],
	}, nil
}

// armed refuses where remediation is off.
func (d *desk) armed() error {
	if d.mode == remediate.Off {
		return errors.New("remediation is off; the stack's parameter RemediationMode arms it")
	}
	return nil
}

// kill is how the kill switch stands.
type kill struct {
	// state is on, off or unknown; empty in mode off, in which there is none.
	state  string
	reason string // why it is unknown
}

func killOf(on bool, err error) kill {
	switch {
	case err != nil:
		return kill{"unknown", answer(err)}
	case on:
		return kill{"on", ""}
	}
	return kill{"off", ""}
}

// turnOn is the command that turns the kill switch on.
func (d *desk) turnOn() string {
	return scanner.Command("ssm", "put-parameter", "--region", d.session.aws.Region, "--name", d.parts.Switch, "--value", "on", "--overwrite")
}

// let refuses where the kill switch lets nothing through.
func (d *desk) let() error {
	switch d.kill.state {
	case "off":
		return errors.New("the kill switch is off, so nothing was done; once that is meant, turn it on: " + d.turnOn())
	case "unknown":
		return fmt.Errorf("the kill switch is not known, so nothing was done: %s", d.kill.reason)
	}
	return nil
}

// of are the planned actions that come to this.
func (d *desk) of(do remediate.Do) []remediate.Action {
	return slices.DeleteFunc(slices.Clone(d.actions), func(a remediate.Action) bool { return a.Do != do })
}

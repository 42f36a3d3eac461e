package main

import (
	"context"
	"errors"
	"slices"
	"time"

	"iamvigil/internal/wire"
	"iamvigil/remediate"
	"iamvigil/scanner/account"
	trails "iamvigil/scanner/history"
)

// desk is a stack's remediation in a person's hands.
type desk struct {
	session session
	runner  *remediate.Runner
	// mode is the stack's. In mode off the settings are those of a dry run in which
	// the stack switches on every cure: what arming it would come to.
	mode     remediate.Mode
	settings remediate.Settings
	actions  []remediate.Action
	now      time.Time
}

// connect finds the stack, and makes the runner that acts with the caller's
// credentials.
func connect(ctx context.Context, t terminal, stackName, configFile string) (*desk, error) {
	s, err := open(ctx)
	if err != nil {
		return nil, err
	}
	st, err := s.stack(ctx, stackName)
	if err != nil {
		return nil, err
	}
	parts, err := partsOf(&s, &st, configFile)
	if err != nil {
		return nil, err
	}
	if known, err := s.recall(ctx, s.ledgerOf(parts.Table, t.now)); err != nil {
		return nil, err
	} else if known.AuditedAt.IsZero() {
		return nil, errors.New("the ledger has no audit yet, so nothing is known to act on; run one, then try again")
	}
	parts.Account = s.account
	d := &desk{session: s, mode: parts.Mode, now: t.now()}
	if d.mode == remediate.Off {
		parts.Mode, parts.Cures = remediate.DryRun, remediate.Cures()
	}
	if d.runner, err = wire.RemediatorFrom(parts, t.now); err != nil {
		return nil, err
	}
	d.runner.Assumed = wire.Sessions{History: trails.New(s.aws, s.account.Partition, t.now)}
	d.runner.Pause = t.pause
	d.settings, err = d.runner.Settings(d.now)
	return d, err
}

// partsOf are what the stack tells of its remediation.
func partsOf(s *session, st *stack, configFile string) (wire.RemediatorParts, error) {
	var needed [5]string
	for i, output := range []string{outTable, outMode, outDenyConsole, outDenyWithoutMFA, outDenyAll} {
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
		AWS: s.aws, By: s.caller, Table: needed[0],
		EmailTopic: st.outputs[outEmail], ChatTopic: st.outputs[outChat], FindingsTopic: st.outputs[outFindings],
		Mode: remediate.Mode(needed[1]), Cures: cures, Switch: st.outputs[outSwitch],
		Denies:     account.Denies{Console: needed[2], WithoutMFA: needed[3], All: needed[4]},
		ConfigFile: configFile,
	}, nil
}

// armed reports that what is done is done in earnest.
func (d *desk) armed() error {
	if d.mode == remediate.Off {
		return errors.New("remediation is off; the stack's parameter RemediationMode arms it")
	}
	return nil
}

// of are the planned actions that come to this.
func (d *desk) of(do remediate.Do) []remediate.Action {
	return slices.DeleteFunc(slices.Clone(d.actions), func(a remediate.Action) bool { return a.Do != do })
}

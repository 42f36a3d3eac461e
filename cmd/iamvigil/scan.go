package main

import (
	"bufio"
	"context"
	"fmt"
	"slices"
	"time"

	"iamvigil/config"
	"iamvigil/internal/wire"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/rules"
)

type scanCommand struct {
	Path    string           `arg:"" optional:"" help:"A snapshot file, or a folder of AWS CLI outputs. Without: the live account."`
	Now     string           `help:"The time to judge ages by, such as 2026-11-23T00:00:00Z. Without: the present." placeholder:"RFC3339"`
	Rules   []string         `help:"Ask only these rules, opt-in ones among them." placeholder:"ID"`
	Format  string           `help:"text or json; or as email, chat or a program would be told of it." enum:"text,json,email,chat,program" default:"text"`
	FailOn  scanner.Severity `help:"Exit with 3 for findings at least this severe: ${enum}." enum:"critical,high,medium,low,info" default:"low"`
	Config  string           `help:"A configuration in place of the built-in one." env:"CONFIG_FILE" placeholder:"FILE"`
	Timeout time.Duration    `help:"Read the live account for at most this long." default:"10m"`
}

// Run scans.
func (c *scanCommand) Run(ctx context.Context, t terminal) error {
	now := t.now
	if c.Now != "" {
		at, err := time.Parse(time.RFC3339, c.Now)
		if err != nil {
			return usage{fmt.Errorf("--now: %q is no time such as 2026-11-23T00:00:00Z", c.Now)}
		}
		now = func() time.Time { return at }
	}
	settings, err := c.settings(t.now())
	if err != nil {
		return err
	}
	report, err := c.report(ctx, t, settings, now)
	if err != nil {
		return err
	}
	if err := c.print(t, report); err != nil {
		return err
	}
	return c.verdict(report)
}

// settings are as the configuration has them; of the rules, those asked for by
// name are on, if any are, and never those that a scan does not answer.
func (c *scanCommand) settings(now time.Time) (config.Settings, error) {
	configured := wire.CheckedConfig
	if c.Now != "" {
		configured = wire.Config // what is over at that time silences nothing then, and is no mistake now
	}
	settings, err := configured(c.Config, now)
	if err != nil {
		return config.Settings{}, err
	}
	if err := checkRules(c.Rules); err != nil {
		return config.Settings{}, err
	}
	all, asked := slices.Concat(settings.On, settings.Off), c.Rules
	if len(asked) == 0 {
		for i := range settings.On {
			if !ofStack(&settings.On[i]) {
				asked = append(asked, settings.On[i].ID)
			}
		}
	}
	for i := range all {
		if slices.Contains(c.Rules, all[i].ID) && !all[i].Ready() {
			return config.Settings{}, usage{fmt.Errorf("rule %q cannot be asked without a list of %s; give it one in a configuration (--config)", all[i].ID, all[i].List.Of)}
		}
	}
	on := func(r scanner.Rule) bool { return slices.Contains(asked, r.ID) }
	settings.Off = slices.DeleteFunc(slices.Clone(all), on)
	settings.On = slices.DeleteFunc(all, func(r scanner.Rule) bool { return !on(r) })
	return settings, nil
}

func checkRules(ids []string) error {
	for _, id := range ids {
		if slices.ContainsFunc(rules.Events(), func(r scanner.EventRule) bool { return r.ID == id }) {
			return usage{fmt.Errorf("rule %q is about events, which a scan does not see; the deployed stack asks it", id)}
		}
		all := rules.All()
		i := slices.IndexFunc(all, func(r scanner.Rule) bool { return r.ID == id })
		switch {
		case i < 0:
			return usage{fmt.Errorf("there is no rule %q; `iamvigil rules` lists them", id)}
		case ofStack(&all[i]):
			return usage{fmt.Errorf("rule %q is about the deployed stack, which a scan does not see; audit asks it, and iamvigil doctor looks there", id)}
		}
	}
	return nil
}

func (c *scanCommand) report(ctx context.Context, t terminal, settings config.Settings, now func() time.Time) (scanner.Report, error) {
	var s *account.Snapshot
	var report scanner.Report
	var err error
	if c.Path == "" {
		s, report, err = readLive(ctx, t, c.Timeout, settings.On, scanner.Reads(settings.On), now)
	} else if s, err = readPath(c.Path, scanner.Reads(settings.On), now); err == nil {
		report = scanner.Evaluate(s, account.Scope{Whole: true}, settings.On, now())
	}
	if err != nil {
		return scanner.Report{}, err
	}
	settings.Terms.Apply(s, &report)
	report.Off = []string{}
	for _, r := range settings.Off {
		report.Off = append(report.Off, r.ID)
	}
	slices.Sort(report.Off)
	return report, nil
}

// ofStack reports whether a rule asks about the scanner's own stack.
func ofStack(r *scanner.Rule) bool {
	return slices.ContainsFunc(account.StackFacts(), func(f account.Fact) bool { return slices.Contains(r.Reads, f) })
}

func (c *scanCommand) print(t terminal, report scanner.Report) error {
	if c.Format == "text" {
		return writeText(t, report)
	}
	w := bufio.NewWriter(t.out)
	var err error
	if c.Format == "json" {
		err = report.WriteJSON(w)
	} else {
		err = writeMessages(w, report, c.Format)
	}
	if err == nil {
		err = w.Flush()
	}
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

func (c *scanCommand) verdict(report scanner.Report) error {
	if worst := report.Worst(); worst != "" && worst.Rank() <= c.FailOn.Rank() {
		return status(exitFindings)
	}
	if len(report.Gaps) > 0 {
		return status(exitGaps)
	}
	return nil
}

package main

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"iamvigil/config"
	"iamvigil/internal/plain"
	"iamvigil/internal/wire"
	"iamvigil/scanner"
)

type configCommand struct {
	Check configCheckCommand `cmd:"" help:"Tell all that is wrong with a configuration, with the lines, or that it is valid."`
}

type configCheckCommand struct {
	File string `arg:"" optional:"" help:"The file. Without: the built-in configuration."`
}

// Run checks a configuration as strictly as a scan and a deployment do.
func (c configCheckCommand) Run(t terminal) error {
	settings, err := wire.CheckedConfig(c.File, t.now())
	if err != nil {
		return err
	}
	fmt.Fprintln(t.out, plain.Text(cmp.Or(c.File, "config/config.yaml")+": "+sound(settings)))
	return nil
}

func sound(s config.Settings) string {
	text := fmt.Sprintf("valid: %s on, %d off, ", plural(len(s.On)+len(s.Events), "rule"), len(s.Off)+len(s.EventsOff))
	if cures := len(s.Remediation.Cures); cures > 0 {
		text += plural(cures, "cure") + " enabled, "
	}
	text += plural(len(s.Terms.Exemptions), "exemption")
	if len(s.Terms.Exemptions) == 0 {
		return text
	}
	next := slices.MinFunc(s.Terms.Exemptions, func(a, b scanner.Exemption) int { return a.Expires.Compare(b.Expires) })
	return text + "; next expiry " + next.Expires.UTC().Format(time.DateOnly)
}

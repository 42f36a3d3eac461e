package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"iamvigil/internal/plain"
	"iamvigil/internal/wire"
	"iamvigil/ledger"
	"iamvigil/remediate"
)

type remediateCommand struct {
	Plan  planCommand  `cmd:"" help:"Show what is done about which findings, when, and how it is undone. Changes nothing."`
	Apply applyCommand `cmd:"" help:"Carry out what is due, after the number of actions was typed."`
	List  listCommand  `cmd:"" help:"List what the journal has: what was done, by whom, and whether it was undone."`
	Undo  undoCommand  `cmd:"" help:"Restore what an action changed, unless something has changed since."`
}

// plannedFlags say what a plan is about.
type plannedFlags struct {
	stackFlags
	Config     string  `help:"A configuration in place of the built-in one." env:"CONFIG_FILE" placeholder:"FILE"`
	Quarantine *string `help:"In place of what is due: end all that this user can do, with keys and open sessions too." placeholder:"USER"`
	Reason     string  `help:"Why the user is quarantined. Everybody is told." placeholder:"TEXT"`
}

// check finds what was typed wrong before anybody's credentials are asked for.
func (f *plannedFlags) check() error {
	switch {
	case f.Quarantine != nil && strings.TrimSpace(*f.Quarantine) == "":
		return usage{errors.New("--quarantine needs a user: a name, an ARN or a unique id")}
	case f.Quarantine != nil && strings.TrimSpace(f.Reason) == "":
		return usage{errors.New("--quarantine needs a --reason, which everybody is told")}
	case f.Quarantine == nil && f.Reason != "":
		return usage{errors.New("--reason is that of a --quarantine; without one the findings are the reason")}
	}
	return nil
}

// connect finds the stack and makes its runner.
func (f *plannedFlags) connect(ctx context.Context, t terminal) (*desk, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	d, err := reach(ctx, t, f.Stack)
	if err != nil {
		return nil, err
	}
	return d, d.configure(ctx, t, f.Config)
}

// plan plans what is asked for.
func (f *plannedFlags) plan(ctx context.Context, d *desk) (err error) {
	if f.Quarantine != nil {
		d.actions, err = d.runner.Quarantine(ctx, *f.Quarantine, f.Reason)
	} else {
		d.actions, err = d.runner.Planned(ctx)
	}
	return err
}

type planCommand struct {
	plannedFlags
	Format string `help:"text or json." enum:"text,json" default:"text"`
}

// Run shows what a run would do now.
func (c *planCommand) Run(ctx context.Context, t terminal) error {
	d, err := c.connect(ctx, t)
	if err != nil {
		return err
	}
	if err := c.plan(ctx, d); err != nil {
		return err
	}
	if c.Format == "json" {
		err = writeJSON(t.out, d.planned())
	} else {
		err = d.writeText(t)
	}
	if err != nil {
		return fmt.Errorf("write the plan: %w", err)
	}
	return nil
}

type applyCommand struct{ plannedFlags }

// Run carries out what is due, once somebody at a terminal has counted it.
func (c *applyCommand) Run(ctx context.Context, t terminal) error {
	if t.in == nil {
		return usage{errors.New("apply asks for the number of actions, and this is no terminal; the stack's own schedule acts unattended")}
	}
	d, err := c.connect(ctx, t)
	if err != nil {
		return err
	}
	if err := d.armed(); err != nil {
		return err
	}
	if err := d.session.timely(); err != nil {
		return err
	}
	if err := c.plan(ctx, d); err != nil {
		return err
	}
	if err := d.writeText(t); err != nil {
		return fmt.Errorf("write the plan: %w", err)
	}
	return d.apply(ctx, t)
}

// apply carries out what is due of what was shown, once it is counted.
func (d *desk) apply(ctx context.Context, t terminal) error {
	due := d.of(remediate.Act)
	if len(due) == 0 {
		_, err := fmt.Fprintln(t.out, "\nNothing is due; nothing was done.")
		return err
	}
	if err := d.let(); err != nil {
		return err
	}
	if err := confirm(t, len(due)); err != nil {
		return err
	}
	steps, err := d.runner.Apply(ctx, due)
	w := &page{w: t.out, colour: t.colour}
	for i := range steps {
		writeStep(w, &steps[i])
	}
	return errors.Join(err, w.err, unfinished(steps))
}

// confirm wants the number of actions typed.
func confirm(t terminal, n int) error {
	fmt.Fprintf(t.out, "\nType the number of actions (%d) to carry them out: ", n)
	typed, err := bufio.NewReader(t.in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read the number of actions: %w", err)
	}
	if strings.TrimSpace(typed) != strconv.Itoa(n) {
		fmt.Fprintln(t.out)
		return fmt.Errorf("%q is not %d: nothing was done", plain.Text(strings.TrimSpace(typed)), n)
	}
	return nil
}

// unfinished is an error where a step did not come to what was counted on.
func unfinished(steps []ledger.Step) error {
	failed := 0
	for i := range steps {
		switch steps[i].What {
		case ledger.StepFailed, ledger.StepUncertain, ledger.StepRefused:
			failed++
		}
	}
	if failed > 0 {
		return fmt.Errorf("%s did not come about; iamvigil remediate list tells why", plural(failed, "action"))
	}
	return nil
}

type undoCommand struct {
	stackFlags
	Action string `arg:"" help:"The action's id, as messages and iamvigil remediate list show it."`
}

// Run restores what one action changed.
func (c *undoCommand) Run(ctx context.Context, t terminal) error {
	id := strings.ToLower(strings.TrimSpace(c.Action))
	if id == "" || strings.Trim(id, "0123456789abcdef") != "" {
		return usage{fmt.Errorf("%q is no action's id, which is hexadecimal digits; iamvigil remediate list shows them", c.Action)}
	}
	d, err := reach(ctx, t, c.Stack)
	if err != nil {
		return err
	}
	if err := d.session.timely(); err != nil {
		return err
	}
	r := wire.Unconfigured(d.parts, t.now)
	r.Pause = t.pause
	step, err := r.Undo(ctx, id)
	if err != nil {
		return err
	}
	w := &page{w: t.out, colour: t.colour}
	writeStep(w, &step)
	return errors.Join(w.err, unfinished([]ledger.Step{step}))
}

// writeStep says in a few lines what a step came to.
func writeStep(w *page, s *ledger.Step) {
	w.block("", "  ", plain.Text(fmt.Sprintf("%s: user %q: %s (action %s)", said(s), s.Record.Resource.Name, deed(s.Call, s.Target), s.Action)))
	if s.Reason != "" {
		w.block("  because: ", "    ", plain.Text(s.Reason))
	}
	if s.What == ledger.StepDone && !s.Would {
		w.line("  undo: %s", plain.Text("iamvigil remediate undo "+s.Action))
	}
	for _, advice := range s.Advice {
		w.line("  then: %s", plain.Text(advice))
	}
}

// said is what a step came to, in a word or two.
func said(s *ledger.Step) string {
	if s.Would && s.What == ledger.StepDone {
		return "would be done"
	}
	return s.What
}

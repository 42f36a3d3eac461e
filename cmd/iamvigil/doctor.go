package main

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"iamvigil/internal/plain"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
)

type doctorCommand struct {
	stackFlags
	Config  string        `help:"A configuration in place of the built-in one." env:"CONFIG_FILE" placeholder:"FILE"`
	Format  string        `help:"text or json." enum:"text,json" default:"text"`
	Timeout time.Duration `help:"Look for at most this long." default:"5m"`
}

// Conditions of what a check looked at.
const (
	well = "ok"
	ill  = "fault"
	// unsure: it could not be seen, or there was nothing yet to judge by.
	unsure = "unknown"
)

// check is what a look at one thing came to.
type check struct {
	Name  string `json:"check"`
	State string `json:"state"`
	What  string `json:"what"`
	// Do says what is to be done; empty: nothing. Run are the commands that do
	// it, if any do.
	Do  string   `json:"do"`
	Run []string `json:"run"`
}

func good(name, what string) check    { return check{name, well, what, "", []string{}} }
func bad(name, what, do string) check { return check{name, ill, what, do, []string{}} }
func unclear(name, what, do string) check {
	return check{name, unsure, what, do, []string{}}
}

// patient is what the checks look at.
type patient struct {
	session
	stack  stack
	config string
	now    func() time.Time
}

// diagnosis is what the doctor says.
type diagnosis struct {
	Version int              `json:"version"`
	Account account.Identity `json:"account"`
	Time    time.Time        `json:"time"`
	Checks  []check          `json:"checks"`
}

// Run looks at everything that being told depends on.
func (c *doctorCommand) Run(ctx context.Context, t terminal) error {
	stop := progress(ctx, t)
	d := c.examine(ctx, t)
	stop()
	if err := brokenOff(ctx, c.Timeout); err != nil {
		return err
	}
	var err error
	if c.Format == "json" {
		err = writeJSON(t.out, d)
	} else {
		err = d.writeText(t)
	}
	if err != nil {
		return fmt.Errorf("write the checks: %w", err)
	}
	for _, check := range d.Checks {
		if check.State != well {
			return status(exitFailed)
		}
	}
	return nil
}

// examine makes all checks that can be made: without credentials or a stack
// there is nothing more to look at.
func (c *doctorCommand) examine(ctx context.Context, t terminal) diagnosis {
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	d := diagnosis{Version: scanner.Version, Time: t.now().UTC()}
	s, err := open(ctx)
	if err != nil {
		d.Checks = []check{bad("credentials", answer(err), "set AWS_PROFILE or other credentials of the account")}
		return d
	}
	d.Account = s.account
	p := &patient{session: s, config: c.Config, now: t.now}
	d.Checks = []check{good("credentials", s.caller)}
	if p.stack, err = s.stack(ctx, c.Stack); err != nil {
		d.Checks = append(d.Checks, p.stackless(err), p.exemptions(ctx)[0])
		return d
	}
	d.Checks = append(d.Checks, p.standing())
	d.Checks = append(d.Checks, p.all(ctx)...)
	return d
}

// all makes the checks side by side and gives them in their order.
func (p *patient) all(ctx context.Context) []check {
	looks := []func(context.Context) []check{
		p.audit, p.ledger, p.schedules, p.exemptions, p.remediation,
	}
	found := make([][]check, len(looks))
	var wg sync.WaitGroup
	for i, look := range looks {
		wg.Go(func() { found[i] = look(ctx) })
	}
	wg.Wait()
	var all []check
	for _, checks := range found {
		all = append(all, checks...)
	}
	return all
}

// unseen is a check that could not be made.
func unseen(name, permission string, err error) check {
	switch {
	case refused(err):
		return unclear(name, "these credentials may not see it", "grant them "+permission)
	case gone(err):
		return bad(name, "it is gone: "+answer(err), putBack)
	}
	return unclear(name, answer(err), "try again")
}

func (d *diagnosis) writeText(t terminal) error {
	w := &page{w: t.out, colour: t.colour}
	w.line("%s", w.bold(fmt.Sprintf("account %s, looked at %s", accountName(d.Account), d.Time.Format(time.RFC3339))))
	w.line("")
	counts := map[string]int{}
	for _, c := range d.Checks {
		counts[c.State]++
		lines := wrapped(fmt.Sprintf("%-8s", c.State), "          ", plain.Text(c.Name+": "+c.What))
		w.line("%s%s", w.style(colours[c.State], lines[0][:len(c.State)]), lines[0][len(c.State):])
		for _, line := range lines[1:] {
			w.line("%s", line)
		}
		if c.Do != "" {
			w.faint("          do: ", "              ", plain.Text(c.Do))
		}
		lead := "          run: "
		for _, command := range c.Run {
			w.line("%s", w.dim(lead+plain.Text(command)))
			lead = "               "
		}
	}
	w.line("")
	var parts []string
	for _, state := range []string{well, ill, unsure} {
		if counts[state] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", counts[state], state))
		}
	}
	w.line("%s", strings.Join(parts, ", "))
	return w.err
}

// colours are by a check's state.
var colours = map[string]string{well: "32", ill: "31", unsure: "33"}

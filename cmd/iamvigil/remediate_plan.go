package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"iamvigil/internal/plain"
	"iamvigil/ledger"
	"iamvigil/remediate"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
)

// planned is a plan as programs get it.
type planned struct {
	Version int              `json:"version"`
	Account account.Identity `json:"account"`
	Time    time.Time        `json:"time"`
	Mode    remediate.Mode   `json:"mode"`
	Cures   []remediate.Cure `json:"cures"`
	Actions []plannedAction  `json:"actions"`
}

type plannedAction struct {
	ID   string       `json:"id"`
	Do   remediate.Do `json:"do"`
	Cure string       `json:"cure"`
	// Finding and Rule are empty where a person asked for it.
	Finding    string      `json:"finding"`
	Rule       string      `json:"rule"`
	Resource   account.Ref `json:"resource"`
	Target     string      `json:"target"`
	Why        string      `json:"why"`
	AsOf       time.Time   `json:"as_of,omitzero"`
	Stage      string      `json:"stage"`
	Deadline   time.Time   `json:"deadline,omitzero"`
	Reason     string      `json:"reason"`
	Call       ledger.Call `json:"call"`
	Reversal   ledger.Call `json:"reversal"`
	Permission string      `json:"permission"`
}

func (d *desk) plan(now time.Time) planned {
	p := planned{Version: scanner.Version, Account: d.session.account, Time: now.UTC(), Mode: d.mode, Cures: curesOf(&d.settings), Actions: []plannedAction{}}
	for i := range d.actions {
		a := &d.actions[i]
		p.Actions = append(p.Actions, plannedAction{
			ID: a.ID, Do: a.Do, Cure: a.Intent.Cure, Finding: a.Intent.Finding, Rule: a.Intent.Rule,
			Resource: a.Intent.Resource, Target: a.Intent.Target, Why: a.Intent.Why, AsOf: a.Intent.AsOf,
			Stage: string(a.Case.Stage), Deadline: a.Deadline, Reason: a.Reason,
			Call: a.Intent.Call, Reversal: a.Intent.Reversal, Permission: a.Intent.Call.Permission(),
		})
	}
	return p
}

// sections are a plan's, in the order in which they matter.
var sections = []struct {
	do    remediate.Do
	title string
}{
	{remediate.Act, "DUE NOW"},
	{remediate.WarnFinally, "FINAL WARNING NOW"},
	{remediate.Warn, "WARNING NOW"},
	{remediate.Postpone, "POSTPONED"},
	{remediate.Wait, "WAITING"},
	{remediate.Refuse, "LEFT TO A PERSON"},
}

func (d *desk) writeText(t terminal) error {
	w := &page{w: t.out, colour: t.colour}
	cures := armedCures(&d.settings)
	w.line("%s", w.bold(plain.Text(fmt.Sprintf("account %s, at %s: mode %s, %s", accountName(d.session.account), minute(d.now), d.mode, cures))))
	if d.mode == remediate.Off {
		w.block("note: ", "  ", "nothing of this happens while the mode is off; it is what would happen if the stack switched on every cure that the configuration does")
	}
	for _, cure := range d.disagreeing() {
		w.block("note: ", "  ", plain.Text(fmt.Sprintf("%s is switched on by only one of the stack and the configuration, so it does nothing", cure)))
	}
	for _, s := range sections {
		actions := d.of(s.do)
		if len(actions) == 0 {
			continue
		}
		title := s.title
		if s.do == remediate.Act && d.settings.Mode == remediate.DryRun {
			title += ", BUT FOR THE DRY RUN"
		}
		w.line("")
		w.line("%s", w.bold(fmt.Sprintf("%s (%d)", title, len(actions))))
		for i := range actions {
			w.action(&actions[i])
		}
	}
	if len(d.actions) == 0 {
		w.line("")
		w.line("Nothing is to be done.")
	}
	return w.err
}

// curesOf are those that stack and configuration agree on.
func curesOf(s *remediate.Settings) []remediate.Cure {
	return slices.DeleteFunc(remediate.Cures(), func(c remediate.Cure) bool { return !s.Cures[c] })
}

func armedCures(s *remediate.Settings) string {
	if armed := curesOf(s); len(armed) > 0 {
		return "armed: " + joined(armed)
	}
	return "no cure is armed"
}

// disagreeing are the cures that only one of stack and configuration switches on.
// In mode off the stack has no say.
func (d *desk) disagreeing() []remediate.Cure {
	if d.mode == remediate.Off {
		return nil
	}
	return d.settings.Disagree
}

func joined(cures []remediate.Cure) string {
	var names []string
	for _, c := range cures {
		names = append(names, string(c))
	}
	return strings.Join(names, ", ")
}

func (p *page) action(a *remediate.Action) {
	in := &a.Intent
	p.line("")
	p.block("  ", "    ", plain.Text(fmt.Sprintf("user %q: %s (%s)", in.Resource.Name, deed(in.Call, in.Target), in.Cure)))
	why := in.Why
	if in.Rule != "" {
		why += " [" + in.Rule + "]"
	}
	p.block("    because: ", "      ", plain.Text(why))
	switch {
	case a.Do == remediate.Refuse:
		p.block("    not done: ", "      ", plain.Text(a.Reason))
		return
	case a.Do == remediate.Postpone:
		p.block("    postponed: ", "      ", plain.Text(a.Reason))
	}
	if !a.Deadline.IsZero() && a.Do != remediate.Act {
		p.line("    not before: %s", minute(a.Deadline))
	}
	p.line("    call: %s", plain.Text(in.Call.Command()))
	p.line("%s", p.dim("    reversal: "+plain.Text(in.Reversal.Command())))
}

// deed is what a call does, in words.
func deed(call ledger.Call, target string) string {
	switch {
	case call.Operation == "UpdateAccessKey" && call.Parameters["Status"] == account.Active:
		return "activate access key " + target
	case call.Operation == "UpdateAccessKey":
		return "deactivate access key " + target
	case call.Operation == "DetachUserPolicy":
		return "detach policy " + target
	}
	return "attach policy " + target
}

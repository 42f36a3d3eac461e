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
	// Switch is on, off or unknown, SwitchReason why it is unknown; in mode off,
	// which has none, both are empty.
	Switch       string          `json:"switch"`
	SwitchReason string          `json:"switch_reason"`
	Actions      []plannedAction `json:"actions"`
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

func (d *desk) planned() planned {
	p := planned{
		Version: scanner.Version, Account: d.session.account, Time: d.now.UTC(), Mode: d.mode, Cures: curesOf(&d.settings),
		Switch: d.kill.state, SwitchReason: d.kill.reason, Actions: []plannedAction{},
	}
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
	} else {
		for _, one := range oneSided(&d.settings) {
			w.block("note: ", "  ", plain.Text("switched on "+one+"; nothing is done by it"))
		}
	}
	d.killSwitch(w)
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
			w.action(&actions[i], d.now)
		}
	}
	if len(d.actions) == 0 {
		w.line("")
		w.line("Nothing is to be done.")
	}
	return w.err
}

func (d *desk) killSwitch(w *page) {
	switch d.kill.state {
	case "off":
		w.line("kill switch: off, nothing is acted on")
		w.line("  turn it on: %s", plain.Text(d.turnOn()))
	case "unknown":
		w.block("kill switch: ", "  ", plain.Text("unknown, nothing is acted on: "+d.kill.reason))
	case "on":
		w.line("kill switch: on")
	}
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

// oneSided tells of the cures that only one of stack and configuration switches
// on, which do nothing.
func oneSided(s *remediate.Settings) []string {
	var all []string
	if len(s.StackOnly) > 0 {
		all = append(all, "in the stack, not in config.yaml: "+joined(s.StackOnly))
	}
	if len(s.ConfigOnly) > 0 {
		all = append(all, "in config.yaml, not in the stack: "+joined(s.ConfigOnly))
	}
	return all
}

func joined(cures []remediate.Cure) string {
	var names []string
	for _, c := range cures {
		names = append(names, string(c))
	}
	return strings.Join(names, ", ")
}

func (p *page) action(a *remediate.Action, now time.Time) {
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
	case a.Reason != "":
		p.block("    waits: ", "      ", plain.Text(a.Reason))
	}
	if a.Deadline.After(now) {
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

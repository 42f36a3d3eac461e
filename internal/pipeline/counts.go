package pipeline

import (
	"iamvigil/ledger"
	"iamvigil/scanner"
)

// Counts say what came of a run. The stack's metrics are made of them.
type Counts struct {
	Findings int `json:"findings"`
	New      int `json:"new"`
	Resolved int `json:"resolved"`
	// Gaps counts what this look asked and could not see, not what no look does.
	Gaps   int `json:"gaps"`
	Alerts int `json:"alerts"`
	// Silenced counts findings that were told before and are exempt or
	// acknowledged now.
	Silenced int `json:"silenced"`
	// Unknown counts events of names nobody knows; Refused, events of other
	// accounts and bodies that are no events.
	Unknown int `json:"unknown"`
	Refused int `json:"refused"`
	// Open counts what is open after an audit; nil after another run.
	Open *Open `json:"open,omitempty"`
	// DelaySeconds is how old the oldest event was; nil where none came.
	DelaySeconds *int `json:"delay_seconds,omitempty"`
	// Unheard: no subscription of any topic is confirmed, so that nothing counts
	// as told.
	Unheard bool `json:"unheard,omitempty"`
}

// Open counts the open findings that are told on their own, by severity.
type Open struct {
	Critical int `json:"critical"`
	High     int `json:"high"`
	Medium   int `json:"medium"`
	Low      int `json:"low"`
	Info     int `json:"info"`
}

func count(in *input, report *scanner.Report, c *ledger.Changes) Counts {
	counts := Counts{
		Findings: len(report.Findings), New: len(c.New), Resolved: len(c.Resolved), Gaps: in.gaps,
		Alerts: len(c.Alerts), Silenced: len(c.Silenced), Unknown: len(in.unknown), Refused: in.refused,
	}
	if c.Kind == ledger.Digest {
		counts.Open = &Open{
			Critical: c.Open[scanner.Critical], High: c.Open[scanner.High], Medium: c.Open[scanner.Medium],
			Low: c.Open[scanner.Low], Info: c.Open[scanner.Info],
		}
	}
	for i := range in.events {
		if at := in.events[i].Time; !at.IsZero() {
			delay := max(0, int(c.Time.Sub(at).Seconds()))
			if counts.DelaySeconds == nil || delay > *counts.DelaySeconds {
				counts.DelaySeconds = &delay
			}
		}
	}
	return counts
}

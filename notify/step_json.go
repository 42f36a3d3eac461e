package notify

import (
	"time"

	"iamvigil/ledger"
	"iamvigil/scanner/account"
)

// stepJSON is a step with all that is known of it.
type stepJSON struct {
	Action string `json:"action"`
	Cure   string `json:"cure"`
	What   string `json:"what"`
	By     string `json:"by"`
	Would  bool   `json:"would"`
	// Finding is nil for what a person asked for without one.
	Finding  *findingJSON `json:"finding"`
	Resource account.Ref  `json:"resource"`
	Target   string       `json:"target"`
	Deadline time.Time    `json:"deadline,omitzero"`
	LastUsed string       `json:"last_used"`
	Reason   string       `json:"reason"`
	Call     *callJSON    `json:"call"`
	Reversal *callJSON    `json:"reversal"`
	Effect   string       `json:"effect"`
	Ask      string       `json:"ask"`
	Advice   []string     `json:"advice"`
}

// callJSON is a call of IAM, as it is made and as it is allowed.
type callJSON struct {
	ledger.Call
	Permission string `json:"permission"`
}

func stepOf(s *ledger.Step) stepJSON {
	j := stepJSON{Action: s.Action, Cure: s.Cure, What: s.What, By: s.By, Would: s.Would, Resource: s.Record.Resource, Target: s.Target,
		Deadline: s.Deadline.UTC(), LastUsed: s.LastUsed, Reason: s.Reason, Call: callOf(s.Call), Reversal: callOf(s.Reversal),
		Effect: s.Effect, Ask: s.Ask, Advice: notNil(s.Advice)}
	switch {
	case s.Record.ID == "" && s.Reason == "":
		j.Reason = s.Record.Message
	case s.Record.ID == "" && s.Record.Message != "":
		j.Reason = s.Record.Message + "; " + s.Reason
	case s.Record.ID != "":
		f := findingOf(&s.Record)
		j.Finding = &f
	}
	return j
}

// callOf is nil for no call.
func callOf(c ledger.Call) *callJSON {
	if c.Operation == "" {
		return nil
	}
	if c.Parameters == nil {
		c.Parameters = map[string]string{}
	}
	return &callJSON{c, c.Permission()}
}

package notify_test

import (
	"time"

	"iamvigil/ledger"
	"iamvigil/scanner/account"
)

// stepTold is a step as programs are told it.
type stepTold struct {
	Action, Cure, What, By string
	Would                  bool
	Finding                *finding
	Resource               account.Ref
	Target                 string
	Deadline               time.Time
	LastUsed               string `json:"last_used"`
	Reason                 string
	Call, Reversal         *ledger.Call
	Effect, Ask            string
	Advice                 []string
}

func stepsTold(of []ledger.Step) []stepTold {
	var all []stepTold
	for i := range of {
		s := &of[i]
		step := stepTold{s.Action, s.Cure, s.What, s.By, s.Would, nil, s.Record.Resource, s.Target, s.Deadline, s.LastUsed, s.Reason, nil, nil, s.Effect, s.Ask, s.Advice}
		if step.Advice == nil {
			step.Advice = []string{}
		}
		if s.Call.Operation != "" {
			step.Call = &s.Call
		}
		if s.Reversal.Operation != "" {
			step.Reversal = &s.Reversal
		}
		switch {
		case s.Record.ID != "":
			step.Finding = &findings([]ledger.Record{s.Record})[0]
		case s.Reason == "" || s.Record.Message == "": // the person's reason is the only one
			step.Reason += s.Record.Message
		default:
			step.Reason = s.Record.Message + "; " + s.Reason
		}
		all = append(all, step)
	}
	return all
}

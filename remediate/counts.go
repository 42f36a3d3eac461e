package remediate

import "iamvigil/ledger"

// Counts say what came of a run. The stack's metrics are made of them.
type Counts struct {
	// Open counts the findings that have a cure which is switched on.
	Open int `json:"open"`
	// Warned and Final count the warnings that were told.
	Warned int `json:"warned"`
	Final  int `json:"final"`
	// Done counts what was done and read back, Would what a dry run would have
	// done.
	Done  int `json:"done"`
	Would int `json:"would"`
	// Spared counts what the look of the last moment showed to need nothing.
	Spared    int `json:"spared"`
	Postponed int `json:"postponed"`
	// Refused counts what is left to a person, Failed the acts that failed or whose
	// end is not known.
	Refused int `json:"refused"`
	Failed  int `json:"failed"`
	// Held counts what was due and held by the circuit breaker, the kill switch, or
	// for want of sight or of time.
	Held int `json:"held"`
}

func (c *Counts) add(s *ledger.Step) {
	switch s.What {
	case ledger.StepWarning:
		c.Warned++
	case ledger.StepFinal:
		c.Final++
	case ledger.StepDone:
		if s.Would {
			c.Would++
		} else {
			c.Done++
		}
	case ledger.StepPostponed:
		c.Postponed++
	case ledger.StepRefused:
		c.Refused++
	case ledger.StepFailed, ledger.StepUncertain:
		c.Failed++
	}
}

package scanner

import "iamvigil/scanner/account"

// Part is a check of one kind of resource, and which of the facts that its rule
// reads it needs: all of them where none is named.
type Part struct {
	Reads []account.Fact
	Check Check
}

// Several asks by several checks in turn, each of its own kind of resource. That a
// fact is missing keeps only those from answering that need it.
func Several(parts ...Part) Check {
	return func(e *evaluation) {
		rule := e.rule
		for _, part := range parts {
			e.rule = rule
			if part.Reads != nil {
				narrowed := *rule
				narrowed.Reads, narrowed.Hints = part.Reads, nil
				e.rule = &narrowed
			}
			part.Check(e)
		}
		e.rule = rule
	}
}

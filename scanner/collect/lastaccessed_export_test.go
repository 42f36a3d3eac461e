package collect

import (
	"time"

	"iamvigil/scanner/account"
)

// Turns is how many users and roles have their last access read in one night.
const Turns = turns

// Patience is how long a look waits for all of it.
const Patience = patience

// TurnsOf are the ARNs of those whose last access is read at a time.
func TurnsOf(s *account.Snapshot, at time.Time) []string {
	var arns []string
	for _, t := range turnsOf(s, at) {
		arns = append(arns, t.arn)
	}
	return arns
}

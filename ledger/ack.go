package ledger

import (
	"errors"
	"time"
)

// Acknowledge silences the open finding whose id begins so, and tells it.
func Acknowledge(known Known, id string, ack Ack, now time.Time) (Changes, error) {
	return Changes{}, errors.ErrUnsupported
}

package wire

import (
	"fmt"
	"os"
	"time"
)

// Clock is the clock of a process: the real one, which is now, unless the
// environment's CLOCK names the time, as RFC 3339 has it, that this one starts at
// as the process does. Only tests have reason to name one: AWS refuses what is
// signed at another time.
func Clock(now func() time.Time) (func() time.Time, error) {
	text := os.Getenv("CLOCK")
	if text == "" {
		return now, nil
	}
	start, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return nil, fmt.Errorf("read CLOCK: %q is no time such as 2027-03-31T12:00:00Z; unset it for the real one", text)
	}
	began := now()
	return func() time.Time { return start.Add(now().Sub(began)) }, nil
}

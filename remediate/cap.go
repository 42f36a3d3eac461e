package remediate

import (
	"fmt"
	"time"

	"iamvigil/ledger"
	"iamvigil/scanner/account"
)

// kind is what a day's bound is of.
type kind string

const (
	accessKeys   kind = "access key"
	consoleUsers kind = "console user"
)

// counted is a number of the kind, for people.
func (k kind) counted(n int) string {
	if n == 1 {
		return "1 " + string(k)
	}
	return fmt.Sprintf("%d %ss", n, k)
}

// kindOf is what an intent uses up. Whatever contains a user is of console users.
func kindOf(i *ledger.Intent) kind {
	if i.Call.Operation == updateKey {
		return accessKeys
	}
	return consoleUsers
}

// The most that is done in a day: a share of what there is, in percent, and
// never more than a number; one always.
const (
	mostShare = 5
	mostADay  = 10
)

func bound(of int) int { return max(1, min(mostADay, of*mostShare/100)) }

// daily is what of each kind a day lets be done, and what is spoken for.
type daily struct {
	most map[kind]int
	// spoken is how many are, by UTC day.
	spoken map[kind]map[string]int
}

// newDaily counts what there is, and what the journal has of today: what may
// have been done counts, and in a dry run what would have been.
func newDaily(s *account.Snapshot, deeds []deed, m Mode, now time.Time) *daily {
	active, console := 0, 0
	for i := range s.Users {
		if s.Users[i].Login != nil {
			console++
		}
		for _, k := range s.Users[i].Keys {
			if k.Status == account.Active {
				active++
			}
		}
	}
	d := &daily{map[kind]int{accessKeys: bound(active), consoleUsers: bound(console)}, map[kind]map[string]int{accessKeys: {}, consoleUsers: {}}}
	for i := range deeds {
		if did := &deeds[i]; !did.Undo && did.Mode == string(m) && did.happened() && dateOf(did.at) == dateOf(now) {
			d.speakFor(need{kindOf(&did.Intent): 1}, now)
		}
	}
	return d
}

// need is how many of each kind something uses up.
type need map[kind]int

func needOf(intents []ledger.Intent) need {
	n := need{}
	for i := range intents {
		n[kindOf(&intents[i])]++
	}
	return n
}

func dateOf(t time.Time) string { return t.UTC().Format(time.DateOnly) }

func (d *daily) speakFor(n need, on time.Time) {
	for k, count := range n {
		d.spoken[k][dateOf(on)] += count
	}
}

// lacks is the first kind of which the day has no room, or empty.
func (d *daily) lacks(n need, on time.Time) kind {
	for _, k := range []kind{accessKeys, consoleUsers} {
		if n[k] > 0 && d.spoken[k][dateOf(on)]+n[k] > d.most[k] {
			return k
		}
	}
	return ""
}

// tooMuch says that no day has room for it; empty: some has.
func (d *daily) tooMuch(n need) string {
	for _, k := range []kind{accessKeys, consoleUsers} {
		if n[k] > d.most[k] {
			return fmt.Sprintf("it takes %s at once, more than a day's bound of %d: do it by hand", k.counted(n[k]), d.most[k])
		}
	}
	return ""
}

// later is the next day with room, which it then has no more.
func (d *daily) later(n need, now time.Time) time.Time {
	for days := 1; ; days++ {
		if on := after(now, days); d.lacks(n, on) == "" {
			d.speakFor(n, on)
			return on
		}
	}
}

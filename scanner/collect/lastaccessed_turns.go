package collect

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"iamvigil/internal/order"
	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

// turn is a user or role whose last access is read, and what came of it.
type turn struct {
	arn, id string
	// What it is to be told in.
	accessed *[]account.Access
	seen     *map[account.Fact]account.Seen

	job    string // AWS's, in which it makes the report
	report []account.Access
	err    error
}

// turnsOf chooses whose turn it is by the day alone, since nothing is kept from one
// night to the next: half are of those who have much to lose, half of the others,
// and what one half does not fill is the other's. Each half goes round its list, so
// that of n everybody has a turn every n/half nights.
func turnsOf(s *account.Snapshot, at time.Time) []turn {
	much, less := candidates(s)
	day := at.Unix() / int64(24*time.Hour/time.Second)
	const half = turns / 2
	return append(
		round(much, max(half, turns-len(less)), day),
		round(less, max(half, turns-len(much)), day)...)
}

// round is the day's part of a list that so many of have a turn each day.
func round(list []turn, places int, day int64) []turn {
	n := len(list)
	if n <= places {
		return list
	}
	first := int(day % int64(n) * int64(places) % int64(n))
	return append(list[first:n:n], list...)[:places]
}

// candidates are the users and roles, but for service-linked ones, which nobody can
// change: those who have much to lose, and the others, each in the order of their
// ids.
func candidates(s *account.Snapshot) (much, less []turn) {
	w := wideIn(s)
	add := func(t turn, wide bool) {
		if wide {
			much = append(much, t)
		} else {
			less = append(less, t)
		}
	}
	for i := range s.Users {
		u := &s.Users[i]
		add(turn{arn: u.ARN, id: u.ID, accessed: &u.Accessed, seen: &u.Seen}, w.has(u.Attached, u.Inline) || w.through(u.Groups))
	}
	for i := range s.Roles {
		if r := &s.Roles[i]; !r.ServiceLinked() {
			add(turn{arn: r.ARN, id: r.ID, accessed: &r.Accessed, seen: &r.Seen}, w.has(r.Attached, r.Inline))
		}
	}
	for _, list := range [][]turn{much, less} {
		order.By(list, func(a, b turn) int { return cmp.Or(cmp.Compare(a.id, b.id), cmp.Compare(a.arn, b.arn)) })
	}
	return much, less
}

// wide are the policies and groups by which somebody has much to lose.
type wide struct {
	policies map[string]bool // by ARN
	groups   map[string]bool // by name in lower case
}

func wideIn(s *account.Snapshot) wide {
	w := wide{map[string]bool{}, map[string]bool{}}
	for i := range s.Policies {
		if version := s.Policies[i].Default(); version != nil && allowsMuch(&version.Document) {
			w.policies[s.Policies[i].ARN] = true
		}
	}
	for i := range s.Groups {
		if g := &s.Groups[i]; w.has(g.Attached, g.Inline) {
			w.groups[strings.ToLower(g.Name)] = true
		}
	}
	return w
}

func (w wide) has(attached []account.Attachment, inline []account.InlinePolicy) bool {
	for _, a := range attached {
		if w.policies[a.ARN] {
			return true
		}
	}
	for i := range inline {
		if allowsMuch(&inline[i].Document) {
			return true
		}
	}
	return false
}

func (w wide) through(groups []string) bool {
	for _, name := range groups {
		if w.groups[strings.ToLower(name)] {
			return true
		}
	}
	return false
}

// allowsMuch tells whether a document allows everything, or some statement all of a
// service on everything. It only decides who is looked at sooner, so that denials,
// conditions and boundaries are passed over.
func allowsMuch(d *policy.Document) bool {
	if d.Admin() != nil {
		return true
	}
	for i := range d.Statements {
		s := &d.Statements[i]
		if s.Allows() && (s.NotActions != nil || slices.ContainsFunc(s.Actions, wholeService)) && (s.NotResources != nil || slices.ContainsFunc(s.Resources, stars)) {
			return true
		}
	}
	return false
}

func wholeService(pattern string) bool {
	_, name, colon := strings.Cut(pattern, ":")
	return stars(pattern) || colon && stars(name)
}

func stars(text string) bool { return text != "" && strings.Trim(text, "*") == "" }

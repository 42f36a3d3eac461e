package ledger

import (
	"slices"
	"strings"
	"time"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
)

// GapRecord is a gap over time. Its identity is the fact and the resource; the
// rules that wanted the fact are attributes. But where a look at events was
// denied a permission, it is the fact and the permission: watch's role lacks it,
// whatever resource an event touches.
type GapRecord struct {
	Fact account.Fact `json:"fact"`
	// Resource is nil for the whole account. Of what watch was denied it is the
	// first that was met.
	Resource   *account.Ref `json:"resource"`
	Reason     string       `json:"reason"`
	Permission string       `json:"permission"`
	Rules      []string     `json:"rules"` // sorted
	// SeenBy is [Event] of what watch was denied. The audit, which sees by another
	// role and from other sources, neither meets such a gap nor ends it. Empty of
	// any other, whichever look met it.
	SeenBy string `json:"seen_by,omitempty"`
	// FirstSeen is from when on the gap is counted: a return after its end begins
	// anew, further ones do not.
	FirstSeen time.Time `json:"first_seen"`
	// MetAt is when watch was last denied, a day too early at most; zero of any
	// other gap.
	MetAt time.Time `json:"met_at,omitzero"`
	// EndedAt is since when the fact is seen; zero: it is not. What has ended is
	// kept for two days, so that what comes and goes is known.
	EndedAt time.Time `json:"ended_at,omitzero"`
	// Returns counts how often the gap came back in that time.
	Returns int `json:"returns,omitempty"`
	// Untold: a gap of the whole account was told in its stead, for another cause.
	Untold bool `json:"untold,omitempty"`
	// Revision counts the saves, as that of a [Record].
	Revision int `json:"revision"`
}

// Key identifies the gap. A resource that could not be read may have no more
// than a name.
func (g *GapRecord) Key() string {
	if g.denial() {
		return g.SeenBy + "#" + string(g.Fact) + "#" + g.Permission
	}
	return g.place()
}

// Ended reports whether the fact is seen again: the gap is only remembered.
func (g *GapRecord) Ended() bool { return !g.EndedAt.IsZero() }

// place is the key of the fact and the resource.
func (g *GapRecord) place() string {
	switch {
	case g.Resource == nil:
		return string(g.Fact) + "#"
	case g.Resource.Key() == "":
		return string(g.Fact) + "#" + string(g.Resource.Kind) + "#" + strings.ToLower(g.Resource.Name)
	}
	return string(g.Fact) + "#" + g.Resource.Key()
}

// denial: watch was denied a permission.
func (g *GapRecord) denial() bool { return g.SeenBy == Event }

// flaps: it comes back again and again.
func (g *GapRecord) flaps() bool { return g.Returns > 1 }

// resource is the key of what the gap is about, empty for the whole account.
func (g *GapRecord) resource() string {
	if g.Resource == nil {
		return ""
	}
	return g.Resource.Key()
}

// sameCause reports whether one remedy mends both: of whatever resources, the
// same permission is missing, or the reason is the same but for what it names.
func (g *GapRecord) sameCause(other *GapRecord) bool {
	return g.Fact == other.Fact && g.Permission == other.Permission &&
		(g.Permission != "" || shape(g.Reason) == shape(other.Reason))
}

// shape is a reason without the words that quote a name or hold a number.
func shape(reason string) string {
	words := slices.DeleteFunc(strings.Fields(reason), func(word string) bool { return strings.ContainsAny(word, `"0123456789`) })
	return strings.Join(words, " ")
}

func groupGaps(gaps []scanner.Gap, kind string, now time.Time) map[string]GapRecord {
	grouped := map[string]GapRecord{}
	for i := range gaps {
		g := gapRecord(&gaps[i], kind, now)
		if known, ok := grouped[g.Key()]; ok {
			g = known
		}
		g.Rules = union(g.Rules, []string{gaps[i].Rule})
		grouped[g.Key()] = g
	}
	return grouped
}

func gapRecord(gap *scanner.Gap, kind string, now time.Time) GapRecord {
	g := GapRecord{Fact: gap.Fact, Resource: gap.Resource, FirstSeen: now,
		Reason: cut(gap.Reason, longestText), Permission: gap.Permission}
	if kind == Event && g.Permission != "" {
		g.SeenBy, g.MetAt = Event, now
	}
	return g
}

// union is both lists together, sorted, each name once.
func union(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}

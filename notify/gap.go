package notify

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"iamvigil/internal/order"
	"iamvigil/ledger"
	"iamvigil/scanner/account"
)

// blindSpot is one fact that could not be seen for want of one permission, of
// whatever number of resources: one grant mends it.
type blindSpot struct {
	fact       account.Fact
	permission string
	// Reason is the first resource's: AWS puts the resource into each.
	reason string
	// Of are the resources, none for the whole account.
	of    []account.Ref
	rules []string
}

// blindSpots are in the order of how many rules they leave without an answer.
func blindSpots(gaps []ledger.GapRecord) []blindSpot {
	type key struct {
		fact       account.Fact
		permission string
		whole      bool
	}
	found := map[key][]ledger.GapRecord{}
	for _, g := range gaps {
		k := key{g.Fact, g.Permission, g.Resource == nil}
		found[k] = append(found[k], g)
	}
	spots := make([]blindSpot, 0, len(found))
	for _, same := range found {
		spots = append(spots, blindSpotOf(same))
	}
	order.By(spots, func(a, b blindSpot) int {
		return cmp.Or(cmp.Compare(len(b.rules), len(a.rules)), cmp.Compare(a.fact, b.fact),
			cmp.Compare(a.permission, b.permission), cmp.Compare(len(a.of), len(b.of)))
	})
	return spots
}

func blindSpotOf(same []ledger.GapRecord) blindSpot {
	order.By(same, func(a, b ledger.GapRecord) int {
		if a.Resource == nil || b.Resource == nil { // and so both, see [blindSpots]
			return cmp.Compare(a.Reason, b.Reason)
		}
		return cmp.Or(a.Resource.Compare(*b.Resource), cmp.Compare(a.Reason, b.Reason))
	})
	spot := blindSpot{fact: same[0].Fact, permission: same[0].Permission, reason: same[0].Reason}
	wanted := map[string]bool{}
	for _, g := range same {
		if g.Resource != nil {
			spot.of = append(spot.of, *g.Resource)
		}
		for _, rule := range g.Rules {
			wanted[rule] = true
		}
	}
	spot.rules = slices.Sorted(maps.Keys(wanted))
	return spot
}

// named lists at most so many things and counts the others.
func named(things []string, most int) string {
	if len(things) <= most {
		return strings.Join(things, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(things[:most], ", "), len(things)-most)
}

// whose is what the fact is about.
func (s blindSpot) whose(q quote) string {
	if len(s.of) == 0 {
		return "the whole account"
	}
	names := make([]string, len(s.of))
	for i, r := range s.of {
		names[i] = thing(r, q)
	}
	return named(names, maxNames)
}

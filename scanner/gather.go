package scanner

import "iamvigil/internal/order"

// gathered are the findings of an evaluation under way, in pieces: one slice that
// grows would leave several times its size behind.
type gathered struct {
	pieces [][]Finding
	count  int
}

const perPiece = 256

func (g *gathered) add(f Finding) {
	if g.count%perPiece == 0 {
		g.pieces = append(g.pieces, make([]Finding, 0, perPiece))
	}
	last := &g.pieces[len(g.pieces)-1]
	*last = append(*last, f)
	g.count++
}

// sorted are all of them, in a report's order.
func (g *gathered) sorted() []Finding {
	refs := make([]*Finding, 0, g.count)
	for _, piece := range g.pieces {
		for i := range piece {
			refs = append(refs, &piece[i])
		}
	}
	order.By(refs, compareFindings)
	all := make([]Finding, 0, g.count)
	for _, f := range refs {
		all = append(all, *f)
	}
	return all
}

package policy

import (
	"slices"
	"unicode/utf8"
)

// glob is a pattern read into symbols, of actions or of resources.
type glob []symbol

// fresh is a character that no pattern names.
const fresh symbol = utf8.MaxRune + 1

func isWild(s symbol) bool { return s == anyRun || s == anyOne }

// literal tells whether it stands for one string only, itself.
func (g glob) literal() bool { return !slices.ContainsFunc(g, isWild) }

// filled is a string that g matches: with characters that no pattern names, each * a
// run of n of them.
func (g glob) filled(n int) glob {
	s := make(glob, 0, len(g)+n)
	for _, c := range g {
		switch c {
		case anyRun:
			for range n {
				s = append(s, fresh)
			}
		case anyOne:
			s = append(s, fresh)
		default:
			s = append(s, c)
		}
	}
	return s
}

// apart tells whether what stands before the first * of p and q, or after the last,
// keeps any string from matching both. It takes hardly any time, and tells so of most
// patterns that have nothing in common.
func apart(p, q glob) bool {
	for i := 0; i < len(p) && i < len(q) && p[i] != anyRun && q[i] != anyRun; i++ {
		if !alike(p[i], q[i]) {
			return true
		}
	}
	for i, j := len(p)-1, len(q)-1; i >= 0 && j >= 0 && p[i] != anyRun && q[j] != anyRun; i, j = i-1, j-1 {
		if !alike(p[i], q[j]) {
			return true
		}
	}
	return false
}

// alike tells whether two symbols other than * have a character in common.
func alike(a, b symbol) bool { return a == b || a == anyOne || b == anyOne }

// common gives patterns that together match what both p and q do, if no more than most
// of them are needed; else it gives some of them, and all is false. There is none only
// if no string matches both. Time is the product of the lengths, beside the sum for
// each of them.
//
// Each is one way to read strings along both patterns: what the one names while the
// other is at a * stands in it, and a * where both are at one.
func common(p, q glob, most int) (found []glob, all bool) {
	width := len(q) + 1
	ends := bothEnd(p, q)
	if !ends[0] {
		return nil, true
	}
	all = true
	for ways := []way{{}}; len(ways) > 0; {
		w := ways[len(ways)-1]
		ways = ways[:len(ways)-1]
		for w.i < len(p) || w.j < len(q) {
			next := slices.DeleteFunc(w.steps(p, q), func(s way) bool { return !ends[s.i*width+s.j] })
			if len(next) > 1 {
				if all = all && len(found)+len(ways)+1 < most; all {
					ways = append(ways, way{next[1].i, next[1].j, slices.Concat(w.read, next[1].read)})
				}
			}
			w = way{next[0].i, next[0].j, append(w.read, next[0].read...)}
		}
		found = append(found, w.read)
	}
	return found, all
}

// bothEnd tells, at i*(len(q)+1)+j, whether some string matches both p[i:] and q[j:].
func bothEnd(p, q glob) []bool {
	width := len(q) + 1
	ends := make([]bool, (len(p)+1)*width)
	ends[len(ends)-1] = true
	for i := len(p); i >= 0; i-- {
		for j := len(q); j >= 0; j-- {
			at := i*width + j
			switch {
			case i < len(p) && p[i] == anyRun:
				ends[at] = ends[at+width] || j < len(q) && ends[at+1]
			case j < len(q) && q[j] == anyRun:
				ends[at] = ends[at+1] || i < len(p) && ends[at+width]
			case i < len(p) && j < len(q):
				ends[at] = alike(p[i], q[j]) && ends[at+width+1]
			}
		}
	}
	return ends
}

// way is how far two patterns were read, and what was read.
type way struct {
	i, j int
	read glob
}

// steps is the ways to read on, one or two, with what is read by that alone. Where both
// are at a *, what the first may skip is left to the next step, so that no way is found twice.
func (w way) steps(p, q glob) []way {
	i, j := w.i, w.j
	pRun, qRun := i < len(p) && p[i] == anyRun, j < len(q) && q[j] == anyRun
	var next []way
	switch {
	case pRun && qRun:
		next = append(next, way{i + 1, j, glob{anyRun}})
		if j+1 < len(q) {
			next = append(next, way{i, j + 2, glob{anyRun, q[j+1]}})
		}
	case pRun:
		next = append(next, way{i + 1, j, nil})
		if j < len(q) {
			next = append(next, way{i, j + 1, q[j : j+1]})
		}
	case qRun:
		next = append(next, way{i, j + 1, nil})
		if i < len(p) {
			next = append(next, way{i + 1, j, p[i : i+1]})
		}
	default:
		next = append(next, way{i + 1, j + 1, glob{max(p[i], q[j])}}) // the character, if one of them is ?
	}
	return next
}

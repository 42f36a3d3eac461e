package policy

// coversResource tells whether every string that the pattern other matches is matched by
// pattern too, both in the sense of MatchResource: "arn:*" covers "arn:aws:s3:::*",
// "a?*" covers "a*b". The answer is exact, but for one pattern only: a list may
// cover what none of its patterns does. It takes no more than the product of the
// lengths in time.
//
// Both patterns are read as blocks that begin and end with a character, with gaps of
// "n or more" between them. Because other's gaps may be of any length and hold
// characters that pattern never names, a block of pattern always finds its match
// only within one block of other; and because they may be as short as allowed, the
// blocks must be far enough apart even then. Finding each block as far left as
// possible decides.
func coversResource(pattern, other string) bool {
	var room [2][64]symbol
	return covers(symbols(room[0][:0], pattern), symbols(room[1][:0], other))
}

// coversAction is coversResource for the patterns of actions, in the sense of MatchAction.
func coversAction(pattern, other string) bool {
	var room [2][64]symbol
	return covers(actionSymbols(room[0][:0], pattern), actionSymbols(room[1][:0], other))
}

func covers(p, q []symbol) bool {
	block, gap, open, p := nextBlock(p)
	if !open {
		return len(block) == len(q) && covered(block, q)
	}
	if len(block) > len(q) || !covered(block, q[:len(block)]) {
		return false
	}
	q = q[len(block):]
	for ok := true; ; {
		if q, ok = drop(q, gap); !ok {
			return false
		}
		block, gap, open, p = nextBlock(p)
		if !open {
			return len(block) <= len(q) && covered(block, q[len(q)-len(block):])
		}
		if q, ok = after(q, block); !ok {
			return false
		}
	}
}

func symbols(to []symbol, pattern string) []symbol {
	for i := 0; i < len(pattern); {
		var s symbol
		s, i = symbolAt(pattern, i)
		to = append(to, s)
	}
	return to
}

func actionSymbols(to []symbol, pattern string) []symbol {
	for i := range len(pattern) {
		switch c := pattern[i]; c {
		case '*':
			to = append(to, anyRun)
		case '?':
			to = append(to, anyOne)
		default:
			to = append(to, symbol(lower(c)))
		}
	}
	return to
}

// nextBlock cuts p at its first run of wildcards with a * among them. The number of
// ? in that run is the least length of the gap. Without such a run the block is all
// of p and open is false.
func nextBlock(p []symbol) (block []symbol, gap int, open bool, rest []symbol) {
	for i := 0; i < len(p); i++ {
		end, gap, open := i, 0, false
		for ; end < len(p) && (p[end] == anyOne || p[end] == anyRun); end++ {
			if p[end] == anyOne {
				gap++
			}
			open = open || p[end] == anyRun
		}
		if open {
			return p[:i], gap, true, p[end:]
		}
		i = max(i, end-1)
	}
	return p, 0, false, nil
}

// covered tells whether p, which has no *, covers q, which is as long.
func covered(p, q []symbol) bool {
	for i := range p {
		if q[i] == anyRun || p[i] != anyOne && p[i] != q[i] {
			return false
		}
	}
	return true
}

// drop leaves out the first n characters that every match of q has.
func drop(q []symbol, n int) ([]symbol, bool) {
	for i, s := range q {
		if n == 0 {
			return q[i:], true
		}
		if s != anyRun {
			n--
		}
	}
	return nil, n == 0
}

// after gives what follows the leftmost place in q that block covers.
func after(q, block []symbol) ([]symbol, bool) {
	for len(q) >= len(block) {
		if covered(block, q[:len(block)]) {
			return q[len(block):], true
		}
		q = q[1:]
	}
	return nil, false
}

package policy

// Common gives patterns that together match what two patterns of actions, which must be
// in lower case, both do, and whether none was left out for being more than most.
func Common(p, q string, most int) (patterns []string, all bool) {
	found, all := common(actionSymbols(nil, p), actionSymbols(nil, q), most)
	for _, g := range found {
		var b []byte
		for _, s := range g {
			switch s {
			case anyRun:
				b = append(b, '*')
			case anyOne:
				b = append(b, '?')
			default:
				b = append(b, byte(s))
			}
		}
		patterns = append(patterns, string(b))
	}
	return patterns, all
}

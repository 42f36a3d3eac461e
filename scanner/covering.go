package scanner

// Covering are the rules whose finding on the same resource already says what
// the rule's would, the first of them first.
func (r *Report) Covering(rule string) []string { return r.covering[rule] }

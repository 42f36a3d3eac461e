package policy

// maxDepth of nested objects and lists; a policy needs six. It also bounds how often
// hostile damage can make a piece of text be read again.
const maxDepth = 16

// members calls each with every key of the object at pos; each must take the value,
// which may be missing.
func (r *reader) members(each func(key string, at int)) {
	if !r.enter(&r.openObjects) {
		return
	}
	for fresh, comma := true, true; ; fresh = false {
		switch c := r.peek(); {
		case c == '}':
			r.close(comma && !fresh)
			r.leave(&r.openObjects)
			return
		case c < 0, c == ']' && r.openLists > 0:
			r.damage(r.pos, "object is not closed")
			r.leave(&r.openObjects)
			return
		case c == ',':
			r.comma(comma)
			comma = true
		case c == '"':
			r.separated(comma)
			each(r.key())
			comma = false
		default:
			r.damage(r.pos, "a key in quotes is expected")
			r.junk()
		}
	}
}

// elements calls each at every element of the list at pos; each must take it.
func (r *reader) elements(each func()) {
	if !r.enter(&r.openLists) {
		return
	}
	for fresh, comma := true, true; ; fresh = false {
		switch c := r.peek(); {
		case c == ']':
			r.close(comma && !fresh)
			r.leave(&r.openLists)
			return
		case c < 0, c == '}' && r.openObjects > 0:
			r.damage(r.pos, "list is not closed")
			r.leave(&r.openLists)
			return
		case c == ',':
			r.comma(comma)
			comma = true
		case c == ':', c == '}':
			r.damage(r.pos, "a value is expected")
			r.junk()
		default:
			r.separated(comma)
			each()
			comma = false
		}
	}
}

func (r *reader) enter(open *int) bool {
	if r.depth == maxDepth {
		r.problem(TooDeep, r.pos, "nested more than %d deep", maxDepth)
		r.limit()
		r.leap()
		return false
	}
	if r.within && r.pos >= r.begin && r.text[r.pos] == '{' && opensStatement(r.text[r.pos+1:]) {
		r.swallowed = append(r.swallowed, r.pos)
	}
	*open++
	r.depth++
	r.pos++
	return true
}

func (r *reader) leave(open *int) {
	*open--
	r.depth--
}

func (r *reader) close(afterComma bool) {
	if afterComma {
		r.commaFault("nothing follows the comma")
	}
	r.pos++
}

func (r *reader) comma(again bool) {
	if again {
		r.commaFault("nothing stands before the comma")
	}
	r.pos++
}

func (r *reader) separated(comma bool) {
	if !comma {
		r.commaFault("a comma is missing")
	}
}

func (r *reader) key() (key string, at int) {
	at = r.pos
	key = r.quoted()
	if r.peek() == ':' {
		r.pos++
	} else {
		r.damage(r.pos, "a colon is missing after the key")
	}
	return key, at
}

// junk passes over something that has no place where it stands.
func (r *reader) junk() {
	switch c := r.peek(); c {
	case '{', '[':
		r.leap()
	case ':', ']', '}':
		r.pos++
	default:
		r.bare()
	}
}

// skip passes over a value, of which nothing is wanted but that it is JSON.
func (r *reader) skip() {
	switch c := r.peek(); c {
	case '{':
		r.members(func(string, int) { r.skip() })
	case '[':
		r.elements(r.skip)
	case '"':
		r.quoted()
	default:
		r.literal()
	}
}

// leap passes over the object or list at pos without recursion or a closer look.
func (r *reader) leap() {
	for level := 0; r.peek() >= 0; {
		switch c := r.text[r.pos]; c {
		case '"':
			r.quoted()
			continue
		case '{', '[':
			level++
		case '}', ']':
			level--
		}
		if r.pos++; level == 0 {
			return
		}
	}
}

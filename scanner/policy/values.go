package policy

import "slices"

// values reads a list into one that may have had values before.
func (r *reader) values(into *[]string, how turn) {
	list := r.readList(false)
	if how == instead || *into == nil {
		*into = list
		return
	}
	*into = append(*into, list...) // never in shared memory: that has no room to spare
}

// readList reads a string or a list of them. It never gives nil. With literals,
// numbers and booleans are as good as strings.
func (r *reader) readList(literals bool) []string {
	r.list, r.hash = r.list[:0], 0
	r.readValue(literals, false)
	switch len(r.list) {
	case 0:
		return []string{}
	case 1:
		return r.words.only(r.lastWord)
	}
	slot := r.lists.slot(r.hash)
	if !slices.Equal(*slot, r.list) {
		r.lists.store(slot, r.memory.strings.keep(r.list))
	}
	return *slot
}

func (r *reader) readValue(literals, nested bool) {
	c := r.peek()
	at := r.pos
	switch c {
	case '"':
		r.add(r.quoted())
	case '[':
		if nested {
			r.mistyped(at, "a list within a list")
		}
		r.elements(func() { r.readValue(literals, true) })
	case '{':
		r.skip()
		r.mistyped(at, "a string or a list of strings is expected")
	default:
		text, ok := r.literal()
		if !ok {
			return
		}
		if !literals || text == "null" {
			r.mistyped(at, "a string or a list of strings is expected")
		}
		r.add(text)
	}
}

func (r *reader) add(value string) {
	r.lastWord = r.words.number(value)
	r.list = append(r.list, r.words.at(r.lastWord))
	r.hash = mix(r.hash, uint64(r.lastWord))
}

// mix gives each sequence of numbers a hash, good enough for a cache.
func mix(hash, n uint64) uint64 { return (hash ^ (n + 1)) * 0x9E3779B97F4A7C15 }

func (r *reader) principal(into *Principal, how turn) {
	if how == instead {
		*into = Principal{}
	}
	switch r.peek() {
	case '{':
		r.principals(into)
	case '[':
		r.mistyped(r.pos, "a principal is \"*\" or an object")
		r.elements(func() { r.principal(into, again) })
	case '"':
		at, who := r.pos, r.quoted()
		if into.Any = into.Any || who == "*"; who != "*" {
			r.mistyped(at, "a principal is \"*\" or an object")
			into.AWS = append(into.AWS, r.words.keep(who))
		}
	default:
		at := r.pos
		r.skip()
		r.mistyped(at, "a principal is \"*\" or an object")
	}
}

func (r *reader) principals(into *Principal) {
	var had seen
	r.members(func(key string, at int) {
		place, how := r.admit(&had, principalKinds, key, at)
		r.mixTerms(uint64(place + 1))
		switch {
		case place < 0:
			if into.Other == nil {
				into.Other = map[string][]string{}
			}
			kind := r.words.keep(key)
			list := into.Other[kind]
			r.values(&list, how)
			into.Other[kind] = list
		case how == ignored:
			r.skip()
		default:
			r.values([]*[]string{&into.AWS, &into.Service, &into.Federated, &into.CanonicalUser}[place], how)
			r.mixTerms(r.hash)
		}
	})
}

// condition reads the block of conditions into r.drafted.
func (r *reader) condition(how turn) {
	if how == instead {
		r.drafted = r.drafted[:0]
	}
	r.entries(func(operator string, at int) {
		had := len(r.drafted)
		isObject := r.entries(func(key string, _ int) {
			c := Condition{Operator: operator, Key: key, Values: r.readList(true)}
			r.mixTerms(r.hash)
			r.drafted = append(r.drafted, c)
		})
		if isObject && len(r.drafted) == had && !r.damaged {
			r.problem(Missing, at, "operator %s has no key", quote(operator))
		}
	})
}

// entries calls each with every key of an object in which keys are data. It tells
// whether there was an object.
func (r *reader) entries(each func(name string, at int)) bool {
	if r.peek() != '{' {
		at := r.pos
		r.skip()
		r.mistyped(at, "an object in braces is expected")
		return false
	}
	mark := len(r.keys)
	r.members(func(key string, at int) {
		number := r.words.number(key)
		r.mixTerms(uint64(number))
		r.keys = append(r.keys, uint64(number)<<32|uint64(uint32(at)))
		each(r.words.at(number), at)
	})
	// By sorting, because comparing each with each would take a hostile text's time
	// to the square of its length.
	keys := r.keys[mark:]
	slices.Sort(keys)
	for i := 1; i < len(keys); i++ {
		if keys[i]>>32 == keys[i-1]>>32 {
			r.problem(Duplicate, int(uint32(keys[i])), "%s is given again", quote(r.words.at(int(keys[i]>>32))))
		}
	}
	r.keys = r.keys[:mark]
	return true
}

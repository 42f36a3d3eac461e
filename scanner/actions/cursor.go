package actions

import (
	"cmp"
	"sort"
)

// The table, in table.go, holds all actions, sorted by their lower-case names, so that
// one is found where it lies. A name is a list of words, the service with its colon
// first. It says how many of them it shares with the name before it, and has the rest;
// the first of each page shares none, so that a search can begin there. In entries
//
//   - a byte below headers begins an action: kind<<sharedBits | number of shared words,
//     where kind is (level-1)<<1, plus 1 if the action is on resources;
//   - a byte from headers on and below wide is one of the most frequent words;
//   - another is the high part, and the byte after it the low one, of a word's number.
//
// pages tells in three bytes, the highest first, where each page begins in entries, and
// starts in two where each word begins in words, which has the most frequent first.

// cursor is a place in the table: at the action that it has read last.
type cursor struct {
	after int                  // where the next action begins in entries
	kind  byte                 // as in the table
	text  [longest]byte        // the action's name, and behind it what others have left
	size  int                  // of the name
	sizes [1 << sharedBits]int // of its first words: of none, of one, and so on
}

// next reads the next action. It is false after the last.
func (c *cursor) next() bool {
	if c.after >= len(entries) {
		return false
	}
	header := entries[c.after]
	c.after++
	c.kind = header >> sharedBits
	n := int(header & (1<<sharedBits - 1))
	c.size = c.sizes[n]
	for c.after < len(entries) && entries[c.after] >= headers {
		c.size += copy(c.text[c.size:], c.word())
		if n++; n < len(c.sizes) {
			c.sizes[n] = c.size
		}
	}
	return true
}

// word reads a word's number and gives the word.
func (c *cursor) word() string {
	n := int(entries[c.after])
	c.after++
	if n < wide {
		n -= headers
	} else {
		n = (n-wide)<<8 + int(entries[c.after]) + wide - headers
		c.after++
	}
	return words[start(n):start(n+1)]
}

// start is where a word begins in words.
func start(word int) int {
	return int(starts[2*word])<<8 | int(starts[2*word+1])
}

func (c *cursor) name() string      { return string(c.text[:c.size]) }
func (c *cursor) level() Level      { return Level(c.kind>>1) + 1 }
func (c *cursor) onResources() bool { return c.kind&1 != 0 }

// compare orders the action before (-1), at (0) or after (1) a key.
func (c *cursor) compare(key string) int {
	for i := range min(c.size, len(key)) {
		if d := cmp.Compare(lower(c.text[i]), lower(key[i])); d != 0 {
			return d
		}
	}
	return cmp.Compare(c.size, len(key))
}

func (c *cursor) startsWith(prefix string) bool {
	for i := range len(prefix) {
		if i >= c.size || lower(c.text[i]) != lower(prefix[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// seek gives the first action that is not before a key, if there is one.
func seek(key string) (c cursor, ok bool) {
	page := sort.Search(len(pages)/3, func(i int) bool {
		head := at(i)
		return head.next() && head.compare(key) > 0
	})
	c = at(max(page-1, 0))
	for c.next() {
		if c.compare(key) >= 0 {
			return c, true
		}
	}
	return c, false
}

// at is the place before the first action of a page.
func at(page int) cursor {
	place := pages[3*page : 3*page+3]
	return cursor{after: int(place[0])<<16 | int(place[1])<<8 | int(place[2])}
}

func find(action string) (cursor, bool) {
	if len(action) > longest {
		return cursor{}, false
	}
	c, ok := seek(action)
	return c, ok && c.compare(action) == 0
}

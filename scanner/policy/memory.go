package policy

import (
	"maps"
	"strings"
)

// slab hands out copies of small slices, cut one after another from larger pieces of
// memory, so that each costs its own size and no more. What is handed out has no
// spare capacity: appending to it copies.
type slab[T any] struct {
	free []T
	size int // of the newest piece, in elements
}

const maxPiece = 512

func (s *slab[T]) keep(values []T) []T {
	n := len(values)
	if n == 0 {
		return []T{}
	}
	if n > maxPiece/8 {
		return append(make([]T, 0, n), values...)
	}
	if n > len(s.free) {
		s.size = min(max(2*s.size, n), maxPiece)
		s.free = make([]T, s.size)
	}
	kept := s.free[:n:n]
	copy(kept, values)
	s.free = s.free[n:]
	return kept
}

// recent remembers values kept lately, to be shared when they come again: the five
// versions of a policy differ little. It forgets rather than grow beyond a limit, and
// a hostile text can make it miss but not err.
type recent[T any] struct {
	slots  []T
	stored int
}

const maxRecent = 1 << 13

// slot gives the one place where a value of this hash is looked for and stored.
func (c *recent[T]) slot(hash uint64) *T {
	if c.stored >= len(c.slots) && len(c.slots) < maxRecent {
		c.slots, c.stored = make([]T, max(16, 4*len(c.slots))), 0
	}
	return &c.slots[(hash>>32)&uint64(len(c.slots)-1)]
}

func (c *recent[T]) store(slot *T, value T) {
	*slot = value
	c.stored++
}

// words keeps distinct strings once, away from the text they were read from, under
// numbers that count from zero. One that never came again in a long time is forgotten:
// it has another number then, and another place in memory, if it does after all.
type words struct {
	numbers map[string]met
	count   int // of all numbers given
	fresh   int // of them, those given since words were forgotten
	lists   [][]string
	text    strings.Builder // of the newest strings, one after another
	size    int             // of the newest piece of text
}

// met is what is known of a word.
type met struct {
	number uint32
	again  bool // it came more than once
}

const (
	wordsPerList = 64 // a power of two
	maxTextPiece = 1 << 14
	maxFresh     = 1 << 14
)

// forget drops the words that never came again, once there may be many: in a large
// account most are resources that are named once. Within one document it would make
// equal words differ.
func (w *words) forget() {
	if w.fresh < maxFresh {
		return
	}
	w.fresh = 0
	maps.DeleteFunc(w.numbers, func(_ string, m met) bool { return !m.again })
}

func (w *words) at(number int) string {
	return w.lists[number/wordsPerList][number%wordsPerList]
}

// only is the list of that one word; it costs nothing more than the word.
func (w *words) only(number int) []string {
	i := number % wordsPerList
	return w.lists[number/wordsPerList][i : i+1 : i+1]
}

func (w *words) keep(word string) string { return w.at(w.number(word)) }

// number finds the word, or adds it.
func (w *words) number(word string) int {
	if n, known := w.numbers[word]; known {
		if !n.again {
			w.numbers[w.at(int(n.number))] = met{n.number, true}
		}
		return int(n.number)
	}
	n := w.count
	if n%wordsPerList == 0 {
		w.lists = append(w.lists, make([]string, wordsPerList))
	}
	word = w.copy(word)
	w.lists[len(w.lists)-1][n%wordsPerList] = word
	w.numbers[word] = met{number: uint32(n)}
	w.count, w.fresh = n+1, w.fresh+1
	return n
}

func (w *words) copy(word string) string {
	if len(word) > maxTextPiece/16 {
		return strings.Clone(word)
	}
	if len(word) > w.text.Cap()-w.text.Len() {
		w.size = min(max(2*w.size, len(word), 256), maxTextPiece)
		w.text.Reset()
		w.text.Grow(w.size)
	}
	start := w.text.Len()
	w.text.WriteString(word)
	return w.text.String()[start:]
}

package scanner

import (
	"slices"
	"time"
)

// Answer is whether a rule answered about a resource.
type Answer int

// The answers, but for the fault itself, which is a [Finding].
const (
	NotAsked Answer = iota
	Unknown
	Answered
)

// answers are one rule's, by the places of the resources. Their evidence is mostly
// from a few times, so that a byte tells which: there are rules times resources.
type answers struct {
	// marks is nil until there is an answer about any of the resources.
	marks     []uint8
	resources int
	// times are what the marks from the first time's on stand for, in nanoseconds
	// since 1970.
	times []int64
	// others are by their places the times that there was no mark left for.
	others map[int]int64
}

// What a mark stands for.
const (
	notAsked = iota
	unknown
	anotherTime
	firstTime
)

const mostTimes = 256 - firstTime

func (a *answers) mark(place int, mark uint8) {
	if a.marks == nil {
		a.marks = make([]uint8, a.resources)
	}
	a.marks[place] = mark
}

// answered notes an answer by evidence of that time.
func (a *answers) answered(place int, at time.Time) {
	nano := at.UnixNano()
	i := slices.Index(a.times, nano)
	switch {
	case i >= 0:
	case len(a.times) < mostTimes:
		i = len(a.times)
		a.times = append(a.times, nano)
	default:
		if a.others == nil {
			a.others = map[int]int64{}
		}
		a.others[place] = nano
		a.mark(place, anotherTime)
		return
	}
	a.mark(place, firstTime+uint8(i))
}

func (a *answers) at(place int) (Answer, time.Time) {
	if a == nil || a.marks == nil {
		return NotAsked, time.Time{}
	}
	switch mark := a.marks[place]; mark {
	case notAsked:
		return NotAsked, time.Time{}
	case unknown:
		return Unknown, time.Time{}
	case anotherTime:
		return Answered, time.Unix(0, a.others[place]).UTC()
	default:
		return Answered, time.Unix(0, a.times[mark-firstTime]).UTC()
	}
}

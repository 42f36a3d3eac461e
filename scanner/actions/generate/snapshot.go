package main

import (
	"fmt"
	"slices"
	"strings"
)

const (
	listFile    = "testdata/actions.txt"
	licenceFile = "source-licence.txt"
)

// snapshot is what a release of the source tells.
type snapshot struct {
	Version   string // of the source
	Integrity string // of the source's archive, as npm writes it: "sha512-" and base64
	Date      string // of the newest change to the data, 2006-01-02 in UTC
	Licence   []byte
	Actions   []action // sorted by lower-case name, in which no two are the same
}

type action struct {
	name        string // "iam:PassRole"
	level       int    // its place in levels
	onResources bool   // whether it has types of resources
}

// levels are AWS's words, in the order that package actions has them in.
var levels = []string{"List", "Read", "Write", "Permissions management", "Tagging"}

// fewest is how many actions a release has at the least; one with fewer has been
// published half-made.
const fewest = 20_000

// check tells what keeps a snapshot from being used.
func (s *snapshot) check() error {
	if s.Version == "" || s.Date < "2024" || len(s.Licence) == 0 {
		return fmt.Errorf("%s has no version, date or licence where they were in 2026", source)
	}
	if strings.ContainsFunc(s.Version, func(c rune) bool { return c <= ' ' || c > '~' }) {
		return fmt.Errorf("%s has the version %q, which is none", source, s.Version)
	}
	if len(s.Actions) < fewest {
		return fmt.Errorf("%s %s has %d actions, which cannot be all: there were more than %d in 2026", source, s.Version, len(s.Actions), fewest)
	}
	previous := ""
	for _, a := range s.Actions {
		service, name, _ := strings.Cut(a.name, ":")
		if !isName(service) || !isName(name) {
			return fmt.Errorf("%s %s has the action %q, which is none", source, s.Version, a.name)
		}
		lower := strings.ToLower(a.name)
		if lower == previous {
			return fmt.Errorf("%s %s has %s twice", source, s.Version, a.name)
		}
		previous = lower
	}
	return nil
}

// isName tells whether a text can be a service's prefix or an action without it.
func isName(s string) bool {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-"
	return s != "" && strings.TrimLeft(s, letters) == ""
}

// String is the snapshot as a list, a line for each action.
func (s *snapshot) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %s %s\n", source, s.Version, s.Integrity, s.Date)
	for _, a := range s.Actions {
		on := "*"
		if a.onResources {
			on = "resources"
		}
		fmt.Fprintf(&b, "%s\t%s\t%s\n", a.name, levels[a.level], on)
	}
	return b.String()
}

// parse reads a list back. A list has no licence in it.
func parse(list string) (*snapshot, error) {
	s := &snapshot{}
	first, rest, _ := strings.Cut(list, "\n")
	if _, err := fmt.Sscanf(first, source+" %s %s %s", &s.Version, &s.Integrity, &s.Date); err != nil {
		return nil, fmt.Errorf("line 1: %w", err)
	}
	for line := range strings.Lines(rest) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(fields) != 3 {
			return nil, fmt.Errorf("line %q has not three fields", line)
		}
		level, err := parseLevel(fields[1])
		if err != nil {
			return nil, fmt.Errorf("line %q: %w", line, err)
		}
		s.Actions = append(s.Actions, action{name: fields[0], level: level, onResources: fields[2] == "resources"})
	}
	return s, nil
}

func parseLevel(name string) (int, error) {
	level := slices.Index(levels, name)
	if level < 0 {
		return 0, fmt.Errorf("unknown access level %q", name)
	}
	return level, nil
}

// difference tells what a snapshot has that another had not.
func difference(was, now *snapshot) string {
	before := make(map[string]action, len(was.Actions))
	for _, a := range was.Actions {
		before[a.name] = a
	}
	added, changed := 0, 0
	for _, a := range now.Actions {
		old, ok := before[a.name]
		switch {
		case !ok:
			added++
		case old != a:
			changed++
		}
	}
	return fmt.Sprintf("%s %s of %s, after %s of %s: %d actions, %d new, %d gone, %d with another level or resources",
		source, now.Version, now.Date, was.Version, was.Date, len(now.Actions), added, len(was.Actions)+added-len(now.Actions), changed)
}

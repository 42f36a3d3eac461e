package trail

import (
	"maps"
	"slices"
)

// Calls lists the names in the table of a service.
func Calls(service string) []string { return slices.Sorted(maps.Keys(callsOf(service))) }

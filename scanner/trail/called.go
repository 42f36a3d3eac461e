package trail

import "strings"

// Called reports whether the event is a call of that operation of IAM with these
// parameters and no others, as the API spells them. One whose parameters the
// record does not have, such as of most refused calls, is none.
func (e *Event) Called(operation string, parameters map[string]string) bool {
	if e.Source != "iam.amazonaws.com" || e.Name != operation || len(e.Details) != len(parameters) {
		return false
	}
	for name, value := range parameters {
		if name == "" || e.Details[recorded(name)] != clip(value, maxText) {
			return false
		}
	}
	return true
}

// recorded spells a parameter as CloudTrail does.
func recorded(name string) string { return strings.ToLower(name[:1]) + name[1:] }

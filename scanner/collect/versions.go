package collect

import (
	"strings"

	"iamvigil/scanner/policy"
)

// allowsAll parses the text of a version that is not in force and gives it back if
// it allows everything, else an empty document. Its parser is its own: that of the
// account would keep what it read.
func allowsAll(text string) policy.Document {
	d := mapper{parser: policy.NewParser()}.document(&text)
	if d.Admin() == nil {
		return policy.Document{}
	}
	return d
}

// mayAllowAll turns down at a glance nearly every text that does not allow
// everything: one without a NotAction, and without a value of Action that begins
// with a wildcard. It reads percent-encoded JSON, as IAM answers it; other texts, and
// those with escapes in their strings, it does not turn down.
func mayAllowAll(text string) bool {
	if !strings.HasPrefix(text, "%") {
		return text != ""
	}
	for ofAction := false; ; {
		_, rest, found := cutQuote(text)
		if !found {
			return strings.Contains(text, "%5C") || strings.Contains(text, "%5c")
		}
		value, rest, found := cutQuote(rest)
		if !found {
			return true
		}
		text = rest
		switch {
		case isKey(text):
			ofAction = strings.EqualFold(value, "Action")
			if !ofAction && strings.EqualFold(value, "NotAction") {
				return true
			}
		case ofAction && beginsWild(value):
			return true
		}
	}
}

// cutQuote cuts a text around the next quote, %22, unless there is a backslash, %5C,
// before it.
func cutQuote(text string) (before, after string, found bool) {
	for i := 0; i+2 < len(text); i++ {
		if text[i] == '%' {
			switch text[i+1 : i+3] {
			case "22":
				return text[:i], text[i+3:], true
			case "5C", "5c":
				return text, "", false
			}
			i += 2
		}
	}
	return text, "", false
}

// isKey reports whether what follows a string, but for white space, is a colon.
func isKey(rest string) bool {
	for len(rest) >= 3 && rest[0] == '%' {
		switch rest[1:3] {
		case "3A", "3a":
			return true
		case "20", "09", "0D", "0A", "0d", "0a":
			rest = rest[3:]
		default:
			return false
		}
	}
	return false
}

func beginsWild(value string) bool {
	for _, wild := range []string{"%2A", "%2a", "*", "%3F", "%3f", "?"} {
		if strings.HasPrefix(value, wild) {
			return true
		}
	}
	return false
}

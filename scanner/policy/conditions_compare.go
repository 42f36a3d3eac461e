package policy

import (
	"bytes"
	"encoding/base64"
	"net/netip"
	"strings"
)

func (e *evaluation) equal(wanted, value string) truth {
	text, t := e.expand(wanted, verbatim)
	if t != yes {
		return t
	}
	return truthOf(text == value)
}

func (e *evaluation) equalFold(wanted, value string) truth {
	text, t := e.expand(wanted, verbatim)
	if t != yes {
		return t
	}
	return truthOf(strings.EqualFold(text, value))
}

// like matches a pattern, wildcards crossing : and / alike.
func (e *evaluation) like(pattern, value string) truth {
	pattern, t := e.expand(pattern, asPattern)
	if t != yes {
		return t
	}
	return truthOf(MatchResource(pattern, value))
}

// arnLike matches each of the six parts of an ARN by itself: here, unlike in Resource,
// a wildcard does not cross the first five colons (IAM User Guide, "Condition
// operators", on ARNs, which also says that ArnEquals does the same as ArnLike).
func (e *evaluation) arnLike(pattern, value string) truth {
	patterns, values := e.parts(pattern), strings.SplitN(value, ":", 6)
	if len(patterns) < 6 || len(values) < 6 || values[0] != "arn" {
		return unclear
	}
	t := yes
	for i := range patterns {
		t = min(t, e.like(patterns[i], values[i]))
	}
	return t
}

// equalBools takes no variables, of which the pages "Condition operators" and "Variables
// and tags" say opposite things.
func equalBools(_ *evaluation, wanted, value string) truth {
	a, ok := parseBool(wanted)
	b, okToo := parseBool(value)
	if !ok || !okToo {
		return unclear
	}
	return truthOf(a == b)
}

func parseBool(text string) (value, ok bool) {
	value = strings.EqualFold(text, "true")
	return value, value || strings.EqualFold(text, "false")
}

func equalBinary(_ *evaluation, wanted, value string) truth {
	a, err := base64.StdEncoding.DecodeString(wanted)
	if err != nil {
		return unclear
	}
	b, err := base64.StdEncoding.DecodeString(value)
	if err != nil {
		return unclear
	}
	return truthOf(bytes.Equal(a, b))
}

// inNetwork knows IPv4 and IPv6 apart. An address of one written as one of the other
// is unclear.
func inNetwork(_ *evaluation, wanted, value string) truth {
	at, err := netip.ParseAddr(value)
	if err != nil || at.Is4In6() || at.Zone() != "" {
		return unclear
	}
	if network, err := netip.ParsePrefix(wanted); err == nil && !network.Addr().Is4In6() {
		return truthOf(network.Contains(at))
	}
	single, err := netip.ParseAddr(wanted)
	if err != nil || single.Is4In6() || single.Zone() != "" {
		return unclear
	}
	// Without a prefix AWS takes "/32", it says, which of IPv6 would be no one address.
	if around := netip.PrefixFrom(single, 32); at != single && around.Contains(at) {
		return unclear
	}
	return truthOf(at == single)
}

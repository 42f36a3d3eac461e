package rules

import (
	"strings"

	"iamvigil/scanner"
	"iamvigil/scanner/policy"
)

// policyUnusual tells of a text that was read without a problem what IAM would not take
// today. Stored long ago it may well be in force, so nothing else doubts it.
func policyUnusual(p *scanner.Pass, in place, d *policy.Document) bool {
	faults := unusual(d)
	if len(faults) == 0 {
		return false
	}
	p.FailAs(scanner.Low, in.inline, in.evidence(), "%s has %s that IAM would not take, or not as it stands, the first: %s",
		in, counted(len(faults), "text"), faults[0].Message).Mend(in.show())
	return true
}

// unusual are the faults of an identity's policy in what its strings say, where the
// grammar alone would do. Policies of resources have Sids and resources of their own kinds.
func unusual(d *policy.Document) []TextFault {
	if ofResource(d) {
		return nil
	}
	var found []TextFault
	sids := map[string]bool{}
	for i := range d.Statements {
		s := &d.Statements[i]
		fault := func(element, value, message string, refused bool) {
			found = append(found, TextFault{Rule: "policy-malformed", Statement: i, Element: element, Value: value, Refused: refused, Message: message})
		}
		switch {
		case strings.ContainsFunc(s.Sid, notInSid):
			fault("Sid", s.Sid, "the Sid "+quoted([]string{s.Sid})+" has other than letters and digits", true)
		case s.Sid != "" && sids[s.Sid]:
			fault("Sid", s.Sid, "the Sid "+quoted([]string{s.Sid})+" is that of another statement too", true)
		}
		if s.Sid != "" {
			sids[s.Sid] = true
		}
		for _, resources := range [][]string{s.Resources, s.NotResources} {
			for _, resource := range resources {
				if message, refused := unusualResource(resource); message != "" {
					fault("Resource", resource, message, refused)
				}
			}
		}
	}
	return found
}

func notInSid(r rune) bool {
	return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
}

// ofResource tells whether a document says whom it is about, which an identity's policy
// does not.
func ofResource(d *policy.Document) bool {
	for i := range d.Statements {
		if s := &d.Statements[i]; s.Principal != nil || s.NotPrincipal != nil {
			return true
		}
	}
	return false
}

// unusualResource tells what is wrong with a resource of an identity's policy, or nothing,
// and whether IAM would refuse it. An ARN that IAM completes is wrong because it means more
// than it says; one that ends with a wildcard was meant so.
func unusualResource(resource string) (message string, refused bool) {
	whole := strings.HasPrefix(resource, "arn:aws:") && strings.Count(resource, ":") >= 5
	if resource == "*" || whole || strings.HasPrefix(resource, "${") {
		return "", false
	}
	fields, shown := strings.Split(resource, ":"), quoted([]string{resource})
	switch {
	case fields[0] != "arn" || len(fields) == 1:
		return "the resource " + shown + ` is neither an ARN nor "*"`, true
	case !partition(fields[1]):
		return "the resource " + shown + " is of no partition of AWS", true
	case strings.HasSuffix(resource, "*"):
		return "", false
	case len(fields) < 3:
		return "the resource " + shown + " is no ARN", true
	}
	if all := policy.Completed([]string{resource}); len(all) > 1 {
		return "the resource " + shown + " is no whole ARN: IAM takes it for " + quoted(all[1:]), false
	}
	return "", false
}

// partition tells whether a field may name one: there are more than a few, by the
// pattern aws-<where>.
func partition(field string) bool {
	return field == "aws" || strings.HasPrefix(field, "aws-") || strings.ContainsAny(field, "*?$")
}

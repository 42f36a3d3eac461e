package policy

import (
	"slices"
	"strings"
)

// arnFields is how many fields an ARN has, the last of which may hold further colons.
const arnFields = 6

// Completed is a Resource or NotResource list of an identity-based policy as IAM takes it:
// with every ARN that has fewer than six fields also with * in those that it lacks, behind
// the others, so that "arn:aws:sqs" stands for "arn:aws:sqs:*:*:*" too (IAM User Guide,
// "Identify AWS resources with Amazon Resource Names (ARNs)", the last note). One that ends
// with a * takes that in already. The policies of resources have no such rule. Mostly it is
// the list itself, and costs no memory.
func Completed(resources []string) []string {
	i := slices.IndexFunc(resources, func(pattern string) bool { return lacking(pattern) > 0 })
	if i < 0 {
		return resources
	}
	all := slices.Clone(resources)
	for _, pattern := range resources[i:] {
		if n := lacking(pattern); n > 0 {
			all = append(all, pattern+strings.Repeat(":*", n))
		}
	}
	return all
}

// lacking is how many fields must be added to a pattern to make it that of an ARN. Colons
// within variables separate none.
func lacking(pattern string) int {
	if !strings.HasPrefix(pattern, "arn:") || pattern[len(pattern)-1] == '*' {
		return 0
	}
	n := arnFields - 1
	for i := 0; i < len(pattern) && n > 0; i++ {
		switch {
		case pattern[i] == ':':
			n--
		case strings.HasPrefix(pattern[i:], "${"):
			_, after, ok := cutVariable(pattern[i+2:])
			if !ok {
				return 0
			}
			i = len(pattern) - len(after) - 1
		}
	}
	return n
}

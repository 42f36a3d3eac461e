package ledger

import (
	"slices"
	"strings"
	"unicode"

	"iamvigil/scanner"
)

// Call is one call of IAM.
type Call struct {
	Operation  string            `json:"operation"`  // such as UpdateAccessKey
	Parameters map[string]string `json:"parameters"` // such as UserName
}

// Permission is the action of IAM's policies that the call needs.
func (c Call) Permission() string { return "iam:" + c.Operation }

// Command makes the call at a terminal: see [scanner.Command].
func (c Call) Command() string {
	names := sortedKeys(c.Parameters)
	// Whose it is comes first, as in AWS's documentation.
	slices.SortStableFunc(names, func(a, b string) int { return rank(a) - rank(b) })
	var arguments []string
	for _, name := range names {
		arguments = append(arguments, "--"+dashed(name), c.Parameters[name])
	}
	return scanner.Command("iam", dashed(c.Operation), arguments...)
}

func rank(parameter string) int {
	if parameter == "UserName" {
		return 0
	}
	return 1
}

// dashed spells a name of the API as the AWS CLI does.
func dashed(name string) string {
	var b strings.Builder
	for i, r := range name {
		if unicode.IsUpper(r) && i > 0 {
			b.WriteByte('-')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

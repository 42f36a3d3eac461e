package scanner

import (
	"slices"
	"strings"
)

// What is given to be pasted is bounded, so that a message has room for it and a
// person reads it before. Where more is wanted, none is given.
const (
	MostCommands   = 5
	longestCommand = 2000 // bytes
)

// Command is an AWS CLI command as a POSIX shell takes it. Arguments are an
// option and its value in turn, such as "--user-name" and a name; an option
// without a value has an empty one. All values stand between single quotes.
//
// It is empty, and so is what is given of commands it is one of, where a value
// holds what is not printable ASCII, which no name or ARN of IAM does, or would
// have the CLI read a file or a page: such a command is not to be pasted.
//
// No "://" is left in it for a mail or chat client to make a link of: a path of
// an ARN can hold one. The quotes that part it are nothing to a shell.
func Command(service, operation string, arguments ...string) string {
	var b strings.Builder
	b.WriteString("aws " + service + " " + operation)
	for pair := range slices.Chunk(arguments, 2) {
		b.WriteString(" " + pair[0])
		if len(pair) < 2 || pair[1] == "" {
			continue
		}
		value := pair[1]
		if fetched(value) || strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r > '~' }) {
			return ""
		}
		// A name may begin with a dash; the CLI would take it for an option.
		between := " "
		if value[0] == '-' {
			between = "="
		}
		b.WriteString(between + quoted(value))
	}
	return b.String()
}

func quoted(value string) string {
	value = strings.ReplaceAll(value, "'", `'\''`)
	return "'" + strings.ReplaceAll(value, "://", ":''//") + "'"
}

// fetched: the CLI takes such a value for the place of the value.
func fetched(value string) bool {
	for _, scheme := range []string{"file://", "fileb://", "http://", "https://"} {
		if strings.HasPrefix(value, scheme) {
			return true
		}
	}
	return false
}

// pasteable gives commands within their bounds, and none where one could not be
// made: without it the others may do harm. It is never nil.
func pasteable(commands []string) []string {
	bad := func(c string) bool { return c == "" || len(c) > longestCommand }
	if len(commands) > MostCommands || slices.ContainsFunc(commands, bad) {
		return []string{}
	}
	return present(commands)
}

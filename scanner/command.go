package scanner

import (
	"strings"

	"iamvigil/scanner/account"
)

// Command is an AWS CLI command as a POSIX shell takes it: the first two words,
// service and operation, and words that begin with two dashes as they are,
// everything else between single quotes. It is empty where a word holds what is
// not printable ASCII, which no name or ARN of IAM has: such a command is not
// to be pasted anywhere.
//
// No "://" is left in it for a mail or chat client to make a link of: a path of
// an ARN can hold one. The quotes that part it are nothing to a shell.
func Command(words ...string) string {
	var b strings.Builder
	b.WriteString("aws")
	for i, word := range words {
		if strings.ContainsFunc(word, func(r rune) bool { return r < ' ' || r > '~' }) {
			return ""
		}
		b.WriteByte(' ')
		if i < 2 || strings.HasPrefix(word, "--") && plainWord(word[2:]) {
			b.WriteString(word)
		} else {
			b.WriteString("'" + strings.ReplaceAll(strings.ReplaceAll(word, "'", `'\''`), "://", ":''//") + "'")
		}
	}
	return b.String()
}

// plainWord: an option's name, and not a value that begins with dashes.
func plainWord(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return (r < 'a' || r > 'z') && r != '-' && (r < '0' || r > '9') })
}

// Console is the address of the page of AWS's console where the resource can be
// looked at, or of its list where it has no page or its name is not one of
// IAM's. It is empty in a partition whose console is not known.
func Console(about account.Ref) string {
	host, ok := consoles[partition(about.ARN)]
	if !ok {
		return ""
	}
	page := "home#/home"
	switch about.Kind {
	case account.KindUser:
		page = "home#/users" + details(about.Name)
	case account.KindGroup:
		page = "home#/groups" + details(about.Name)
	case account.KindRole:
		page = "home#/roles" + details(about.Name)
	case account.KindPolicy:
		page = "home#/policies" + details(about.ARN)
	case account.KindTrail:
		return "https://" + host + "/cloudtrailv2/home#/trails"
	}
	return "https://" + host + "/iam/" + page
}

// consoles are the hosts by partition.
var consoles = map[string]string{
	"aws":        "console.aws.amazon.com",
	"aws-cn":     "console.amazonaws.cn",
	"aws-us-gov": "console.amazonaws-us-gov.com",
	"aws-eusc":   "console.amazonaws-eusc.eu",
}

func partition(arn string) string {
	parts := strings.SplitN(arn, ":", 3)
	if len(parts) < 3 {
		return ""
	}
	return parts[1]
}

// details leads to a resource's page, its name escaped.
func details(name string) string {
	if name == "" || strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return ""
	}
	var b strings.Builder
	b.WriteString("/details/")
	for i := range len(name) {
		c := name[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-_.", c) >= 0 {
			b.WriteByte(c)
		} else {
			b.WriteString("%" + strings.ToUpper(string("0123456789abcdef"[c>>4])+string("0123456789abcdef"[c&15])))
		}
	}
	return b.String()
}

// commands leaves out those that could not be made, and is never nil: with one
// of them missing the others may do harm.
func commands(all []string) []string {
	for _, c := range all {
		if c == "" {
			return []string{}
		}
	}
	return present(all)
}

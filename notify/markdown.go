package notify

import (
	"strings"
	"unicode"

	"iamvigil/internal/plain"
)

// Slack and Teams read different markdown, and neither can escape what the
// other would take for markup. What both show as it is stands between
// backticks, and there neither mention, link, emoji code nor emphasis is read,
// as long as what makes Slack's mentions and ends a code span is not in it.
var codeText = strings.NewReplacer("`", "'", "<", "‹", ">", "›", "&", "＆", "://", "[:]//")

// code is a value as code, in at most max bytes. An empty one is a dash.
func code(s string, max int) string {
	if s == "" {
		return "-"
	}
	return "`" + plain.Short(codeText.Replace(s), max-len("``")) + "`"
}

// chatValue is code of an ordinary length.
func chatValue(s string) string { return code(s, 120) }

// markdown is a sentence for chat in at most max bytes: every word that is not
// an ordinary one (a name with an underscore, an ARN, an address, *) is code,
// which takes the place of quotation marks.
func markdown(s string, max int) string {
	var b strings.Builder
	for i, word := range strings.Split(plain.Short(codeText.Replace(s), max), " ") {
		word = spell(word)
		if i > 0 {
			word = " " + word
		}
		if b.Len()+len(word) > max-len(plain.Ellipsis) {
			if b.Len() == 0 {
				return code(s, max)
			}
			return b.String() + plain.Ellipsis
		}
		b.WriteString(word)
	}
	return b.String()
}

// spell puts a word between backticks unless it is ordinary, but not the
// punctuation around it.
func spell(word string) string {
	core := strings.TrimLeft(word, `("'`)
	before := word[:len(word)-len(core)]
	core = strings.TrimRight(core, `.,;:!?)"'`+plain.Ellipsis)
	if !strings.ContainsFunc(core, odd) {
		return word
	}
	after := word[len(before)+len(core):]
	if before == `"` && strings.HasPrefix(after, `"`) {
		before, after = "", after[1:]
	}
	return before + "`" + core + "`" + after
}

func odd(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(`-/+=%,;'"()!?$`, r)
}

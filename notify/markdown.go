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

// exact is a command as code, to the letter, in at most max bytes. It is empty
// where that cannot be: what was changed or cut is not to be pasted anywhere.
func exact(command string, max int) string {
	if command == "" || len(command)+len("``") > max || codeText.Replace(command) != command || plain.Text(command) != command {
		return ""
	}
	return "`" + command + "`"
}

// markdown is a sentence for chat in at most max bytes. What stands between
// quotation marks, so that somebody else chose it, is code instead, and so is
// every word that is not an ordinary one: a name with an underscore, an ARN, an
// address, *.
func markdown(s string, max int) string {
	var b strings.Builder
	for rest := plain.Short(codeText.Replace(s), max); rest != ""; {
		var w word
		w, rest = next(rest)
		text := w.String()
		room := max - b.Len()
		if rest != "" {
			room -= len(plain.Ellipsis)
		}
		if len(text) > room {
			return b.String() + w.cut(max-b.Len())
		}
		b.WriteString(text)
	}
	return b.String()
}

// word is one word of a sentence, or all that is quoted, with the spaces and the
// punctuation around it.
type word struct {
	before, core, after string
	isCode              bool
}

func (w word) String() string {
	if w.isCode {
		return w.before + "`" + w.core + "`" + w.after
	}
	return w.before + w.core + w.after
}

// minCode is the room below which the start of a value says nothing.
const minCode = 20

// cut is what of the word fits, which is all or nothing of an ordinary one, and
// an ellipsis.
func (w word) cut(room int) string {
	left := room - len(w.before) - len(plain.Ellipsis)
	if !w.isCode || left < minCode {
		return plain.Ellipsis
	}
	return w.before + code(w.core, left) + plain.Ellipsis
}

const punctuation = `.,;:!?)"'` + plain.Ellipsis

// next splits off the first word. A quotation is one word up to its end.
func next(s string) (w word, rest string) {
	text := strings.TrimLeft(s, ` (`)
	w.before = s[:len(s)-len(text)]
	if n := quotation(text); n > 0 {
		w.core, w.isCode = text[1:n], true
		text = strings.TrimPrefix(text[n:], `"`)
		rest = strings.TrimLeft(text, punctuation)
		w.after = text[:len(text)-len(rest)]
		if rest != "" && rest[0] != ' ' { // Slack ends no code before a letter
			w.after += " "
		}
		return w, rest
	}
	to := strings.IndexByte(text, ' ')
	if to < 0 {
		to = len(text)
	}
	text, rest = text[:to], text[to:]
	core := strings.TrimLeft(text, `"'`)
	w.before += text[:len(text)-len(core)]
	w.core = strings.TrimRight(core, punctuation)
	w.after = core[len(w.core):]
	w.isCode = strings.ContainsFunc(w.core, odd)
	return w, rest
}

// quotation is where the Go string that s begins with ends: the place of its
// last mark, the length of s if that was cut off, or zero if s begins with no
// string or an empty one.
func quotation(s string) int {
	if len(s) < 2 || s[0] != '"' || s[1] == '"' {
		return 0
	}
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return len(s)
}

func odd(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(`-/+=%,;'"()!?$`, r)
}

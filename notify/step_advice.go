package notify

import (
	"slices"
	"strings"
)

// further is one further step for a person: words, and the commands that do it.
type further struct {
	text     string
	commands []string
}

// furthers are pieces of advice as further steps. A command stands at the end of
// its words, or is a piece of its own behind them.
func furthers(advice []string) []further {
	var all []further
	for _, a := range advice {
		text, command := advised(a)
		if text != "" || len(all) == 0 {
			all = append(all, further{text: text})
		}
		if last := &all[len(all)-1]; command != "" {
			last.commands = append(last.commands, command)
		}
	}
	return slices.DeleteFunc(all, func(f further) bool { return f.text == "" && len(f.commands) == 0 })
}

// key tells one further step from another.
func (f *further) key() string { return strings.Join(append([]string{f.text}, f.commands...), "\x00") }

// advised parts a piece of advice from the command that it ends with. What is not
// made as [scanner.Command] makes them is no command.
func advised(advice string) (text, command string) {
	at := strings.LastIndex(": "+advice, ": aws ")
	if at < 0 || !pasteable(advice[at:]) {
		return advice, ""
	}
	return strings.TrimSuffix(advice[:at], " "), advice[at:]
}

// pasteable: all but names and options stands between quotation marks, and
// prints.
func pasteable(command string) bool {
	marks := strings.NewReplacer(`'\''`, "", `:''//`, "") // within a value, as scanner.Command writes them
	parts := strings.Split(marks.Replace(command), "'")
	for i, part := range parts {
		value := i%2 == 1
		if strings.ContainsFunc(part, func(r rune) bool {
			return r < ' ' || r > '~' || !value && (r < 'a' || r > 'z') && !strings.ContainsRune(" -=", r)
		}) {
			return false
		}
	}
	return len(parts)%2 == 1
}

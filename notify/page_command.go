package notify

import "strings"

// commands are whole lines for a shell, each as it can be copied from the mail.
// Between two arguments a line is broken by a backslash at its end. An argument
// longer than a line is broken within its quotation marks, which are closed
// before the backslash and opened again in the first column: to a shell both
// pieces are one word, as nothing stands between them.
func (p *page) commands(label string, all []string) {
	if len(all) == 0 {
		return
	}
	p.b.WriteString("  " + label + ":\n")
	for _, c := range all {
		p.command(c)
	}
}

func (p *page) command(text string) {
	at := p.shellIndent(commandIndent)
	for i, group := range optionGroups(shellWords(text)) {
		for j, word := range group {
			width := len(word)
			if j == 0 {
				width = len(strings.Join(group, " "))
			}
			if i+j > 0 {
				at = p.nextWord(at, width)
			}
			at = p.shellWord(word, at)
		}
	}
	p.b.WriteByte('\n')
}

// nextWord makes room for so many columns, on this line or on another.
func (p *page) nextWord(at, width int) int {
	if at+1+width+len(` \`) <= columns {
		p.b.WriteByte(' ')
		return at + 1
	}
	p.b.WriteString(" \\\n")
	return p.shellIndent(commandIndent + 2)
}

func (p *page) shellIndent(n int) int {
	p.b.WriteString(strings.Repeat(" ", n))
	return n
}

// shellWord writes a word, and breaks it where the line ends. At the end of what
// it writes there is room for a blank and a backslash.
func (p *page) shellWord(word string, at int) int {
	open := false
	for len(word) > 0 {
		atom := word[:1]
		if !open && atom == `\` && len(word) > 1 {
			atom = word[:2]
		}
		if at+len(atom)+len(`'\`) > columns {
			at = p.breakWord(open)
		}
		if atom == "'" {
			open = !open
		}
		p.b.WriteString(atom)
		at += len(atom)
		word = word[len(atom):]
	}
	return at
}

func (p *page) breakWord(open bool) int {
	if open {
		p.b.WriteString("'\\\n'")
		return 1
	}
	p.b.WriteString("\\\n")
	return 0
}

// shellWords splits a command at the blanks that stand outside of quotation
// marks. What a client could make a link of is parted by an empty pair of them.
func shellWords(text string) []string {
	var words []string
	open, from := false, 0
	text = unlink(text, ":''//", "''.")
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\\' && !open:
			i++
		case text[i] == '\'':
			open = !open
		case text[i] == ' ' && !open:
			words = append(words, text[from:i])
			from = i + 1
		}
	}
	return append(words, text[from:])
}

// optionGroups keeps an option and its values together, and the words before
// the first option.
func optionGroups(words []string) [][]string {
	var groups [][]string
	for _, word := range words {
		if len(groups) == 0 || strings.HasPrefix(word, "--") {
			groups = append(groups, nil)
		}
		last := &groups[len(groups)-1]
		*last = append(*last, word)
	}
	return groups
}

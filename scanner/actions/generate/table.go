package main

import (
	"cmp"
	"fmt"
	"go/format"
	"maps"
	"slices"
	"strings"
)

const tableFile = "table.go"

// How the table is laid out; what each is for is said where it is read, in cursor.go.
const (
	sharedBits = 3
	headers    = 10 << sharedBits // five levels, on resources or not
	wide       = 0xF0
	pageSize   = 64
)

// layout is a table in the making.
type layout struct {
	numbers map[string]int // of each word
	words   []string
	starts  []byte
	pages   []byte
	entries [][]byte // of each page
	longest int      // name, in bytes
}

// table gives the source text of the snapshot's table.
func (s *snapshot) table() ([]byte, error) {
	l := layout{}
	l.count(s.Actions)
	end := 0
	for _, word := range l.words {
		l.starts = append(l.starts, byte(end>>8), byte(end))
		end += len(word)
	}
	l.starts = append(l.starts, byte(end>>8), byte(end))
	place := 0
	for page := range slices.Chunk(s.Actions, pageSize) {
		l.pages = append(l.pages, byte(place>>16), byte(place>>8), byte(place))
		l.entries = append(l.entries, l.page(page))
		place += len(l.entries[len(l.entries)-1])
	}
	if last := (0x100 - wide) << 8; len(l.words) > wide-headers+last || end > 1<<16-1 {
		return nil, fmt.Errorf("the table's layout has no room for %d words of %d bytes: it needs wider numbers", len(l.words), end)
	}
	return format.Source([]byte(l.text(s)))
}

// count numbers the words by how often they will be written, the most frequent first.
func (l *layout) count(actions []action) {
	uses := map[string]int{}
	for page := range slices.Chunk(actions, pageSize) {
		var before []string
		for _, a := range page {
			l.longest = max(l.longest, len(a.name))
			list := split(a.name)
			for _, word := range list[shared(before, list):] {
				uses[word]++
			}
			before = list
		}
	}
	l.words = slices.SortedFunc(maps.Keys(uses), func(a, b string) int {
		return cmp.Or(cmp.Compare(uses[b], uses[a]), cmp.Compare(a, b))
	})
	l.numbers = make(map[string]int, len(l.words))
	for i, word := range l.words {
		l.numbers[word] = i
	}
}

func (l *layout) page(actions []action) []byte {
	var out []byte
	var before []string
	for _, a := range actions {
		kind := a.level << 1
		if a.onResources {
			kind++
		}
		list := split(a.name)
		n := shared(before, list)
		out = append(out, byte(kind<<sharedBits|n))
		for _, word := range list[n:] {
			out = appendNumber(out, l.numbers[word])
		}
		before = list
	}
	return out
}

func appendNumber(out []byte, n int) []byte {
	if n < wide-headers {
		return append(out, byte(headers+n))
	}
	n -= wide - headers
	return append(out, byte(wide+n>>8), byte(n))
}

// shared counts the words with which both lists begin, as far as can be written.
func shared(a, b []string) int {
	n := 0
	for n < len(a) && n < len(b) && n < 1<<sharedBits-1 && a[n] == b[n] {
		n++
	}
	return n
}

// split gives the words of an action: the service with its colon, then runs of one
// case: "ec2:", "Describe", "VPC", "Endpoints".
func split(name string) []string {
	colon := strings.IndexByte(name, ':')
	list := []string{name[:colon+1]}
	rest := name[colon+1:]
	from := 0
	for i := 1; i < len(rest); i++ {
		if isUpper(rest[i]) && (!isUpper(rest[i-1]) || i+1 < len(rest) && isLower(rest[i+1])) {
			list = append(list, rest[from:i])
			from = i
		}
	}
	return append(list, rest[from:])
}

func isUpper(c byte) bool { return 'A' <= c && c <= 'Z' }
func isLower(c byte) bool { return 'a' <= c && c <= 'z' }

func (l *layout) text(s *snapshot) string {
	var b strings.Builder
	fmt.Fprintf(&b, "// Code generated from %s %s by scanner/actions/generate; DO NOT EDIT.\n\npackage actions\n\n", source, s.Version)
	fmt.Fprintf(&b, "// Date is the day, in UTC, on which what AWS publishes last changed before the\n// snapshot was taken.\nconst Date = %q\n\n", s.Date)
	fmt.Fprintf(&b, "const (\nsharedBits = %d\nheaders = %#x\nwide = %#x\nlongest = %d\n)\n",
		sharedBits, headers, wide, l.longest)
	constant(&b, "pages", slices.Collect(slices.Chunk(l.pages, 20*3)))
	constant(&b, "starts", slices.Collect(slices.Chunk(l.starts, 20*2)))
	var lines [][]byte
	for words := range slices.Chunk(l.words, 16) {
		lines = append(lines, []byte(strings.Join(words, "")))
	}
	constant(&b, "words", lines)
	constant(&b, "entries", l.entries)
	return b.String()
}

func constant(b *strings.Builder, name string, lines [][]byte) {
	fmt.Fprintf(b, "\nconst %s = \"\"", name)
	for _, line := range lines {
		fmt.Fprintf(b, " +\n%+q", line)
	}
	b.WriteString("\n")
}

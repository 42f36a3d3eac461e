package plain_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"iamvigil/internal/plain"

	"pgregory.net/rapid"
)

func TestText(t *testing.T) {
	for _, tc := range []struct{ name, in, want string }{
		{"ordinary", "alice@example.com", "alice@example.com"},
		{"other scripts stay", "José, Зоя, 山田, नमस्ते", "José, Зоя, 山田, नमस्ते"},
		{"a letter that is the replacement character", "a\ufffdb", "a\ufffdb"},
		{"line breaks", "a\nb\r\nc\td", `a\nb\r\nc\td`},
		{"line separators", "a\u2028b\u2029c\u0085d", `a\u2028b\u2029c\u0085d`},
		{"terminal escapes", "\x1b[2Jx\x07\x7f\u009b31m", `\x1b[2Jx\x07\x7f\u009b31m`},
		{"right to left", "\u202egnp.exe\u2066\u200f\u061c", `\u202egnp.exe\u2066\u200f\u061c`},
		{"zero width", "ad\u200bmin\u200d\u2060\ufeff", `ad\u200bmin\u200d\u2060\ufeff`},
		{"soft hyphen and no-break space", "a\u00adb\u00a0c", `a\u00adb\u00a0c`},
		{"fillers that show as nothing", "\u3164\u115f\uffa0\u2800\u034f", `\u3164\u115f\uffa0\u2800\u034f`},
		{"variation selectors and tags", "\ufe0f\U000e0041\U000e0100", `\ufe0f\U000e0041\U000e0100`},
		{"private use and unassigned", "\ue000\U0010ffff", `\ue000\U0010ffff`},
		{"not UTF-8", "a\xff\xc3b", `a\xff\xc3b`},
		{"marks without a letter", "\u0301a", `\u0301a`},
		{"marks piled up", "a\u0301\u0302\u0303", "a\u0301\u0302" + `\u0303`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := plain.Text(tc.in); got != tc.want {
				t.Errorf("Text(%q) = %q, want %q", tc.in, got, tc.want)
			}
		})
	}
}

func TestTextHoldsForAnyBytes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")) + rapid.String().Draw(t, "text")
		got := plain.Text(s)
		shows(t, got)
		if again := plain.Text(got); again != got {
			t.Errorf("Text(%q) = %q, and of that %q", s, got, again)
		}
	})
}

func TestShort(t *testing.T) {
	for _, tc := range []struct {
		name, in string
		max      int
		want     string
	}{
		{"fits to the byte", "abcdef", 6, "abcdef"},
		{"one too many", "abcdefg", 6, "abc…"},
		{"escape that does not fit", "abcd\u202e", 8, "abcd…"},
		{"escape that fits to the byte", "abcd\u202e", 10, `abcd\u202e`},
		{"four bytes at the cut", "😀😀😀", 10, "😀…"},
		{"no room but for the ellipsis", "abcdef", 3, "…"},
		{"empty", "", 3, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := plain.Short(tc.in, tc.max); got != tc.want {
				t.Errorf("Short(%q, %d) = %q, want %q", tc.in, tc.max, got, tc.want)
			}
		})
	}
}

func TestShortIsTextCutBetweenCharacters(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, max := rapid.String().Draw(t, "text"), rapid.IntRange(3, 60).Draw(t, "max")
		got, whole := plain.Short(s, max), plain.Text(s)
		shows(t, got)
		if len(got) > max {
			t.Fatalf("Short(%q, %d) has %d bytes: %q", s, max, len(got), got)
		}
		if len(whole) <= max && got != whole {
			t.Errorf("Short(%q, %d) = %q, though all of %q fits", s, max, got, whole)
		}
		for i := range []rune(s) {
			if plain.Text(string([]rune(s)[:i])) == strings.TrimSuffix(got, plain.Ellipsis) {
				return
			}
		}
		if got != whole {
			t.Errorf("Short(%q, %d) = %q, which is not the start of the text", s, max, got)
		}
	})
}

func TestASCII(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, max := rapid.String().Draw(t, "text"), rapid.IntRange(3, 60).Draw(t, "max")
		got := plain.ASCII(s, max)
		if len(got) > max || strings.ContainsFunc(got, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Errorf("ASCII(%q, %d) = %q", s, max, got)
		}
	})
	if got, want := plain.ASCII("José\n\x1b has 3 keys", 12), "Jos??? ha..."; got != want {
		t.Errorf("ASCII = %q, want %q", got, want)
	}
}

// shows fails for anything that is not plainly seen where it stands.
func shows(t *rapid.T, s string) {
	if !utf8.ValidString(s) {
		t.Fatalf("not UTF-8: %q", s)
	}
	for _, r := range s {
		if !unicode.IsPrint(r) || unicode.Is(unicode.Bidi_Control, r) || unicode.Is(unicode.Variation_Selector, r) {
			t.Errorf("%U is left in %q", r, s)
		}
	}
}

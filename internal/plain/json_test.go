package plain_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"

	"iamvigil/internal/plain"

	"pgregory.net/rapid"
)

func TestJSON(t *testing.T) {
	for in, want := range map[string]string{
		`{"name": "José 山田 😀", "n": 1}`: `{"name": "José 山田 😀", "n": 1}`,
		"\"\u009b31m\"":                 `"\u009b31m"`,
		"\"\u007f\"":                    `"\u007f"`,
		"\"\u202egnp\u2066\"":           `"\u202egnp\u2066"`,
		"\"a\u00a0b\ufe0f\"":            `"a\u00a0b\ufe0f"`,
		"\"\ufffe\uffff\ufffd\"":        "\"\\ufffe\\uffff\ufffd\"",
		"\"\U000e0041\"":                `"\udb40\udc41"`,
		"":                              "",
	} {
		if got := string(plain.JSON([]byte(in))); got != want {
			t.Errorf("JSON(%q) = %q, want %q", in, got, want)
		}
	}
}

// What decodes it gets the same, and nothing moves a cursor.
func TestJSONIsTheSameText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := strings.ToValidUTF8(rapid.String().Draw(t, "text"), "")
		encoded, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		shown := plain.JSON(encoded)
		if strings.ContainsFunc(string(shown), func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Fatalf("%q", shown)
		}
		var got string
		if err := json.Unmarshal(shown, &got); err != nil || got != text {
			t.Fatalf("%q, %v", got, err)
		}
	})
}

package policy_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"iamvigil/scanner/policy"
)

func TestDecode(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"", ""},
		{`%7B%22Sid%22%3A%22a%20b%22%7D`, `{"Sid":"a b"}`},
		{`%7b%22Sid%22%3a%22+%22%7d`, `{"Sid":"+"}`},
		{`%7B%22Sid%22%3A%22%252A%22%7D`, `{"Sid":"%2A"}`},
		{`{"Sid":"%2A"}`, `{"Sid":"%2A"}`},
		{" \r\n\t" + `["%2A"]`, " \r\n\t" + `["%2A"]`},
		{"\uFEFF" + ` {"Sid":"%2A"}`, "\uFEFF" + ` {"Sid":"%2A"}`},
	} {
		if got, err := policy.Decode(test.text); got != test.want || err != nil {
			t.Errorf("%q: %q, %v", test.text, got, err)
		}
	}
	for _, text := range []string{"%", "%7", "%7B%zz", "100%"} {
		got, err := policy.Decode(text)
		if got != text || err == nil || !strings.HasPrefix(err.Error(), "decode policy document: ") {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
}

// holder is how other packages keep documents.
type holder struct{ Policy policy.Document }

func TestJSON(t *testing.T) {
	const clean = `{"Version":"2012-10-17","Statement":[{"Sid":"<&>","Effect":"Allow","Action":"a:b"}]}`
	for _, test := range []struct{ name, in, out string }{
		{"object", clean, `{"Version":"2012-10-17","Statement":[{"Sid":"\u003c\u0026\u003e","Effect":"Allow","Action":"a:b"}]}`},
		{"text", quoted(clean), `{"Version":"2012-10-17","Statement":[{"Sid":"\u003c\u0026\u003e","Effect":"Allow","Action":"a:b"}]}`},
		{"percent-encoded text", quoted(url.PathEscape(`{"Statement":{"Effect":"Allow","Action":"%2A"}}`)), `{"Statement":[{"Effect":"Allow","Action":"%2A"}]}`},
		{"no document", `null`, `null`},
		{"problems", `{"Statement":[], "X":1}`, quoted(`{"Statement":[], "X":1}`)},
		{"text with problems", quoted("{\"Statement\":[]\n"), `"{\"Statement\":[]\u000a"`},
		{"text that is not JSON", quoted(`100%`), quoted(`100%25`)},
		{"text that only looks encoded", quoted(`x%2541`), quoted(`x%2541`)},
		{"text that is not UTF-8", quoted("%7B%22%FF"), quoted("%7B%22%FF")},
		{"empty text", `""`, `""`},
	} {
		t.Run(test.name, func(t *testing.T) {
			var h, again holder
			if err := json.Unmarshal([]byte(`{"Policy":`+test.in+`}`), &h); err != nil {
				t.Fatal(err)
			}
			out, err := json.Marshal(h)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(`{"Policy":`+test.out+`}`, string(out)); diff != "" {
				t.Error(diff)
			}
			if err := json.Unmarshal(out, &again); err != nil {
				t.Fatal(err)
			}
			if len(h.Policy.Problems) > 0 {
				if diff := cmp.Diff(h, again); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

func quoted(s string) string {
	out, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(out)
}

func TestNullLeavesADocumentAlone(t *testing.T) {
	h := holder{policy.Parse(`{"Statement":[]}`)}
	if err := json.Unmarshal([]byte(`{"Policy":null}`), &h); err != nil || h.Policy.Statements == nil {
		t.Errorf("%v, %v", h, err)
	}
}

func TestUnmarshalErrors(t *testing.T) {
	for in, want := range map[string]string{
		``:                  `read policy document: neither an object nor a string`,
		`[{}]`:              `read policy document: neither an object nor a string`,
		`1`:                 `read policy document: neither an object nor a string`,
		`"{}`:               `read policy document from a JSON string: line 1, column 1: string is not closed`,
		`"{}" 1`:            `read policy document from a JSON string: line 1, column 6: text follows the string`,
		`"{` + "\xff" + `"`: `read policy document from a JSON string: line 1, column 2: string is not valid UTF-8`,
	} {
		var d policy.Document
		if err := d.UnmarshalJSON([]byte(in)); err == nil || err.Error() != want {
			t.Errorf("%s: %v", in, err)
		}
	}
}

// model is a document as encoding/json would write it.
type model struct {
	Version   string `json:",omitempty"`
	Id        string `json:",omitempty"`
	Statement []map[string]any
}

func drawModel(t *rapid.T) model {
	text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"*", "a:b", "arn:aws:s3:::b"}))
	list := rapid.Custom(func(t *rapid.T) any {
		if rapid.Bool().Draw(t, "single") {
			return text.Draw(t, "value")
		}
		return rapid.SliceOfN(text, 0, 3).Draw(t, "values")
	})
	principal := rapid.Custom(func(t *rapid.T) any {
		if rapid.Bool().Draw(t, "any") {
			return "*"
		}
		return rapid.MapOfN(rapid.SampledFrom([]string{"AWS", "Service", "Federated", "CanonicalUser"}), list, 0, 4).Draw(t, "principals")
	})
	statement := rapid.Custom(func(t *rapid.T) map[string]any {
		s := map[string]any{"Effect": rapid.SampledFrom([]string{"Allow", "Deny"}).Draw(t, "effect")}
		if sid := text.Draw(t, "sid"); sid != "" {
			s["Sid"] = sid
		}
		not := rapid.SampledFrom([]string{"", "Not"})
		s[not.Draw(t, "not")+"Action"] = list.Draw(t, "action")
		if rapid.Bool().Draw(t, "resources") {
			s[not.Draw(t, "not")+"Resource"] = list.Draw(t, "resource")
		}
		if rapid.Bool().Draw(t, "principals") {
			s[not.Draw(t, "not")+"Principal"] = principal.Draw(t, "principal")
		}
		if rapid.Bool().Draw(t, "conditions") {
			s["Condition"] = rapid.MapOfN(text, rapid.MapOfN(text, list, 1, 3), 0, 3).Draw(t, "condition")
		}
		return s
	})
	return model{
		Version:   rapid.SampledFrom([]string{"", policy.Version2008, policy.Version2012}).Draw(t, "version"),
		Id:        text.Draw(t, "id"),
		Statement: rapid.SliceOfN(statement, 0, 4).Draw(t, "statements"),
	}
}

// What encoding/json writes is read without Problems; what is printed of it says the
// same to encoding/json, but for lists of one; and what is read of that is the same
// again, but for offsets.
func TestParsePrintParse(t *testing.T) {
	parser := policy.NewParser()
	rapid.Check(t, func(t *rapid.T) {
		m := drawModel(t)
		text, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		d := parser.Parse(string(text))
		if d.Problems != nil {
			t.Fatal(d.Problems)
		}
		printed, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(generic(t, text), generic(t, printed)); diff != "" {
			t.Fatal(diff)
		}
		again := policy.Parse(string(printed))
		if diff := cmp.Diff(d, again, ignoreOffsets); diff != "" {
			t.Fatal(diff)
		}
	})
}

var ignoreOffsets = cmp.FilterPath(func(p cmp.Path) bool {
	name := p.Last().String()
	return name == ".Offset" || name == ".End"
}, cmp.Ignore())

// generic is what encoding/json takes text to be, with lists of one as their value.
func generic(t *rapid.T, text []byte) any {
	var value map[string]any
	if err := json.Unmarshal(text, &value); err != nil {
		t.Fatal(err)
	}
	for _, s := range value["Statement"].([]any) {
		flatten(s)
	}
	return value
}

func flatten(value any) {
	m, _ := value.(map[string]any)
	for key, v := range m {
		if list, ok := v.([]any); ok && len(list) == 1 {
			m[key] = list[0]
		}
		flatten(v)
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{
		`{"Version":"2012-10-17","Id":"i","Statement":[` + before + `,` + after + `]}`,
		`{"Statement":{"Effect":"Deny","effect":"Allow","NotAction":[],"NotPrincipal":{"AWS":["*"],"x":1},"Condition":{"Bool":{"k":[true,1e3]}}}}`,
		`{"Statement":[{"Sid":"x,"Action":["\ud83d\ude00\u0000"]]},` + after + "} \xff",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d := policy.Parse(text)
		end := 0
		for _, s := range d.Statements {
			if s.Offset < end || s.End <= s.Offset || s.End > len(text) || text[s.Offset] != '{' {
				t.Fatalf("statement at [%d,%d) after %d", s.Offset, s.End, end)
			}
			end = s.End
		}
		out, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		var again policy.Document
		if err := json.Unmarshal(out, &again); err != nil {
			t.Fatal(err)
		}
		if d.Problems != nil {
			checkProblems(t, text, d)
			if diff := cmp.Diff(d, again); diff != "" {
				t.Fatal(diff)
			}
			return
		}
		if d.Text != "" || !json.Valid([]byte(strings.TrimPrefix(text, "\uFEFF"))) {
			t.Fatalf("no problems, text %q", d.Text)
		}
		if diff := cmp.Diff(d, again, ignoreOffsets); diff != "" {
			t.Fatal(diff)
		}
	})
}

// checkProblems compares what is said of the syntax with what encoding/json says.
func checkProblems(t *testing.T, text string, d policy.Document) {
	t.Helper()
	broken, many := false, false
	for i, p := range d.Problems {
		many = many || p.Kind == policy.TooMany
		broken = broken || p.Kind == policy.Syntax || p.Kind == policy.Trailing || p.Kind == policy.TooDeep
		if p.Offset < 0 || p.Offset > len(text) || p.Line < 1 || p.Column < 1 || i > 0 && p.Offset < d.Problems[i-1].Offset {
			t.Fatalf("problem %+v", p)
		}
	}
	if d.Text != text {
		t.Fatalf("text %q", d.Text)
	}
	valid := json.Valid([]byte(text)) && strings.HasPrefix(strings.TrimLeft(text, " \t\r\n"), "{")
	if !many && (!broken && !valid || broken && valid && !deep(text)) {
		t.Fatalf("valid %t, problems %v", valid, d.Problems)
	}
}

// deep tells whether text may be nested too deep to be looked at.
func deep(text string) bool { return strings.Count(text, "[")+strings.Count(text, "{") > 16 }

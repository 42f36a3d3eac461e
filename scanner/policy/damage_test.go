package policy_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"iamvigil/scanner/policy"
)

const (
	before = `{"Sid":"before","Effect":"Deny","Action":"a:b","Resource":"*"}`
	after  = `{"Sid":"after","Effect":"Allow","Action":"*","Resource":"*"}`
)

// Whatever is wrong with one statement, those beside it are read whole, on one line or
// over many.
func TestDamageLosesNoNeighbour(t *testing.T) {
	for _, test := range []struct {
		damaged, want string // want: the damaged statement, as far as it can be read
	}{
		{`{"Sid":"x","Effect":"Allow""Action":"a:b"}`, `{"Sid":"x","Effect":"Allow","Action":"a:b"}`},
		{`{"Sid":"x","Effect" "Allow","Action":"a:b"}`, `{"Sid":"x","Effect":"Allow","Action":"a:b"}`},
		{`{"Sid":"x","Effect":"Allow",,"Action":"a:b",}`, `{"Sid":"x","Effect":"Allow","Action":"a:b"}`},
		{`{"Sid":"x","Effect":"Allow","Action":["a:b","c:d",]}`, `{"Sid":"x","Effect":"Allow","Action":["a:b","c:d"]}`},
		{`{"Sid":"x","Effect":"Allow","Action":["a:b" "c:d"]}`, `{"Sid":"x","Effect":"Allow","Action":["a:b","c:d"]}`},
		{`{"Sid":"x","Effect":"Allow","Action":["a:b",:,"c:d"]}`, `{"Sid":"x","Effect":"Allow","Action":["a:b","c:d"]}`},
		{`{"Sid":"x","Effect":"Allow","Action":["a:b","c:d"}`, `{"Sid":"x","Effect":"Allow","Action":["a:b","c:d"]}`},
		{`{"Sid":"x","Effect":"Allow","Action":"a:b"]}`, `{"Sid":"x","Effect":"Allow","Action":"a:b"}`},
		{`{"Sid":"x","Effect":"Allow","Action":"a:b"}}`, `{"Sid":"x","Effect":"Allow","Action":"a:b"}`},
		{`{"Sid":"x","Effect":"Allow","Action":"a:b"`, `{"Sid":"x","Effect":"Allow","Action":"a:b"}`},
		{`{"Sid":"x","Effect":"Allow","Action":"a:b","Condition":{"Bool":{"k":true}}`,
			`{"Sid":"x","Effect":"Allow","Action":"a:b","Condition":{"Bool":{"k":"true"}}}`},
		{`{"Sid":"x,"Effect":"Allow","Action":"a:b"}`, `{"Sid":"x,"}`},
		{`{"Sid":"x",Effect:"Allow","Action":"a:b"}`, `{"Sid":"x","Action":"a:b"}`},
		{`{"Sid":"x",{"a":["}",1]},[2],:"Action":"a:b"}`, `{"Sid":"x","Action":"a:b"}`},
		{`{"Sid":"x","Effect":Allow,"Action":a:b}`, `{"Sid":"x","Action":[]}`},
		{`{"Sid":"x","Effect":,"Action":}`, `{"Sid":"x","Action":[]}`},
		{`{"Sid":"x","Action":[01,-,1.,1e,1e+,0.5,.5,1E-7,+1,True,nulls]}`, `{"Sid":"x","Action":["0.5","1E-7"]}`},
		{`{"Sid":"x\q\u12\ud83d\u0x00","Action":"` + "\t" + `a"}`, `{"Sid":"xq�12��0x00","Action":"\u0009a"}`},
		{`{"Sid":"x","Principal":[{"AWS":"1"},"2","Action":"a:b"}`, `{"Sid":"x","Principal":{"AWS":["1","2","Action","a:b"]}}`},
		{`{"Sid":"x","Foo":` + strings.Repeat(`[`, 40) + `,"Action":"a:b"}`, `{"Sid":"x"}`},
		{`{"Sid":"x","Foo":{"a"`, `{"Sid":"x"}`},
		{`{"Sid":"x","Action":["a:b"`, `{"Sid":"x","Action":"a:b"}`},
		{`{"Sid":"x","Action":"` + "\n" + `","Resource":"r"}`, `{"Sid":"x","Action":""}`},
		{`{"Sid":"x\"` + "\n" + `"Resource":"r"}`, `{"Sid":"x\"","Resource":"r"}`},
	} {
		for _, between := range []string{",", ",\n"} {
			text := `{"Version":"2012-10-17","Statement":[` + strings.Join([]string{before, test.damaged, after, after}, between) + `]}`
			d := policy.Parse(text)
			var got []string
			for _, s := range d.Statements {
				one := read(t, policy.Document{Statements: []policy.Statement{s}})
				got = append(got, strings.TrimSuffix(strings.TrimPrefix(one, `{"Statement":[`), `]}`))
			}
			if diff := cmp.Diff([]string{before, test.want, after, after}, got); diff != "" {
				t.Errorf("%s\n%s", text, diff)
			}
			if len(d.Problems) == 0 || d.Text != text {
				t.Errorf("%s: problems %v, text %q", text, d.Problems, d.Text)
			}
		}
	}
}

// What an unclosed quote takes in, on its line and before the next statement, is part
// of the value.
func TestUnclosedQuote(t *testing.T) {
	for between, want := range map[string]string{",": "a:b},{", ",\n": "a:b},"} {
		d := policy.Parse(`{"Statement":[{"Effect":"Allow","Action":"a:b}` + between + after + `]}`)
		if len(d.Statements) != 2 || d.Statements[0].Actions[0] != want || d.Statements[1].Sid != "after" {
			t.Errorf("%q: %s", between, read(t, d))
		}
	}
}

func TestDamageAroundStatements(t *testing.T) {
	for _, test := range []struct {
		text string
		sids []string
	}{
		{``, nil},
		{`x`, nil},
		{`"` + before, []string{"before"}},
		{`[` + before + `,` + after + `]`, []string{"before", "after"}},
		{`[{"Statement":[` + before + `]},{"Statement":` + after + `}]`, []string{"before", "after"}},
		{`{"Version":"2012-10-17,"Statement":[` + before + `,` + after + `]}`, []string{"before", "after"}},
		{`{"Version":"2012-10-17" "Statement":[` + before + `,` + after + `]}`, []string{"before", "after"}},
		{`{"Version" "2012-10-17","Statement":` + after + `}`, []string{"after"}},
		{`{"Statement":[` + before + after + `]}`, []string{"before", "after"}},
		{`{"Statement":[` + before + `,,` + after + `]}`, []string{"before", "after"}},
		{`{"Statement":[` + before + `]],` + after + `]}`, []string{"before", "after"}},
		{`{"Statement":[` + before + `},` + after + `]}`, []string{"before", "after"}},
		{`{"Statement":[` + before + `,` + after, []string{"before", "after"}},
		{`{"Statement":[` + before + `,{"Sid":"x"`, []string{"before", "x"}},
		{`{"Statement":[` + before + `,{"Sid":"x\`, []string{"before", "x"}},
		{`{"Statement":[` + before + `,{"Sid":"x\u00`, []string{"before", "x\uFFFD00"}},
		{`{"Statement":[` + before + `,` + after + `,{"Sid`, []string{"before", "after", ""}},
		{`{"Statement":[{}` + after + `,{"x":1},` + before + `]`, []string{"", "after", "", "before"}},
		{"{\"Statement\":[{},\x00," + after + "]}", []string{"", "after"}},
		{`{"Statement":[]}}{ "SID" :"x"}{"Foo":1}{"Condition" 1}{"VeryLongElement":1}{`, []string{"x"}},
	} {
		d := policy.Parse(test.text)
		var sids []string
		for _, s := range d.Statements {
			sids = append(sids, s.Sid)
		}
		if diff := cmp.Diff(test.sids, sids); diff != "" {
			t.Errorf("%s\n%s", test.text, diff)
		}
		if len(d.Problems) == 0 {
			t.Errorf("%s: no problems", test.text)
		}
	}
}

// One fault is one Problem, whatever it does to the rest of the statement.
func TestDamageIsToldOnce(t *testing.T) {
	d := policy.Parse(`{"Statement":[{"Sid":"x,"Effect":"Allow","Action":[,,"a:b"}},{"Sid":"y","Effect":"Allow","Action":"a:b",}]}`)
	if diff := cmp.Diff([]string{"1:26 syntax", "1:105 syntax"}, places(d)); diff != "" {
		t.Error(diff, d.Problems)
	}
}

func TestManyProblemsAreCutShort(t *testing.T) {
	d := policy.Parse(`{"Statement":[` + strings.Repeat(`1,`, 1000) + `1]}`)
	if last := d.Problems[len(d.Problems)-1]; len(d.Problems) != 51 || last.Kind != policy.TooMany {
		t.Errorf("%d problems, the last %v", len(d.Problems), last)
	}
}

func TestOffsets(t *testing.T) {
	text := "\uFEFF{ \"Statement\" : [ " + before + " ,\n " + after + "] }"
	var got []string
	for _, s := range policy.Parse(text).Statements {
		got = append(got, text[s.Offset:s.End])
	}
	if diff := cmp.Diff([]string{before, after}, got); diff != "" {
		t.Error(diff)
	}
}

// Each of these would keep a parser that is not linear in the text busy for many seconds, or
// use up its memory.
func TestHostileTexts(t *testing.T) {
	fill := func(part string) string { return strings.Repeat(part, 1<<16/len(part)) }
	for i, text := range []string{
		fill(`{`), fill(`[`), fill(`"`), fill(`\`), fill(`,`), fill(`}`), fill(`{"`), fill(`["`), fill("\x00"), fill("\xff"), fill(` `),
		fill(`{"Sid":`), fill(`{"Sid":[`), fill(`{"Sid":{}`), fill(`{"Sid":"`), fill(`{"Sid"`), fill(`{ "Sid" `),
		fill(`{"Sid":` + strings.Repeat(`[`, 40)), strings.Repeat(`{"Sid":[`, 15) + fill(`{"Sid":1},`),
		fill(`{"Sid":{"Action":[`), fill(`{"Sid":{"Action":[]`), `{"Statement":[` + fill(`{"a":1}`), `{"Statement":[` + fill(`{"Sid":1}},`),
		`{"Statement":[` + fill(`{},`), `{"Statement":[` + fill(`{,},`), `{"Statement":[` + fill(`[`), fill(`{"Statement":`),
		`{"Statement":{` + fill(`"Action":"a",`), `{"Statement":{` + fill(`"Action":["a","b"],`), `{"Statement":{` + fill(`"x":"a",`),
		`{"Statement":{"Action":[` + fill(`"a",`), `{"Statement":{"Principal":[` + fill(`"a",`), `{"Statement":{` + fill(`"Principal":"a",`),
		`{"Statement":{"Principal":{` + fill(`"x":"a",`), `{"Statement":{"Condition":{` + fill(`"x":{"y":1},`),
		`{"Statement":{"Condition":{"x":{` + fill(`"y":1,`), `{"Statement":{"Condition":[` + fill(`{"y":1},`),
		`{"Statement":{"Sid":"` + fill(`\u0000`), `{"Statement":{"Sid":"` + fill(`\ud800`), `{"Statement":{"Sid":"` + fill("\t"),
	} {
		if d := policy.Parse(text); len(d.Problems) == 0 || len(d.Problems) > 51 {
			t.Errorf("text %d: %d problems", i, len(d.Problems))
		}
	}
	var distinct strings.Builder
	for i := range 1 << 12 {
		fmt.Fprintf(&distinct, `"%d":"%d",`, i, i)
	}
	for _, text := range []string{`{"Statement":{"Principal":{`, `{"Statement":{"Condition":{"x":{`, `{"Statement":{`} {
		if d := policy.Parse(text + distinct.String()); len(d.Problems) == 0 {
			t.Errorf("%s: no problems", text)
		}
	}
}

// Any edit within one statement that breaks the text leaves those beside it as they are.
func TestEditsLoseNoNeighbour(t *testing.T) {
	const damaged = `{"Sid":"x","Effect":"Allow","Principal":{"AWS":["1","*"]},"Action":["a:b","c:d"],"Condition":{"Bool":{"k":[true,1]}}}`
	rapid.Check(t, func(t *rapid.T) {
		edited := damaged
		for range rapid.IntRange(1, 3).Draw(t, "edits") {
			from := rapid.IntRange(0, len(edited)).Draw(t, "from")
			to := min(len(edited), from+rapid.IntRange(0, 20).Draw(t, "length"))
			edited = edited[:from] + rapid.StringMatching(`([{}\[\]":,\\ \n\tau1\x00]|\\u){0,3}`).Draw(t, "text") + edited[to:]
		}
		text := `{"Version":"2012-10-17","Statement":[` + before + `,` + edited + `,` + after + `]}`
		if json.Valid([]byte(text)) {
			return // no damage: the edit may have made the next statement a part of this one
		}
		d := policy.Parse(text)
		var around []string
		for _, s := range d.Statements {
			if s.Sid == "before" && s.Effect == policy.Deny || s.Sid == "after" && s.Grants("iam:PassRole", "*") {
				around = append(around, text[s.Offset:s.End])
			}
		}
		if diff := cmp.Diff([]string{before, after}, around); diff != "" || d.Problems == nil {
			t.Fatal(text, diff, d.Problems)
		}
	})
}

// What IAM would refuse but can only be read in one way, or in the wider one, is no
// reason to doubt; whatever may be missing or mean something else is.
func TestDoubt(t *testing.T) {
	for statement, want := range map[string]policy.Kind{
		`{"Effect":"Allow","Action":"a:b","Resource":"*"}`:                                                       "",
		`{"effect":"Allow","Action":"a:b","Resource":"*"}`:                                                       "",
		`{"Effect":"Allow","Action":"a:b","Action":"a:c","Resource":"*"}`:                                        "",
		`{"Effect":"Allow","Action":"a:b","NotAction":"a:c","Resource":"*"}`:                                     "",
		`{"Effect":"Allow","Action":"a:b","Resource":"*","Colour":"red"}`:                                        "",
		`{"Effect":"Allow","Action":"a:b","Principal":{"Robot":"1"}}`:                                            "",
		`{"Effect":"Allow","Colour":"red","Action":7,"Resource":"*"}`:                                            policy.WrongType,
		`{"Effect":"Allow","Action":"a:b","Resource":"*"`:                                                        policy.Syntax,
		`{"Effect":"Allow","Action":"a:b","Resource":"*"}],"Version":"2012-10-17"} [`:                            policy.Trailing,
		`{"Effect":"Allow","Action":"a:\ud800","Resource":"*"}`:                                                  policy.Encoding,
		`{"Effect":"allow","Action":"a:b","Resource":"*"}`:                                                       policy.BadEffect,
		`{"Action":"a:b","Resource":"*"}`:                                                                        policy.Missing,
		`{"Effect":"Allow","Action":"a:b","Colour":` + strings.Repeat("[", 200) + strings.Repeat("]", 200) + `}`: policy.TooDeep,
		`{"Effect":"Allow","Action":"a:b",` + strings.Repeat(`"Colour":"red",`, 60) + `"Resource":"*"}`:          policy.TooMany,
	} {
		var got policy.Kind
		if problem := policy.Parse(`{"Statement":[` + statement + `]}`).Doubt(); problem != nil {
			got = problem.Kind
		}
		if got != want {
			t.Errorf("%.80s: doubt %q, want %q", statement, got, want)
		}
	}
}

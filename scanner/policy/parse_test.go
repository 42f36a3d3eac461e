package policy_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"iamvigil/scanner/policy"
)

// read prints what was read, in the one form that a clean document is printed in.
func read(t *testing.T, d policy.Document) string {
	t.Helper()
	out, err := json.Marshal(policy.Document{Version: d.Version, ID: d.ID, Statements: d.Statements})
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// places prints where each problem is and of what kind.
func places(d policy.Document) []string {
	var list []string
	for _, p := range d.Problems {
		list = append(list, fmt.Sprintf("%d:%d %s", p.Line, p.Column, p.Kind))
	}
	return list
}

func TestForms(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"one statement", `{"Statement":{"Effect":"Allow","Action":"a:b","Resource":"*"}}`,
			`{"Statement":[{"Effect":"Allow","Action":"a:b","Resource":"*"}]}`},
		{"no statement", `{"Statement":[]}`, `{"Statement":[]}`},
		{"both versions", `{"Version":"2008-10-17","Id":"x","Statement":[]}`, `{"Version":"2008-10-17","Id":"x","Statement":[]}`},
		{"any order, any white space", " {\r\n\t\"Statement\" : [ { \"Action\" : [ \"a:b\" , \"c:d\" ] , \"Effect\":\"Deny\"} ] ,\"Version\":\"2012-10-17\"}\n",
			`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":["a:b","c:d"]}]}`},
		{"list of one", `{"Statement":[{"Sid":"S","Effect":"Allow","Action":["a:b"],"Resource":["*"]}]}`,
			`{"Statement":[{"Sid":"S","Effect":"Allow","Action":"a:b","Resource":"*"}]}`},
		{"not-forms", `{"Statement":{"Effect":"Allow","NotAction":"a:b","NotResource":["c","d"],"NotPrincipal":{"AWS":"1"}}}`,
			`{"Statement":[{"Effect":"Allow","NotPrincipal":{"AWS":"1"},"NotAction":"a:b","NotResource":["c","d"]}]}`},
		{"empty is not absent", `{"Statement":{"Effect":"Allow","Action":[],"NotResource":[],"Principal":{},"Condition":{}}}`,
			`{"Statement":[{"Effect":"Allow","Principal":{},"Action":[],"NotResource":[],"Condition":{}}]}`},
		{"principal of all", `{"Statement":{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}}`,
			`{"Statement":[{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}]}`},
		{"principals", `{"Statement":{"Effect":"Allow","Principal":{"AWS":["*","1"],"Service":"ec2.amazonaws.com","Federated":"f","CanonicalUser":["c"]},"Action":"sts:*"}}`,
			`{"Statement":[{"Effect":"Allow","Principal":{"AWS":["*","1"],"Service":"ec2.amazonaws.com","Federated":"f","CanonicalUser":"c"},"Action":"sts:*"}]}`},
		{"conditions in the order of the text", `{"Statement":{"Effect":"Allow","Action":"a:b","Condition":{"StringLike":{"z":["1","2"],"a":"3"},"Bool":{"z":true},"NumericLessThan":{"n":-1.5e+3},"Null":{"e":[]}}}}`,
			`{"Statement":[{"Effect":"Allow","Action":"a:b","Condition":{"StringLike":{"z":["1","2"],"a":"3"},"Bool":{"z":"true"},"NumericLessThan":{"n":"-1.5e+3"},"Null":{"e":[]}}}]}`},
		{"escapes", `{"Statement":{"Sid":"\"\\\/\b\f\n\r\t\u00e9\uD83D\uDE00\u0000","\u0045ffect":"\u0041llow","Action":"a:b"}}`,
			`{"Statement":[{"Sid":"\"\\/\u0008\u000c\u000a\u000d\u0009é😀\u0000","Effect":"Allow","Action":"a:b"}]}`},
		{"byte order mark", "\uFEFF" + `{"Statement":[]}`, `{"Statement":[]}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := policy.Parse(test.text)
			if diff := cmp.Diff(test.want, read(t, d)); diff != "" {
				t.Error(diff)
			}
			if len(d.Problems) > 0 || d.Text != "" {
				t.Errorf("problems %v, text %q", d.Problems, d.Text)
			}
		})
	}
}

func TestProblems(t *testing.T) {
	const rest = `"Action":"a:b"}}`
	for _, test := range []struct {
		name, text, want string
		problems         []string
	}{
		{"duplicate lists are joined", `{"Statement":{"Effect":"Allow","Action":"a:b","Action":["a:c","a:d"],"Action":[]}}`,
			`{"Statement":[{"Effect":"Allow","Action":["a:b","a:c","a:d"]}]}`, []string{"1:47 duplicate", "1:70 duplicate"}},
		{"duplicate statements are joined", `{"Statement":{"Sid":"1","Effect":"Allow","Action":"a:b"},"Statement":[{"Sid":"2","Effect":"Allow","Action":"a:b"}]}`,
			`{"Statement":[{"Sid":"1","Effect":"Allow","Action":"a:b"},{"Sid":"2","Effect":"Allow","Action":"a:b"}]}`, []string{"1:58 duplicate"}},
		{"duplicate principals are joined", `{"Statement":{"Effect":"Allow","Principal":{"AWS":"1","AWS":"2"},"Principal":{"AWS":"3"},"Principal":"*",` + rest,
			`{"Statement":[{"Effect":"Allow","Principal":"*","Action":"a:b"}]}`, []string{"1:55 duplicate", "1:66 duplicate", "1:90 duplicate"}},
		{"duplicate conditions are kept", `{"Statement":{"Effect":"Allow","Condition":{"A":{"k":"1","j":"0","k":"2"},"B":{"k":"3"},"A":{"k":"4"}},` + rest,
			`{"Statement":[{"Effect":"Allow","Action":"a:b","Condition":{"A":{"k":"1","j":"0","k":"2"},"B":{"k":"3"},"A":{"k":"4"}}}]}`, []string{"1:66 duplicate", "1:89 duplicate"}},
		{"of duplicate single values the first stands", `{"Id":"1","Id":"2","Version":"2012-10-17","Version":"x","Statement":{"Sid":"1","Sid":"2","Effect":"Deny","Effect":"Allow",` + rest,
			`{"Version":"2012-10-17","Id":"1","Statement":[{"Sid":"1","Effect":"Deny","Action":"a:b"}]}`,
			[]string{"1:11 duplicate", "1:43 duplicate", "1:80 duplicate", "1:106 duplicate"}},
		{"wrong case is read", `{"version":"2012-10-17","ID":"1","statement":{"SID":"1","effect":"Allow","ACTION":"a:b","action":"a:c","principal":{"aws":"1"}}}`,
			`{"Version":"2012-10-17","Id":"1","Statement":[{"Sid":"1","Effect":"Allow","Principal":{"AWS":"1"},"Action":["a:b","a:c"]}]}`,
			[]string{"1:2 case", "1:25 case", "1:34 case", "1:47 case", "1:57 case", "1:74 case", "1:89 case", "1:104 case", "1:117 case"}},
		{"the right case before the wrong one wins", `{"Statement":{"Effect":"Deny","effect":"Allow","Action":"a:b","action":"a:c"},"statement":[]}`,
			`{"Statement":[{"Effect":"Deny","Action":"a:b"}]}`, []string{"1:31 case", "1:63 case", "1:79 case"}},
		{"the right case after the wrong one wins", `{"statement":{"Effect":"Allow","Action":"*"},"Statement":{"effect":"Allow","Effect":"Deny","action":"a:c","Action":"a:b","principal":"*","Principal":{"AWS":"1","aws":"2"},"condition":{"A":{"k":"1"}},"Condition":{}}}`,
			`{"Statement":[{"Effect":"Deny","Principal":{"AWS":"1"},"Action":"a:b","Condition":{}}]}`,
			[]string{"1:2 case", "1:59 case", "1:92 case", "1:122 case", "1:161 case", "1:172 case"}},
		{"unknown elements", `{"Foo":[{"a":[1,"]"]}],"Statement":{"Effect":"Allow","Bar":-0.1,` + rest,
			`{"Statement":[{"Effect":"Allow","Action":"a:b"}]}`, []string{"1:2 unknown", "1:54 unknown"}},
		{"wrong types are read as far as they go", `{"Version":1,"Id":null,"Statement":[1,[{"Sid":{},"Effect":[],"Action":[true,["a:b"],{}],"Principal":["*","1"],"Condition":{"A":1,"B":{"k":[null,{}]}}}]]}`,
			`{"Statement":[{"Effect":"","Principal":"*","Action":["true","a:b"],"Condition":{"B":{"k":"null"}}}]}`,
			[]string{"1:12 type", "1:19 type", "1:37 type", "1:39 type", "1:47 type", "1:59 type", "1:72 type", "1:77 type", "1:85 type", "1:101 type", "1:109 type", "1:128 type", "1:140 type", "1:145 type"}},
		{"a principal is no text", `{"Statement":{"Effect":"Allow","Principal":"1","NotPrincipal":7,` + rest,
			`{"Statement":[{"Effect":"Allow","Principal":{"AWS":"1"},"NotPrincipal":{},"Action":"a:b"}]}`, []string{"1:14 both", "1:47 type", "1:63 type"}},
		{"a condition is an object", `{"Statement":{"Effect":"Allow","Condition":"x",` + rest,
			`{"Statement":[{"Effect":"Allow","Action":"a:b","Condition":{}}]}`, []string{"1:44 type"}},
		{"missing elements", `{"Statement":[{"Effect":"Allow"},{"Action":"a:b"}]}`,
			`{"Statement":[{"Effect":"Allow"},{"Effect":"","Action":"a:b"}]}`, []string{"1:15 missing", "1:34 missing"}},
		{"missing statement", `{"Version":"2012-10-17"}`, `null`, []string{"1:1 missing"}},
		{"an operator without keys", `{"Statement":{"Effect":"Allow","Condition":{"Bool":{}},` + rest,
			`{"Statement":[{"Effect":"Allow","Action":"a:b","Condition":{}}]}`, []string{"1:45 missing"}},
		{"both forms", `{"Statement":{"Effect":"Allow","Action":"a","NotAction":"b","Resource":"c","NotResource":"d"}}`,
			`{"Statement":[{"Effect":"Allow","Action":"a","NotAction":"b","Resource":"c","NotResource":"d"}]}`, []string{"1:14 both", "1:14 both"}},
		{"effect", `{"Statement":{"Effect":"allow",` + rest, `{"Statement":[{"Effect":"allow","Action":"a:b"}]}`, []string{"1:24 effect"}},
		{"version", `{"Version":"2012-10-18","Statement":[]}`, `{"Version":"2012-10-18","Statement":[]}`, []string{"1:12 version"}},
		{"encoding", `{"Statement":{"Sid":"` + "a\xff\xfeb" + `","Effect":"Allow","Resource":"\ud800\u0041\udc00",` + rest,
			`{"Statement":[{"Sid":"a�b","Effect":"Allow","Action":"a:b","Resource":"�A�"}]}`, []string{"1:22 encoding", "1:57 encoding", "1:69 encoding"}},
		{"too deep", `{"Statement":{"Effect":"Allow","Foo":` + strings.Repeat("[", 20) + strings.Repeat("]", 20) + `,` + rest,
			`{"Statement":[{"Effect":"Allow","Action":"a:b"}]}`, []string{"1:32 unknown", "1:52 too-deep"}},
		{"trailing data", "{\"Statement\":[]}\n\n  {\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\"}}",
			`{"Statement":[{"Effect":"Allow","Action":"*"}]}`, []string{"3:3 trailing-data"}},
		{"lines and columns", "{\n  \"Statement\": [\r\n    {\"Effect\": \"Allow\", \"Action\": 1}\n\t]\n,\"x\":0}",
			`{"Statement":[{"Effect":"Allow","Action":"1"}]}`, []string{"3:35 type", "5:2 unknown"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := policy.Parse(test.text)
			if diff := cmp.Diff(strings.ReplaceAll(test.want, `"Effect":"",`, ""), read(t, d)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(test.problems, places(d)); diff != "" {
				t.Error(diff, d.Problems)
			}
			if d.Text != test.text {
				t.Errorf("text %q", d.Text)
			}
		})
	}
}

// encoding/json matches keys without regard to case and lets the last one win, so it
// reads this statement, which IAM would take to deny, as one that allows.
func TestALaterEffectInAnotherCaseDoesNotWinOverDeny(t *testing.T) {
	d := policy.Parse(`{"Statement":{"Effect":"Deny","Action":"*","Resource":"*","effect":"Allow"}}`)
	if d.Statements[0].Effect != policy.Deny {
		t.Errorf("effect %s", d.Statements[0].Effect)
	}
	if diff := cmp.Diff([]string{"1:59 case"}, places(d)); diff != "" {
		t.Error(diff)
	}
}

func TestUnknownKindsOfPrincipalsAreKept(t *testing.T) {
	d := policy.Parse(`{"Statement":[
		{"Effect":"Allow","Action":"a:b","Principal":{"Robot":["r2","d2"],"Robot":"c3"}},
		{"Effect":"Allow","Action":"a:b","Principal":{"Robot":["r2","d2"],"Robot":"c3"}}]}`)
	for _, s := range d.Statements {
		if diff := cmp.Diff(map[string][]string{"Robot": {"r2", "d2", "c3"}}, s.Principal.Other); diff != "" {
			t.Error(diff)
		}
	}
	if diff := cmp.Diff([]string{"2:49 unknown", "2:69 unknown", "3:49 unknown", "3:69 unknown"}, places(d)); diff != "" {
		t.Error(diff)
	}
}

func TestEveryone(t *testing.T) {
	everyone := func(principal string, want bool) {
		t.Helper()
		s := policy.Parse(`{"Statement":{"Effect":"Allow","Action":"a:b",` + principal + `"Sid":"S"}}`).Statements[0]
		if got := s.Principal.Everyone(); got != want {
			t.Errorf("%s: everyone %t", principal, got)
		}
	}
	everyone(`"Principal":"*",`, true)
	everyone(`"Principal":{"AWS":"*"},`, true)
	everyone(`"Principal":{"AWS":["123456789012","*"]},`, true)
	everyone(`"Principal":["*"],`, true)
	everyone(`"Principal":{"AWS":"123456789012"},`, false)
	everyone(`"Principal":{"Service":"*"},`, false)
	everyone(`"NotPrincipal":"*",`, false)
	everyone(``, false)
}

func TestMessages(t *testing.T) {
	d := policy.Parse("{\"Statement\":[],\n \"\\u001b[31m\u202E" + strings.Repeat("x", 50) + "\":1}")
	want := `line 2, column 2: "\x1b[31m\u202exxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"... is unknown`
	if diff := cmp.Diff(want, d.Problems[0].String()); diff != "" {
		t.Error(diff)
	}
}

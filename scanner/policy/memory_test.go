package policy_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"unsafe"

	"github.com/google/go-cmp/cmp"

	"iamvigil/scanner/policy"
)

// A document that kept a part of its text would keep all of it in memory.
func TestDocumentsKeepNoPartOfTheText(t *testing.T) {
	text := `{"Version":"2012-10-17","Id":"id","Statement":[{"Sid":"sid","Effect":"Allow","Principal":{"AWS":"1","Robot":"2"},
		"Action":["a:b","` + strings.Repeat("long", 1000) + `"],"Resource":"r","Condition":{"Bool":{"key":["v",1,true]}}}]}`
	d := policy.Parse(text)
	s := d.Statements[0]
	kept := []string{d.Version, d.ID, d.Text, s.Sid, string(s.Effect), s.Resources[0], s.Conditions[0].Operator, s.Conditions[0].Key}
	kept = append(append(append(kept, s.Actions...), s.Conditions[0].Values...), s.Principal.AWS...)
	for kind, names := range s.Principal.Other {
		kept = append(append(kept, kind), names...)
	}
	start := uintptr(unsafe.Pointer(unsafe.StringData(text)))
	for _, k := range kept {
		if at := uintptr(unsafe.Pointer(unsafe.StringData(k))); k == "" || at >= start && at < start+uintptr(len(text)) {
			t.Errorf("%.20q is part of the text, or empty", k)
		}
	}
}

// Sharing must not be seen: a Parser that has read much reads each text as one that
// has read nothing.
func TestParsersForgetNothingThatMatters(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	parser := policy.NewParser()
	var texts []string
	var docs []policy.Document
	for range 100 {
		var parts []string
		for range random.IntN(20) {
			parts = append(parts, anyStatement(random), variant(random))
		}
		texts = append(texts, join(parts))
		docs = append(docs, parser.Parse(texts[len(texts)-1]))
	}
	for i, d := range docs {
		if diff := cmp.Diff(policy.Parse(texts[i]), d); diff != "" {
			t.Fatal(diff)
		}
	}
}

// A Parser that has met more words than it remembers still knows those that are
// equal within a document, and reads each as one that has read nothing.
func TestParsersForgetWords(t *testing.T) {
	parser := policy.NewParser()
	for i := range 300 {
		var resources []string
		for n := range 100 {
			resources = append(resources, fmt.Sprintf("%q", fmt.Sprintf("arn:aws:s3:::bucket-%d-%d", i, n)))
		}
		text := fmt.Sprintf(`{"Statement":[{"Effect":"Allow","Action":["s3:Get*","s3:List*"],"Resource":[%s],
			"Condition":{"StringEquals":{"aws:a":"1","aws:b":"2","aws:a":"3"}}}]}`, strings.Join(resources, ","))
		d := parser.Parse(text)
		if len(d.Problems) != 1 || d.Problems[0].Kind != policy.Duplicate {
			t.Fatalf("document %d: %v", i, d.Problems)
		}
		if diff := cmp.Diff(policy.Parse(text), d); diff != "" {
			t.Fatal(diff)
		}
	}
}

// variant is one of many statements that differ in little, and may be broken in places.
func variant(random *rand.Rand) string {
	pick := func(options ...string) string { return options[random.IntN(len(options))] }
	return fmt.Sprintf(`{"Effect":%q,%s"%sAction":%s,"%sResource":%s}`, pick("Allow", "Deny"),
		pick("", "", `"Principal":"*",`, `"Principal":{"AWS":["1","2"]},`, `"NotPrincipal":{"AWS":"1"},`, `"Principal":{"Robot":"1"},`,
			`"Condition":{},`, `"Condition":{"A":{"k":["1","2"]}},`, `"Condition":{"A":{"k":["1"]},"B":{"k":"2"}},`, `"Sid":"1","Sid":"2",`),
		pick("", "Not"), pick(`[]`, `"a:b"`, `["a:b","a:c"]`, `["a:b","a:c"],"Action":"a:d"`), pick("", "Not"), pick(`[]`, `"*"`, `["x","y"]`))
}

// The documents of a large account must fit beside one another: see BenchmarkParse.
func TestLiveHeap(t *testing.T) {
	texts, size := generate(100, true, anyStatement)
	docs := make([]policy.Document, len(texts))
	before := heap()
	parser := policy.NewParser()
	for i, text := range texts {
		docs[i] = parser.Parse(text)
	}
	if live := heap() - before; float64(live) > 0.7*float64(size) {
		t.Errorf("%d bytes for %d bytes of text", live, size)
	}
	runtime.KeepAlive(texts)
	runtime.KeepAlive(docs)
}

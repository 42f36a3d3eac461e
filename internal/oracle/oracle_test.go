package oracle_test

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"iamvigil/internal/oracle"
	"iamvigil/scanner/policy"
)

// TestAnswers: Decide and May say what other evaluators said, of every case that
// these took. Where ours leaves a case open, or asks more, it is counted.
func TestAnswers(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no answers: %v", err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			answers := read(t, path)
			cases := oracle.Cases(answers.Seed, answers.Count)
			if digest, err := oracle.Digest(cases); err != nil || digest != answers.Digest {
				t.Fatalf("the answers are to other cases (%v); ask anew: make oracle", err)
			}
			compare(t, cases, answers.Given)
		})
	}
}

// leastCompared is the share of the cases, in percent, that must have been answered
// by both.
const leastCompared = 80

func compare(t *testing.T, cases []oracle.Case, given []oracle.Answer) {
	compared, wrong, known := 0, 0, 0
	for i, c := range cases {
		if given[i] == oracle.Refused {
			continue
		}
		decided, may := ours(c)
		if decided == "" {
			continue
		}
		compared++
		want := map[oracle.Answer]policy.Decision{
			oracle.Allowed: policy.Allowed, oracle.ImplicitDeny: policy.ImplicitDeny, oracle.ExplicitDeny: policy.ExplicitDeny,
		}[given[i]]
		switch {
		case decided == want && may == want:
		case negatesNoValue(c):
			known++
		default:
			if wrong++; wrong < 10 {
				t.Errorf("case %d: %s, ours: Decide %s, May %s:\n%s", i, want, decided, may, show(c))
			}
		}
	}
	if wrong > 0 {
		t.Errorf("%d of %d cases differ", wrong, compared)
	}
	if compared*100 < leastCompared*len(cases) {
		t.Errorf("of %d cases only %d were compared", len(cases), compared)
	}
	t.Logf("%d of %d cases compared; %d differ on a negated variable without value", compared, len(cases), known)
}

// negatesNoValue tells whether a NotResource or a negated condition has a variable of a
// key that the request does not have. IAM's User Guide ("Policy variables with no value")
// says that such a text is like nothing, so that what is negated holds; the evaluator
// takes it not to hold.
func negatesNoValue(c oracle.Case) bool {
	for _, text := range append(c.Policies, c.Boundary) {
		for _, s := range policy.Parse(text).Statements {
			negated := slices.Clone(s.NotResources)
			for _, condition := range s.Conditions {
				if strings.Contains(condition.Operator, "Not") {
					negated = append(negated, condition.Values...)
				}
			}
			if slices.ContainsFunc(negated, func(text string) bool { return hasNoValue(text, c.Context) }) {
				return true
			}
		}
	}
	return false
}

func hasNoValue(text string, context map[string][]string) bool {
	_, variable, found := strings.Cut(text, "${")
	name, _, _ := strings.Cut(variable, "}")
	name, _, hasDefault := strings.Cut(name, ",")
	return found && !hasDefault && len(context[name]) == 0
}

// ours is what Decide says of the policies and the boundary together, empty where
// it leaves that open, and what May says where everything of the request is known.
func ours(c oracle.Case) (decided, may policy.Decision) {
	var documents []*policy.Document
	for _, text := range c.Policies {
		d := policy.Parse(text)
		documents = append(documents, &d)
	}
	r := policy.Request{Action: c.Action, Resource: c.Resource, Context: c.Context}
	decided = policy.Decide(r, documents...).Decision
	limits := policy.Limits{SCPs: [][]*policy.Document{}}
	if c.Boundary != "" {
		boundary := policy.Parse(c.Boundary)
		limits.Boundary = &boundary
		decided = both(decided, policy.Decide(r, &boundary).Decision)
	}
	if decided == policy.Undecided {
		return "", ""
	}
	known := map[string][]string{}
	for _, name := range oracle.KeyNames() {
		known[name] = nil
	}
	maps.Copy(known, c.Context)
	return decided, policy.Combine(documents, limits).Given(known).May(c.Action, strings.ReplaceAll(c.Resource, "*", "${*}")).Decision
}

// both is what is said by two layers, each of which must allow.
func both(a, b policy.Decision) policy.Decision {
	for _, d := range []policy.Decision{policy.ExplicitDeny, policy.Undecided, policy.ImplicitDeny} {
		if a == d || b == d {
			return d
		}
	}
	return policy.Allowed
}

func show(c oracle.Case) string {
	return strings.Join(append(c.Policies, "boundary "+c.Boundary, c.Action+" on "+c.Resource), "\n") + "\n" + cmp.Diff(nil, c.Context)
}

func read(t *testing.T, path string) *oracle.Answers {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	answers, err := oracle.Read(f)
	if err != nil {
		t.Fatal(err)
	}
	return answers
}

// What is written is read, and what is cut off is not.
func TestWrite(t *testing.T) {
	given := bytes.Repeat([]byte("aie-"), 60)
	want := &oracle.Answers{By: "x 1", On: "2026-11-23", Seed: 7, Count: len(given), Digest: "ab"}
	for _, letter := range given {
		want.Given = append(want.Given, oracle.Answer(letter))
	}
	var b bytes.Buffer
	if err := want.Write(&b); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	got, err := oracle.Read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, bad := range []string{"", text[:len(text)-5], strings.Replace(text, "seed: 7", "seed: x", 1), "what: ever\n" + text} {
		if _, err := oracle.Read(strings.NewReader(bad)); err == nil {
			t.Errorf("read %.40q", bad)
		}
	}
}

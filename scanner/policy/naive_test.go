package policy_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"iamvigil/scanner/policy"
)

// A second evaluator, which knows nothing of patterns that cover or meet: it tries all
// actions, resources and contexts of a small world.

// world is strings that patterns of at most three symbols can tell apart, and of each
// pattern which of them it matches.
type world struct {
	texts   []string
	matched map[string]bits
}

type bits []uint64

func (b bits) has(i int) bool { return b[i/64]>>(i%64)&1 == 1 }

func (b bits) set(others bits) {
	for i := range b {
		b[i] |= others[i]
	}
}

func (b bits) clear(others bits) {
	for i := range b {
		b[i] &^= others[i]
	}
}

func newWorld(texts []string) *world { return &world{texts, map[string]bits{}} }

func (w *world) matches(pattern string) bits {
	b, ok := w.matched[pattern]
	if !ok {
		b = make(bits, len(w.texts)/64+1)
		for i, text := range w.texts {
			if naive(pattern, text, true) {
				b[i/64] |= 1 << (i % 64)
			}
		}
		w.matched[pattern] = b
	}
	return b
}

// plainStatement is a statement before it is written as JSON.
type plainStatement struct {
	deny                    bool
	notActions, notResource bool
	actions, resources      []string
	condition               int // index into the conditions, or -1
}

// The conditions of the small world are on k and m, of which each has no value or one.
var plainConditions = []struct {
	text  string
	holds func(k, m string) bool // empty: absent
}{
	{`"StringEquals":{"k":"a"}`, func(k, _ string) bool { return k == "a" }},
	{`"StringNotEquals":{"k":["a","b"]}`, func(k, _ string) bool { return k != "a" && k != "b" }},
	{`"StringLike":{"K":"*"}`, func(k, _ string) bool { return k != "" }},
	{`"StringLikeIfExists":{"k":"*"}`, func(_, _ string) bool { return true }},
	{`"ForAllValues:StringLike":{"k":["*"]}`, func(_, _ string) bool { return true }},
	{`"ForAnyValue:StringNotLike":{"k":"*"}`, func(_, _ string) bool { return false }},
	{`"ForAnyValue:StringLike":{"k":["a*","z*"]}`, func(k, _ string) bool { return k != "" && k != "b" }},
	{`"StringEqualsIfExists":{"k":"b"}`, func(k, _ string) bool { return k == "" || k == "b" }},
	{`"Null":{"k":"true"}`, func(k, _ string) bool { return k == "" }},
	{`"Null":{"k":["true","false"]}`, func(_, _ string) bool { return true }},
	{`"Bool":{"m":"true"}`, func(_, m string) bool { return m == "true" }},
	{`"BoolIfExists":{"m":"false"}`, func(_, m string) bool { return m != "true" }},
	{`"Bool":{"m":"true"},"StringEquals":{"k":"a"}`, func(k, m string) bool { return m == "true" && k == "a" }},
	{`"StringEquals":{"m":"${k}"}`, func(_, _ string) bool { return false }}, // m is never what k is
	{`"StringNotEquals":{"m":"${k}"}`, func(_, _ string) bool { return true }},
}

func (s plainStatement) text(prefix string) string {
	element := func(name string, not bool, prefix string, list []string) string {
		if not {
			name = "Not" + name
		}
		return `"` + name + `":["` + prefix + strings.Join(list, `","`+prefix) + `"]`
	}
	effect, condition := "Allow", ""
	if s.deny {
		effect = "Deny"
	}
	if s.condition >= 0 {
		condition = `,"Condition":{` + plainConditions[s.condition].text + `}`
	}
	return `{"Effect":"` + effect + `",` + element("Action", s.notActions, "", s.actions) + "," +
		element("Resource", s.notResource, prefix, s.resources) + condition + `}`
}

// one is which texts a list of patterns selects, with k in the place of variables.
func (w *world) one(not bool, list []string, k string) bits {
	all := make(bits, len(w.texts)/64+1)
	for _, pattern := range list {
		if strings.Contains(pattern, "${k}") {
			if k == "" {
				continue
			}
			pattern = strings.ReplaceAll(pattern, "${k}", k)
		}
		all.set(w.matches(pattern))
	}
	for i := range all {
		if not {
			all[i] = ^all[i]
		}
	}
	return all
}

// smallCase is policies and a question about them.
type smallCase struct {
	identity, boundary, scp []plainStatement // nil boundary: none; nil scp: none apply
	action, resource        string
	except                  string // empty: nothing
	k, m                    []string
	prefix                  string // of every resource
}

var kValues, mValues = []string{"", "a", "b", "zz"}, []string{"", "true", "false"}

// dice draws cases.
type dice struct {
	*rand.Rand
	patterns []string
}

func (d dice) oneIn(n int) bool { return d.IntN(n) == 0 }

func (d dice) pattern() string {
	if d.oneIn(4) {
		return "*"
	}
	return d.patterns[1+d.IntN(len(d.patterns)-1)]
}

func (d dice) list(variables bool) []string {
	var all []string
	for range 1 + d.IntN(3) {
		p := d.pattern()
		if variables && d.oneIn(4) {
			p = []string{"${k}", "a${k}", "${k}*"}[d.IntN(3)]
		}
		all = append(all, p)
	}
	return all
}

func (d dice) statements(most int, variables bool) []plainStatement {
	all := []plainStatement{}
	for range d.IntN(most + 1) {
		s := plainStatement{d.oneIn(3), d.oneIn(4), d.oneIn(4), d.list(false), d.list(variables), -1}
		if d.oneIn(3) {
			s.condition = d.IntN(len(plainConditions))
		}
		all = append(all, s)
	}
	return all
}

func (d dice) smallCase() smallCase {
	c := smallCase{action: d.pattern(), resource: d.pattern(), k: kValues, m: mValues}
	if d.oneIn(2) {
		c.prefix = ":::::" // after which variables may stand
	}
	c.identity = d.statements(4, c.prefix != "")
	if d.oneIn(3) {
		c.boundary = d.statements(3, c.prefix != "")
	}
	if d.oneIn(4) {
		c.scp = d.statements(2, c.prefix != "")
	}
	if d.oneIn(6) {
		c.except = d.pattern()
	}
	if d.oneIn(2) {
		c.k = kValues[d.IntN(len(kValues)):][:1]
	}
	if d.oneIn(2) {
		c.m = mValues[d.IntN(len(mValues)):][:1]
	}
	return c
}

func (c smallCase) grants() policy.Grants {
	read := func(all []plainStatement) *policy.Document {
		var texts []string
		for _, s := range all {
			texts = append(texts, s.text(c.prefix))
		}
		return parsed(document(texts...))[0]
	}
	limits := policy.Limits{SCPs: [][]*policy.Document{}}
	if c.boundary != nil {
		limits.Boundary = read(c.boundary)
	}
	if c.scp != nil {
		limits.SCPs = [][]*policy.Document{{read(c.scp)}}
	}
	var documents []*policy.Document
	for _, s := range c.identity {
		documents = append(documents, read([]plainStatement{s}))
	}
	known := map[string][]string{}
	for key, values := range map[string][]string{"k": c.k, "m": c.m} {
		if len(values) == 1 {
			known[key] = values
			if values[0] == "" {
				known[key] = nil
			}
		}
	}
	g := policy.Combine(documents, limits).Given(known)
	if c.except != "" {
		g = g.Except(c.prefix + c.except)
	}
	return g
}

// truths is, over all actions and resources that are asked for, whether one, or all, are
// allowed with every context, or with some.
type truths struct{ someAlways, someEver, allAlways, allEver, anything bool }

func (c smallCase) truths(actions, resources *world) truths {
	asked := append(bits{}, resources.matches(c.resource)...)
	if c.except != "" && strings.ContainsAny(c.resource, "*?") {
		asked.clear(resources.matches(c.except))
	}
	var contexts [][]applying
	for _, k := range c.k {
		for _, m := range c.m {
			contexts = append(contexts, c.applying(actions, resources, k, m))
		}
	}
	all := truths{allAlways: true, allEver: true}
	for a := range actions.texts {
		if !actions.matches(c.action).has(a) {
			continue
		}
		always, ever := append(bits{}, asked...), make(bits, len(asked))
		for _, statements := range contexts {
			allowed := allowed(statements, a, len(asked))
			for j := range asked {
				always[j] &= allowed[j]
				ever[j] |= allowed[j] & asked[j]
			}
		}
		for j := range asked {
			all.anything = all.anything || asked[j] != 0
			all.someAlways = all.someAlways || always[j] != 0
			all.someEver = all.someEver || ever[j] != 0
			all.allAlways = all.allAlways && always[j] == asked[j]
			all.allEver = all.allEver && ever[j] == asked[j]
		}
	}
	return all
}

// applying is a statement whose conditions hold in some context.
type applying struct {
	layer              int
	deny               bool
	actions, resources bits
}

func (c smallCase) applying(actions, resources *world, k, m string) []applying {
	var all []applying
	for i, statements := range [][]plainStatement{c.identity, c.boundary, c.scp} {
		if statements == nil { // no such limit: a statement that allows all
			statements = []plainStatement{{notActions: true, notResource: true, condition: -1}}
		}
		for _, s := range statements {
			if s.condition < 0 || plainConditions[s.condition].holds(k, m) {
				all = append(all, applying{i, s.deny, actions.one(s.notActions, s.actions, k), resources.one(s.notResource, s.resources, k)})
			}
		}
	}
	return all
}

// allowed is the resources on which an action is, in every layer and against no Deny.
func allowed(statements []applying, action, size int) bits {
	layers := [3]bits{make(bits, size), make(bits, size), make(bits, size)}
	denied := make(bits, size)
	for _, s := range statements {
		switch {
		case !s.actions.has(action):
		case s.deny:
			denied.set(s.resources)
		default:
			layers[s.layer].set(s.resources)
		}
	}
	all := layers[0]
	for j := range all {
		all[j] &= layers[1][j] & layers[2][j] &^ denied[j]
	}
	return all
}

// What May and MayAll are sure of, the second evaluator says too; and of most that it can
// tell, they are sure.
func TestASecondEvaluatorAgrees(t *testing.T) {
	cases := 100_000
	if testing.Short() {
		cases = 3_000
	}
	d := dice{rand.New(rand.NewPCG(6, 144)), words("ab?*", 3)}
	actions, ending, resources := newWorld(words("abz", 4)[1:]), newWorld(words("abz", 5)), newWorld(words("abz", 5)[1:])
	sure, unsure := 0, 0
	for i := range cases {
		c := d.smallCase()
		w := resources
		if c.prefix != "" {
			w = ending
		}
		want, g := c.truths(actions, w), c.grants()
		for _, asked := range []struct {
			name          string
			got           policy.Answer
			allowed, ever bool
		}{
			{"some", g.May(c.action, c.prefix+c.resource), want.someAlways, want.someEver},
			{"all", g.MayAll(c.action, c.prefix+c.resource), want.allAlways, want.allEver && want.anything},
		} {
			switch d := asked.got.Decision; {
			case d == policy.Allowed && !asked.allowed, asked.got.Denied() && asked.ever:
				t.Fatalf("case %d, %s: %s, which is wrong\n%s", i, asked.name, d, c)
			case d == policy.Conditional && (asked.allowed || !asked.ever):
				unsure++
			default:
				sure++
			}
		}
	}
	t.Logf("%d of %d answers are exact", sure, sure+unsure)
	if unsure*20 > sure {
		t.Errorf("%d answers are Conditional without need, beside %d exact ones", unsure, sure)
	}
}

func (c smallCase) String() string {
	var b strings.Builder
	for name, all := range map[string][]plainStatement{"identity": c.identity, "boundary": c.boundary, "scp": c.scp} {
		for _, s := range all {
			fmt.Fprintf(&b, "%s %s\n", name, s.text(c.prefix))
		}
	}
	fmt.Fprintf(&b, "asked %s on %s%s, but %q, with k %q, m %q", c.action, c.prefix, c.resource, c.except, c.k, c.m)
	return b.String()
}

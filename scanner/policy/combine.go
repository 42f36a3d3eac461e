package policy

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Limits is what takes away from the policies that a principal has. They grant nothing by
// themselves. Session policies and those of resources are decisions of their own.
type Limits struct {
	// Boundary is the permissions boundary. Nil: there is none. One that could not be
	// read is the Document of an empty text, of which nothing can be told.
	Boundary *Document

	// SCPs is the organisation's service control policies, by level from the root to the
	// account: each level must allow, and any may deny. Nil: not known, which Answers say.
	// Empty: none apply, as to a management account and to service-linked roles. A level
	// without a policy allows nothing.
	SCPs [][]*Document
}

// Layer is one of the kinds of policies each of which must allow a request.
type Layer string

// The layers, in the order in which Answers name them.
const (
	Identity Layer = "identity" // those of the principal itself and of its groups
	Boundary Layer = "boundary" // its permissions boundary
	SCP      Layer = "scp"      // those of one level of the organisation
)

// Source tells where a statement stands.
type Source struct {
	Layer    Layer
	Level    int // index into Limits.SCPs; 0 in the other layers
	Document int // index into the documents of the layer; 0 in a boundary
}

// Gap is something that an Answer would have to know and does not.
type Gap struct {
	Source        // with SCPs that are not known, of their layer alone
	Reason string // one line of printable ASCII
}

// String names the policy by its place and tells what is wrong with it.
func (g Gap) String() string {
	switch {
	case g.Layer == Identity:
		return "policy " + strconv.Itoa(g.Document+1) + ": " + g.Reason
	case g.Layer == Boundary:
		return "boundary: " + g.Reason
	}
	return "service control policies: " + g.Reason
}

// Grants is what policies together allow to whoever has them, of whose requests no more
// is known than Given and At say. It keeps the documents and changes nothing: several
// goroutines may use it at once. The zero Grants allows nothing.
type Grants struct {
	layers []layer
	gaps   []Gap
	known  knowledge
	except []glob
}

// layer is documents of which any may allow.
type layer struct {
	source    Source
	documents []*Document
	doubt     truth // unclear: something may be missing from a document; else no
}

// Combine joins the policies of a principal and of its groups with what limits them, with
// resources as in Completed. Of the limits AWS does not say that it completes them: what of
// theirs would be is unclear. A nil document says nothing. It reads no statement yet.
func Combine(documents []*Document, l Limits) Grants {
	var g Grants
	g.add(Source{Layer: Identity}, documents)
	if l.Boundary != nil {
		g.add(Source{Layer: Boundary}, []*Document{l.Boundary})
	}
	for level, documents := range l.SCPs {
		g.add(Source{Layer: SCP, Level: level}, documents)
	}
	if l.SCPs == nil {
		g.gaps = append(g.gaps, Gap{Source{Layer: SCP}, "they were not read"})
	}
	return g
}

func (g *Grants) add(source Source, documents []*Document) {
	l := layer{source: source, documents: documents}
	for i, d := range documents {
		if d == nil || d.Problems == nil {
			continue
		}
		problem := d.Problems[0]
		if doubt := d.Doubt(); doubt != nil {
			problem, l.doubt = *doubt, unclear
		}
		source.Document = i
		g.gaps = append(g.gaps, Gap{source, problem.String()})
	}
	g.layers = append(g.layers, l)
}

// Given adds condition keys of which it is known what the principal's requests have, such
// as aws:username. A key with no values is known to be in none of them, as aws:username is
// for roles. Of every other key it is not known whether a request has it, nor with which
// values, so that conditions on it may hold or not. Values are written as in a
// Request's Context, and case does not count in keys here either. What was given before
// of the same key is replaced.
func (g Grants) Given(known map[string][]string) Grants {
	added := make(map[string][]string, len(known))
	for _, key := range slices.Sorted(maps.Keys(known)) {
		lower := strings.ToLower(key)
		added[lower] = append(added[lower], known[key]...)
	}
	all := make(map[string][]string, len(g.known)+len(added))
	maps.Copy(all, g.known)
	maps.Copy(all, added)
	g.known = all
	return g
}

// At makes now the time of the requests. Without it, conditions on the time may hold or not.
func (g Grants) At(now time.Time) Grants {
	return g.Given(map[string][]string{
		"aws:CurrentTime": {now.UTC().Format(time.RFC3339)},
		"aws:EpochTime":   {strconv.FormatInt(now.Unix(), 10)},
	})
}

// Except leaves resources, or all that patterns match, out of what patterns of resources
// stand for in later questions, such as whether a user may make access keys for any user
// other than itself. Where nothing is left, nothing is allowed.
func (g Grants) Except(resources ...string) Grants {
	g.except = slices.Clip(g.except)
	for _, pattern := range resources {
		g.except = append(g.except, symbols(nil, pattern))
	}
	return g
}

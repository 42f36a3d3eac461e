package scanner

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"iamvigil/scanner/account"
	"iamvigil/scanner/trail"
)

// Version is the version of a report's JSON.
const Version = 1

// Status is what is being done about a finding.
type Status string

// The statuses of a finding in a report.
const (
	Open   Status = "open"
	Exempt Status = "exempt"
	// Contained: the fault stands, and a policy of the scanner's stack keeps anybody
	// from using it, until a person mends it.
	Contained Status = "contained"
)

// Finding is a fault in a resource's state. Its identity is rule, resource key
// and part; all else is attribute.
type Finding struct {
	Rule     string      `json:"rule"`
	Severity Severity    `json:"severity"`
	Resource account.Ref `json:"resource"`
	Part     string      `json:"part"`
	Message  string      `json:"message"`
	// Evidence is shared by findings of which it says the same, and must not be
	// changed.
	Evidence map[string]string `json:"evidence"`
	// Limit is what the rule compared with there, if it has a limit: see [Limit].
	// Its JSON is in the evidence.
	Limit    int      `json:"-"`
	Controls []string `json:"controls"`
	Fix      string   `json:"fix"`
	// Commands are what mends it, in their order, ready for a POSIX shell: see
	// [Command]. None: only a person can say how.
	Commands []string `json:"commands"`
	// Console is the address of the resource's page in AWS's console, or empty.
	Console string `json:"console"`
	ID      string `json:"id"`
	Status  Status `json:"status"`
	// Owner is the value of the first configured owner tag that the resource
	// has, else the account's configured owner, else empty.
	Owner string `json:"owner"`
	// ManagedBy says by its tags where the resource is written down, such as
	// `CloudFormation stack "x"`, or is empty.
	ManagedBy string     `json:"managed_by"`
	CoveredBy string     `json:"covered_by"`
	Exempt    *Exemption `json:"exempt"`
	// AsOf is the time of the oldest fact that the rule read.
	AsOf time.Time `json:"-"`
}

// Alert is an act worth telling, once.
type Alert struct {
	Rule     string      `json:"rule"`
	Severity Severity    `json:"severity"`
	Resource account.Ref `json:"resource"`
	Message  string      `json:"message"`
	Controls []string    `json:"controls"`
	Why      string      `json:"why"`
	Fix      string      `json:"fix"`
	// Commands, Console and Owner are as those of a [Finding].
	Commands []string    `json:"commands"`
	Console  string      `json:"console"`
	Owner    string      `json:"owner"`
	Event    trail.Event `json:"event"`
}

// Gap is a question that could not be answered. A nil Resource: for none of
// the account.
type Gap struct {
	Rule       string       `json:"rule"`
	Resource   *account.Ref `json:"resource"`
	Fact       account.Fact `json:"fact"`
	Reason     string       `json:"reason"`
	Permission string       `json:"permission"`
}

// Report is the answers to all rules about one look at an account. Its slices
// are sorted and never nil.
type Report struct {
	Account  account.Identity
	Time     time.Time
	Scope    account.Scope
	Findings []Finding
	Alerts   []Alert
	Gaps     []Gap
	// Passed counts per rule the resources that were asked about and had no
	// fault.
	Passed map[string]int
	// Rules are the ids of the rules that were on, Off of those that were not.
	Rules, Off []string
	// Limits are the limits in force, of the rules that have one.
	Limits map[string]Limit
	// Graces are the graces in force, in days, of the rules that give one.
	Graces map[string]int
	// Owner is the account's, see [Terms].
	Owner string
	// Causes and Cures are those of the rules, see [About].
	Causes, Cures map[string][]string
	// Exemptions tells how many findings and alerts each exemption that is
	// configured silences, expired ones among them.
	Exemptions []ExemptionUse
	// Live maps the key of each resource that the scope names, and so was looked
	// at live, to the time of that look.
	Live map[string]time.Time

	answers map[string]*answers
	// covering maps each rule to those that cover it.
	covering map[string][]string
	// saidBy maps findings, by their ids, to rules that say them of other resources.
	saidBy map[string]string
	// following maps each rule to those that lead to it.
	following map[string][]string
	places    map[string]int // by resource key
	listed    map[account.Kind]time.Time
}

// Answer tells whether the rule answered about the resource, and from when the
// evidence is.
func (r *Report) Answer(rule string, about account.Ref) (Answer, time.Time) {
	place, exists := r.places[about.Key()]
	if !exists {
		return NotAsked, time.Time{}
	}
	return r.answers[rule].at(place)
}

// Gone reports whether the resource is absent from a complete listing of its
// kind, and when that listing was made.
func (r *Report) Gone(about account.Ref) (bool, time.Time) {
	at, listed := r.listed[about.Kind]
	_, exists := r.places[about.Key()]
	return listed && !exists, at
}

// Listed reports whether all resources of the kind were listed, with what is
// attached to them.
func (r *Report) Listed(kind account.Kind) bool {
	_, listed := r.listed[kind]
	return listed
}

// Covering are the rules whose finding on the same resource already says what
// the rule's would, the first of them first.
func (r *Report) Covering(rule string) []string { return r.covering[rule] }

// Following are the rules whose mended finding on the same part leads to the
// rule's: see [About].
func (r *Report) Following(rule string) []string { return r.following[rule] }

// Worst is the worst severity among open findings that are told on their own,
// or empty.
func (r *Report) Worst() Severity {
	worst := Severity("")
	for _, f := range r.Findings {
		if f.Status == Open && f.CoveredBy == "" && (worst == "" || f.Severity.Rank() < worst.Rank()) {
			worst = f.Severity
		}
	}
	return worst
}

// NamelessKeys are the unique ids of the users with a finding about an access
// key whose id is not known.
func (r *Report) NamelessKeys() []string {
	users := map[string]bool{}
	for _, f := range r.Findings {
		if strings.HasPrefix(f.Part, account.NamelessKey) {
			users[f.Resource.ID] = true
		}
	}
	return slices.Sorted(maps.Keys(users))
}

// CompareFindings is the order of a report's findings: the worst first, then by
// rule, resource and part.
func CompareFindings(a, b Finding) int { return compareFindings(&a, &b) }

func compareFindings(a, b *Finding) int {
	return cmp.Or(
		cmp.Compare(a.Severity.Rank(), b.Severity.Rank()),
		cmp.Compare(a.Rule, b.Rule),
		a.Resource.Compare(b.Resource),
		cmp.Compare(a.Part, b.Part),
	)
}

func compareGaps(a, b Gap) int {
	ref := func(g Gap) account.Ref {
		if g.Resource == nil {
			return account.Ref{}
		}
		return *g.Resource
	}
	return cmp.Or(cmp.Compare(a.Rule, b.Rule), ref(a).Compare(ref(b)), cmp.Compare(a.Fact, b.Fact))
}

func sortedIDs(rules []Rule) []string {
	ids := make([]string, 0, len(rules))
	for _, r := range rules {
		ids = append(ids, r.ID)
	}
	slices.Sort(ids)
	return ids
}

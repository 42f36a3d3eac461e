package ledger_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"iamvigil/ledger"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
	"iamvigil/scanner/rules"
)

// world is an account that changes at random, looked at through the project's
// own rules. Facts about credentials are as old as the last credential report,
// but for those whom events touched.
type world struct {
	*rand.Rand
	now   time.Time
	truth account.Snapshot
	// statements are what the documents of policies and trusts are made of, by ARN.
	statements map[string][]string
	// reported are the users as the credential report has them, by unique id.
	reported   map[string]account.User
	reportedAt time.Time
	denied     map[account.Fact]bool
	rules      []scanner.Rule // of those that find fault, see failing; with what is off, see off
	off        map[string]bool
	exemptions []scanner.Exemption
	serial     int
}

// credentials are the facts of the credential report.
var credentials = []account.Fact{account.Logins, account.Keys, account.MFA, account.Certificates, account.RootUse}

// failing are the rules that find fault in some world. The ledger treats all rules
// alike, so that those without a finding show nothing that these do not, and take
// longer. Which they are is tried out, in worlds that change as those of the
// simulation do: a new rule that can fail in one is among them.
var failing = sync.OnceValue(func() []scanner.Rule {
	failed := map[string]bool{}
	for seed := range uint64(8) {
		w := newWorld(seed, rules.All())
		for range 100 {
			w.change()
			w.now = w.now.Add(12 * time.Hour)
			for _, f := range w.everything().Findings {
				failed[f.Rule] = true
			}
		}
	}
	return slices.DeleteFunc(rules.All(), func(r scanner.Rule) bool { return !failed[r.ID] })
})

func newWorld(seed uint64, asked []scanner.Rule) *world {
	w := &world{Rand: rand.New(rand.NewPCG(seed, 1)), now: start, statements: map[string][]string{},
		denied: map[account.Fact]bool{}, rules: slices.Clone(asked), off: map[string]bool{}}
	w.truth = account.Snapshot{Version: account.Version, Account: identity,
		Summary: map[string]int{"AccountMFAEnabled": 1, "AccountPasswordPresent": 1, "AccountAccessKeysPresent": 0, "AccountSigningCertificatesPresent": 0,
			"GlobalEndpointTokenVersion": 2}}
	for range 6 {
		w.createUser()
		w.createRole()
		w.createPolicy()
	}
	w.makeReport()
	return w
}

func (w *world) chance(percent int) bool { return w.IntN(100) < percent }

func pick[T any](w *world, of []T) *T {
	if len(of) == 0 {
		return nil
	}
	return &of[w.IntN(len(of))]
}

func (w *world) id(prefix string) string {
	w.serial++
	return fmt.Sprintf("%s%06d", prefix, w.serial)
}

// free is a name that nobody has now, if there is one: names come back.
func (w *world) free(taken func(string) bool) string {
	for range 20 {
		if n := fmt.Sprint("n", w.IntN(12)); !taken(n) {
			return n
		}
	}
	return ""
}

func (w *world) userName() string {
	return w.free(func(n string) bool {
		return slices.ContainsFunc(w.truth.Users, func(u account.User) bool { return u.Name == n })
	})
}

func arn(kind, name string) string { return "arn:aws:iam::" + identity.ID + ":" + kind + "/" + name }

func (w *world) createUser() (touched []account.Ref) {
	name := w.userName()
	if name == "" {
		return nil
	}
	u := account.User{ARN: arn("user", name), ID: w.id("AIDA"), Name: name, Created: w.now}
	w.truth.Users = append(w.truth.Users, u)
	return []account.Ref{u.Ref()}
}

func (w *world) createRole() []account.Ref {
	name := w.free(func(n string) bool {
		return slices.ContainsFunc(w.truth.Roles, func(r account.Role) bool { return r.Name == n })
	})
	if name == "" {
		return nil
	}
	r := account.Role{ARN: arn("role", name), ID: w.id("AROA"), Name: name, Created: w.now}
	w.statements[r.ARN] = []string{
		`{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}`,
		`{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}`,
	}[:1+w.IntN(2)]
	r.Trust = w.document(r.ARN)
	w.truth.Roles = append(w.truth.Roles, r)
	return []account.Ref{r.Ref()}
}

func (w *world) createPolicy() []account.Ref {
	name := w.free(func(n string) bool {
		return slices.ContainsFunc(w.truth.Policies, func(p account.Policy) bool { return p.Name == n })
	})
	if name == "" {
		return nil
	}
	p := account.Policy{ARN: arn("policy", name), ID: w.id("ANPA"), Name: name, Created: w.now, Updated: w.now}
	w.statements[p.ARN] = []string{
		`{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}`,
		`{"Effect": "Deny", "Action": "s3:PutObject", "Resource": "*"}`,
		`{"Effect": "Allow", "Action": "*", "Resource": "*"}`,
	}[:2+w.IntN(2)]
	p.Versions = []account.PolicyVersion{{ID: "v1", Default: true, Created: w.now, Document: w.document(p.ARN)}}
	w.truth.Policies = append(w.truth.Policies, p)
	return []account.Ref{p.Ref()}
}

func (w *world) document(arn string) policy.Document {
	return policy.Parse(`{"Version": "2012-10-17", "Statement": [` + strings.Join(w.statements[arn], ", ") + `]}`)
}

// reorder writes the statements of every document in another order.
func (w *world) reorder() {
	for arn, of := range w.statements {
		of = slices.Clone(of)
		slices.Reverse(of)
		w.statements[arn] = of
	}
	for i := range w.truth.Roles {
		w.truth.Roles[i].Trust = w.document(w.truth.Roles[i].ARN)
	}
	for i := range w.truth.Policies {
		w.truth.Policies[i].Versions[0].Document = w.document(w.truth.Policies[i].ARN)
	}
}

func (w *world) makeReport() {
	w.reportedAt, w.reported = w.now, map[string]account.User{}
	for _, u := range w.truth.Users {
		u.Keys = slices.Clone(u.Keys)
		w.reported[u.ID] = u
	}
}

// change makes one change, and names what it touched.
func (w *world) change() []account.Ref {
	switch w.IntN(12) {
	case 0:
		return w.createUser()
	case 1:
		return w.createRole()
	case 2:
		return w.createPolicy()
	case 3:
		return w.deleteOne()
	case 4:
		return w.rename()
	case 5:
		return w.settings()
	}
	return w.changeUser()
}

func (w *world) deleteOne() []account.Ref {
	s := &w.truth
	switch w.IntN(3) {
	case 0:
		if i := w.IntN(1 + len(s.Users)); i < len(s.Users) {
			ref := s.Users[i].Ref()
			s.Users = slices.Delete(s.Users, i, i+1)
			return []account.Ref{ref}
		}
	case 1:
		if i := w.IntN(1 + len(s.Roles)); i < len(s.Roles) {
			ref := s.Roles[i].Ref()
			s.Roles = slices.Delete(s.Roles, i, i+1)
			return []account.Ref{ref}
		}
	case 2:
		return w.deletePolicy()
	}
	return nil
}

// deletePolicy detaches it first: IAM deletes no policy that is attached.
func (w *world) deletePolicy() []account.Ref {
	s := &w.truth
	i := w.IntN(1 + len(s.Policies))
	if i == len(s.Policies) {
		return nil
	}
	touched := []account.Ref{s.Policies[i].Ref()}
	for n := range s.Users {
		u := &s.Users[n]
		if slices.ContainsFunc(u.Attached, func(a account.Attachment) bool { return a.ARN == s.Policies[i].ARN }) {
			u.Attached, touched = nil, append(touched, u.Ref())
		}
	}
	s.Policies = slices.Delete(s.Policies, i, i+1)
	return touched
}

// rename names a user otherwise: an event tells both names.
func (w *world) rename() []account.Ref {
	u, name := pick(w, w.truth.Users), w.userName()
	if u == nil || name == "" {
		return nil
	}
	old := u.Ref()
	u.Name, u.ARN = name, arn("user", name)
	return []account.Ref{{Kind: account.KindUser, Name: old.Name}, u.Ref()}
}

// settings changes what is of the account.
func (w *world) settings() []account.Ref {
	s := &w.truth
	switch w.IntN(3) {
	case 0:
		s.Summary["AccountAccessKeysPresent"] = w.IntN(2)
	case 1:
		s.Summary["AccountMFAEnabled"] = w.IntN(2)
	case 2:
		s.PasswordPolicy = nil
		if w.chance(60) {
			s.PasswordPolicy = &account.PasswordPolicy{MinimumLength: 8 + w.IntN(10), Uppercase: w.chance(50), Reuse: w.IntN(25)}
		}
	}
	return []account.Ref{identity.Ref()}
}

func (w *world) changeUser() []account.Ref {
	u := pick(w, w.truth.Users)
	if u == nil {
		return nil
	}
	switch w.IntN(7) {
	case 0:
		u.Login = nil
	case 1:
		u.Login = &account.Login{Changed: w.now, LastUsed: w.now}
	case 2:
		u.MFA = !u.MFA
	case 3:
		if len(u.Keys) < 2 {
			u.Keys = append(slices.Clone(u.Keys), account.AccessKey{ID: w.id("AKIA"), Status: account.Active, Created: w.now})
		}
	case 4:
		u.Keys = slices.Clone(u.Keys)
		for i := range u.Keys {
			u.Keys[i].LastUsed = w.now
		}
		if len(u.Keys) > 0 && w.chance(50) {
			u.Keys[0].Status = account.Inactive
		}
	case 5:
		u.Keys = nil
	case 6:
		u.Attached = nil
		if p := pick(w, w.truth.Policies); p != nil && w.chance(60) {
			u.Attached = []account.Attachment{{ARN: p.ARN, Name: p.Name}}
		} else if w.chance(50) {
			u.Attached = []account.Attachment{{ARN: "arn:aws:iam::aws:policy/AdministratorAccess", Name: "AdministratorAccess"}}
		}
	}
	return []account.Ref{u.Ref()}
}

func (w *world) on() []scanner.Rule {
	return slices.DeleteFunc(slices.Clone(w.rules), func(r scanner.Rule) bool { return w.off[r.ID] })
}

// snapshot is what a collector sees, of the whole account or of what was touched.
func (w *world) snapshot(scope account.Scope) *account.Snapshot {
	s := w.truth
	s.Summary, s.Users, s.Seen = maps.Clone(s.Summary), slices.Clone(s.Users), map[account.Fact]account.Seen{}
	for _, f := range account.Facts() {
		at := w.now
		if slices.Contains(credentials, f) {
			at = w.reportedAt
			if !scope.Whole {
				continue
			}
		}
		s.Seen[f] = w.seen(f, at)
	}
	s.Trails = []account.Trail{{ARN: "arn:aws:cloudtrail:us-east-1:" + identity.ID + ":trail/t", Name: "t", Global: true, Logging: true, Management: account.RecordsAll}}
	s.Root.Password = "yes"
	for i := range s.Users {
		w.credentialsOf(&s.Users[i], scope)
	}
	if w.denied[account.Users] {
		s.Users = nil
	}
	if w.denied[account.Roles] {
		s.Roles = nil
	}
	if w.denied[account.Policies] {
		s.Policies = nil
	}
	return &s
}

func (w *world) seen(f account.Fact, at time.Time) account.Seen {
	if w.denied[f] {
		return account.Seen{At: at, Missing: "access denied", Permission: "iam:" + string(f)}
	}
	return account.Seen{At: at}
}

// credentialsOf gives a user the credentials that a look sees.
func (w *world) credentialsOf(u *account.User, scope account.Scope) {
	switch old, known := w.reported[u.ID]; {
	case !scope.Whole && scope.Covers(u.Ref()):
		u.Seen = map[account.Fact]account.Seen{}
		for _, f := range credentials[:4] {
			u.Seen[f] = w.seen(f, w.now)
		}
	case scope.Whole && known:
		u.Login, u.Keys, u.MFA = old.Login, old.Keys, old.MFA
	case scope.Whole:
		u.Login, u.Keys, u.MFA, u.Seen = nil, nil, false, map[account.Fact]account.Seen{}
		for _, f := range credentials[:4] {
			u.Seen[f] = account.Seen{At: w.reportedAt, Missing: "created after the report was made"}
		}
	}
	if w.denied[account.Logins] {
		u.Login = nil
	}
	if w.denied[account.Keys] {
		u.Keys = nil
	}
	u.MFA = u.MFA && !w.denied[account.MFA]
}

// look evaluates the account and compares the answers with what is known.
func (w *world) look(known ledger.Known, scope account.Scope, kind string) (scanner.Report, ledger.Changes) {
	s := w.snapshot(scope)
	report := scanner.Evaluate(s, scope, w.on(), w.now)
	terms := scanner.Terms{Exemptions: w.exemptions}
	terms.Apply(s, &report)
	return report, ledger.Diff(known, report, kind)
}

// everything is what an all-seeing look reports.
func (w *world) everything() scanner.Report {
	s := w.truth
	s.Seen = map[account.Fact]account.Seen{}
	for _, f := range account.Facts() {
		s.Seen[f] = account.Seen{At: w.now}
	}
	return scanner.Evaluate(&s, account.Scope{Whole: true}, w.on(), w.now)
}

// faults are the findings that an all-seeing look has.
func (w *world) faults() []string {
	report := w.everything()
	all := make([]string, 0, len(report.Findings))
	for i := range report.Findings {
		all = append(all, report.Findings[i].ID)
	}
	slices.Sort(all)
	return all
}

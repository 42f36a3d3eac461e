package access_test

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"iamvigil/scanner/access"
	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

// way is a line of testdata/combos.txt.
type way struct {
	names   []string
	tier    string
	actions []string
}

func ways(t testing.TB) []way {
	text, err := os.ReadFile("testdata/combos.txt")
	if err != nil {
		t.Fatal(err)
	}
	var all []way
	for line := range strings.Lines(string(text)) {
		told, actions, ok := strings.Cut(line, ": ")
		names, tier, _ := strings.Cut(told, " ")
		if ok && !strings.HasPrefix(line, "#") {
			all = append(all, way{strings.Split(names, ","), tier, strings.Fields(actions)})
		}
	}
	return all
}

// combos is an account in which somebody has each way, by each kind of variant. Its
// roles are administrators that all services of the ways trust, a SAML provider, and the
// account.
type combos struct {
	*account.Snapshot
	want map[string]string // what is told, by the name of a principal
}

func (f *combos) policy(statement string) account.Attachment {
	name := "p" + strconv.Itoa(len(f.Policies))
	p := managed("arn:aws:iam::111122223333:policy/"+name, statement)
	f.Policies = append(f.Policies, p)
	return account.Attachment{ARN: p.ARN, Name: name}
}

func inline(statements ...string) []account.InlinePolicy {
	var all []account.InlinePolicy
	for i, s := range statements {
		all = append(all, account.InlinePolicy{Name: "inline" + strconv.Itoa(i), Document: document("", s)})
	}
	return all
}

// user adds a user. Everybody has a boundary, which takes nothing away.
func (f *combos) user(name string, change func(*account.User), want string) {
	u := account.User{ARN: "arn:aws:iam::111122223333:user/path/" + name, ID: "AIDA" + name, Name: name, Boundary: adminARN}
	change(&u)
	f.Users, f.want[name] = append(f.Users, u), want
}

func (f *combos) group(name string, statement string) {
	f.Groups = append(f.Groups, account.Group{Name: name, Inline: inline(statement)})
}

var services = []string{"ec2", "lambda", "glue", "cloudformation", "datapipeline", "codestar", "codebuild", "ecs-tasks", "sagemaker",
	"tasks.apprunner", "bedrock-agentcore", "braket", "elasticmapreduce", "emr-serverless", "gamelift", "kinesisanalytics",
	"omics", "scheduler", "ssm", "states.eu-west-1", "rolesanywhere", "pods.eks"}

func service(name string) string {
	return `{"Effect": "Allow", "Principal": {"Service": "` + name + `.amazonaws.com"}, "Action": "sts:AssumeRole"}`
}

func newCombos() *combos {
	s := &account.Snapshot{Version: account.Version, Account: account.Identity{ID: "111122223333", Partition: "aws"}, Seen: map[account.Fact]account.Seen{}}
	for _, f := range account.Facts() {
		s.Seen[f] = account.Seen{At: time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)}
	}
	f := &combos{s, map[string]string{}}
	for _, name := range services {
		f.Roles = append(f.Roles, role("to-"+name, service(name)))
	}
	f.Roles = append(f.Roles, role("admin", trusting("arn:aws:iam::111122223333:root")), role("cognito",
		`{"Effect": "Allow", "Principal": {"Federated": "cognito-identity.amazonaws.com"}, "Action": "sts:AssumeRoleWithWebIdentity"}`),
		role("corp", `{"Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111122223333:saml-provider/corp"}, "Action": "sts:AssumeRoleWithSAML"}`))
	for i := range f.Roles {
		f.Roles[i].Attached = []account.Attachment{{ARN: adminARN, Name: "AdministratorAccess"}}
		f.want[f.Roles[i].Name] = "OverPermissiveIAM self"
	}
	return f
}

func denyBut(actions ...string) string {
	return `{"Effect": "Deny", "NotAction": ["` + strings.Join(actions, `", "`) + `"], "Resource": "*"}`
}

// add adds the variants of a way.
func (f *combos) add(i int, w way) {
	id := func(variant string) string { return variant + strconv.Itoa(i) }
	told := func(how string) string {
		var all []string
		for _, name := range w.names {
			all = append(all, name+" "+w.tier+how)
		}
		slices.Sort(all)
		return strings.Join(all, ", ")
	}
	every, last := allow(w.actions...), w.actions[len(w.actions)-1]
	open, conditional, closed := told(""), told(" if"), ""

	f.user(id("inline"), func(u *account.User) { u.Inline = inline(every) }, open)
	f.user(id("managed"), func(u *account.User) { u.Attached = []account.Attachment{f.policy(every)} }, open)
	f.group(id("g"), every)
	f.user(id("group"), func(u *account.User) { u.Groups = []string{id("G")} }, open)
	f.user(id("spread"), func(u *account.User) {
		for n, action := range w.actions {
			switch n % 3 {
			case 0:
				u.Inline = append(u.Inline, inline(allow(action))...)
			case 1:
				f.group(id("s")+"-"+strconv.Itoa(n), allow(action))
				u.Groups = append(u.Groups, id("s")+"-"+strconv.Itoa(n))
			default:
				u.Attached = append(u.Attached, f.policy(allow(action)))
			}
		}
	}, open)
	f.user(id("unrelated"), func(u *account.User) {
		u.Inline = inline(every, deny("kms:*"), `{"Effect": "Deny", "Action": "*", "Resource": "arn:aws:s3:::ours/*"}`)
		if strings.HasSuffix(last, "*") { // all of a pattern must be allowed on everything
			u.Inline = inline(every, deny("kms:*"))
		}
	}, open)
	f.user(id("mfa"), func(u *account.User) {
		u.Inline = inline(`{"Effect": "Allow", "Action": ["` + strings.Join(w.actions, `", "`) + `"], "Resource": "*", ` + withMFA + `}`)
	}, conditional)
	f.user(id("maybe"), func(u *account.User) {
		u.Inline = inline(every, `{"Effect": "Deny", "Action": "*", "Resource": "*", `+withoutMFA+`}`)
	}, conditional)

	f.user(id("denied"), func(u *account.User) { u.Inline = inline(every, deny(w.actions...)) }, closed)
	f.group(id("d"), deny("*"))
	f.user(id("deniedByGroup"), func(u *account.User) { u.Inline, u.Groups = inline(every), []string{id("d")} }, closed)
	f.user(id("allButDenied"), func(u *account.User) { u.Inline = inline(every, denyBut("kms:*")) }, closed)
	f.user(id("bounded"), func(u *account.User) { u.Inline, u.Boundary = inline(every), f.policy(allow("s3:ListBucket")).ARN }, closed)
	f.user(id("boundedByDeny"), func(u *account.User) {
		u.Inline, u.Boundary = inline(every), f.policy(everything+","+deny(w.actions...)).ARN
	}, closed)
	f.user(id("past"), func(u *account.User) {
		u.Inline = inline(`{"Effect": "Allow", "Action": ["` + strings.Join(w.actions, `", "`) + `"], "Resource": "*", "Condition": {"DateLessThan": {"aws:CurrentTime": "2026-09-30T00:00:00Z"}}}`)
	}, closed)
	if w.tier == "self" && strings.HasPrefix(w.actions[0], "iam:") {
		f.user(id("elsewhere"), func(u *account.User) {
			u.Inline = inline(`{"Effect": "Allow", "Action": ["` + strings.Join(w.actions, `", "`) + `"], "Resource": "arn:aws:iam::444455556666:*"}`)
		}, closed)
	}
	r := role(id("role"), service("none"))
	r.Inline = inline(every)
	f.Roles, f.want[r.Name] = append(f.Roles, r), open
}

func told(v *access.View, ref account.Ref) string {
	var all []string
	for _, e := range v.Escalations(ref) {
		if len(e.Answers) != len(e.Actions) {
			return e.Name + " lacks answers"
		}
		one := e.Name + " " + e.Tier.String()
		if e.Decision() != policy.Allowed {
			one += " if"
		}
		if e.Latent {
			one += " later"
		}
		all = append(all, one)
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

// Every way that is open is told of whoever has it, and none of those that are closed.
func TestEscalations(t *testing.T) {
	f := newCombos()
	for i, w := range ways(t) {
		f.add(i, w)
	}
	v := access.New(f.Snapshot)
	got := map[string]string{}
	for ref := range f.Resources() {
		if _, ok := f.want[ref.Name]; ok {
			got[ref.Name] = told(v, ref)
		}
	}
	if diff := cmp.Diff(f.want, got); diff != "" {
		t.Error(diff)
	}
}

// Without one of its actions no way is open.
func TestEscalationsTakeAllActions(t *testing.T) {
	f := newCombos()
	var names []string
	for i, c := range access.Combos() {
		for n := range c.Actions {
			less := slices.Delete(slices.Clone(c.Actions), n, n+1)
			if len(less) > 0 {
				f.user("u"+strconv.Itoa(i)+"-"+strconv.Itoa(n), func(u *account.User) { u.Inline = inline(allow(less...)) }, "")
				names = append(names, c.Name)
			}
		}
	}
	v := access.New(f.Snapshot)
	for i := range f.Users {
		for _, e := range v.Escalations(f.Users[i].Ref()) {
			if e.Name == names[i] {
				t.Errorf("%s: %s", f.Users[i].Name, e.Name)
			}
		}
	}
}

// No way is in the list that another as grave makes needless.
func TestCombos(t *testing.T) {
	all := access.Combos()
	for _, c := range all {
		for _, d := range all {
			needless := !slices.ContainsFunc(d.Actions, func(action string) bool { return !slices.Contains(c.Actions, action) })
			if c.Name != d.Name && d.Name != "AssumeRole" && d.Tier <= c.Tier && needless {
				t.Errorf("%s has all of %s", c.Name, d.Name)
			}
		}
		if slices.Contains(c.Actions, "iam:PassRole") != (c.Tier == access.PassRole) && c.Tier != access.ExistingCompute {
			t.Errorf("%s is %s", c.Name, c.Tier)
		}
	}
}

// A view answers several at once, and tells through which policies somebody has a way.
func TestEscalationsAtOnce(t *testing.T) {
	v, ann := setup{inline: allow("lambda:CreateFunction"), group: allow("lambda:InvokeFunction"), attached: allow("iam:PassRole"), trust: service("lambda")}.view()
	for i := range 4 {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, e := range v.Escalations(ann.Ref()) {
				for _, ground := range e.Grounds() {
					from := v.Source(ann.Ref(), ground.Source)
					got = append(got, from.Kind+" "+from.Name+" "+from.Group)
				}
			}
			if diff := cmp.Diff([]string{"attached own ", "inline inline ", "inline inline Team"}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

package functions_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"iamvigil/internal/awstest"
	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

// armed is a configuration of all cures, as quick as may be.
const armed = `version: 1
remediation:
  cures:
    deactivate-key:
      enabled: true
      rules:
        key-unused: {warn: 0, final: 1, act: 2}
    contain-console:
      enabled: true
      rules:
        user-console-unused: {warn: 0, final: 1, act: 2}
        user-console-without-mfa: {warn: 0, final: 1, act: 2}
    quarantine:
      enabled: true
      rules:
        user-unused: {warn: 0, final: 1, act: 2}
`

// neglected is an account with something for each cure, and an administrator who
// is there.
func neglected() *account.Snapshot {
	s := acme()
	now := time.Now().UTC().Truncate(time.Second)
	born, long := now.AddDate(-3, 0, 0), now.AddDate(0, 0, -300)
	enrol := policy.Parse(`{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Action":["iam:CreateVirtualMFADevice","iam:EnableMFADevice"],
		 "Resource":["arn:aws:iam::*:mfa/${aws:username}","arn:aws:iam::*:user/${aws:username}"]}]}`)
	s.Policies = append(s.Policies, account.Policy{ARN: "arn:aws:iam::aws:policy/AdministratorAccess", ID: "ANPAADMIN", Name: "AdministratorAccess", Attachments: 1,
		Versions: []account.PolicyVersion{{ID: "v1", Default: true, Document: policy.Parse(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`)}}})
	user := func(name string) account.User {
		return account.User{ARN: "arn:aws:iam::111122223333:user/" + name, ID: "AIDA" + name, Name: name, Created: born}
	}
	admin, without, away, robot, left := user("admin"), user("without-mfa"), user("away"), user("robot"), user("left")
	admin.Attached = []account.Attachment{{ARN: s.Policies[0].ARN, Name: s.Policies[0].Name}}
	admin.Login, admin.MFA = &account.Login{Changed: born, LastUsed: now.Add(-time.Hour)}, true
	without.Login = &account.Login{Changed: born, LastUsed: now.Add(-time.Hour)}
	without.Inline = []account.InlinePolicy{{Name: "enrol", Document: enrol}}
	away.Login, away.MFA = &account.Login{Changed: born, LastUsed: long}, true
	away.Keys = []account.AccessKey{{ID: "AKIAAWAY1", Status: account.Active, Created: now.AddDate(0, 0, -9), LastUsed: now.Add(-time.Hour)}}
	robot.Keys = []account.AccessKey{
		{ID: "AKIAROBOT1", Status: account.Active, Created: born, LastUsed: long},
		{ID: "AKIAROBOT2", Status: account.Active, Created: now.AddDate(0, 0, -9), LastUsed: now.Add(-time.Hour)},
	}
	left.Keys = []account.AccessKey{{ID: "AKIALEFT1", Status: account.Active, Created: born, LastUsed: long}}
	s.Users = []account.User{admin, without, away, robot, left}
	return s
}

// arm gives the functions a configuration of their own.
func (s *stack) arm() {
	s.config = filepath.Join(s.t.TempDir(), "config.yaml")
	if err := os.WriteFile(s.config, []byte(armed), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// changes are what is different of the users: keys that are inactive, and what is
// attached beside what was.
func changes(s *account.Snapshot) []string {
	var all []string
	for _, u := range s.Users {
		for _, k := range u.Keys {
			if k.Status != account.Active {
				all = append(all, k.ID)
			}
		}
		for _, p := range u.Attached {
			if p.Name != "AdministratorAccess" {
				all = append(all, u.Name+" "+p.Name)
			}
		}
	}
	slices.Sort(all)
	return all
}

// days lets remediate run every day until it has nothing more to say, and counts
// what it did.
func (s *stack) days() (acts, would int) {
	s.t.Helper()
	for day := 0; day < 9; day++ {
		c := s.remediate()
		acts, would = acts+c.Done, would+c.Would
		if day > 2 && c.Done+c.Would+c.Held+c.Postponed+c.Warned+c.Final == 0 {
			break
		}
		s.passDays(1)
		s.aws.ExpireReport()
	}
	return acts, would
}

// Remediate, held to its role of template.yaml, does all it has to; and of what it
// is granted it needs all that its cures write, and with all cures everything.
func TestRemediateRoleIsExact(t *testing.T) {
	cases := []struct {
		name  string
		given parameters
		exact bool // every grant is needed
		want  []string
	}{
		{"all", parameters{"RemediationMode": "enforce", "DeactivateKeys": "true", "ContainConsole": "true", "Quarantine": "true"}, true,
			[]string{"AKIALEFT1", "AKIAROBOT1", "away DenyConsolePolicy", "left DenyAllPolicy", "without-mfa DenyWithoutMFAPolicy"}},
		{"keys", parameters{"RemediationMode": "enforce", "DeactivateKeys": "true"}, false, []string{"AKIALEFT1", "AKIAROBOT1"}},
		{"console", parameters{"RemediationMode": "enforce", "ContainConsole": "true"}, false,
			[]string{"away DenyConsolePolicy", "without-mfa DenyWithoutMFAPolicy"}},
		{"quarantine", parameters{"RemediationMode": "enforce", "Quarantine": "true"}, false, []string{"AKIALEFT1", "left DenyAllPolicy"}},
		{"dry run", parameters{"RemediationMode": "dry-run", "DeactivateKeys": "true", "ContainConsole": "true", "Quarantine": "true"}, false, nil},
	}
	if testing.Short() {
		cases = cases[:1]
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			account0 := neglected()
			s := deployWith(t, c.given, account0)
			s.arm()
			s.audit()
			var acts, would int
			idle := s.within(t, "RemediateRole", func() { acts, would = s.days() })
			if diff := cmp.Diff(c.want, changes(account0)); diff != "" || acts < len(c.want) {
				t.Errorf("%d acts: %s", acts, diff)
			}
			if dry := c.given["RemediationMode"] == "dry-run"; dry != (would > 0) || dry && acts > 0 {
				t.Errorf("%d done, %d would be", acts, would)
			}
			for _, action := range idle {
				if c.exact || slices.Contains(writesIAM(s.template.role(t, "RemediateRole")), action) {
					t.Errorf("%s is granted and never needed", action)
				}
			}
		})
	}
}

// The switch is turned while a deadline is due: nothing is done and people are told
// so once, until it is on again.
func TestSwitchStopsRemediate(t *testing.T) {
	t.Parallel()
	account0 := neglected()
	s := deployWith(t, parameters{"RemediationMode": "enforce", "DeactivateKeys": "true"}, account0)
	s.arm()
	s.audit()
	s.remediate()
	s.passDays(1)
	s.remediate()
	s.passDays(1)
	s.aws.SetParameter(killSwitch, "off")
	told := s.published()["EmailTopic"]
	for range 2 {
		if c := s.remediate(); c.Done != 0 || c.Held == 0 || len(changes(account0)) > 0 {
			t.Fatalf("switched off: %+v, %v", c, changes(account0))
		}
	}
	if n := s.published()["EmailTopic"] - told; n != 1 {
		t.Errorf("told %d times", n)
	}
	s.aws.SetParameter(killSwitch, "on")
	if c := s.remediate(); c.Done != 1 {
		t.Errorf("switched on again: %+v", c)
	}
	if got := changes(account0); len(got) != 1 {
		t.Errorf("changed %v", got)
	}
}

// Who lives on a credential that no report knows is not unused: a key of Amazon
// Bedrock, which IAM keeps as a service-specific one.
func TestOtherCredentialsSpareTheirUser(t *testing.T) {
	t.Parallel()
	account0 := neglected()
	s := deployWith(t, parameters{"RemediationMode": "enforce", "Quarantine": "true"}, account0,
		awstest.ServiceSpecific("left", awstest.Credential{ID: "ACCALEFT1", Service: "bedrock.amazonaws.com", Status: account.Active, Created: time.Now()}))
	s.arm()
	s.audit()
	s.days()
	if got := changes(account0); len(got) > 0 {
		t.Errorf("changed %v", got)
	}
}

// The budget of docs/design.md: what a run asks of AWS, but for publishing. Of the
// authorizations there are three pages; to quarantine one user is two acts, and a
// run that may lists that user's keys.
func TestRemediateCalls(t *testing.T) {
	const pages = 3
	for parameter, most := range map[string]struct{ idle, act int }{"DeactivateKeys": {9, 15}, "ContainConsole": {9, 19}, "Quarantine": {10, 20}} {
		t.Run(parameter, func(t *testing.T) {
			t.Parallel()
			// An answer that overtakes its request has the SDK ask again.
			s := deployWith(t, parameters{"RemediationMode": "enforce", parameter: "true"}, neglected(), awstest.Latency(time.Millisecond, 0))
			s.arm()
			s.audit()
			acts := 0
			for range 5 {
				before := s.asked()
				c := s.remediate()
				made := s.asked() - before - pages
				switch {
				case c.Done+c.Spared+c.Failed == 0 && made > most.idle:
					t.Errorf("a run that does nothing makes %d calls, and %d pages", made, pages)
				case c.Done > 0 && made-most.idle > most.act*c.Done:
					t.Errorf("%d acts make %d calls more", c.Done, made-most.idle)
				}
				acts += c.Done
				s.passDays(1)
				s.aws.ExpireReport()
			}
			if acts == 0 {
				t.Error("nothing was done")
			}
		})
	}
}

// asked counts all calls but those that publish.
func (s *stack) asked() (calls int) {
	for action, n := range s.aws.Calls() {
		if !strings.HasPrefix(action, "sns:") {
			calls += n
		}
	}
	return calls
}

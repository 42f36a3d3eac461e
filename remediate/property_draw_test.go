package remediate_test

import (
	"fmt"
	"time"

	"pgregory.net/rapid"

	"iamvigil/internal/awstest"
	"iamvigil/remediate"
	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

// drawStory draws an account, a configuration and a ledger that goes with them.
func drawStory(t *rapid.T) *story {
	s := &story{world: newWorld(), T: t, memory: map[string]*memory{}, came: map[string]string{}, taken: map[string]int{}}
	drawn := awstest.Random().Draw(t, "account")
	drawn.Policies = append(drawn.Policies, account.Policy{
		ARN: adminARN, Name: "AdministratorAccess",
		Versions: []account.PolicyVersion{{ID: "v1", Default: true, Document: policy.Parse(everything)}},
	})
	s.account, s.book.Account = drawn, drawn.Account
	s.crowd = s.chance(30, "a crowd")
	more := rapid.IntRange(1, 20).Draw(t, "more users")
	if s.crowd {
		more += 60
	}
	for i := range more {
		s.user(fmt.Sprint("more", i))
	}
	duel := s.crowd && s.chance(40, "a duel")
	for i := range s.account.Users {
		if u := &s.account.Users[i]; duel {
			s.duellist(u, i)
		} else {
			s.equip(u, i)
		}
	}
	s.configure()
	for i := range s.account.Users {
		if u := &s.account.Users[i]; !s.crowd || len(u.Attached) > 0 || s.chance(15, "found") {
			s.find(u)
		}
	}
	return s
}

func (s *story) chance(percent int, what string) bool {
	return rapid.IntRange(1, 100).Draw(s.T, what) <= percent
}

// equip makes some users administrators, some harmless and some in use.
func (s *story) equip(u *account.User, n int) {
	if n >= 5 && s.chance(80, "with a key") {
		u.Keys = []account.AccessKey{{ID: fmt.Sprint("AKIAMORE", n), Status: account.Active, Created: ago(300), LastUsed: ago(rapid.IntRange(0, 200).Draw(s.T, "used"))}}
	}
	if n >= 5 && s.chance(50, "with a password") {
		u.Login = &account.Login{Changed: ago(300), LastUsed: ago(rapid.IntRange(0, 200).Draw(s.T, "signed in"))}
	}
	switch powers := rapid.IntRange(0, 9).Draw(s.T, "powers"); {
	case powers < 2 && (!s.crowd || s.chance(25, "administrator")):
		u.Attached, u.Inline, u.Groups, u.Boundary = []account.Attachment{{ARN: adminARN, Name: "AdministratorAccess"}}, nil, nil, ""
	case powers < 7:
		u.Attached, u.Inline, u.Groups = nil, nil, nil
		if s.chance(50, "may enrol") {
			allow(u, "mfa", "iam:CreateVirtualMFADevice", "iam:EnableMFADevice")
		}
	}
}

// duellist makes the first two users all the administrators that there are, each
// with one key, and the others harmless.
func (s *story) duellist(u *account.User, n int) {
	*u = account.User{ARN: u.ARN, ID: u.ID, Name: u.Name, Created: u.Created}
	u.Keys = []account.AccessKey{{ID: fmt.Sprint("AKIADUEL", n), Status: account.Active, Created: ago(300), LastUsed: ago(1)}}
	if n < 2 {
		u.Attached = []account.Attachment{{ARN: adminARN, Name: "AdministratorAccess"}}
	}
}

// find has the ledger hold what rules may say of a user.
func (s *story) find(u *account.User) {
	for i := range u.Keys {
		if k := &u.Keys[i]; k.Status == account.Active {
			for _, rule := range remediate.DeactivateKey.Rules() {
				if s.chance(70, rule) {
					part := k.ID
					if s.chance(5, "nameless") {
						part = "access_key_1"
					}
					s.finding(u, rule, part, map[string]string{"last_used": stamp(k.LastUsed)})
				}
			}
		}
	}
	if u.Login != nil {
		for _, rule := range remediate.ContainConsole.Rules() {
			if s.chance(40, rule) {
				s.finding(u, rule, "", nil)
			}
		}
	}
	if s.chance(15, "unused") {
		s.finding(u, "user-unused", "", nil)
	}
}

// configure draws a configuration.
func (s *story) configure() {
	c := &s.settings
	c.Mode = remediate.Enforce
	if s.chance(15, "dry run") {
		c.Mode = remediate.DryRun
	}
	c.Cures = map[remediate.Cure]bool{}
	var all remediate.Schedule
	alike := s.crowd || s.chance(50, "one schedule")
	for _, cure := range remediate.Cures() {
		c.Cures[cure] = s.chance(85, string(cure))
		for _, rule := range cure.Rules() {
			if c.Schedules[rule] = all; alike && all.Act > 0 {
				continue
			}
			warn := rapid.IntRange(0, 2).Draw(s.T, "warn")
			final := warn + rapid.IntRange(1, 4).Draw(s.T, "final")
			schedule := remediate.Schedule{Warn: warn, Final: final, Act: final + rapid.IntRange(1, 4).Draw(s.T, "act")}
			if err := schedule.Check(); err != nil {
				s.Fatalf("%+v: %v", schedule, err)
			}
			c.Schedules[rule], all = schedule, schedule
		}
	}
	c.Protected, c.Terms.Exemptions = nil, nil
	for i := range s.account.Users {
		u := &s.account.Users[i]
		switch rapid.IntRange(0, 19).Draw(s.T, "shield") {
		case 0:
			c.Protected = append(c.Protected, u.ARN)
		case 1:
			c.Protected = append(c.Protected, u.Name+"*")
		case 2:
			c.Terms.Exemptions = append(c.Terms.Exemptions, exemption(u.Name, nil))
		case 3:
			u.Tags = map[string]string{"keep": "yes"}
		}
	}
	c.Terms.Exemptions = append(c.Terms.Exemptions, exemption("*", map[string]string{"keep": "y*"}))
	for i := range c.Terms.Exemptions {
		c.Terms.Exemptions[i].Expires = night.Add(time.Duration(rapid.IntRange(1, 900).Draw(s.T, "expires")) * day)
	}
	c.Digest = fmt.Sprint("d", rapid.IntRange(0, 99).Draw(s.T, "digest"))
}

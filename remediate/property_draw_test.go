package remediate_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"pgregory.net/rapid"

	"iamvigil/internal/awstest"
	"iamvigil/remediate"
	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

// drawStory draws an account, a configuration and a ledger that goes with them.
func drawStory(t *rapid.T) *story {
	s := &story{world: newWorld(), T: t, dice: rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0)), memory: map[string]*memory{}, came: map[string]string{}, taken: map[string]int{}}
	drawn := awstest.Random().Draw(t, "account")
	drawn.Policies = append(drawn.Policies, account.Policy{
		ARN: adminARN, Name: "AdministratorAccess",
		Versions: []account.PolicyVersion{{ID: "v1", Default: true, Document: policy.Parse(everything)}},
	})
	s.account, s.book.Account = drawn, drawn.Account
	s.crowd = s.chance(30)
	more := s.between(1, 20)
	if s.crowd {
		more += 60
	}
	for i := range more {
		s.user(fmt.Sprint("more", i))
	}
	duel := s.crowd && s.chance(40)
	for i := range s.account.Users {
		if u := &s.account.Users[i]; duel {
			s.duellist(u, i)
		} else {
			s.equip(u, i)
		}
	}
	s.configure()
	for i := range s.account.Users {
		if u := &s.account.Users[i]; !s.crowd || len(u.Attached) > 0 || s.chance(15) {
			s.find(u)
		}
	}
	return s
}

// between draws evenly. Rapid's own numbers are small ones mostly: what is to be
// rare would be all that there is.
func (s *story) between(least, most int) int { return least + s.dice.IntN(most-least+1) }

func (s *story) chance(percent int) bool { return s.between(1, 100) <= percent }

func oneOf[T any](s *story, all []T) T { return all[s.between(0, len(all)-1)] }

// equip makes some users administrators, some harmless and some in use.
func (s *story) equip(u *account.User, n int) {
	if n >= 5 && s.chance(80) {
		u.Keys = []account.AccessKey{{ID: fmt.Sprint("AKIAMORE", n), Status: account.Active, Created: ago(300), LastUsed: ago(s.between(0, 200))}}
	}
	if n >= 5 && s.chance(50) {
		u.Login = &account.Login{Changed: ago(300), LastUsed: ago(s.between(0, 200))}
	}
	switch powers := s.between(0, 9); {
	case powers < 2 && (!s.crowd || s.chance(25)):
		u.Attached, u.Inline, u.Groups, u.Boundary = []account.Attachment{{ARN: adminARN, Name: "AdministratorAccess"}}, nil, nil, ""
	case powers < 7:
		u.Attached, u.Inline, u.Groups = nil, nil, nil
		if s.chance(50) {
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
				if s.chance(70) {
					part := k.ID
					if s.chance(5) {
						part = "access_key_1"
					}
					s.finding(u, rule, part, map[string]string{"last_used": stamp(k.LastUsed)})
				}
			}
		}
	}
	if u.Login != nil {
		for _, rule := range remediate.ContainConsole.Rules() {
			if s.chance(40) {
				s.finding(u, rule, "", nil)
			}
		}
	}
	if s.chance(15) {
		s.finding(u, "user-unused", "", nil)
	}
}

// configure draws a configuration.
func (s *story) configure() {
	c := &s.settings
	c.Mode = remediate.Enforce
	if s.chance(15) {
		c.Mode = remediate.DryRun
	}
	c.Cures = map[remediate.Cure]bool{}
	var all remediate.Schedule
	alike := s.crowd || s.chance(50)
	for _, cure := range remediate.Cures() {
		c.Cures[cure] = s.chance(85)
		for _, rule := range cure.Rules() {
			if c.Schedules[rule] = all; alike && all.Act > 0 {
				continue
			}
			warn := s.between(0, 2)
			final := warn + s.between(1, 4)
			schedule := remediate.Schedule{Warn: warn, Final: final, Act: final + s.between(1, 4)}
			if err := schedule.Check(); err != nil {
				s.Fatalf("%+v: %v", schedule, err)
			}
			c.Schedules[rule], all = schedule, schedule
		}
	}
	c.Protected, c.Terms.Exemptions = nil, nil
	for i := range s.account.Users {
		u := &s.account.Users[i]
		switch s.between(0, 19) {
		case 0:
			c.Protected = append(c.Protected, u.ARN)
		case 1:
			c.Protected = append(c.Protected, oneOf(s, []string{u.Name, strings.ToUpper(u.Name)})+"*")
		case 2:
			c.Terms.Exemptions = append(c.Terms.Exemptions, exemption(u.Name, nil))
		case 3:
			u.Tags = map[string]string{"keep": "yes"}
		}
	}
	c.Terms.Exemptions = append(c.Terms.Exemptions, exemption("*", map[string]string{"keep": "y*"}))
	for i := range c.Terms.Exemptions {
		c.Terms.Exemptions[i].Expires = night.Add(time.Duration(s.between(1, 900)) * day)
	}
	c.Digest = fmt.Sprint("d", s.between(0, 99))
}

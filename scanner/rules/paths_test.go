package rules_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
)

// TestEscalationIsToldOnce: of a policy that is enough for every permission, and of who
// has it, one line is told: of who has it, as long as that stands.
func TestEscalationIsToldOnce(t *testing.T) {
	rules := []string{"principal-effective-admin", "policy-privilege-escalation", "policy-pass-role-star"}
	crowdOf := func(change func(*crowd)) account.Snapshot {
		c := newCrowd()
		c.Roles = c.Roles[:1]
		change(c)
		s := c.Snapshot
		return s
	}
	for name, test := range map[string]struct {
		snapshot account.Snapshot
		told     map[string]string // by resource
	}{
		"an inline policy": {crowdOf(func(c *crowd) { c.user("u", account.User{Inline: inlineOf(says("Allow", "iam:PutUserPolicy"))}) }),
			map[string]string{"u": "principal-effective-admin"}},
		"a managed one": {crowdOf(func(c *crowd) {
			c.user("u", account.User{Attached: []account.Attachment{c.policy(says("Allow", "iam:PutUserPolicy"))}})
		}), map[string]string{"u": "principal-effective-admin"}},
		"a group's": {crowdOf(func(c *crowd) {
			c.user("u", account.User{Groups: []string{c.group(says("Allow", "iam:PutUserPolicy"))}})
		}),
			map[string]string{"u": "principal-effective-admin"}},
		"one that nobody can use": {crowdOf(func(c *crowd) {
			c.user("u", account.User{Attached: []account.Attachment{c.policy(says("Allow", "iam:PutUserPolicy"))}, Inline: inlineOf(says("Deny", "*"))})
		}), map[string]string{"p0": "policy-privilege-escalation"}},
		"a half of a way": {crowdOf(func(c *crowd) {
			c.user("u", account.User{Inline: inlineOf(says("Allow", "iam:PassRole"), says("Allow", "ec2:RunInstances"))})
		}), map[string]string{"u": "principal-effective-admin"}},
		"a half of none": {crowdOf(func(c *crowd) { c.user("u", account.User{Inline: inlineOf(says("Allow", "iam:PassRole"))}) }),
			map[string]string{"u": "policy-pass-role-star"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := test.snapshot
			s.Account = account.Identity{ID: "111122223333", Partition: "aws"}
			s.Seen = map[account.Fact]account.Seen{}
			for _, fact := range account.Facts() {
				s.Seen[fact] = account.Seen{At: clock}
			}
			var asked []scanner.Rule
			for _, id := range rules {
				asked = append(asked, mustRule(t, id))
			}
			told := map[string]string{}
			for _, f := range scanner.Evaluate(&s, account.Scope{Whole: true}, asked, clock).Findings {
				if f.CoveredBy == "" {
					told[f.Resource.Name] += f.Rule
				}
			}
			if diff := cmp.Diff(test.told, told); diff != "" {
				t.Error(diff)
			}
		})
	}
}

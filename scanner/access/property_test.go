package access_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"iamvigil/internal/awstest"
	"iamvigil/scanner/access"
	"iamvigil/scanner/account"
)

// statements draws one statement or more of an effect.
func statements(effect string) *rapid.Generator[string] {
	actions := rapid.SampledFrom([]string{"*", "iam:*", "iam:Get*", "iam:PassRole", "iam:EnableMFADevice", "iam:CreateVirtualMFADevice",
		"sts:*", "sts:AssumeRole", "ssm:SendCommand", "ses:Send*", "s3:*", "i*", "?am:*"})
	lists := rapid.SampledFrom([]string{"Action", "Action", "Action", "NotAction"})
	resources := rapid.SampledFrom([]string{"*", "*", "arn:aws:iam::*:user/${aws:username}", "arn:aws:iam::*:*/${aws:PrincipalTag/x}", "arn:aws:s3:::x", "arn:aws:iam::*:role/d*"})
	onlyWhere := rapid.SampledFrom([]string{"", "", withMFA, withoutMFA, `"Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}`})
	return rapid.Custom(func(t *rapid.T) string {
		var list []string
		for range rapid.IntRange(1, 2).Draw(t, "statements") {
			s := `{"Effect": "` + effect + `", "` + lists.Draw(t, "list") + `": ["` +
				strings.Join(rapid.SliceOfN(actions, 1, 3).Draw(t, "actions"), `", "`) + `"], "Resource": "` + resources.Draw(t, "resource") + `"`
			if where := onlyWhere.Draw(t, "where"); where != "" {
				s += ", " + where
			}
			list = append(list, s+"}")
		}
		return strings.Join(list, ",")
	})
}

func setups() *rapid.Generator[setup] {
	texts := rapid.OneOf(rapid.Just(""), rapid.Just(everything), rapid.Just(self), statements("Allow"), statements("Deny"))
	trusts := rapid.SampledFrom([]string{"", trusting(annARN), trusting("*"), trusting("111122223333"), everybody(`"StringLike": {"aws:PrincipalArn": "*:role/*"}`)})
	return rapid.Custom(func(t *rapid.T) setup {
		return setup{inline: texts.Draw(t, "inline"), attached: texts.Draw(t, "attached"), group: texts.Draw(t, "group"),
			boundary: texts.Draw(t, "boundary"), trust: trusts.Draw(t, "trust")}
	})
}

// answers are all that a view says of ann.
type answers struct {
	unprivileged, administrator, enrols, mails, assumes bool
}

func (s setup) answers() answers {
	v, ann := s.view()
	return answers{v.Unprivileged(ann), v.Administrator(ann), v.MayEnrolMFA(ann), v.SendsMail(ann), len(v.Assumable(ann)) > 0}
}

// with is the setup with statements added to one of its texts.
func (s setup) with(t *rapid.T, more string) setup {
	where := []*string{&s.inline, &s.attached, &s.group}
	if s.boundary != "" {
		where = append(where, &s.boundary)
	}
	text := rapid.SampledFrom(where).Draw(t, "where")
	*text = strings.TrimPrefix(*text+","+more, ",")
	return s
}

func TestAnAllowProvesNobodyHarmless(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := setups().Draw(t, "setup")
		before, after := s.answers(), s.with(t, statements("Allow").Draw(t, "allow")).answers()
		if !before.unprivileged && after.unprivileged || before.administrator && !after.administrator ||
			before.enrols && !after.enrols || before.mails && !after.mails || before.assumes && !after.assumes {
			t.Fatalf("%+v, then %+v", before, after)
		}
	})
}

func TestADenyMakesNobodyMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := setups().Draw(t, "setup")
		before, after := s.answers(), s.with(t, statements("Deny").Draw(t, "deny")).answers()
		if !before.administrator && after.administrator || !before.enrols && after.enrols || !before.assumes && after.assumes ||
			before.unprivileged != after.unprivileged || before.mails != after.mails {
			t.Fatalf("%+v, then %+v", before, after)
		}
	})
}

// What is not known proves nothing, and rules nothing out.
func TestDoubtProvesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := setups().Draw(t, "setup")
		before := s.answers()
		if before.unprivileged && before.administrator {
			t.Fatal("an administrator is unprivileged")
		}
		s.change = rapid.SampledFrom([]func(*account.Snapshot, *account.User){
			unseen(account.Users), unseen(account.Groups), unseen(account.Policies), unlisted,
		}).Draw(t, "doubt")
		if after := s.answers(); after.unprivileged || after.administrator || after.enrols || !after.mails || before.assumes && !after.assumes {
			t.Fatalf("%+v, then %+v", before, after)
		}
	})
}

// unlisted attaches a policy that is not in the snapshot.
func unlisted(s *account.Snapshot, u *account.User) {
	attach("arn:aws:iam::111122223333:policy/new")(s, u)
}

// In the account of every hazard, hostile names and damaged documents among
// them, no question fails, and no order of the listings changes an answer.
func TestAnswersDoNotDependOnOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := awstest.Random().Draw(t, "account")
		v := access.New(s)
		turned := *s
		turned.Groups, turned.Roles, turned.Policies = slices.Clone(s.Groups), slices.Clone(s.Roles), slices.Clone(s.Policies)
		slices.Reverse(turned.Groups)
		slices.Reverse(turned.Roles)
		slices.Reverse(turned.Policies)
		w := access.New(&turned)
		for i := range s.Users {
			u := &s.Users[i]
			if v.Unprivileged(u) != w.Unprivileged(u) || v.Administrator(u) != w.Administrator(u) ||
				v.MayEnrolMFA(u) != w.MayEnrolMFA(u) || v.SendsMail(u) != w.SendsMail(u) || len(v.Assumable(u)) != len(w.Assumable(u)) {
				t.Fatalf("user %q differs", u.Name)
			}
			if v.Unprivileged(u) && v.Administrator(u) {
				t.Fatalf("user %q is administrator and unprivileged", u.Name)
			}
		}
	})
}

// The largest account that IAM's quotas allow.
func BenchmarkLargest(b *testing.B) {
	s := awstest.Large(awstest.Largest())
	b.Run("New", func(b *testing.B) {
		for b.Loop() {
			access.New(s)
		}
	})
	v := access.New(s)
	for name, ask := range map[string]func(*account.User) bool{
		"Unprivileged": v.Unprivileged, "Administrator": v.Administrator, "MayEnrolMFA": v.MayEnrolMFA, "SendsMail": v.SendsMail,
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				for i := range s.Users {
					ask(&s.Users[i])
				}
			}
		})
	}
	b.Run("Assumable of one", func(b *testing.B) {
		for b.Loop() {
			v.Assumable(&s.Users[0])
		}
	})
}

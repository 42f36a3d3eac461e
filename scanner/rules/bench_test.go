package rules_test

import (
	"fmt"
	"strings"
	"testing"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
	"iamvigil/scanner/rules"
)

// BenchmarkAll asks all rules about an account at IAM's quotas, each of its
// documents of the greatest size: 5,000 users in ten groups each, 1,000 roles
// and 1,500 policies, ten of them attached to whatever can have some.
func BenchmarkAll(b *testing.B) {
	s := largest()
	for b.Loop() {
		scanner.Evaluate(s, account.Scope{Whole: true}, rules.All(), clock)
	}
}

func largest() *account.Snapshot {
	s := &account.Snapshot{Account: account.Identity{ID: "111122223333", Partition: "aws"}, Seen: map[account.Fact]account.Seen{}}
	for _, fact := range account.Facts() {
		s.Seen[fact] = account.Seen{At: clock}
	}
	parser := policy.NewParser()
	for i := range 1500 {
		s.Policies = append(s.Policies, account.Policy{
			ARN: fmt.Sprintf("arn:aws:iam::111122223333:policy/p%d", i), ID: fmt.Sprintf("ANPA%d", i), Name: fmt.Sprintf("p%d", i), Attachments: 1,
			Versions: []account.PolicyVersion{{ID: "v1", Default: true, Document: parser.Parse(document(6144, i))}},
		})
	}
	attached := func(i int) []account.Attachment {
		var list []account.Attachment
		for n := range 10 {
			list = append(list, account.Attachment{ARN: s.Policies[(i*10+n)%1500].ARN})
		}
		return list
	}
	inline := func(size, i int) []account.InlinePolicy {
		return []account.InlinePolicy{{Name: "inline", Document: parser.Parse(document(size, i))}}
	}
	for i := range 300 {
		s.Groups = append(s.Groups, account.Group{ID: fmt.Sprintf("AGPA%d", i), Name: fmt.Sprintf("g%d", i), Attached: attached(i), Inline: inline(5120, i)})
	}
	for i := range 1000 {
		s.Roles = append(s.Roles, account.Role{
			ARN: fmt.Sprintf("arn:aws:iam::111122223333:role/r%d", i), ID: fmt.Sprintf("AROA%d", i), Name: fmt.Sprintf("r%d", i),
			Trust: parser.Parse(document(2048, i)), Attached: attached(i), Inline: inline(10240, i),
		})
	}
	for i := range 5000 {
		u := account.User{ID: fmt.Sprintf("AIDA%d", i), Name: fmt.Sprintf("u%d", i), Attached: attached(i), Inline: inline(2048, i)}
		for n := range 10 {
			u.Groups = append(u.Groups, fmt.Sprintf("g%d", (i+n)%300))
		}
		s.Users = append(s.Users, u)
	}
	return s
}

// document is a policy of about so many characters.
func document(size, i int) string {
	var b strings.Builder
	b.WriteString(`{"Version": "2012-10-17", "Statement": [`)
	for n := 0; b.Len() < size-200; n++ {
		fmt.Fprintf(&b, `{"Effect": "Allow", "Action": ["s3:Get*", "s3:List*"], "Resource": "arn:aws:s3:::bucket-%d-%d/*"},`, i, n)
	}
	b.WriteString(`{"Effect": "Allow", "Action": "ec2:Describe*", "Resource": "*"}]}`)
	return b.String()
}

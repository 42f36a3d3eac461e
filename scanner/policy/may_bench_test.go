package policy_test

import (
	"math/rand/v2"
	"testing"

	"iamvigil/scanner/policy"
)

// BenchmarkMay asks of eight policies at IAM's limit of 6,144 characters: of an action by
// name, as rules do, and of all of a service.
func BenchmarkMay(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 2))
	var texts []string
	for range 8 {
		texts = append(texts, join(statements(random, anyStatement)))
	}
	g := policy.Combine(parsed(texts...), policy.Limits{}).Given(context{"aws:username": {"alice"}})
	for _, c := range [][2]string{{"iam:PassRole", "*"}, {"iam:CreateAccessKey", anyUser}, {"kms:CreateKey", noThing}, {"iam:*", "*"}} {
		b.Run(c[0], func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				g.May(c[0], c[1])
			}
		})
	}
}

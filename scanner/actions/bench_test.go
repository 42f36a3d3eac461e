package actions_test

import (
	"strings"
	"testing"

	"iamvigil/scanner/actions"
)

func BenchmarkLevelOf(b *testing.B) {
	for _, action := range []string{"iam:PassRole", "ec2:describevpcs", "s3:NoSuchThing", "a2c:GetContainerizationJobDetails"} {
		b.Run(action, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				actions.LevelOf(action)
			}
		})
	}
}

// The last two patterns are as dear as any that can match.
func BenchmarkMatching(b *testing.B) {
	for _, bench := range []struct{ name, pattern string }{
		{"all", "*"},
		{"service", "iam:*Policy*"},
		{"inner", "*:*AccessKey*"},
		{"stars", strings.Repeat("*", 6144)},
		{"hostile", strings.Repeat("*e*?", 12) + "\xff"},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				for range actions.Matching(bench.pattern) {
				}
			}
		})
	}
}

func BenchmarkServices(b *testing.B) {
	for b.Loop() {
		for range actions.Services() {
		}
	}
}

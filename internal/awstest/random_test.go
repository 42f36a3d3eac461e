package awstest_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"iamvigil/internal/awstest"
	"iamvigil/scanner/account"
	"iamvigil/scanner/collect"
)

// What is collected from a served account is the account: over every shape of
// account, page, trail and credential report.
func TestCollectedIsServed(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		want := awstest.Random().Draw(rt, "account")
		served := awstest.Serve(rt, want,
			awstest.SmallPages(rapid.IntRange(0, 3).Draw(rt, "page size")),
			awstest.EventSelectors(rapid.SampledFrom([]awstest.Selectors{awstest.Basic, awstest.Split, awstest.Advanced}).Draw(rt, "selectors")),
			awstest.RegionalTrails("here"),
			awstest.CredentialReport(awstest.Report{Upper: rapid.Bool().Draw(rt, "TRUE"), Additional: rapid.Bool().Draw(rt, "23 columns")}))
		got, err := collect.New(served.Config(), account.Identity{}, awstest.Epoch).Whole(t.Context())
		if err != nil {
			rt.Fatal(err)
		}
		if diff := cmp.Diff(awstest.Reported(want), got, cmpopts.EquateEmpty()); diff != "" {
			rt.Fatal(diff)
		}
	})
}

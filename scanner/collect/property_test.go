package collect_test

import (
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"iamvigil/internal/awstest"
	"iamvigil/scanner/account"
	"iamvigil/scanner/collect"
	"iamvigil/scanner/policy"
)

// What is collected of an account is the account, whatever its shape, the size
// of AWS's pages and the words of its answers.
func TestCollectIsWhatIsServed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := awstest.Random().Draw(t, "account")
		s.Stack = awstest.RandomStack(s.Account).Draw(t, "stack")
		options := []awstest.Option{
			awstest.CredentialReport(awstest.Report{Upper: rapid.Bool().Draw(t, "upper"), Additional: rapid.Bool().Draw(t, "23 columns")}),
			awstest.EventSelectors(rapid.SampledFrom([]awstest.Selectors{awstest.Basic, awstest.Split, awstest.Advanced}).Draw(t, "selectors")),
			awstest.RegionalTrails("regional"),
		}
		if n := rapid.IntRange(0, 4).Draw(t, "page"); n > 0 {
			options = append(options, awstest.SmallPages(n))
		}
		fake := awstest.New(s, options...)
		server := httptest.NewServer(fake)
		defer server.Close()
		cfg := fake.Config()
		cfg.BaseEndpoint = aws.String(server.URL)
		c := collect.New(cfg, account.Identity{}, awstest.Epoch)
		c.Stack, c.Wanted = namesOf(s), awstest.Optional()
		got, err := c.Whole(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		kept(s)
		same(t, "reported", awstest.Reported(s), got)
		var ids []string
		for i := range s.Users {
			ids = append(ids, s.Users[i].ID)
		}
		c.NameKeys(t.Context(), got, ids)
		same(t, "named", s, got)
	})
}

// namesOf is what a function is told of its stack. What is named is asked for.
func namesOf(s *account.Snapshot) collect.Stack {
	var names collect.Stack
	asked := func(fact account.Fact) { s.Seen[fact] = account.Seen{At: awstest.Epoch()} }
	for _, topic := range s.Stack.Topics {
		names.Topics = append(names.Topics, topic.ARN)
		asked(account.Topics)
	}
	for _, rule := range s.Stack.EventRules {
		names.EventRules = append(names.EventRules, rule.Name)
		asked(account.EventRules)
	}
	for _, queue := range s.Stack.Queues {
		names.Queues = append(names.Queues, queue.URL)
		asked(account.Queues)
	}
	return names
}

// kept takes from a snapshot what a look at such an account does not keep: the
// documents of versions that are neither in force nor allow everything.
func kept(s *account.Snapshot) {
	for i := range s.Policies {
		for v := range s.Policies[i].Versions {
			if version := &s.Policies[i].Versions[v]; !version.Default && version.Document.Admin() == nil {
				version.Document = policy.Document{}
			}
		}
	}
}

func same(t *rapid.T, what string, want, got *account.Snapshot) {
	order := cmpopts.SortSlices(func(a, b account.AccessKey) bool { return a.ID < b.ID })
	slot := cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Slot" }, cmp.Ignore())
	if what == "reported" {
		order, slot = cmp.Options{}, cmp.Options{}
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty(), order, slot); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

package awstest_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/google/go-cmp/cmp"

	"iamvigil/internal/awstest"
	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

// list reads all pages with the SDK's paginator.
func list(t *testing.T, a *awstest.AWS, in iam.GetAccountAuthorizationDetailsInput) []*iam.GetAccountAuthorizationDetailsOutput {
	t.Helper()
	var out []*iam.GetAccountAuthorizationDetailsOutput
	for pages := iam.NewGetAccountAuthorizationDetailsPaginator(iamOf(a), &in); pages.HasMorePages(); {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, page)
	}
	return out
}

func userNames(pages []*iam.GetAccountAuthorizationDetailsOutput) []string {
	var names []string
	for _, page := range pages {
		for _, u := range page.UserDetailList {
			names = append(names, *u.UserName)
		}
	}
	slices.Sort(names)
	return names
}

func allNames(s *account.Snapshot) []string {
	var names []string
	for _, u := range s.Users {
		names = append(names, u.Name)
	}
	return names
}

// MaxItems of GetAccountAuthorizationDetails: 100 by default, 1000 at most.
func TestPagesAreAsLargeAsAsked(t *testing.T) {
	s := awstest.Large(awstest.Ordinary(250, 0))
	a := awstest.Serve(t, s)
	for max, want := range map[int32]int{0: 3, 7: 36, 1000: 1} {
		in := iam.GetAccountAuthorizationDetailsInput{Filter: []types.EntityType{types.EntityTypeUser}}
		if max > 0 {
			in.MaxItems = aws.Int32(max)
		}
		pages := list(t, a, in)
		if len(pages) != want {
			t.Errorf("MaxItems %d: %d pages, want %d", max, len(pages), want)
		}
		if diff := cmp.Diff(allNames(s), userNames(pages)); diff != "" {
			t.Errorf("MaxItems %d: %s", max, diff)
		}
	}
	_, err := iamOf(a).GetAccountAuthorizationDetails(t.Context(), &iam.GetAccountAuthorizationDetailsInput{MaxItems: aws.Int32(1001)})
	if got := codeOf(t, err); got != "ValidationError" {
		t.Errorf("MaxItems 1001: %q", got)
	}
}

// IAM may return fewer results than MaxItems even when there are more, and any
// of the four lists on a page.
func TestSmallPagesAreEmptyAndMixed(t *testing.T) {
	s := awstest.Large(awstest.Ordinary(40, 40))
	empty, mixed := false, false
	pages := list(t, awstest.Serve(t, s, awstest.SmallPages(8)), iam.GetAccountAuthorizationDetailsInput{})
	for _, p := range pages {
		count := len(p.UserDetailList) + len(p.GroupDetailList) + len(p.RoleDetailList) + len(p.Policies)
		empty = empty || count == 0 && p.IsTruncated
		mixed = mixed || len(p.UserDetailList) > 0 && len(p.RoleDetailList) > 0
		if count > 8 {
			t.Errorf("a page of %d", count)
		}
	}
	if !empty || !mixed {
		t.Errorf("empty page %v, mixed page %v", empty, mixed)
	}
	if diff := cmp.Diff(allNames(s), userNames(pages)); diff != "" {
		t.Error(diff)
	}
}

func TestFilterOfPolicies(t *testing.T) {
	s := awstest.Large(awstest.Ordinary(20, 1))
	s.Policies = append(s.Policies, account.Policy{ARN: "arn:aws:iam::aws:policy/ReadOnlyAccess", ID: "ANPAREAD", Name: "ReadOnlyAccess", Attachments: 1})
	a := awstest.Serve(t, s)
	for kind, want := range map[types.EntityType]int{types.EntityTypeLocalManagedPolicy: 2, types.EntityTypeAWSManagedPolicy: 1} {
		page := list(t, a, iam.GetAccountAuthorizationDetailsInput{Filter: []types.EntityType{kind}})[0]
		if len(page.Policies) != want || len(page.UserDetailList) != 0 {
			t.Errorf("%s: %d policies, %d users", kind, len(page.Policies), len(page.UserDetailList))
		}
	}
}

// A user deleted between two pages is missing, and nobody else.
func TestDeletionBetweenPages(t *testing.T) {
	s := awstest.Large(awstest.Ordinary(50, 0))
	all := allNames(s)
	var a *awstest.AWS
	a = awstest.Serve(t, s, awstest.Hook(func(_ string, n int) {
		if n == 3 {
			a.Change(func(s *account.Snapshot) { s.Users = slices.Delete(s.Users, 10, 20) })
		}
	}))
	pages := list(t, a, iam.GetAccountAuthorizationDetailsInput{MaxItems: aws.Int32(9)})
	got := userNames(pages)
	for _, name := range slices.Concat(all[:10], all[20:]) {
		if !slices.Contains(got, name) {
			t.Errorf("%s is skipped", name)
		}
	}
	if len(got) == len(all) {
		t.Error("the deleted users are all listed")
	}
}

// PolicyDocument is percent-encoded after RFC 3986: even *, : and quotes.
func TestDocumentsArePercentEncoded(t *testing.T) {
	s := small()
	want := policy.Parse(`{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::a b+c%20é/*"}}`)
	s.Users[0].Inline = []account.InlinePolicy{{Name: "own", Document: want}}
	pages := list(t, awstest.Serve(t, s), iam.GetAccountAuthorizationDetailsInput{Filter: []types.EntityType{types.EntityTypeUser}})
	for _, u := range pages[0].UserDetailList {
		for _, p := range u.UserPolicyList {
			if strings.ContainsAny(*p.PolicyDocument, `{}":*+ /é`) {
				t.Errorf("not encoded: %s", *p.PolicyDocument)
			}
			plain, err := policy.Decode(*p.PolicyDocument)
			if err != nil || !strings.Contains(plain, "a b+c%20é/*") {
				t.Errorf("%s: %v", plain, err)
			}
		}
	}
}

// AssignmentStatus of ListVirtualMFADevices.
func TestVirtualMFADevices(t *testing.T) {
	a := awstest.Serve(t, small())
	for status, want := range map[types.AssignmentStatusType]int{"": 3, types.AssignmentStatusTypeAny: 3,
		types.AssignmentStatusTypeAssigned: 2, types.AssignmentStatusTypeUnassigned: 1} {
		out, err := iamOf(a).ListVirtualMFADevices(t.Context(), &iam.ListVirtualMFADevicesInput{AssignmentStatus: status})
		if err != nil {
			t.Fatal(err)
		}
		if len(out.VirtualMFADevices) != want {
			t.Errorf("%q: %d devices, want %d", status, len(out.VirtualMFADevices), want)
		}
		for _, d := range out.VirtualMFADevices {
			if d.User != nil && d.User.UserName == nil && *d.User.UserId != "111122223333" {
				t.Errorf("root's device: %+v", *d.User)
			}
		}
	}
}

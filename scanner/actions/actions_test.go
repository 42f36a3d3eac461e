package actions_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"iamvigil/scanner/actions"
	"iamvigil/scanner/policy"
)

// listed is what a line of the list says of an action.
type listed struct{ name, level, on string }

// list reads testdata/actions.txt, which the generator writes before it makes the table.
func list(t testing.TB) []listed {
	t.Helper()
	data, err := os.ReadFile("testdata/actions.txt")
	if err != nil {
		t.Fatal(err)
	}
	var all []listed
	_, lines, _ := strings.Cut(string(data), "\n")
	for line := range strings.Lines(lines) {
		fields := strings.Split(strings.TrimSpace(line), "\t")
		if len(fields) != 3 {
			t.Fatalf("line %q", line)
		}
		all = append(all, listed{fields[0], fields[1], fields[2]})
	}
	if len(all) < 20_000 {
		t.Fatalf("%d actions in the list", len(all))
	}
	return all
}

func names(t testing.TB) []string {
	t.Helper()
	var all []string
	for _, a := range list(t) {
		all = append(all, a.name)
	}
	return all
}

func TestEveryActionIsFound(t *testing.T) {
	for _, a := range list(t) {
		for _, action := range []string{a.name, strings.ToLower(a.name), strings.ToUpper(a.name)} {
			level, known := actions.LevelOf(action)
			spelled, _ := actions.Spelled(action)
			on, _ := actions.OnResources(action)
			if !known || !actions.Known(action) || level.String() != a.level || spelled != a.name || on != (a.on == "resources") {
				t.Fatalf("%s: %t, %s, %q, on resources %t; the list has %v", action, known, level, spelled, on, a)
			}
		}
	}
}

func TestNoneIsInvented(t *testing.T) {
	if diff := cmp.Diff(names(t), slices.Collect(actions.Matching("*"))); diff != "" {
		t.Error(diff)
	}
}

// What is next to an action, in the order of the table or as a pattern, is none.
func TestNeighboursAreUnknown(t *testing.T) {
	all := names(t)
	known := map[string]bool{}
	for _, name := range all {
		known[strings.ToLower(name)] = true
	}
	for _, name := range all {
		for _, near := range []string{name[:len(name)-1], name + "s", name + "\x00", name + "*", name[1:], " " + name, strings.Replace(name, ":", "", 1), strings.Replace(name, ":", "::", 1)} {
			if actions.Known(near) != known[strings.ToLower(near)] {
				t.Fatalf("%q is known: %t", near, actions.Known(near))
			}
		}
	}
}

func TestUnknown(t *testing.T) {
	for _, action := range []string{
		"", ":", "*", "?", "iam", "iam:", ":PassRole", "iam:*", "iam:Pass?ole", "PassRole", "iam:passrole ", "iam.PassRole",
		"\xff", "\x00", "zzzz:Zzzz", "a", "iam:Pa\u017f\u017fRole", // which Unicode folds to PassRole, and IAM does not
		strings.Repeat("iam:PassRole", 1000),
	} {
		level, known := actions.LevelOf(action)
		spelled, also := actions.Spelled(action)
		on, too := actions.OnResources(action)
		if level != actions.Unknown || known || spelled != "" || also || on || too || actions.Known(action) {
			t.Errorf("%q: %s, %t, %q, on resources %t", action, level, known, spelled, on)
		}
	}
}

// AWS's documentation of each service has these.
func TestLevelOf(t *testing.T) {
	for action, want := range map[string]actions.Level{
		"iam:PassRole":                  actions.Write,
		"iam:createPolicyVersion":       actions.PermissionsManagement,
		"IAM:TagUser":                   actions.Tagging,
		"iam:ListUsers":                 actions.List,
		"iam:GetUser":                   actions.Read,
		"secretsmanager:GetSecretValue": actions.Read,
		"s3:PutBucketPolicy":            actions.PermissionsManagement,
		"s3:ListBucket":                 actions.List,
		"sts:AssumeRole":                actions.Write,
	} {
		if got, known := actions.LevelOf(action); got != want || !known {
			t.Errorf("%s is %s, not %s", action, got, want)
		}
	}
}

func TestMatching(t *testing.T) {
	for _, test := range []struct {
		pattern string
		want    []string
	}{
		{"s3:Get?bject", []string{"s3:GetObject"}},
		{"IAM:passrole", []string{"iam:PassRole"}},
		{"sts:Get*ionToken", []string{"sts:GetFederationToken", "sts:GetSessionToken"}},
		{"*:??????AccessKey", []string{"iam:CreateAccessKey", "iam:DeleteAccessKey", "iam:UpdateAccessKey"}},
		{"iam:Pass", nil},
		{"iam", nil},
		{"", nil},
		{"iam:${*}", nil},
		{"iam:PassRole?", nil},
		{strings.Repeat("?", 6144), nil},
		{"\xff*", nil},
		{strings.Repeat("*", 6144) + "m:PassRol" + strings.Repeat("*", 6144) + "?", []string{"iam:PassRole"}},
	} {
		got := slices.Collect(actions.Matching(test.pattern))
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%.40q: %s", test.pattern, diff)
		}
	}
}

func TestLevelsAreThoseOfEach(t *testing.T) {
	var want, got []listed
	for _, a := range list(t) {
		want = append(want, listed{name: a.name, level: a.level})
	}
	for action, level := range actions.Levels("*:*") {
		got = append(got, listed{name: action, level: level.String()})
	}
	if !slices.Equal(want, got) {
		t.Error(cmp.Diff(want, got, cmp.AllowUnexported(listed{})))
	}
}

func TestMatchingEndsWhereItIsLeft(t *testing.T) {
	for range actions.Matching("*") {
		break
	}
	var got []string
	for action := range actions.Matching("iam:*") {
		if got = append(got, action); len(got) == 2 {
			break
		}
	}
	if diff := cmp.Diff([]string{"iam:AcceptDelegationRequest", "iam:AddClientIDToOpenIDConnectProvider"}, got); diff != "" {
		t.Error(diff)
	}
	for service := range actions.Services() {
		if service != "a2c" {
			t.Error(service)
		}
		break
	}
}

func TestMatchingIsMatchAction(t *testing.T) {
	all := names(t)
	rapid.Check(t, func(t *rapid.T) {
		pattern := []byte(rapid.SampledFrom(all).Draw(t, "action"))
		for range rapid.IntRange(0, 8).Draw(t, "changes") {
			i := rapid.IntRange(0, len(pattern)-1).Draw(t, "place")
			to := rapid.SampledFrom([]string{"*", "?", "**", "*?", "", "e", "E", ":", "\xc3"}).Draw(t, "to")
			n := rapid.IntRange(0, min(12, len(pattern)-i)).Draw(t, "length")
			if changed := slices.Replace(slices.Clone(pattern), i, i+n, []byte(to)...); len(changed) > 0 {
				pattern = changed
			}
		}
		var want []string
		for _, name := range all {
			if policy.MatchAction(string(pattern), name) {
				want = append(want, name)
			}
		}
		got := slices.Collect(actions.Matching(string(pattern)))
		if !slices.Equal(want, got) {
			t.Fatalf("%q: %s", pattern, cmp.Diff(want, got))
		}
	})
}

func TestServices(t *testing.T) {
	var want []string
	for _, name := range names(t) {
		service, _, _ := strings.Cut(name, ":")
		if len(want) == 0 || want[len(want)-1] != service {
			want = append(want, service)
		}
	}
	got := slices.Collect(actions.Services())
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if slices.Sort(got); len(slices.Compact(got)) != len(want) {
		t.Error("a service is given twice")
	}
}

func TestLevelsHaveAWSsWords(t *testing.T) {
	words := map[actions.Level]string{
		actions.Unknown: "Unknown", actions.List: "List", actions.Read: "Read", actions.Write: "Write",
		actions.PermissionsManagement: "Permissions management", actions.Tagging: "Tagging", 200: "Unknown",
	}
	for level, want := range words {
		if level.String() != want {
			t.Errorf("%d is %q, not %q", level, level, want)
		}
	}
}

func TestLookingUpDoesNotAllocate(t *testing.T) {
	n := testing.AllocsPerRun(10, func() {
		if _, known := actions.LevelOf("iam:passrole"); !known || actions.Known("iam:PassRoles") {
			t.Error("iam:PassRole is unknown, or more is known")
		}
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzActions(f *testing.F) {
	for _, seed := range []string{"", "*", "iam:PassRole", "iam:*Policy*", "s3:Get?bject", "**?*:?**", ":", "\xff:\xfe", "zz*", "ec2-instance-connect:*"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		spelled, known := actions.Spelled(s)
		if known != actions.Known(s) || known && !strings.EqualFold(spelled, s) {
			t.Errorf("%q is spelled %q, %t", s, spelled, known)
		}
		for action := range actions.Matching(s) {
			if !policy.MatchAction(s, action) || !actions.Known(action) {
				t.Errorf("%q gives %q", s, action)
			}
		}
	})
}

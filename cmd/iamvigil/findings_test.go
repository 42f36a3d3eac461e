package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"iamvigil/ledger"
	"iamvigil/scanner"
)

func TestFindings(t *testing.T) {
	remembering(t)
	for name, args := range map[string][]string{
		"findings.txt":     {"findings"},
		"findings-all.txt": {"findings", "--state=all", "--covered"},
		"findings.json":    {"findings", "--state=all", "--format=json"},
	} {
		t.Run(name, func(t *testing.T) {
			got := enter(t, args...)
			if got.status != exitComplete || got.err != "" {
				t.Errorf("exit status %d; standard error %q", got.status, got.err)
			}
			golden(t, name, got.out)
		})
	}
}

// listed are the rules whose findings a command line lists, in its order.
func listed(t *testing.T, args ...string) []string {
	t.Helper()
	got := enter(t, append([]string{"findings", "--format=json"}, args...)...)
	var out struct {
		Findings []struct{ Rule string }
	}
	if err := json.Unmarshal([]byte(got.out), &out); err != nil || got.status != exitComplete {
		t.Fatalf("%v: %+v", err, got)
	}
	found := []string{}
	for _, f := range out.Findings {
		found = append(found, f.Rule)
	}
	return found
}

func TestFindingsFilters(t *testing.T) {
	remembering(t)
	const admin, mfa, rotation, direct, unused = "administrator-attached", "user-console-without-mfa", "key-rotation", "user-direct-policy", "key-unused"
	for args, want := range map[string][]string{
		"":                    {admin, mfa, direct},
		"--state=all":         {admin, mfa, rotation, unused, direct},
		"--state=silenced":    {rotation},
		"--state=resolved":    {unused},
		"--rule=key-rotation": {},
		"--rule=key-rotation,key-unused --state=all":     {rotation, unused},
		"--severity=critical,low":                        {admin, direct},
		"--resource=ann":                                 {mfa},
		"--resource=arn:aws:iam::*:user/team/*":          {admin, direct},
		"--resource=b?b --severity=low":                  {direct},
		"--owner=plat*":                                  {mfa},
		"--owner=mail*":                                  {},
		"--owner=":                                       {admin, direct},
		"--since=2026-11-20":                             {admin, mfa, direct},
		"--since=2026-11-21":                             {},
		"--since=2d --state=all":                         {unused},
		"--since=1h --state=all":                         {},
		"--table=iamvigil-LedgerTable-1A2B --stack=none": {admin, mfa, direct},
	} {
		if diff := cmp.Diff(want, listed(t, strings.Fields(args)...)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", args, diff)
		}
	}
}

// What is contained stands, and is counted apart.
func TestContainedFindings(t *testing.T) {
	aws := remembering(t)
	const admin, mfa = "administrator-attached", "user-console-without-mfa"
	r := ofRule(t, aws, mfa)
	r.Status = scanner.Contained
	save(t, aws, ledger.Changes{Telling: ledger.Telling{Kind: ledger.Event, Time: noon}, Puts: []ledger.Record{r}})
	if got := listed(t, "--state=contained"); !slices.Equal(got, []string{mfa}) {
		t.Errorf("contained: %v", got)
	}
	if got := listed(t); !slices.Contains(got, mfa) || !slices.Contains(got, admin) {
		t.Errorf("open: %v", got)
	}
	got := enter(t, "findings")
	if !strings.Contains(got.out, "1 critical open; 1 contained;") || !strings.Contains(got.out, "contained: it stands until a person mends it") {
		t.Errorf("%+v", got)
	}
}

// A page that lists nothing says what of.
func TestNoFindings(t *testing.T) {
	deployed(t)
	for state, want := range map[string]string{"open": "none open", "silenced": "none silenced", "resolved": "none resolved", "all": "none"} {
		if got := enter(t, "findings", "--state="+state); !strings.HasSuffix(got.out, "\n\n"+want+"\nno audit yet\n") {
			t.Errorf("%s: %q", state, got.out)
		}
	}
}

// What a tool wrote is changed where the tool reads it, as messages say too.
func TestNoCommandAgainstATool(t *testing.T) {
	aws := remembering(t)
	r := ofRule(t, aws, "user-console-without-mfa")
	r.ManagedBy = ""
	if r.By.Actor.Agent = "APN/1.0 HashiCorp/1.0 Terraform/1.9.5"; r.By.Actor.Tool() != "Terraform" {
		t.Fatalf("the agent is %q's", r.By.Actor.Tool())
	}
	save(t, aws, ledger.Changes{Telling: ledger.Telling{Kind: ledger.Event, Time: noon}, Puts: []ledger.Record{r}})
	got := enter(t, "findings", "--rule="+r.Rule)
	if strings.Contains(got.out, "delete-login-profile") || !strings.Contains(got.out, "written by Terraform: change") {
		t.Errorf("%+v", got)
	}
}

// A name that changed unnoticed leaves its finding under two keys for a while.
func TestAFindingIsListedOnce(t *testing.T) {
	aws := deployed(t)
	was := pastRecords()[0]
	was.Resource.Name, was.EvidenceAt = "anne", was.EvidenceAt.AddDate(0, 0, -1)
	save(t, aws, ledger.Changes{Telling: ledger.Telling{Kind: ledger.Event, Time: noon}, Puts: []ledger.Record{was, pastRecords()[0]}})
	if got := enter(t, "findings"); strings.Count(got.out, "no MFA device") != 1 || strings.Contains(got.out, "anne") {
		t.Errorf("%+v", got)
	}
}

// Ids that begin alike are shown as far as they differ.
func TestMarksTellFindingsApart(t *testing.T) {
	aws := deployed(t)
	ids := []string{"0123456789abcdef0123456789abcdef", "0123456789abcdee0123456789abcdef", "f123456789abcdef0123456789abcdef"}
	var puts []ledger.Record
	for i, id := range ids {
		r := pastRecords()[i]
		r.ID = id
		puts = append(puts, r)
	}
	save(t, aws, ledger.Changes{Telling: ledger.Telling{Kind: ledger.Event, Time: noon}, Puts: puts})
	got := enter(t, "findings", "--covered")
	for _, mark := range []string{" 0123456789abcdef,", " 0123456789abcdee,", " f123456789,"} {
		if !strings.Contains(got.out, mark) {
			t.Errorf("no %q in\n%s", mark, got.out)
		}
	}
}

// Nothing that the ledger holds reaches a terminal as it is.
func TestHostileLedger(t *testing.T) {
	aws := deployed(t)
	const evil = "\x1b[31m\x07\u009b\u202e\n"
	puts := pastRecords()
	for i := range puts {
		r := &puts[i]
		r.Message += evil
		r.Owner, r.ManagedBy, r.Fix = evil, evil, evil
		r.Commands = []string{evil}
		if r.By != nil && r.By.Actor != nil {
			r.By.Event, r.By.Actor.Name, r.By.Actor.IP = evil, evil, evil
		}
		r.Ack = &ledger.Ack{By: evil, Reason: evil, Until: noon.AddDate(0, 0, 1)}
	}
	save(t, aws, ledger.Changes{Telling: ledger.Telling{Kind: ledger.Event, Time: noon}, Puts: puts, Name: evil})
	got := enter(t, "findings", "--state=all", "--covered")
	if got.status != exitComplete || strings.ContainsAny(got.out, "\x1b\x07\u202e") || slices.Contains(strings.Split(got.out, "\n"), "[31m") {
		t.Errorf("%d\n%q\n%q", got.status, got.out, got.err)
	}
	if got := enter(t, "findings", "--state=all", "--format=json"); strings.ContainsAny(got.out, "\x1b\x07\u009b\u202e") || !json.Valid([]byte(got.out)) {
		t.Errorf("%q", got.out)
	}
}

func TestFindingsMistakes(t *testing.T) {
	remembering(t)
	for args, want := range map[string]string{
		"findings --rule=rot-mfa":            `there is no rule "rot-mfa"`,
		"findings --severity=bad":            `--severity: there is no "bad"; there are critical, high, medium, low and info`,
		"findings --since=lately":            `--since: "lately" is neither a date such as 2026-11-30 nor a length of time such as 7d`,
		"findings --state=closed":            `--state must be one of`,
		"ack 1234567 --until=7d":             `missing flags: --reason`,
		"ack 1234567 --until=-1d --reason=x": `--until: "-1d" is neither`,
		"doctor --format=xml":                `--format must be one of`,
		"config":                             `expected "check"`,
	} {
		got := enter(t, strings.Fields(args)...)
		if got.status != exitUsage || !strings.Contains(got.err, want) || strings.Count(got.err, "\n") != 1 || got.out != "" {
			t.Errorf("%s: %+v; want %q", args, got, want)
		}
	}
	for args, want := range map[string]string{
		"findings --stack=other": `account 111122223333 has no stack "other" in us-east-1; --stack names another`,
		"findings --table=none":  `table none not found`,
		"smoke --stack=other":    `account 111122223333 has no stack "other"`,
	} {
		if got := enter(t, strings.Fields(args)...); got.status != exitFailed || !strings.Contains(got.err, want) || got.out != "" {
			t.Errorf("%s: %+v; want %q", args, got, want)
		}
	}
}

package remediate_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"iamvigil/remediate"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

// suspected is a world with a user at work whose key has leaked.
func suspected(t *testing.T) *play {
	w := newWorld()
	ann := w.keyUser("ann")
	ann.Keys[0].LastUsed = night.Add(-time.Hour)
	ann.Keys = append(ann.Keys, account.AccessKey{ID: "AKIASECOND0000000000", Status: account.Inactive}, account.AccessKey{ID: "AKIATHIRD", Status: account.Active})
	w.keyUser("bob")
	return begin(t, w)
}

func TestQuarantineByHandIsCarriedOut(t *testing.T) {
	for _, who := range []string{"ann", " ANN ", iamARN + "user/ann", iamARN + "user/ANN", "AIDA1001", "AKIASECOND0000000000"} {
		p := suspected(t)
		p.settings.Terms.AccountOwner = "sec"
		all, err := p.runner.Quarantine(t.Context(), who, "key in a public repository")
		if err != nil {
			t.Fatal(err)
		}
		p.want("nothing is done by planning it", len(p.iam.writes)+len(p.ledger.journal), 0)
		steps, err := p.runner.Apply(t.Context(), all)
		if err != nil {
			t.Fatal(err)
		}
		p.want("writes", p.iam.writes, []string{"AttachUserPolicy ann " + denyAll, "UpdateAccessKey ann AKIA1001 Inactive", "UpdateAccessKey ann AKIATHIRD Inactive"})
		p.want("told", p.steps(), []string{"done ann deny-all", "done ann AKIA1001", "done ann AKIATHIRD"})
		p.want("journal", len(p.ledger.journal), 6)
		for _, s := range steps {
			if s.Record.Message != "key in a public repository" || s.Record.Severity != scanner.High || s.Record.Owner != "sec" || s.By != robot {
				t.Errorf("told %+v", s)
			}
		}
		told := len(p.told.told)
		p.night(1)
		p.want("told by the next run", len(p.told.told), told)
		for i := range all {
			p.undo(all[i].ID)
		}
		p.want("given back", p.taken(denyAll) || p.taken("AKIA1001") || p.taken("AKIATHIRD"), false)
	}
}

// A key that was activated again after an act is taken once more where a person
// asks for it: that a finding's act took it lately is no reason not to.
func TestQuarantineByHandAfterAnAct(t *testing.T) {
	p, _ := acted(t, func(w *world) { w.keyUser("ann", "key-unused") })
	p.edit("AKIA1001", account.Active)
	all, err := p.runner.Quarantine(t.Context(), "ann", "leaked")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.runner.Apply(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	p.want("taken", p.taken("AKIA1001") && p.taken(denyAll), true)
}

// Two users of one quarantine each have their own actions.
func TestQuarantinesAreTheirUsers(t *testing.T) {
	p := suspected(t)
	ids := map[string]bool{}
	for _, who := range []string{"ann", "bob"} {
		all, err := p.runner.Quarantine(t.Context(), who, "leaked")
		if err != nil {
			t.Fatal(err)
		}
		for i := range all {
			if ids[all[i].ID] {
				t.Errorf("%s: action %s is another user's", who, all[i].ID)
			}
			ids[all[i].ID] = true
		}
	}
}

func TestQuarantineRefuses(t *testing.T) {
	tests := map[string]struct {
		who, reason, want string
		arrange           func(*play)
	}{
		"not armed":               {"ann", "leaked", "not armed", func(p *play) { p.settings.Cures = nil }},
		"a reason without an end": {"ann", strings.Repeat("x", 401), "401 characters", func(*play) {}},
		"a reason of two lines":   {"ann", "leaked\nand so on", "control character", func(*play) {}},
		"root":                    {"root", "leaked", "sign in as root", func(*play) {}},
		"the account":             {accountID, "leaked", "sign in as root", func(*play) {}},
		"a group": {"staff", "leaked", "only users are quarantined", func(p *play) {
			p.account.Groups = []account.Group{{Name: "staff", ID: "AGPA1", ARN: iamARN + "group/staff"}}
		}},
		"a key of nobody":          {"AKIANOBODY0000000000", "leaked", "none of this account's", func(*play) {}},
		"nobody":                   {"carl", "leaked", "no user", func(*play) {}},
		"no reason":                {"ann", " ", "reason", func(*play) {}},
		"the last administrator":   {"admin", "leaked", "last administrator", func(*play) {}},
		"with what to do":          {"admin", "leaked", "aws iam attach-user-policy", func(*play) {}},
		"a protected one":          {"ann", "leaked", "protected by", func(p *play) { p.settings.Protected = []string{"ann"} }},
		"who asks":                 {"ann", "leaked", "who asks", func(p *play) { p.runner.By = iamARN + "user/ann" }},
		"an account that is dark":  {"ann", "leaked", "could not be seen", func(p *play) { p.account.Seen[account.Groups] = account.Seen{Missing: "throttled"} }},
		"keys that are not listed": {"ann", "leaked", "list access keys", func(p *play) { p.fails("ListAccessKeys", throttled) }},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := suspected(t)
			test.arrange(p)
			_, err := p.runner.Quarantine(t.Context(), test.who, test.reason)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %q", err, test.want)
			}
		})
	}
}

// Guards, switch and settings are asked when a person's actions are carried out,
// whatever they were when they were planned.
func TestApplyAsksOnceMore(t *testing.T) {
	tests := map[string]struct {
		change func(*play)
		want   string
	}{
		"protected":  {func(p *play) { p.settings.Protected = []string{"ann"} }, "protected by"},
		"switch off": {func(p *play) { p.kill.on = false }, "kill switch"},
		"off":        {func(p *play) { p.settings.Mode = remediate.Off }, "off"},
		"dark":       {func(p *play) { p.account.Seen[account.Keys] = account.Seen{Missing: "throttled"} }, "could not be seen"},
		"busy":       {func(p *play) { p.ledger.round.StartedAt = p.clock.now.Add(-time.Minute) }, "another run"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := suspected(t)
			all, err := p.runner.Quarantine(t.Context(), "ann", "leaked")
			if err != nil {
				t.Fatal(err)
			}
			test.change(p)
			steps, err := p.runner.Apply(t.Context(), all)
			if got := fmt.Sprint(steps, err); !strings.Contains(got, test.want) {
				t.Errorf("%s, want %q", got, test.want)
			}
			p.want("writes", p.iam.writes, []string(nil))
		})
	}
}

// A person may apply with a configuration that the schedule does not run with.
func TestApplyHoldsNoNight(t *testing.T) {
	w := newWorld()
	w.keyUser("ann", "key-unused")
	w.keyUser("bob")
	p := begin(t, w)
	p.until(6)
	p.settings.Digest = "a person's"
	all, err := p.runner.Quarantine(t.Context(), "bob", "leaked")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.runner.Apply(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	p.settings.Digest = "d1"
	p.want("counts", p.night(7), remediate.Counts{Open: 1, Done: 1})
}

// A name is what somebody chose, perhaps as another user's id.
func TestSuspectIsFoundByIDBeforeName(t *testing.T) {
	w := newWorld()
	w.keyUser("aida1002")
	w.keyUser("bob")
	p := begin(t, w)
	all, err := p.runner.Quarantine(t.Context(), "AIDA1002", "leaked")
	if err != nil || all[0].Intent.Resource.Name != "bob" {
		t.Errorf("%+v, %v, want bob, whose id it is", all, err)
	}
}

// Who is quarantined is not so once more, but for a key that was made since.
func TestQuarantinedAlready(t *testing.T) {
	p := suspected(t)
	all, err := p.runner.Quarantine(t.Context(), "ann", "leaked")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.runner.Apply(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	_, err = p.runner.Quarantine(t.Context(), "ann", "leaked")
	if err == nil || !strings.Contains(err.Error(), "quarantined already, since 2026-11-01 03:30 UTC by action "+all[0].ID) {
		t.Errorf("%v, want that it is quarantined already", err)
	}
	u := p.userOf("ann")
	u.Keys = append(u.Keys, account.AccessKey{ID: "AKIAFOURTH0000000000", Status: account.Active})
	again, err := p.runner.Quarantine(t.Context(), "ann", "leaked")
	if err != nil || len(again) != 1 || again[0].Intent.Target != "AKIAFOURTH0000000000" {
		t.Errorf("%+v, %v, want the new key alone", again, err)
	}
}

// What a person tried in a dry run is no finding's own act.
func TestQuarantineTriedDoesNothingForFindings(t *testing.T) {
	w := newWorld()
	w.settings.Mode = remediate.DryRun
	w.keyUser("ann", "key-unused")
	p := begin(t, w)
	p.until(6)
	p.clock.set(night.Add(6*day + time.Hour))
	all, err := p.runner.Quarantine(t.Context(), "ann", "a trial")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.runner.Apply(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	p.want("counts", p.night(7), remediate.Counts{Open: 1, Would: 1})
}

// assumed tells that ann assumed a role.
type assumed struct{ err error }

func (a assumed) Assumed(_ context.Context, user account.Ref, since time.Time) ([]remediate.Assumption, error) {
	return []remediate.Assumption{{Role: iamARN + "role/deploy", At: since.Add(time.Hour), Others: 7}}, a.err
}

// A quarantine tells which sessions go on, what ends them and whom else that cuts
// off.
func TestQuarantineAdvises(t *testing.T) {
	p := suspected(t)
	p.account.Roles = []account.Role{
		{ARN: iamARN + "role/deploy", ID: "AROA1", Name: "deploy", Trust: trust("ann")},
		{ARN: iamARN + "role/it's", ID: "AROA2", Name: "it's", Trust: trust("ann")},
		{ARN: iamARN + "role/other", ID: "AROA3", Name: "other", Trust: trust("bob")},
	}
	p.runner.Assumed = assumed{}
	all, err := p.runner.Quarantine(t.Context(), "ann", "leaked")
	if err != nil {
		t.Fatal(err)
	}
	steps, err := p.runner.Apply(t.Context(), all)
	if err != nil {
		t.Fatal(err)
	}
	advice := strings.Join(steps[0].Advice, "\n")
	for _, want := range []string{"assumed " + iamARN + "role/deploy", "7 others", "aws iam put-role-policy --role-name 'deploy'", `--role-name 'it'\''s'`, "aws:TokenIssueTime"} {
		if !strings.Contains(advice, want) {
			t.Errorf("the advice lacks %q:\n%s", want, advice)
		}
	}
	if strings.Contains(advice, "role/other") || len(steps[0].Advice) != 2 {
		t.Errorf("the advice is\n%s", advice)
	}
}

func TestQuarantineAdvisesThoughHistoryIsUnread(t *testing.T) {
	p := suspected(t)
	p.runner.Assumed = assumed{errors.New("throttled")}
	all, err := p.runner.Quarantine(t.Context(), "ann", "leaked")
	if err != nil {
		t.Fatal(err)
	}
	steps, err := p.runner.Apply(t.Context(), all)
	if err != nil || len(steps) == 0 || !strings.Contains(strings.Join(steps[0].Advice, "\n"), "could not be read: throttled") {
		t.Errorf("%+v, %v", steps, err)
	}
}

func trust(user string) policy.Document {
	return policy.Parse(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + iamARN + `user/` + user + `"},"Action":"sts:AssumeRole"}]}`)
}

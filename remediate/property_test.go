package remediate_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"iamvigil/ledger"
	"iamvigil/remediate"
	"iamvigil/scanner"
	"iamvigil/scanner/access"
	"iamvigil/scanner/account"
)

// TestPlansHarmNobody lets random accounts go through many nights, under
// configurations and ledgers that change: whatever a plan acts on was warned of
// twice, in time, and may be acted on.
func TestPlansHarmNobody(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawStory(t)
		for range s.between(12, 30) {
			s.pass()
			s.change()
			o := s.plan()
			s.check(o)
			s.checkHold(o)
			s.checkApply(o)
			s.meanwhile(o)
			s.remember(o, s.outcome)
			s.apply(o)
		}
	})
}

// story is a world and what its people remember, which is told by nothing but
// the plans.
type story struct {
	*world
	*rapid.T
	dice   *rand.Rand
	memory map[string]*memory // by finding
	came   map[string]string  // outcomes, by action
	// crowd: there are so many keys that a day may take several, and few
	// administrators among their users.
	crowd bool
	taken map[string]int // by day and kind
	made  int            // how many keys were, since
}

// memory is what people were told of one finding since it began to stand.
type memory struct {
	opened        time.Time
	mode          remediate.Mode
	warned, final time.Time
	deadline      time.Time
}

// pass lets hours or nights go by until the next run.
func (s *story) pass() {
	s.now = s.now.Add(time.Duration(oneOf(s, []int{24, 24, 24, 48, 24, 1, 72, 24, 0, 240})) * time.Hour)
	s.now = s.now.Add(time.Duration(s.between(-60, 60)) * time.Second)
}

// change is what people, audits and time do between two runs.
func (s *story) change() {
	for range s.between(0, 3) {
		u := &s.account.Users[s.between(0, len(s.account.Users)-1)]
		switch s.between(0, 3) {
		case 0:
			u.Tags = map[string]string{"keep": "yes"}
		case 1:
			u.Name, u.ARN = u.Name+"x", u.ARN+"x"
		case 2:
			if u.Login != nil {
				u.Login.LastUsed = s.now
			}
		}
		if len(s.book.Records) == 0 {
			continue
		}
		switch r := &s.book.Records[s.between(0, len(s.book.Records)-1)]; s.between(0, 3) {
		case 0:
			r.State = ledger.Resolved
		case 1:
			r.State, r.Status, r.OpenedAt = ledger.Open, scanner.Open, s.now
		case 2:
			r.Status = scanner.Exempt
		}
	}
	if s.chance(3) {
		s.configure()
	}
	if s.book.Held = ""; s.chance(15) {
		s.book.Held = off
	}
	if s.chance(2) {
		s.account.Seen[account.Keys] = account.Seen{Missing: "ServiceFailure"}
	} else {
		s.account.Seen[account.Keys] = account.Seen{At: s.now}
	}
}

func (s *story) of(id string) *account.User {
	for i := range s.account.Users {
		if s.account.Users[i].ID == id {
			return &s.account.Users[i]
		}
	}
	return nil
}

func (s *story) outcome(a remediate.Action) string {
	of := []string{ledger.Done, ledger.Done, ledger.Done, ledger.Failed, ledger.Stopped, ledger.Uncertain}
	came := oneOf(s, of)
	if s.spared(a) {
		came = ledger.Stopped
	}
	if s.settings.Mode == remediate.DryRun && came == ledger.Done {
		came = ledger.Would
	}
	if came == ledger.Failed || came == ledger.Stopped {
		s.taken[s.today()+" "+kindOf(&a)]--
	}
	s.came[a.ID] = came
	return came
}

// apply changes the account as the acts did. The credential report, which shows
// keys, is not always made anew.
func (s *story) apply(o remediate.Outlook) {
	for _, a := range o.Actions {
		if a.Do != remediate.Act || s.came[a.ID] != ledger.Done || s.settings.Mode != remediate.Enforce {
			continue
		}
		u := s.of(a.Intent.Resource.ID)
		if a.Intent.Call.Operation == "AttachUserPolicy" {
			u.Attached = append(slices.Clone(u.Attached), account.Attachment{ARN: a.Intent.Target, Name: account.NameOf(a.Intent.Target)})
			continue
		}
		for k := range u.Keys {
			if u.Keys[k].ID == a.Intent.Target {
				u.Keys[k].Status = account.Inactive
			}
		}
	}
}

func (s *story) check(o remediate.Outlook) {
	acted := map[string]bool{}
	for i := range o.Actions {
		a := &o.Actions[i]
		m := s.memoryOf(a)
		switch a.Do {
		case remediate.Wait, remediate.Refuse:
			continue
		case remediate.Postpone:
			s.checkMoved(a, m, o.Held)
		case remediate.Warn, remediate.WarnFinally:
			s.checkDeadline(a, m)
		case remediate.Act:
			s.checkAct(a, m, acted)
			s.taken[s.today()+" "+kindOf(a)]++
		}
		s.checkSpared(a)
	}
	s.checkCap(o)
	s.checkReserve(o.Actions, "the plan")
}

func (s *story) memoryOf(a *remediate.Action) *memory {
	m := s.memory[a.Record.ID]
	if m == nil || !m.opened.Equal(a.Record.OpenedAt) || m.mode != s.settings.Mode {
		m = &memory{opened: a.Record.OpenedAt, mode: s.settings.Mode}
		s.memory[a.Record.ID] = m
	}
	return m
}

// aDay is as near as two daily runs can be.
const aDay = day - 10*time.Minute

// checkDeadline: the time that people are given is what the stages have between
// them, and no deadline is earlier than they were told before.
func (s *story) checkDeadline(a *remediate.Action, m *memory) {
	schedule := s.settings.Schedules[a.Record.Rule]
	left := schedule.Act - schedule.Warn
	if a.Do == remediate.WarnFinally {
		left = schedule.Act - schedule.Final
		if m.warned.IsZero() || s.now.Sub(m.warned) < aDay {
			s.Fatalf("final warning of %s at %s, warned at %s", a.Record.ID, s.now, m.warned)
		}
		m.final = s.now
	} else {
		// A case that was ended, by a silence or a switch, begins anew.
		*m = memory{opened: m.opened, mode: m.mode, warned: s.now}
	}
	if a.Deadline.Sub(s.now) < time.Duration(left)*day-10*time.Minute || a.Deadline.Before(m.deadline) {
		s.Fatalf("%s of %s at %s is until %s, which is too soon; told before: %s", a.Do, a.Record.ID, s.now, a.Deadline, m.deadline)
	}
	m.deadline = a.Deadline
}

func (s *story) checkAct(a *remediate.Action, m *memory, acted map[string]bool) {
	i := &a.Intent
	switch {
	case m.warned.IsZero() || m.final.IsZero():
		s.Fatalf("act on %s without its warnings: %+v", a.Record.ID, m)
	case s.now.Before(m.deadline) || s.now.Sub(m.final) < aDay:
		s.Fatalf("act on %s at %s, final warning at %s, until %s", a.Record.ID, s.now, m.final, m.deadline)
	case a.Record.State != ledger.Open || a.Record.Status != scanner.Open:
		s.Fatalf("act on %s, which is %s and %s", a.Record.ID, a.Record.State, a.Record.Status)
	case acted[i.Resource.ID+i.Target]:
		s.Fatalf("act twice on %s", i.Target)
	case i.Resource.ID != a.Record.Resource.ID || i.Call.Parameters["UserName"] != s.of(i.Resource.ID).Name:
		s.Fatalf("act on %v, the finding is about %v", i.Resource, a.Record.Resource)
	}
	acted[i.Resource.ID+i.Target] = true
	if i.Call.Operation == "UpdateAccessKey" {
		own := slices.ContainsFunc(s.of(i.Resource.ID).Keys, func(k account.AccessKey) bool { return k.ID == i.Target })
		foreign := i.Cure == string(remediate.DeactivateKey) && i.Target != a.Record.Part
		if foreign || !own || i.Call.Parameters["AccessKeyId"] != i.Target || i.Call.Parameters["Status"] != account.Inactive {
			s.Fatalf("%v for the finding about %q", i.Call, a.Record.Part)
		}
	} else if i.Target != denyAll && i.Target != denyLogin && i.Target != denyMFA || i.Call.Parameters["PolicyArn"] != i.Target {
		s.Fatalf("%v", i.Call)
	}
}

// checkSpared: nothing is told or done about who is protected or exempt.
func (s *story) checkSpared(a *remediate.Action) {
	u := s.of(a.Record.Resource.ID)
	for _, p := range s.settings.Protected {
		prefix, wild := strings.CutSuffix(strings.ToLower(p), "*")
		if strings.EqualFold(p, u.ARN) || wild && strings.HasPrefix(strings.ToLower(u.Name), prefix) {
			s.Fatalf("%s of %s, protected by %q", a.Do, u.Name, p)
		}
	}
	for _, x := range s.settings.Terms.Exemptions {
		named := x.Resource == u.Name || x.Resource == "*" && strings.HasPrefix(u.Tags["keep"], "y")
		if named && s.now.Before(x.Expires) {
			s.Fatalf("%s of %s, exempt as %q", a.Do, u.Name, x.Resource)
		}
	}
}

func (s *story) today() string { return s.now.UTC().Format(time.DateOnly) }

func kindOf(a *remediate.Action) string {
	if a.Intent.Call.Operation == "UpdateAccessKey" {
		return "keys"
	}
	return "users"
}

// checkCap counts what may have been done on the day: all but what is known to
// have been stopped or refused. An act can lower the bound of the next plan, which
// then has none.
func (s *story) checkCap(o remediate.Outlook) {
	active, console := 0, 0
	for _, u := range s.account.Users {
		for _, k := range u.Keys {
			if k.Status == account.Active {
				active++
			}
		}
		if u.Login != nil {
			console++
		}
	}
	there := map[string]int{"keys": active, "users": console}
	for i := range o.Actions {
		if a := &o.Actions[i]; a.Do == remediate.Act {
			kind := kindOf(a)
			if n, most := s.taken[s.today()+" "+kind], max(1, min(10, there[kind]/20)); n > most {
				s.Fatalf("%d %s on %s, of %d", n, kind, s.today(), there[kind])
			}
		}
	}
}

// checkReserve: whoever might administer IAM is acted on only while somebody who
// surely does keeps a credential in use.
func (s *story) checkReserve(acts []remediate.Action, of string) {
	v := s.view()
	taken := map[string]bool{}
	risky := ""
	for _, a := range acts {
		if a.Do == remediate.Act {
			taken[a.Intent.Resource.ID+a.Intent.Target] = true
			if u := v.User(a.Intent.Resource.ID); !v.Unprivileged(u) {
				risky = u.Name
			}
		}
	}
	if risky != "" && !s.reserve(v, taken) {
		s.Fatalf("after the acts of %s, on %q among others, nobody can administer IAM", of, risky)
	}
}

func (s *story) reserve(v *access.View, taken map[string]bool) bool {
	for i := range s.account.Users {
		u := &s.account.Users[i]
		denied := false
		for _, p := range []string{denyAll, denyLogin, denyMFA} {
			attached := slices.ContainsFunc(u.Attached, func(a account.Attachment) bool { return a.ARN == p })
			denied = denied || attached || taken[u.ID+p]
		}
		if denied || !v.Administrator(u) {
			continue
		}
		if u.Login != nil && recent(u.Login.LastUsed, s.now) {
			return true
		}
		for _, k := range u.Keys {
			if k.Status == account.Active && recent(k.LastUsed, s.now) && !taken[u.ID+k.ID] {
				return true
			}
		}
	}
	return false
}

func recent(used, now time.Time) bool { return !used.IsZero() && now.Sub(used) <= 90*day }

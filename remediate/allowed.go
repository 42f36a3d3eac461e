package remediate

import (
	"context"
	"time"

	"iamvigil/ledger"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
)

// justNow is how long after one finding's act its target needs no other: until
// the next audit, and one that is missed.
const justNow = 2 * day

// doneBefore reports whether a run has done it, or would have, since its case was
// begun.
func (w *work) doneBefore(a *Action) bool {
	_, done := w.stories[a.ID].stands()
	return done != nil && a.Intent.Finding != "" && !done.At.Before(w.caseOf(a).Began)
}

// takenLately: another finding's act has taken the target, or would have, since
// the last audits. What a person tried in a dry run is no finding's.
func (w *work) takenLately(a *Action) bool {
	for id, s := range w.stories {
		i, done := s.stands()
		if a.Intent.Finding == "" || i == nil || id == a.ID || i.Finding == "" && Mode(i.Mode) == DryRun {
			continue
		}
		if alike(i, &a.Intent) && i.Mode == a.Intent.Mode && w.now.Sub(done.At) < justNow {
			return true
		}
	}
	return false
}

// founded reports whether what the act rests on was done. Of a quarantine by rule
// the keys rest on the policy: the look at that one alone tells that the user is
// not at work.
func (w *work) founded(a *Action) bool {
	if Cure(a.Intent.Cure) != Quarantine || a.Intent.Finding == "" || first(a) {
		return true
	}
	for _, s := range w.stories {
		i, done := s.stands()
		if i != nil && i.Finding == a.Intent.Finding && i.Cure == a.Intent.Cure && i.Mode == a.Intent.Mode &&
			i.Call.Operation == attach && !done.At.Before(w.caseOf(a).Began) {
			return true
		}
	}
	return false
}

// alike: they are about the same of the same user.
func alike(a, b *ledger.Intent) bool { return a.Resource.ID == b.Resource.ID && a.Target == b.Target }

// allowed reads settings and switch anew, and halts the run where either does not
// let it act any more, or the time is up.
func (w *work) allowed(ctx context.Context) (*Settings, error) {
	settings, err := w.Settings(w.Now().UTC())
	if err != nil {
		return nil, failed("read the settings", err)
	}
	if settings.Mode != w.settings.Mode || settings.Digest != w.settings.Digest {
		w.halt("the settings are others now: plan once more")
	}
	if !w.halted() {
		w.readSwitch(ctx)
	}
	if !w.halted() {
		err = w.keepLease(ctx)
	}
	return &settings, err
}

// overtaken says why the ledger has the act not be done any more.
func (w *work) overtaken(ctx context.Context, a *Action) (string, error) {
	if a.Intent.Finding == "" {
		return "", nil
	}
	known, err := w.Ledger.Load(ctx, w.Account.ID, ledger.Query{Refs: []account.Ref{a.Intent.Resource}})
	if err != nil {
		return "", failed("load the finding once more", err)
	}
	return settledMeanwhile(known.Records, &a.Record), nil
}

// excused says why the user as it is now is not to be touched: protected, or
// exempt by its tags.
func (w *work) excused(ctx context.Context, a *Action, s *Settings) (string, error) {
	user, _, none, err := readUser(ctx, w.IAM, a.Intent.Resource)
	switch {
	case err != nil || none != "":
		return none, err
	case s.protects(w.Account.ID, user.Ref()) != "":
		return "the user is protected now", nil
	case a.Intent.Finding == "":
		return "", nil
	}
	if x, _ := judged(s, w.Account, &a.Record, &user, w.Now()); x != nil {
		return "it is exempt now: " + x.Reason, nil
	}
	return "", nil
}

// settledMeanwhile says what has become of the finding, if it does not stand as
// it did.
func settledMeanwhile(now []ledger.Record, r *ledger.Record) string {
	for i := range now {
		n := &now[i]
		switch {
		case n.ID != r.ID:
			continue
		case n.State != ledger.Open || !n.OpenedAt.Equal(r.OpenedAt):
			return "the finding was resolved meanwhile"
		case n.Status == scanner.Exempt:
			return "the finding is exempt or acknowledged now"
		case n.Status != scanner.Open:
			return "the finding is " + string(n.Status) + " now"
		}
		return ""
	}
	return "the finding is not in the ledger any more"
}

// judged tells by what a finding about the user as it is now is exempt, if it is,
// and whose it is. The record may know the user by a former name.
func judged(s *Settings, id account.Identity, r *ledger.Record, u *account.User, now time.Time) (*scanner.Exemption, string) {
	look := account.Snapshot{Account: id, Users: []account.User{*u}}
	report := scanner.Report{Account: id, Time: now, Findings: []scanner.Finding{r.Finding}}
	report.Findings[0].Resource = u.Ref()
	s.Terms.Apply(&look, &report)
	return report.Findings[0].Exempt, report.Findings[0].Owner
}

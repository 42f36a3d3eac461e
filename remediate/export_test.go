package remediate

import (
	"context"
	"time"

	"iamvigil/ledger"
	"iamvigil/scanner/access"
	"iamvigil/scanner/account"
)

// Outlook is all that a run has of a plan.
type Outlook struct {
	Actions     []Action
	Ended       []ledger.Case
	Round       ledger.Round
	Held, Blind string
}

// Lay is Plan with all that a run has of it.
func Lay(b Book, v *access.View, s Settings, now time.Time) Outlook {
	o := lay(b, v, s, now)
	return Outlook{o.actions, o.ended, o.round, o.held, o.blind}
}

// Stepped is an action's case once people were told.
func Stepped(a Action, now time.Time) ledger.Case { return stepped(&a, now) }

// Live is what a cure's look shows.
type Live struct {
	Changed          bool
	Spared, LastUsed string
	User             account.User
}

// LookAt is the look of the action's cure.
func LookAt(ctx context.Context, api IAM, a Action, s Settings, now time.Time) (Live, error) {
	l, err := cureOf(Cure(a.Intent.Cure)).look(ctx, api, &a.Intent, &a.Record, &s, now)
	return Live{l.changed, l.spared, l.lastUsed, l.user}, err
}

// Effect is what the action's cure says of it.
func Effect(a Action) string { return cureOf(Cure(a.Intent.Cure)).effect(&a.Intent) }

// ByHand is the quarantine that a person asks for.
func ByHand(b Book, named string, v *access.View, s Settings, reason string, now time.Time) ([]Action, error) {
	u, err := suspect(v, named, now)
	if err != nil {
		return nil, err
	}
	return byHand(&b, u, v, &s, reason, now)
}

// Guards are those of a plan, for acts that a person adds.
type Guards struct{ *guards }

// GuardsOf are what Apply asks.
func GuardsOf(b Book, v *access.View, s Settings, now time.Time) Guards {
	return Guards{newGuards(v, &s, deedsOf(b.Course.Journal), now)}
}

// Accept asks the guard of the last administrator about one act more.
func (g Guards) Accept(a Action) string {
	return g.accept(g.view.User(a.Intent.Resource.ID), []ledger.Intent{a.Intent})
}

// Unbacked asks live whether somebody remains to administer IAM.
func (g Guards) Unbacked(ctx context.Context, api IAM, a Action) (string, error) {
	return g.unbacked(ctx, api, &a.Intent)
}

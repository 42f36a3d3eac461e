package remediate

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"iamvigil/ledger"
	"iamvigil/scanner"
	"iamvigil/scanner/access"
	"iamvigil/scanner/account"
)

// longestReason is how many characters a person's reason may have, as that of an
// acknowledgement.
const longestReason = 400

const notArmed = "the cure is not armed: switch it on in the stack's parameter and in the configuration"

// Quarantine plans to end all that a user can do, given by name, ARN, unique id or
// the id of an access key: the policy that denies everything, and each active
// key's deactivation. The error says what to do instead where it is no user, or
// one whom a guard keeps.
func (r *Runner) Quarantine(ctx context.Context, who, reason string) ([]Action, error) {
	who = strings.TrimSpace(who)
	w, err := r.known(ctx)
	if err != nil {
		return nil, err
	}
	if !w.settings.Cures[Quarantine] {
		return nil, fmt.Errorf("quarantine %q: %s", who, notArmed)
	}
	if w.view, err = r.look(ctx, nil, &w.settings); err != nil {
		return nil, err
	}
	if blind := unseen(w.view.Snapshot()); blind != "" {
		return nil, fmt.Errorf("quarantine %q: %s", who, blind)
	}
	if account.IsKeyID(who) {
		if who, err = userOfKey(ctx, r.IAM, who); err != nil {
			return nil, fmt.Errorf("quarantine the user of a key: %w", err)
		}
	}
	u, err := suspect(w.view, who, w.now)
	switch {
	case err != nil:
		return nil, err
	case u.ARN == r.By:
		return nil, fmt.Errorf("quarantine user %q: it is who asks for it, and could not undo it", u.Name)
	}
	if err := r.nameKeys(ctx, u); err != nil {
		return nil, fmt.Errorf("quarantine user %q: %w", u.Name, err)
	}
	return w.demanded(u, reason)
}

// demanded plans it for a user, as far as a person did not ask for it before.
func (w *work) demanded(u *account.User, reason string) ([]Action, error) {
	w.view = access.New(w.view.Snapshot())
	all, err := byHand(&w.book, u, w.view, &w.settings, reason, w.now)
	if err != nil {
		return nil, err
	}
	var left []Action
	since := ""
	for i := range all {
		a := &all[i]
		// Their ids are of the user, as there is no finding that they could be of.
		of := ledger.Record{OpenedAt: a.Record.OpenedAt}
		of.ID = "user " + u.ID
		a.ID = actionID(w.Account.ID, &of, &a.Intent)
		_, a.Record.Owner = judged(&w.settings, w.Account, &a.Record, u, w.now)
		if before := w.demandedBefore(&a.Intent); before != "" {
			since = before
			continue
		}
		left = append(left, *a)
	}
	if len(left) == 0 {
		return nil, fmt.Errorf("quarantine user %q: it is quarantined already, %s", u.Name, since)
	}
	return left, nil
}

// demandedBefore says since when and by which action the intent's target is as a
// person wanted it; empty: it is not.
func (w *work) demandedBefore(i *ledger.Intent) string {
	if w.seenUntaken(i) {
		return ""
	}
	for _, id := range slices.Sorted(maps.Keys(w.stories)) {
		if was, done := w.stories[id].stands(); was != nil && was.Finding == "" && done.Outcome == ledger.Done && alike(was, i) {
			return fmt.Sprintf("since %s by action %s", moment(done.At), id)
		}
	}
	return ""
}

// userOfKey is the name of the user whose key it is, as AWS tells it.
func userOfKey(ctx context.Context, api IAM, id string) (string, error) {
	out, err := api.GetAccessKeyLastUsed(ctx, &iam.GetAccessKeyLastUsedInput{AccessKeyId: &id})
	switch {
	case missing(err):
		return "", fmt.Errorf("access key %s is none of this account's", id)
	case err != nil:
		return "", fmt.Errorf("find the user of access key %s: %w", id, err)
	case aws.ToString(out.UserName) == "":
		return "", fmt.Errorf("find the user of access key %s: AWS's answer has none", id)
	}
	return *out.UserName, nil
}

func checkReason(reason string) error {
	if strings.TrimSpace(reason) == "" {
		return errors.New("the reason is empty: say why, for the journal")
	}
	if n := utf8.RuneCountInString(reason); n > longestReason {
		return fmt.Errorf("the reason has %d characters: shorten it to %d", n, longestReason)
	}
	bad := strings.ContainsFunc(reason, func(r rune) bool {
		return unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp, unicode.Bidi_Control)
	})
	if bad || !utf8.ValidString(reason) {
		return errors.New("the reason holds a line break or another control character: leave it out")
	}
	return nil
}

// demand is what stands for the finding of what a person asked for.
func demand(of account.Ref, reason string) scanner.Finding {
	return scanner.Finding{Resource: of, Severity: scanner.High, Message: reason}
}

// byHand plans the quarantine that a person asks for. The user has the ids of all
// its keys, as read live. The error says why it is refused, and what to do.
func byHand(b *Book, u *account.User, v *access.View, s *Settings, reason string, now time.Time) ([]Action, error) {
	if err := checkReason(reason); err != nil {
		return nil, fmt.Errorf("quarantine user %q: %w", u.Name, err)
	}
	// The time tells this quarantine from one that a person has ended since.
	r := ledger.Record{Finding: demand(u.Ref(), reason), OpenedAt: nominal(now)}
	of := intentFor(Quarantine, &r, u, s)
	of.AsOf = now
	intents, refusal := quarantined(of, u, s)
	g := newGuards(v, s, deedsOf(b.Course.Journal), now)
	if why := g.protected(u, &r); why != "" {
		refusal = why + ": change that first"
	}
	if refusal == "" {
		if refusal = g.accept(u, intents); refusal != "" {
			refusal += ". Who knows better runs: " + commands(intents)
		}
	}
	if refusal != "" {
		return nil, fmt.Errorf("quarantine user %q: %s", u.Name, refusal)
	}
	d := draft{Action: Action{Do: Act, Record: r, Deadline: now}, intents: intents}
	return d.actions(b.Account.ID), nil
}

// commands are what a person runs in place of the intents.
func commands(intents []ledger.Intent) string {
	var all []string
	for i := range intents {
		all = append(all, intents[i].Call.Command())
	}
	return strings.Join(all, "; ")
}

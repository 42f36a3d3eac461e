package ledger

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"iamvigil/scanner"
)

const (
	// shortestID is how many digits of a finding's id name it at the least.
	shortestID = 6
	// longestNote is how many characters a reason, or who gives it, has at most.
	longestNote = 400
)

// Acknowledge silences the open finding whose id is or begins with the one
// given, and tells it; an acknowledgement that it has is replaced. The changes
// lack whose account it is. Like all changes they are to be told and then saved.
// The error says what is wrong with the request and what to ask instead.
func Acknowledge(known Known, id string, ack Ack, now time.Time) (Changes, error) {
	if err := ack.Check(now); err != nil {
		return Changes{}, fmt.Errorf("acknowledge %q: %w", id, err)
	}
	r, err := known.standing(id, now)
	if err != nil {
		return Changes{}, fmt.Errorf("acknowledge %q: %w", id, err)
	}
	ack.At = now
	r.Ack, r.Status, r.Exempt = &ack, scanner.Exempt, ack.exemption()
	r.tell(Silenced)
	r.Flapping = false
	c := Changes{Telling: Telling{Kind: Acknowledgement, Time: now, Open: map[scanner.Severity]int{}}, Puts: []Record{r}}
	c.count(&r)
	r.By = nil // he did not silence it
	c.Silenced = []Record{r}
	return c, nil
}

// Check finds what no ledger has to be asked for: a reason or an end that cannot
// be meant.
func (a *Ack) Check(now time.Time) error {
	if strings.TrimSpace(a.Reason) == "" {
		return errors.New("the reason is empty: say why it may stand until then")
	}
	if strings.TrimSpace(a.By) == "" {
		return errors.New("nobody is named who acknowledges it: give the caller's ARN")
	}
	if err := checkNote("reason", a.Reason); err != nil {
		return err
	}
	if err := checkNote("name of who acknowledges it", a.By); err != nil {
		return err
	}
	switch most := now.Add(AckMost); {
	case !a.Until.After(now):
		return fmt.Errorf("until %s is not in the future: give a time between now and %s", when(a.Until), when(most))
	case a.Until.After(most):
		return fmt.Errorf("until %s is more than %d days ahead: give at most %s, or exempt it in the configuration, where it is reviewed",
			when(a.Until), AckMost/day, when(most))
	}
	return nil
}

func checkNote(what, text string) error {
	if n := utf8.RuneCountInString(text); n > longestNote {
		return fmt.Errorf("the %s has %d characters: shorten it to %d", what, n, longestNote)
	}
	bad := strings.ContainsFunc(text, func(r rune) bool {
		return unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp, unicode.Bidi_Control)
	})
	if bad || !utf8.ValidString(text) {
		return fmt.Errorf("the %s holds a line break or another control character: leave it out", what)
	}
	return nil
}

func when(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// standing finds the one open record whose id is or begins with the one given,
// and that nothing but an acknowledgement silences.
func (k *Known) standing(id string, now time.Time) (Record, error) {
	matches, err := k.matches(strings.ToLower(id))
	if err != nil {
		return Record{}, err
	}
	open := slices.DeleteFunc(slices.Clone(matches), func(r Record) bool { return r.State != Open })
	switch {
	case len(matches) == 0:
		return Record{}, errors.New("no finding has such an id: see the ids in `iamvigil findings`")
	case len(open) == 0:
		return Record{}, fmt.Errorf("it was resolved at %s: there is nothing to acknowledge", when(matches[0].ResolvedAt))
	case len(open) > 1:
		return Record{}, fmt.Errorf("%d open findings have ids that begin so, %s and %s among them: give more digits", len(open), open[0].ID, open[1].ID)
	}
	r := open[0]
	if x := r.Exempt; r.Status == scanner.Exempt && !r.acknowledged() && (x == nil || !x.Expired(now)) {
		return Record{}, errors.New("the configuration exempts it already: it is not told while that lasts")
	}
	if r.Status == scanner.Contained {
		return Record{}, errors.New("a policy of the stack contains it already: it is not told while that is attached")
	}
	return r, nil
}

// acknowledged reports whether it is an acknowledgement that silences it, or did
// last.
func (r *Record) acknowledged() bool {
	return r.Ack != nil && sameExemption(r.Exempt, r.Ack.exemption())
}

// Acknowledged reports whether it stands and is silenced by an acknowledgement
// now, and not by the configuration.
func (r *Record) Acknowledged(now time.Time) bool {
	return r.State == Open && r.acknowledged() && now.Before(r.Ack.Until)
}

// matches are the records whose ids begin so, each the newest of its id, sorted
// by id.
func (k *Known) matches(prefix string) ([]Record, error) {
	if strings.Trim(prefix, "0123456789abcdef") != "" || len(prefix) < shortestID {
		return nil, fmt.Errorf("an id is hexadecimal digits: give at least the first %d", shortestID)
	}
	newest := map[string]Record{}
	for _, r := range k.Records {
		if other, known := newest[r.ID]; strings.HasPrefix(r.ID, prefix) && (!known || r.EvidenceAt.After(other.EvidenceAt)) {
			newest[r.ID] = r
		}
	}
	var all []Record
	for _, id := range sortedKeys(newest) {
		all = append(all, newest[id])
	}
	return all, nil
}

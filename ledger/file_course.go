package ledger

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Course gives all that the file holds of the account's cures.
func (f *File) Course(_ context.Context, accountID string) (Course, error) {
	c, err := f.read()
	if err != nil {
		return Course{}, err
	}
	b := c.account(accountID)
	course := Course{Round: b.Round}
	for _, key := range sortedKeys(b.Cases) {
		course.Cases = append(course.Cases, b.Cases[key])
	}
	for _, key := range sortedKeys(b.Journal) {
		course.Journal = append(course.Journal, b.Journal[key])
	}
	return course, nil
}

// Journal gives the entries that were made at that time or later, in the order
// of actions and, of each, of their numbers.
func (f *File) Journal(ctx context.Context, accountID string, since time.Time) ([]Entry, error) {
	course, err := f.Course(ctx, accountID)
	return slices.DeleteFunc(course.Journal, func(e Entry) bool { return e.At.Before(since) }), err
}

// Append adds an entry to the journal. The error is [ErrRaced] if one of its
// action and number is there already.
func (f *File) Append(ctx context.Context, accountID string, e Entry) error {
	return f.change(ctx, accountID, func(b *book) (raced []string) {
		key := fmt.Sprintf("%s#%06d", e.Action, e.Number)
		if _, there := b.Journal[key]; there {
			return []string{key}
		}
		b.Journal[key] = e.Bounded()
		return nil
	})
}

// Advance saves cases and round. The error is [ErrRaced] if some are not as they
// were loaded; all others are saved.
func (f *File) Advance(ctx context.Context, accountID string, a Advance) error {
	return f.change(ctx, accountID, func(b *book) []string { return b.advance(&a) })
}

func (b *book) advance(a *Advance) (raced []string) {
	if a.Round != nil && a.Round.Revision != b.Round.Revision {
		raced = append(raced, "round")
	} else if a.Round != nil {
		b.Round = a.Round.Bounded()
		b.Round.Revision++
	}
	for _, c := range a.Puts {
		key := c.Finding + "#" + c.Cure
		if b.Cases[key].Revision != c.Revision {
			raced = append(raced, key)
			continue
		}
		c = c.Bounded()
		c.Revision++
		b.Cases[key] = c
	}
	for _, c := range a.Deletes {
		key := c.Finding + "#" + c.Cure
		if known, there := b.Cases[key]; !there || known.Revision != c.Revision {
			raced = append(raced, key)
			continue
		}
		delete(b.Cases, key)
	}
	return raced
}

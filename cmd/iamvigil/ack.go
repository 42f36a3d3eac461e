package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"iamvigil/internal/plain"
	"iamvigil/ledger"
)

type ackCommand struct {
	ledgerFlags
	Finding string `arg:"" help:"The beginning of the finding's id, as iamvigil findings shows it."`
	Until   string `required:"" help:"Until when, at most 7 days ahead: a date, whose end in UTC is meant, or a length of time such as 3d." placeholder:"WHEN"`
	Reason  string `required:"" help:"Why it may stand so long. Everybody is told." placeholder:"TEXT"`
	topicFlags
}

// topicFlags are the topics where a table is named in place of a stack.
type topicFlags struct {
	Email    string `hidden:"" name:"email-topic" env:"EMAIL_TOPIC_ARN"`
	Chat     string `hidden:"" name:"chat-topic" env:"CHAT_TOPIC_ARN"`
	Findings string `hidden:"" name:"findings-topic" env:"FINDINGS_TOPIC_ARN"`
}

// Run silences a finding for a while, and has that told.
func (c *ackCommand) Run(ctx context.Context, t terminal) error {
	now := t.now()
	until, err := coming("--until", c.Until, now)
	if err != nil {
		return err
	}
	// Before anybody's credentials are asked for: the caller is not known yet.
	typed := ledger.Ack{By: "the caller", Reason: c.Reason, Until: until}
	if err := typed.Check(now); err != nil {
		return usage{err}
	}
	s, err := open(ctx)
	if err != nil {
		return err
	}
	st, err := c.where(ctx, &s)
	if err != nil {
		return err
	}
	ack := ledger.Ack{By: s.caller, Reason: c.Reason, At: now.UTC(), Until: until}
	silenced, err := c.silence(ctx, &s, &st, ack, t.now)
	if err != nil {
		return err
	}
	for i := range silenced {
		r := &silenced[i]
		fmt.Fprintf(t.out, "silenced until %s, and told: %s [%s]\n", minute(until), plain.Text(r.Message), plain.Text(r.Rule))
	}
	return nil
}

// where is the stack, or what stands for one: whoever is told of findings must
// be told of this.
func (c *ackCommand) where(ctx context.Context, s *session) (stack, error) {
	if c.Table == "" {
		st, err := s.stack(ctx, c.Stack)
		if err == nil {
			_, err = st.need(outTable)
		}
		return st, err
	}
	if c.Email == "" && c.Chat == "" && c.Findings == "" {
		return stack{}, usage{errors.New("with --table nobody would be told: set EMAIL_TOPIC_ARN, CHAT_TOPIC_ARN or FINDINGS_TOPIC_ARN too, or name a --stack")}
	}
	return stack{outputs: map[string]string{outTable: c.Table, outEmail: c.Email, outChat: c.Chat, outFindings: c.Findings}}, nil
}

// silence tells and remembers the acknowledgement, in this order. Where another
// save came in between, it begins anew, once.
func (c *ackCommand) silence(ctx context.Context, s *session, st *stack, ack ledger.Ack, now func() time.Time) ([]ledger.Record, error) {
	store, publisher := s.ledgerOf(st.outputs[outTable], now), s.publisher(st)
	for attempt := 1; ; attempt++ {
		known, err := s.recall(ctx, store)
		if err != nil {
			return nil, err
		}
		changes, err := ledger.Acknowledge(known, c.Finding, ack, ack.At)
		if err != nil {
			return nil, usage{err}
		}
		changes.Account = s.account
		if err := publisher.Publish(ctx, []*ledger.Telling{&changes.Telling}); err != nil {
			return nil, errors.Join(err, errors.New("not everybody was told, so nothing is silenced; try again"))
		}
		err = store.Save(ctx, s.account.ID, changes)
		if err == nil {
			return changes.Silenced, nil
		}
		if attempt == 2 || !errors.Is(err, ledger.ErrRaced) {
			return nil, fmt.Errorf("%w; it was told, and is not silenced: try again", err)
		}
	}
}

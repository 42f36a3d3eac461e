package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"iamvigil/internal/plain"
	"iamvigil/ledger"
	"iamvigil/ledger/dynamo"
)

type smokeCommand struct {
	stackFlags
	Timeout time.Duration `help:"Wait for the event for at most this long." default:"15m"`
}

const (
	// smokeTag is the tag that comes and goes; its value is the nonce.
	smokeTag = "iamvigil-smoke"
	// clockSkew is how far this machine's clock may be ahead of AWS's.
	clockSkew = time.Minute
	// smokePause lies between two looks into the ledger.
	smokePause = 5 * time.Second
	// callWithin is how long a call lasts at most that is not interrupted.
	callWithin = 30 * time.Second
)

// Run changes something of the stack's own, waits until watch has heard of it,
// and sends a test message to every channel, whatever watch has heard.
func (c *smokeCommand) Run(ctx context.Context, t terminal) error {
	s, err := open(ctx)
	if err != nil {
		return err
	}
	st, err := s.stack(ctx, c.Stack)
	if err != nil {
		return err
	}
	role, err := st.need(outSmokeRole)
	if err != nil {
		return err
	}
	table, err := st.need(outTable)
	if err != nil {
		return err
	}
	w := &waiting{smokeCommand: c, session: &s, store: s.ledgerOf(table, t.now)}
	known, err := s.recall(ctx, w.store)
	if err != nil {
		return err
	}
	w.before, w.called = known.Heard, t.now()
	nonce := w.called.UTC().Format("20060102T150405Z")
	if err := touch(ctx, iam.NewFromConfig(s.aws), role, nonce); err != nil {
		return err
	}
	fmt.Fprintf(t.out, "tagged and untagged role %s; waiting until watch has heard of it\n", plain.Text(role))
	heard, err := w.listen(ctx, t)
	if err == nil {
		fmt.Fprintf(t.out, "watch dealt with %s %s after the call\n", plain.Text(heard.Event), lasted(heard.At.Sub(heard.Time)))
	} else if !errors.As(err, &silence{}) {
		return err
	}
	return errors.Join(err, greet(ctx, t, &s, &st, nonce))
}

// touch tags the role and untags it, whatever becomes of the one. An
// interruption waits: what was sent is not to be called back.
func touch(ctx context.Context, client *iam.Client, role, nonce string) error {
	tagging := atLeisure(ctx, func(ctx context.Context) error {
		_, err := client.TagRole(ctx, &iam.TagRoleInput{RoleName: &role, Tags: []types.Tag{{Key: aws.String(smokeTag), Value: &nonce}}})
		return err
	})
	untagging := atLeisure(ctx, func(ctx context.Context) error {
		_, err := client.UntagRole(ctx, &iam.UntagRoleInput{RoleName: &role, TagKeys: []string{smokeTag}})
		return err
	})
	switch {
	case tagging != nil:
		return fmt.Errorf("tag role %s: %w", role, tagging)
	case untagging != nil:
		return fmt.Errorf("untag role %s, which has the tag %s left: %w", role, smokeTag, untagging)
	}
	return nil
}

// atLeisure makes a call that an interruption does not break off.
func atLeisure(ctx context.Context, call func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callWithin)
	defer cancel()
	return call(ctx)
}

// waiting is for the event of a call.
type waiting struct {
	*smokeCommand
	session *session
	store   *dynamo.Store
	called  time.Time
	before  ledger.Heard // the newest event when the call was made
}

// listen waits until the newest event that watch has dealt with is one of the
// two calls.
func (w *waiting) listen(ctx context.Context, t terminal) (ledger.Heard, error) {
	var other ledger.Heard
	for {
		known, err := w.session.recall(ctx, w.store)
		if err != nil {
			return ledger.Heard{}, err
		}
		if h := known.Heard; h.ID != w.before.ID && !h.Time.Before(w.called.Add(-clockSkew)) {
			if h.Event == "TagRole" || h.Event == "UntagRole" {
				return h, nil
			}
			other = h
		}
		if t.now().Sub(w.called) >= w.Timeout {
			return ledger.Heard{}, w.unheard(other)
		}
		if err := t.pause(ctx, smokePause); err != nil {
			return ledger.Heard{}, fmt.Errorf("wait for the event: %w", err)
		}
	}
}

// silence is that watch has not told of the event in time. Whether the channels
// carry a message is another question.
type silence struct{ error }

func (w *waiting) unheard(other ledger.Heard) error {
	if !other.Time.IsZero() {
		return silence{fmt.Errorf("watch has heard nothing of it for %s, but of a later %s: if others change IAM now, try again when they do not; otherwise iamvigil doctor --stack %s tells what to check",
			w.Timeout, other.Event, w.Stack)}
	}
	return silence{fmt.Errorf("watch has heard nothing for %s: iamvigil doctor --stack %s tells what to check", w.Timeout, w.Stack)}
}

// greet sends a test message to each channel.
func greet(ctx context.Context, t terminal, s *session, st *stack, nonce string) error {
	var lacking []error
	for _, output := range []string{outEmail, outChat, outFindings} {
		if _, err := st.need(output); err != nil {
			lacking = append(lacking, err)
		}
	}
	err := errors.Join(append(lacking, s.publisher(st).Greet(ctx, s.account, t.now(), nonce))...)
	if err == nil {
		fmt.Fprintf(t.out, "sent a test message, %s, to each channel: see that it arrives\n", nonce)
	}
	return err
}

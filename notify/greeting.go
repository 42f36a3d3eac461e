package notify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"iamvigil/internal/plain"
	"iamvigil/internal/words"
	"iamvigil/ledger"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
)

// testKind is the kind of messages that tell nothing but that they arrive.
const testKind = "test"

// maxNonce is how many bytes of a nonce are told.
const maxNonce = 64

// Greetings are one message for each audience that tells of no change and says
// so. The nonce, made of letters, digits and dashes, is in each of them, so that
// who sends them can tell that they arrived: in the email's and the chat's text,
// and as the end of the thread in chat and JSON.
func Greetings(id account.Identity, at time.Time, nonce string) (email, chat, programs Message) {
	nonce = plain.ASCII(nonce, maxNonce)
	c := &ledger.Telling{Kind: testKind, Account: id, Time: at, Thread: testKind + "-" + nonce}
	return emailGreeting(c, nonce), chatGreeting(c, nonce), programGreeting(c)
}

// Greet sends each channel its greeting, see [Greetings]. One that is refused
// keeps none of the others from being sent; the error names the channels of all
// that were.
func (p *Publisher) Greet(ctx context.Context, id account.Identity, at time.Time, nonce string) error {
	email, chat, programs := Greetings(id, at, nonce)
	var failed []error
	for _, to := range []struct {
		channel, topic string
		message        Message
	}{{"email", p.EmailTopic, email}, {"chat", p.ChatTopic, chat}, {"findings", p.FindingsTopic, programs}} {
		if to.topic == "" {
			continue
		}
		if err := p.send(ctx, to.topic, to.message); err != nil {
			failed = append(failed, fmt.Errorf("greet the channel %s: %w", to.channel, err))
		}
	}
	return errors.Join(failed...)
}

func emailGreeting(c *ledger.Telling, nonce string) Message {
	var p page
	p.opening("This is a test of iamvigil in account " + accountName(c, maxValue) + ". Nothing happened, and there is nothing to do.")
	p.blank()
	p.paragraph("Whoever reads this is told by email what changes in IAM there.")
	p.blank()
	p.field("Sent", words.Minute(c.Time))
	p.field("Mark", quoted(nonce))
	return Message{
		Subject:    plain.ASCII("IAM test: "+accountName(c, 28)+": nothing happened, this message is a test", maxSubject),
		Body:       p.b.String(),
		Attributes: attributes(c, scanner.Info),
	}
}

func chatGreeting(c *ledger.Telling, nonce string) Message {
	a := attributes(c, scanner.Info)
	n := notification{
		Version: "1.0",
		Source:  "custom",
		ID:      identity(c),
		Content: content{
			TextType:    "client-markdown",
			Title:       "IAM test in " + codeAccount(c) + ": nothing happened",
			Description: "This message is a test, sent at " + words.Minute(c.Time) + " as " + chatValue(nonce) + ". There is nothing to do.",
			Keywords:    []string{testKind},
		},
		Metadata: metadata{ThreadID: thread(c), Summary: "a test", AdditionalContext: a},
	}
	return Message{Body: string(encode(n)), Attributes: a}
}

func programGreeting(c *ledger.Telling) Message {
	p := newPart(c, forInformation)
	p.Part, p.Parts = 1, 1
	return p.message(c, forInformation)
}

package notify

import (
	"time"

	"iamvigil/internal/plain"
	"iamvigil/ledger"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
)

// testKind is the kind of messages that tell nothing but that they arrive.
const testKind = "test"

// maxNonce is how many bytes of a nonce are told.
const maxNonce = 64

// TestMessages are one message for each audience that tells of no change and
// says so. The nonce, made of letters, digits and dashes, is in each of them, so
// that who sends them can tell that they arrived: in the email's and the chat's
// text, and as the end of the thread in chat and JSON.
func TestMessages(id account.Identity, at time.Time, nonce string) (email, chat, programs Message) {
	nonce = plain.ASCII(nonce, maxNonce)
	c := &ledger.Changes{Kind: testKind, Account: id, Time: at, Thread: testKind + "-" + nonce}
	return testEmail(c, nonce), testChat(c, nonce), testProgram(c)
}

func testEmail(c *ledger.Changes, nonce string) Message {
	var p page
	p.opening("This is a test of iamvigil in account " + accountName(c, maxValue) + ". Nothing happened, and there is nothing to do.")
	p.blank()
	p.paragraph("Whoever reads this is told by email what changes in IAM there.")
	p.blank()
	p.field("Sent", minute(c.Time))
	p.field("Mark", quoted(nonce))
	return Message{
		Subject:    plain.ASCII("IAM test: "+accountName(c, 28)+": nothing happened, this message is a test", maxSubject),
		Body:       p.b.String(),
		Attributes: attributes(c, scanner.Info),
	}
}

func testChat(c *ledger.Changes, nonce string) Message {
	a := attributes(c, scanner.Info)
	n := notification{
		Version: "1.0",
		Source:  "custom",
		ID:      identity(c),
		Content: content{
			TextType:    "client-markdown",
			Title:       "IAM test in " + codeAccount(c) + ": nothing happened",
			Description: "This message is a test, sent at " + minute(c.Time) + " as " + chatValue(nonce) + ". There is nothing to do.",
			Keywords:    []string{testKind},
		},
		Metadata: metadata{ThreadID: thread(c), Summary: "a test", AdditionalContext: a},
	}
	return Message{Body: string(encode(n)), Attributes: a}
}

func testProgram(c *ledger.Changes) Message {
	p := newPart(c, forInformation)
	p.Part, p.Parts = 1, 1
	return p.message(c, forInformation)
}

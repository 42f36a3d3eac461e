package awstest

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxMessage is the most bytes of a message with its attributes, or of a batch.
const maxMessage = 262_144

type topic struct {
	key      string // ARN of its customer-managed KMS key
	messages []Message
}

// Published lists the messages that a topic took, in their order.
func (a *AWS) Published(topicARN string) []Message {
	a.mu.Lock()
	defer a.mu.Unlock()
	if t := a.topics[topicARN]; t != nil {
		return slices.Clone(t.messages)
	}
	return nil
}

// theTopic demands the permission to publish, and where the topic is encrypted
// those on its key.
func theTopic(a *AWS, c *call) []demand {
	arn := c.form.Get("TopicArn")
	demands := []demand{on("sns:Publish", arn)}
	if t := a.topics[arn]; t != nil && t.key != "" {
		demands = append(demands, on("kms:GenerateDataKey", t.key), on("kms:Decrypt", t.key))
	}
	return demands
}

// topic finds the topic, which must be in the Region that the call is signed
// for.
func (a *AWS) topic(c *call) (*topic, *failure) {
	arn := c.form.Get("TopicArn")
	parts := strings.Split(arn, ":")
	if len(parts) != 6 || parts[2] != "sns" || parts[3] != c.region {
		return nil, badParameter("TopicArn Reason: %q is no topic of the Region %s", arn, c.region)
	}
	if t := a.topics[arn]; t != nil {
		return t, nil
	}
	return nil, &failure{status: http.StatusNotFound, code: "NotFound", message: "Topic does not exist"}
}

func badParameter(format string, args ...any) *failure {
	return &failure{status: http.StatusBadRequest, code: "InvalidParameter", message: "Invalid parameter: " + fmt.Sprintf(format, args...)}
}

type publishAnswer struct {
	MessageID string `xml:"MessageId"`
}

func (a *AWS) publish(c *call) (any, *failure) {
	t, fail := a.topic(c)
	if fail != nil {
		return nil, fail
	}
	m, bytes, fail := readMessage(c.form, "")
	if fail == nil && bytes > maxMessage {
		fail = badParameter("Message too long")
	}
	if fail != nil {
		return nil, fail
	}
	return publishAnswer{a.take(t, m)}, nil
}

func (a *AWS) take(t *topic, m Message) string {
	a.published++
	m.ID = fmt.Sprintf("00000000-0000-4000-8000-%012d", a.published)
	t.messages = append(t.messages, m)
	return m.ID
}

type batchAnswer struct {
	Successful []batchSuccess `xml:"Successful>member"`
	Failed     []batchFailure `xml:"Failed>member"`
}

type batchSuccess struct {
	ID        string `xml:"Id"`
	MessageID string `xml:"MessageId"`
}

type batchFailure struct {
	ID            string `xml:"Id"`
	Code, Message string
	SenderFault   bool
}

// publishBatch takes the messages that are good and names the others.
func (a *AWS) publishBatch(c *call) (any, *failure) {
	t, fail := a.topic(c)
	if fail != nil {
		return nil, fail
	}
	prefixes, fail := entries(c.form)
	if fail != nil {
		return nil, fail
	}
	total := 0
	for _, prefix := range prefixes {
		_, bytes, _ := readMessage(c.form, prefix)
		total += bytes
	}
	if total > maxMessage {
		return nil, batchError("BatchRequestTooLong", "The length of all the messages put together is more than the limit.")
	}
	var out batchAnswer
	refused := a.refusedEntry()
	for i, prefix := range prefixes {
		id := c.form.Get(prefix + "Id")
		m, _, fail := readMessage(c.form, prefix)
		switch {
		case fail != nil:
			out.Failed = append(out.Failed, batchFailure{id, fail.code, fail.message, true})
			continue
		case i+1 == refused:
			out.Failed = append(out.Failed, batchFailure{id, "InternalError", "awstest was told to fail.", false})
			continue
		}
		out.Successful = append(out.Successful, batchSuccess{id, a.take(t, m)})
	}
	return out, nil
}

// refusedEntry is which entry of this batch the fake was told to fail, from 1.
func (a *AWS) refusedEntry() int {
	of := &a.settings.failEntry
	if of.times == 0 {
		return 0
	}
	if of.times != Always {
		of.times--
	}
	return of.entry
}

// entries gives the parameter prefixes of a batch's one to ten entries.
func entries(form url.Values) ([]string, *failure) {
	var prefixes []string
	ids := map[string]bool{}
	for i := 1; ; i++ {
		prefix := "PublishBatchRequestEntries.member." + strconv.Itoa(i) + "."
		if !form.Has(prefix + "Id") {
			break
		}
		prefixes = append(prefixes, prefix)
		ids[form.Get(prefix+"Id")] = true
	}
	switch {
	case len(prefixes) == 0:
		return nil, batchError("EmptyBatchRequest", "The batch request doesn't contain any entries.")
	case len(prefixes) > 10:
		return nil, batchError("TooManyEntriesInBatchRequest", "The batch request contains more entries than permissible.")
	case len(ids) < len(prefixes):
		return nil, batchError("BatchEntryIdsNotDistinct", "Two or more batch entries in the request have the same Id.")
	}
	return prefixes, nil
}

func batchError(code, message string) *failure {
	return &failure{status: http.StatusBadRequest, code: code, message: message}
}

// badSubject says what SNS holds against a subject. Today's documentation has
// less against what is not ASCII than older pages; the stricter counts.
func badSubject(subject string) string {
	switch {
	case subject == "":
		return "is empty"
	case utf8.RuneCountInString(subject) >= 100:
		return "has 100 characters or more"
	case subject[0] == ' ':
		return "begins with a space"
	case strings.ContainsFunc(subject, func(r rune) bool { return r < ' ' || r > '~' }):
		return "holds what is not printable ASCII"
	}
	return ""
}

package awstest

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Message is a message as SNS hands it on.
type Message struct {
	ID      string
	Subject string
	// Body is the message, or with MessageStructure json its default.
	Body string
	// Bodies is, with MessageStructure json, the message of each protocol.
	Bodies map[string]string
	// Attributes are what subscriptions filter by. With MessageStructure json
	// they are not handed on, so that there are none.
	Attributes map[string]Attribute
}

// Attribute is a message attribute: its data type and value.
type Attribute struct{ Type, Value string }

// For is the body that a subscription of the protocol gets.
func (m Message) For(protocol string) string {
	if body, ok := m.Bodies[protocol]; ok {
		return body
	}
	return m.Body
}

// readMessage reads the message at a prefix of the parameters, and how many
// bytes of it count.
func readMessage(form url.Values, prefix string) (Message, int, *failure) {
	m := Message{Subject: form.Get(prefix + "Subject"), Body: form.Get(prefix + "Message")}
	if why := badSubject(m.Subject); why != "" && form.Has(prefix+"Subject") {
		return m, 0, badParameter("Subject Reason: it %s", why)
	}
	if m.Body == "" || !utf8.ValidString(m.Body) {
		return m, 0, badParameter("Empty message")
	}
	bytes := len(m.Body)
	attributes, attributeBytes, fail := readAttributes(form, prefix)
	if fail != nil {
		return m, 0, fail
	}
	switch form.Get(prefix + "MessageStructure") {
	case "":
		m.Attributes = attributes
	case "json":
		if fail := m.split(); fail != nil {
			return m, 0, fail
		}
	default:
		return m, 0, badParameter("MessageStructure")
	}
	return m, bytes + attributeBytes, nil
}

// split reads a message of the structure json: an object of a string for each
// protocol, of which there must be a default. What is no string is passed over.
func (m *Message) split() *failure {
	var members map[string]any
	if err := json.Unmarshal([]byte(m.Body), &members); err != nil {
		return badParameter("Message Structure - JSON message body failed to parse")
	}
	m.Bodies = map[string]string{}
	for protocol, body := range members {
		if s, ok := body.(string); ok {
			m.Bodies[protocol] = s
		}
	}
	body, ok := m.Bodies["default"]
	if !ok {
		return badParameter("Message Structure - No default entry in JSON message body")
	}
	m.Body = body
	delete(m.Bodies, "default")
	return nil
}

func readAttributes(form url.Values, prefix string) (map[string]Attribute, int, *failure) {
	attributes, bytes := map[string]Attribute{}, 0
	for i := 1; ; i++ {
		entry := prefix + "MessageAttributes.entry." + strconv.Itoa(i) + "."
		name := form.Get(entry + "Name")
		if name == "" {
			return attributes, bytes, nil
		}
		attribute := Attribute{form.Get(entry + "Value.DataType"), form.Get(entry + "Value.StringValue")}
		if attribute.Type == "Binary" {
			raw, err := base64.StdEncoding.DecodeString(form.Get(entry + "Value.BinaryValue"))
			if err != nil {
				return nil, 0, badAttribute(name, "is not base64")
			}
			attribute.Value = string(raw)
		}
		if why := badAttributeValue(name, attribute); why != "" {
			return nil, 0, badAttribute(name, why)
		}
		if _, twice := attributes[name]; twice {
			return nil, 0, badAttribute(name, "is given twice")
		}
		attributes[name] = attribute
		bytes += len(name) + len(attribute.Type) + len(attribute.Value)
	}
}

func badAttribute(name, why string) *failure {
	return &failure{status: http.StatusBadRequest, code: "ParameterValueInvalid",
		message: "The message attribute '" + name + "' is invalid: it " + why}
}

func badAttributeValue(name string, a Attribute) string {
	lower := strings.ToLower(name)
	outside := func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789_-.", r)
	}
	switch {
	case len(name) > 256 || strings.ContainsFunc(lower, outside):
		return "has a name of other characters than letters, digits, underscore, hyphen and period"
	case strings.HasPrefix(lower, "aws.") || strings.HasPrefix(lower, "amazon.") || strings.HasPrefix(name, "."):
		return "has a reserved name"
	case a.Value == "":
		return "is empty"
	}
	switch a.Type {
	case "String":
		if strings.ContainsFunc(a.Value, func(r rune) bool { return r > 0xFFFF || r == utf8.RuneError }) {
			return "holds a surrogate pair"
		}
	case "String.Array":
		return badArray(a.Value)
	case "Number":
		if _, err := strconv.ParseFloat(a.Value, 64); err != nil {
			return "is no number"
		}
	case "Binary":
	default:
		return "has no data type that SNS knows"
	}
	return ""
}

func badArray(value string) string {
	var list []any
	if err := json.Unmarshal([]byte(value), &list); err != nil {
		return "is no JSON array"
	}
	for _, one := range list {
		switch one.(type) {
		case map[string]any, []any:
			return "is an array of more than strings, numbers, booleans and null"
		}
	}
	return ""
}

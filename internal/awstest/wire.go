package awstest

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"hash/crc32"
	"net/http"
	"strconv"
)

// fragments is the inner XML of a result, rendered beforehand.
type fragments [][]byte

// encode renders an answer, or the failure, in the call's protocol.
func encode(c *call, answer any, fail *failure) [][]byte {
	switch {
	case c.json() && fail != nil:
		return [][]byte{jsonFailure(c, fail)}
	case c.json():
		body, err := json.Marshal(answer)
		if err != nil {
			return [][]byte{jsonFailure(c, &failure{code: "InternalServerError", message: err.Error()})}
		}
		return [][]byte{body}
	case fail != nil:
		return [][]byte{xmlFailure(c, fail)}
	}
	return xmlAnswer(c, answer)
}

func jsonFailure(c *call, fail *failure) []byte {
	prefix := "com.amazonaws." + c.service + "#"
	switch c.service {
	case "cloudtrail":
		prefix = "com.amazonaws.cloudtrail.v20131101#"
	case "dynamodb":
		prefix = "com.amazonaws.dynamodb.v20120810#"
	}
	members := map[string]any{"__type": prefix + fail.code}
	if fail.message != "" {
		members["message"] = fail.message
	}
	for name, value := range fail.fields {
		members[name] = value
	}
	body, err := json.Marshal(members)
	if err != nil {
		return []byte(`{"__type":"InternalServerError"}`)
	}
	return body
}

func xmlFailure(c *call, fail *failure) []byte {
	type detail struct {
		Type, Code, Message string
	}
	kind := "Sender"
	if fail.status >= http.StatusInternalServerError {
		kind = "Receiver"
	}
	return inXML(struct {
		XMLName   xml.Name `xml:"ErrorResponse"`
		Error     detail
		RequestID string `xml:"RequestId"`
	}{Error: detail{kind, fail.code, fail.message}, RequestID: c.id})
}

// xmlAnswer wraps a result as the query protocol does:
// <OpResponse><OpResult>…</OpResult></OpResponse>.
func xmlAnswer(c *call, answer any) [][]byte {
	name := c.operation + "Result"
	parts := [][]byte{fmt.Appendf(nil, "<%sResponse><%s>", c.operation, name)}
	if rendered, ok := answer.(fragments); ok {
		parts = append(parts, rendered...)
	} else {
		inner := inXML(answer)
		inner = inner[bytes.IndexByte(inner, '>')+1 : bytes.LastIndexByte(inner, '<')]
		parts = append(parts, inner)
	}
	return append(parts, fmt.Appendf(nil, "</%s><ResponseMetadata><RequestId>%s</RequestId></ResponseMetadata></%sResponse>",
		name, c.id, c.operation))
}

// inXML is for the fake's own types, all of which can be marshalled.
func inXML(v any) []byte {
	body, err := xml.Marshal(v)
	if err != nil {
		return fmt.Appendf(nil, "<error>%q</error>", err.Error())
	}
	return body
}

func size(body [][]byte) int {
	n := 0
	for _, part := range body {
		n += len(part)
	}
	return n
}

func write(w http.ResponseWriter, c *call, fail *failure, body [][]byte) {
	w.Header().Set("X-Amzn-Requestid", c.id)
	w.Header().Set("Content-Length", strconv.Itoa(size(body)))
	switch c.service {
	case "dynamodb":
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		w.Header().Set("X-Amz-Crc32", strconv.FormatUint(uint64(crc32.ChecksumIEEE(bytes.Join(body, nil))), 10))
	case "cloudtrail", "events", "ssm", "organizations":
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	case "sqs":
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	case "scheduler", "access-analyzer", "account":
		w.Header().Set("Content-Type", "application/json")
		if fail != nil {
			w.Header().Set("X-Amzn-Errortype", fail.code)
		}
	default:
		w.Header().Set("Content-Type", "text/xml")
	}
	if fail != nil {
		w.WriteHeader(fail.status)
	}
	for _, part := range body {
		if _, err := w.Write(part); err != nil {
			return // the client has gone
		}
	}
}

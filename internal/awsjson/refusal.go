package awsjson

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/aws/smithy-go"
)

// refusal reads AWS's error. Its code stands in the body, behind a namespace, or
// in a header, before an address; what is neither has the code UnknownError.
func refusal(response *http.Response, body []byte) *smithy.GenericAPIError {
	var said struct {
		Type    string `json:"__type"`
		Code    string `json:"code"`
		Message string `json:"message"` // or Message: members are matched without regard to case
	}
	// What cannot be decoded says nothing.
	_ = json.Unmarshal(body, &said)
	out := &smithy.GenericAPIError{Code: "UnknownError", Message: said.Message, Fault: smithy.FaultClient}
	if response.StatusCode >= http.StatusInternalServerError {
		out.Fault = smithy.FaultServer
	}
	for _, code := range []string{response.Header.Get("X-Amzn-Errortype"), said.Type, said.Code} {
		code = code[strings.LastIndexByte(code, '#')+1:]
		if code, _, _ = strings.Cut(code, ":"); code != "" {
			out.Code = code
			break
		}
	}
	return out
}

package awsjson

import (
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"strings"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// noHost is the error of a host that has no address.
type noHost struct{ *net.DNSError }

func (e noHost) Error() string {
	return "there is no host " + e.Name + ": AWS may not have the service there, or its name is not resolved here"
}

func (e noHost) Unwrap() error { return e.DNSError }

// unsent is why a request did not get through. A host that does not exist is told
// apart, since not every partition has every service.
func unsent(err error) error {
	var dns *net.DNSError
	if errors.As(err, &dns) && dns.IsNotFound {
		return noHost{dns}
	}
	return &smithyhttp.RequestSendError{Err: err}
}

// Refusal is AWS's error, as [smithy.APIError] has it. Where AWS names none, as
// what stands between may answer, its code is UnknownError.
type Refusal struct {
	smithy.GenericAPIError
	// Body is the whole answer: some codes have members of their own.
	Body []byte
}

// refusal reads AWS's error. Its code stands in the body, behind a namespace, or
// in a header, before an address.
func refusal(response *http.Response, body []byte) *Refusal {
	var said struct {
		Type    string `json:"__type"`
		Code    string `json:"code"`
		Message string `json:"message"` // or Message: members are matched without regard to case
	}
	// What cannot be decoded says nothing.
	_ = json.Unmarshal(body, &said)
	out := &Refusal{smithy.GenericAPIError{Code: "UnknownError", Message: said.Message, Fault: smithy.FaultClient}, body}
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

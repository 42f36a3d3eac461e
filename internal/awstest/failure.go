package awstest

import (
	"fmt"
	"net/http"
)

// failure is an error as AWS answers it.
type failure struct {
	status        int
	code, message string
	// fields are members of a JSON error beside its type and message.
	fields map[string]any
	// unknown says what of the call the fake does not know; empty otherwise.
	unknown string
}

func invalid(format string, args ...any) *failure {
	return &failure{status: http.StatusBadRequest, code: "ValidationException", message: fmt.Sprintf(format, args...)}
}

func noSuchEntity(format string, args ...any) *failure {
	return &failure{status: http.StatusNotFound, code: "NoSuchEntity", message: fmt.Sprintf(format, args...)}
}

// unknownAction is what AWS answers to an operation that the service, there and
// then, does not have.
func unknownAction(c *call) *failure {
	if c.json() {
		return &failure{status: http.StatusBadRequest, code: "UnknownOperationException"}
	}
	return &failure{status: http.StatusBadRequest, code: "InvalidAction",
		message: fmt.Sprintf("Could not find operation %s for version %s", c.operation, c.form.Get("Version"))}
}

func throttled(c *call) *failure {
	f := &failure{status: http.StatusBadRequest, code: "Throttling", message: "Rate exceeded"}
	switch {
	case c.service == "account", c.service == "organizations":
		f.code = "TooManyRequestsException"
	case c.json():
		f.code = "ThrottlingException"
	}
	return f
}

// fault makes some calls of an action fail.
type fault struct {
	action  string
	left    int
	after   bool // the call is carried out first
	failure func(*call) *failure
}

// due takes the next fault of the call, if one is due.
func (a *AWS) due(c *call, after bool) *failure {
	for _, f := range a.faults {
		if f.action == c.action() && f.after == after && f.left != 0 {
			if f.left != Always {
				f.left--
			}
			return f.failure(c)
		}
	}
	return nil
}

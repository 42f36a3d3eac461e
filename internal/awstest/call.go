package awstest

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// call is one request, whatever its protocol.
type call struct {
	service, operation string
	id                 string // the request's, in the answer
	region, caller     string
	// form holds the parameters of the query protocol (IAM, STS, SNS,
	// CloudFormation), body those of the JSON protocols (DynamoDB, CloudTrail,
	// EventBridge, SQS, Organizations) and of REST-JSON (Access Analyzer, Account
	// Management) beside query, name what a call of Scheduler is about.
	form, query url.Values
	body        []byte
	name        string
}

func (c *call) action() string { return c.service + ":" + c.operation }

// json reports which of the two protocols the call speaks.
func (c *call) json() bool { return c.form == nil }

// decode reads the body of a JSON call. A member that the fake does not know is
// refused rather than passed over, since AWS would have heeded it.
func (c *call) decode(input any) *failure {
	dec := json.NewDecoder(strings.NewReader(string(c.body)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(input); err != nil {
		f := invalid("awstest cannot read the input of %s: %v", c.action(), err)
		if strings.Contains(err.Error(), "unknown field") {
			f.unknown = c.action() + ": " + err.Error()
		}
		return f
	}
	return nil
}

// readCall tells from the request what is called. The service and the Region
// are those that the request is signed for.
func readCall(r *http.Request) (*call, *failure) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return &call{}, &failure{status: http.StatusBadRequest, code: "IncompleteBody", message: err.Error()}
	}
	c := &call{body: body}
	if target := r.Header.Get("X-Amz-Target"); target != "" {
		_, c.operation, _ = strings.Cut(target, ".")
	} else if name, found := strings.CutPrefix(r.URL.Path, "/schedules/"); found && r.Method == http.MethodGet {
		c.operation, c.name = "GetSchedule", name
	} else if name := rest(r.Method, r.URL.Path); name != "" {
		c.operation, c.query = name, r.URL.Query()
	} else if c.form, err = url.ParseQuery(string(body)); err != nil {
		return c, &failure{status: http.StatusBadRequest, code: "MalformedQueryString", message: err.Error()}
	} else {
		c.operation = c.form.Get("Action")
	}
	var signed bool
	if c.region, c.service, signed = scope(r.Header.Get("Authorization")); !signed {
		return c, &failure{status: http.StatusForbidden, code: "MissingAuthenticationToken",
			message: "Request is missing Authentication Token"}
	}
	return c, nil
}

// scope reads the credential scope of a signature of version 4:
// Credential=KEY/DATE/REGION/SERVICE/aws4_request.
func scope(authorization string) (region, service string, ok bool) {
	_, credential, ok := strings.Cut(authorization, "Credential=")
	credential, _, _ = strings.Cut(credential, ",")
	parts := strings.Split(credential, "/")
	if !ok || len(parts) != 5 {
		return "", "", false
	}
	return parts[2], parts[3], true
}

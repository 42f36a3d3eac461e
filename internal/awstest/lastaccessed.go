package awstest

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"slices"
	"time"

	"iamvigil/scanner/account"
)

// Jobs is how the jobs go in which the fake makes its reports on last access. The
// zero value: at once, and well.
type Jobs struct {
	// Polls is how often a job is in progress when it is asked after.
	Polls int
	// Failed are the ARNs of the users and roles whose jobs fail.
	Failed []string
}

// LastAccessed has reports on last access made so.
func LastAccessed(how Jobs) Option {
	return func(a *AWS) { a.settings.jobs = how }
}

// job is one report on last access being made.
type job struct {
	caller string
	begun  time.Time
	left   int // polls until it is done
	failed bool
	report []account.Access
}

// lastAccessedOf finds a user or role by its ARN, and what it did when.
func (a *AWS) lastAccessedOf(arn string) ([]account.Access, bool) {
	for i := range a.account.Users {
		if u := &a.account.Users[i]; u.ARN == arn {
			return u.Accessed, true
		}
	}
	for i := range a.account.Roles {
		if r := &a.account.Roles[i]; r.ARN == arn {
			return r.Accessed, true
		}
	}
	return nil, false
}

// theArn demands the action's permission on what the call names by its ARN.
func theArn(_ *AWS, c *call) []demand { return []demand{on(c.action(), c.form.Get("Arn"))} }

type jobAnswer struct {
	JobID string `xml:"JobId"`
}

func (a *AWS) generateServiceLastAccessedDetails(c *call) (any, *failure) {
	if of := c.form.Get("Granularity"); of != "" && of != "SERVICE_LEVEL" {
		f := invalid("awstest makes reports of services alone")
		f.unknown = c.action() + ": " + of
		return nil, f
	}
	arn := c.form.Get("Arn")
	report, found := a.lastAccessedOf(arn)
	if !found {
		return nil, noSuchEntity("ARN %s does not exist.", arn)
	}
	if a.jobs == nil {
		a.jobs = map[string]*job{}
	}
	id := fmt.Sprintf("00000000-0000-4000-8000-%012d", len(a.jobs)) // 36 characters, as IAM's have
	a.jobs[id] = &job{caller: c.caller, begun: a.settings.clock(), left: a.settings.jobs.Polls,
		failed: slices.Contains(a.settings.jobs.Failed, arn), report: slices.Clone(report)}
	return jobAnswer{id}, nil
}

type serviceLastAccessed struct {
	XMLName                    xml.Name `xml:"member"`
	ServiceName                string
	ServiceNamespace           string
	LastAuthenticated          string `xml:",omitempty"`
	TotalAuthenticatedEntities int
}

type jobError struct {
	XMLName       xml.Name `xml:"Error"`
	Message, Code string
}

// getServiceLastAccessedDetails tells a job to who had it made alone. What it tells
// is as of when it was begun.
func (a *AWS) getServiceLastAccessedDetails(c *call) (any, *failure) {
	id := c.form.Get("JobId")
	j := a.jobs[id]
	switch {
	case j == nil:
		return nil, noSuchEntity("Job %s does not exist.", id)
	case j.caller != c.caller:
		return nil, &failure{status: http.StatusForbidden, code: "AccessDenied", message: "Another principal had the job made."}
	case j.left > 0:
		j.left--
		return j.answer("IN_PROGRESS", []byte("<ServicesLastAccessed/>"), truncation(false, "")), nil
	case j.failed:
		return j.answer("FAILED", []byte("<ServicesLastAccessed/>"), truncation(false, ""), a.completed(),
			inXML(jobError{Message: "awstest was told to fail.", Code: "INTERNAL_FAILURE"})), nil
	}
	page, fail := a.page(c, j.services(), "ServicesLastAccessed")
	if fail != nil {
		return nil, fail
	}
	return j.answer("COMPLETED", append(page.(fragments), a.completed())...), nil
}

func (j *job) answer(status string, rest ...[]byte) fragments {
	return append(fragments{fmt.Appendf(nil, "<JobStatus>%s</JobStatus><JobType>SERVICE_LEVEL</JobType><JobCreationDate>%s</JobCreationDate>",
		status, stamp(j.begun))}, rest...)
}

func (a *AWS) completed() []byte {
	return fmt.Appendf(nil, "<JobCompletionDate>%s</JobCompletionDate>", stamp(a.settings.clock()))
}

// services are sorted by their namespaces, as AWS documents.
func (j *job) services() []member {
	var list []member
	for _, of := range j.report {
		last := stamp(of.Last)
		list = append(list, member{list: "ServicesLastAccessed", key: of.Service, xml: inXML(serviceLastAccessed{
			ServiceName: "Amazon " + of.Service, ServiceNamespace: of.Service,
			LastAuthenticated: last, TotalAuthenticatedEntities: one(last != "")})})
	}
	sortMembers(list)
	return list
}

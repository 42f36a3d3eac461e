package awstest

import (
	"encoding/base64"
	"net/http"
	"time"

	"iamvigil/scanner/account"
)

// Report says what is the matter with the account's credential report. The zero
// value: one was made just now of the live account, in the form AWS was last
// seen to give.
type Report struct {
	// Start is whether there is one at first; [Present] without it.
	Start Start
	// Age is how long before the clock it was made, if it is there at first.
	// After four hours it has expired.
	Age time.Duration
	// Polls is how often GenerateCredentialReport answers INPROGRESS after the
	// STARTED that sets it off, and before it is done.
	Polls int
	// Of is the snapshot that it was made from; nil: the live one.
	Of *account.Snapshot
	// Additional adds the documented 23rd column, additional_credentials_info.
	Additional bool
	// Upper writes TRUE and FALSE as the guide does, not true and false.
	Upper bool
	// Undated leaves out the dates of inactive keys and certificates as the
	// guide says, so that they look like none.
	Undated bool
}

// Start is whether the account has a credential report.
type Start int

// The starts: there is one, there never was, and there was one four hours ago.
const (
	Present Start = iota
	Absent
	Expired
)

// CredentialReport is what is the matter with the credential report.
func CredentialReport(r Report) Option {
	return func(a *AWS) { a.settings.report = r }
}

// reportState is the one report that an account has.
type reportState struct {
	start     Start
	started   bool
	polls     int
	content   []byte
	generated time.Time
}

func (r Report) begin(s *account.Snapshot, now time.Time) reportState {
	state := reportState{start: r.Start, polls: r.Polls}
	if r.Start == Present {
		state.content, state.generated = r.make(s), now.Add(-r.Age)
	}
	return state
}

// current is the report as it stands by the clock.
func (a *AWS) current() *reportState {
	r := &a.report
	if r.start == Present && a.settings.clock().Sub(r.generated) >= 4*time.Hour {
		*r = reportState{start: Expired, polls: a.settings.report.Polls}
	}
	return r
}

type generateAnswer struct{ State, Description string }

func (a *AWS) generateCredentialReport(*call) (any, *failure) {
	r := a.current()
	switch {
	case r.start == Present:
		return generateAnswer{State: "COMPLETE"}, nil
	case !r.started:
		r.started = true
		return generateAnswer{State: "STARTED", Description: "No report exists. Starting a new report generation task"}, nil
	case r.polls > 0:
		r.polls--
		return generateAnswer{State: "INPROGRESS"}, nil
	}
	r.start = Present
	r.content, r.generated = a.settings.report.make(a.account), a.settings.clock()
	return generateAnswer{State: "COMPLETE"}, nil
}

type reportAnswer struct{ Content, ReportFormat, GeneratedTime string }

func (a *AWS) getCredentialReport(*call) (any, *failure) {
	r := a.current()
	switch {
	case r.start == Present:
		return reportAnswer{base64.StdEncoding.EncodeToString(r.content), "text/csv", stamp(r.generated)}, nil
	case r.started:
		return nil, &failure{status: http.StatusNotFound, code: "ReportInProgress", message: "Credential report is not ready yet."}
	case r.start == Expired:
		return nil, &failure{status: http.StatusGone, code: "ReportExpired", message: "Credential report has expired."}
	}
	return nil, &failure{status: http.StatusGone, code: "ReportNotPresent", message: "No report present."}
}

// ExpireReport lets the time pass after which AWS makes the credential report
// anew: the next one is of the account as it is then.
func (a *AWS) ExpireReport() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.report = reportState{start: Expired}
}

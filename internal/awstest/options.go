package awstest

import (
	"net/http"
	"time"

	"iamvigil/scanner/policy"
)

// Option is one way in which an AWS differs from a quick, unlimited and
// faultless one.
type Option func(*AWS)

// Always is the number of times that has no end.
const Always = -1

// Epoch is what the fake's clock shows unless [Clock] sets another: a noon.
func Epoch() time.Time { return time.Date(2026, time.November, 1, 12, 0, 0, 0, time.UTC) }

type settings struct {
	clock     func() time.Time
	caller    string
	dated     time.Duration
	role      []policy.Document
	limited   bool
	perCall   time.Duration
	perKB     time.Duration
	pageSize  int
	selectors Selectors
	regional  []string
	stale     bool
	hooks     []func(action string, n int)
	report    Report
	jobs      Jobs
	failEntry struct{ entry, times int }
}

func defaults() settings {
	return settings{clock: Epoch}
}

// Clock is the fake's clock.
func Clock(now func() time.Time) Option {
	return func(a *AWS) { a.settings.clock = now }
}

// Dated has answers say that it is so much later than requests say it is, or
// earlier.
func Dated(ahead time.Duration) Option {
	return func(a *AWS) { a.settings.dated = ahead }
}

// Caller is the ARN of who calls, which GetCallerIdentity tells; without it, a
// session of a role of the account.
func Caller(arn string) Option {
	return func(a *AWS) { a.settings.caller = arn }
}

// Role is the permissions of the caller: a call that they do not allow is
// refused in AWS's words. Without this option everything is allowed; with no
// document nothing is.
func Role(documents ...policy.Document) Option {
	return func(a *AWS) { a.settings.role, a.settings.limited = documents, true }
}

// Latency delays each answer by a time for the call and a time for each
// started 1,000 bytes of its body. It sleeps for real.
func Latency(call, kilobyte time.Duration) Option {
	return func(a *AWS) { a.settings.perCall, a.settings.perKB = call, kilobyte }
}

// SmallPages has listings hold at most n items and often fewer, down to none
// with IsTruncated, as AWS may at any time. The resources of
// GetAccountAuthorizationDetails come mixed: a page can hold some of each.
// Batches of DynamoDB leave what is over n unprocessed.
func SmallPages(n int) Option {
	return func(a *AWS) { a.settings.pageSize = n }
}

// Hook is called before the n-th call of an action is answered, n from 1. It
// may use [AWS.Change].
func Hook(before func(action string, n int)) Option {
	return func(a *AWS) { a.settings.hooks = append(a.settings.hooks, before) }
}

// Selectors is a way to say which management events a trail records.
type Selectors int

// The ways: one basic event selector, basic ones for reads and writes apart,
// and advanced ones.
const (
	Basic Selectors = iota
	Split
	Advanced
)

// EventSelectors is how GetEventSelectors words what trails record; [Basic]
// without it.
func EventSelectors(how Selectors) Option {
	return func(a *AWS) { a.settings.selectors = how }
}

// RegionalTrails adds trails of these names that apply to one Region only, so
// that they are in no snapshot.
func RegionalTrails(names ...string) Option {
	return func(a *AWS) { a.settings.regional = names }
}

// StaleReads has reads that do not ask for ConsistentRead miss the last write
// of the table, as they may.
func StaleReads() Option {
	return func(a *AWS) { a.settings.stale = true }
}

// Topics creates SNS topics.
func Topics(arns ...string) Option {
	return EncryptedTopics("", arns...)
}

// EncryptedTopics creates SNS topics under the customer-managed KMS key, which
// the publisher needs permissions for.
func EncryptedTopics(keyARN string, arns ...string) Option {
	return func(a *AWS) {
		for _, arn := range arns {
			a.topics[arn] = &topic{key: keyARN}
		}
	}
}

// Tables creates DynamoDB tables whose keys are the strings pk and sk.
func Tables(names ...string) Option {
	return func(a *AWS) {
		for _, name := range names {
			a.tables[name] = newTable()
		}
	}
}

// Deny refuses the actions whatever the role, as a service control policy does.
func Deny(actions ...string) Option {
	return everyTime(actions, controlled)
}

// controlled is the refusal of a service control policy.
func controlled(c *call) *failure {
	return accessDenied(c, c.action(), "*", "with an explicit deny in a service control policy")
}

// Unsupported answers the actions as where AWS does not have them.
func Unsupported(actions ...string) Option {
	return everyTime(actions, unknownAction)
}

// Throttle answers the next calls of the action with its service's throttling
// error.
func Throttle(action string, times int) Option {
	return faulty(action, times, throttled)
}

// Fail answers the next calls of the action with an error.
func Fail(action string, times int, code string, status int) Option {
	return faulty(action, times, func(*call) *failure {
		return &failure{status: status, code: code, message: "awstest was told to fail."}
	})
}

// FailEntry has the n-th entry, from 1, of the next batches of messages fail
// while SNS takes the others.
func FailEntry(n, times int) Option {
	return func(a *AWS) { a.settings.failEntry.entry, a.settings.failEntry.times = n, times }
}

// Lose carries out the next calls of the action and then answers as if AWS had
// failed: a retry repeats what was done.
func Lose(action string, times int) Option {
	return func(a *AWS) {
		a.faults = append(a.faults, &fault{action: action, left: times, after: true, failure: func(*call) *failure {
			return &failure{status: http.StatusInternalServerError, code: "InternalFailure", message: "The answer was lost."}
		}})
	}
}

func everyTime(actions []string, fail func(*call) *failure) Option {
	return func(a *AWS) {
		for _, action := range actions {
			a.faults = append(a.faults, &fault{action: action, left: Always, failure: fail})
		}
	}
}

func faulty(action string, times int, fail func(*call) *failure) Option {
	return func(a *AWS) {
		a.faults = append(a.faults, &fault{action: action, left: times, failure: fail})
	}
}

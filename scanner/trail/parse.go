package trail

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Longest texts kept, in runes; names and ARNs are IAM's longest.
const (
	maxText = 256
	maxName = 128
	maxARN  = 2048
)

// Parse reads one EventBridge event whose detail is a CloudTrail record. A
// field of another type than CloudTrail's is as if absent. What is not JSON, or
// lacks the detail, its eventID, eventName or eventSource, is an error that
// names what is wrong and repeats nothing of the body.
func Parse(body []byte) (Event, error) {
	var e envelope
	if err := decode(body, &e); err != nil {
		return Event{}, fmt.Errorf("parse event: %w", err)
	}
	if e.Detail == nil {
		return Event{}, errors.New("parse event: no detail")
	}
	if e.Source != "" && !strings.HasPrefix(e.Source, "aws.") { // which PutEvents refuses to all but AWS
		return Event{}, errors.New("parse event: its source is none of AWS's")
	}
	if field := e.missing(); field != "" {
		return Event{}, fmt.Errorf("parse event: detail has no %s", field)
	}
	return e.event(), nil
}

// ParseRecord reads a CloudTrail record by itself, as LookupEvents gives it, in
// the way of [Parse].
func ParseRecord(body []byte) (Event, error) {
	e := envelope{Detail: &record{}}
	if err := decode(body, e.Detail); err != nil {
		return Event{}, fmt.Errorf("parse record: %w", err)
	}
	if field := e.missing(); field != "" {
		return Event{}, fmt.Errorf("parse record: it has no %s", field)
	}
	return e.event(), nil
}

func decode(body []byte, into any) error {
	err := json.Unmarshal(body, into)
	var syntax *json.SyntaxError
	var mismatch *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Errorf("not JSON at byte %d", syntax.Offset)
	case errors.As(err, &mismatch) && mismatch.Field == "":
		return errors.New("not a JSON object")
	case errors.As(err, &mismatch):
		// The decoder has gone on with the other fields.
		return nil
	case err != nil:
		return errors.New("not JSON that can be read")
	}
	return nil
}

// An envelope is what EventBridge wraps around the record. Its detail-type is
// of no use: that of a sign-in is spelled in three ways.
type envelope struct {
	Source  string  `json:"source"`
	Account string  `json:"account"`
	Region  string  `json:"region"`
	Time    string  `json:"time"`
	Detail  *record `json:"detail"`
}

type record struct {
	EventID             string   `json:"eventID"`
	RequestID           string   `json:"requestID"`
	EventName           string   `json:"eventName"`
	EventSource         string   `json:"eventSource"`
	EventType           string   `json:"eventType"`
	EventTime           string   `json:"eventTime"`
	AWSRegion           string   `json:"awsRegion"`
	RecipientAccountID  string   `json:"recipientAccountId"`
	SourceIPAddress     string   `json:"sourceIPAddress"`
	UserAgent           string   `json:"userAgent"`
	ErrorCode           string   `json:"errorCode"`
	ErrorMessage        string   `json:"errorMessage"`
	ReadOnly            bool     `json:"readOnly"`
	UserIdentity        identity `json:"userIdentity"`
	RequestParameters   fields   `json:"requestParameters"`
	ResponseElements    fields   `json:"responseElements"`
	AdditionalEventData fields   `json:"additionalEventData"`
}

func (e *envelope) missing() string {
	switch {
	case e.Detail.EventID == "":
		return "eventID"
	case e.Detail.EventName == "":
		return "eventName"
	case e.source() == "":
		return "eventSource"
	}
	return ""
}

// source spells the envelope's source, such as aws.iam, as a record would.
func (e *envelope) source() string {
	if service, found := strings.CutPrefix(e.Source, "aws."); found && e.Detail.EventSource == "" {
		return service + ".amazonaws.com"
	}
	return e.Detail.EventSource
}

func (e *envelope) event() Event {
	r := e.Detail
	failed, code := r.failure()
	ev := Event{
		ID:       clip(r.EventID, maxText),
		Name:     clip(r.EventName, maxText),
		Source:   clip(e.source(), maxText),
		Type:     clip(r.EventType, maxText),
		Time:     firstTime(r.EventTime, e.Time),
		Region:   clip(cmp.Or(r.AWSRegion, e.Region), maxText),
		Account:  clip(cmp.Or(r.RecipientAccountID, e.Account), maxText),
		Actor:    r.actor(),
		Failed:   failed,
		Error:    clip(code, maxText),
		ReadOnly: r.ReadOnly,
		Details:  r.details(),

		RequestID: clip(r.RequestID, maxText),
	}
	clues, known := cluesOf(ev.Source, ev.Name)
	ev.Known = known || r.ReadOnly
	if !failed {
		t := touch{record: r, event: &ev}
		t.follow(clues)
	}
	return ev
}

// failure tells why a call failed. A failed sign-in carries no errorCode: its
// response repeats the event's name with the value Failure.
func (r *record) failure() (failed bool, why string) {
	if r.ErrorCode != "" {
		return true, r.ErrorCode
	}
	if outcome := r.ResponseElements.text(r.EventName); outcome == "Failure" {
		return true, cmp.Or(r.ErrorMessage, outcome)
	}
	return false, ""
}

// firstTime is the first of the times that can be read, and written again: an
// offset can push a year out of RFC 3339's range.
func firstTime(texts ...string) time.Time {
	for _, text := range texts {
		t, err := time.Parse(time.RFC3339, text)
		if t = t.UTC(); err == nil && t.Year() > 0 && t.Year() < 10_000 {
			return t
		}
	}
	return time.Time{}
}

// clip cuts a text to at most limit runes, the last of which says so.
func clip(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	runes, keep := 0, 0
	for i := range text {
		switch runes {
		case limit - 1:
			keep = i
		case limit:
			return text[:keep] + "…"
		}
		runes++
	}
	return text
}

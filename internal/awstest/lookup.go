package awstest

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net/http"
	"slices"
	"strings"
	"time"
)

// kept is for how long CloudTrail's event history keeps an event.
const kept = 90 * 24 * time.Hour

// Events puts CloudTrail records, as EventBridge has them in an event's detail,
// into the event history. What is no JSON is given as it is to every question,
// first of all; an empty one, as an event without its record.
func Events(records ...string) Option {
	return func(a *AWS) { a.history = append(a.history, records...) }
}

// Happen adds records to the event history, as [Events] does from the start.
func (a *AWS) Happen(records ...string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.history = append(a.history, records...)
}

// historic is an event as the event history indexes it.
type historic struct {
	EventID      string         `json:"eventID"`
	EventName    string         `json:"eventName"`
	EventSource  string         `json:"eventSource"`
	EventTime    time.Time      `json:"eventTime"`
	AWSRegion    string         `json:"awsRegion"`
	ReadOnly     bool           `json:"readOnly"`
	UserIdentity historicCaller `json:"userIdentity"`
	Request      map[string]any `json:"requestParameters"`
	Response     map[string]any `json:"responseElements"`

	text   string
	broken bool
}

type historicCaller struct {
	UserName    string `json:"userName"`
	AccessKeyID string `json:"accessKeyId"`
}

func readHistoric(text string) historic {
	var h historic
	h.broken = json.Unmarshal([]byte(text), &h) != nil
	h.text = text
	return h
}

type lookupInput struct {
	LookupAttributes []lookupAttribute
	// Times are in seconds since 1970.
	StartTime, EndTime *float64
	MaxResults         *int
	NextToken          string
}

type lookupAttribute struct{ AttributeKey, AttributeValue string }

type lookupAnswer struct {
	Events    []lookupEvent
	NextToken string `json:",omitempty"`
}

type lookupEvent struct {
	EventID         string `json:"EventId,omitempty"`
	EventName       string `json:",omitempty"`
	EventSource     string `json:",omitempty"`
	EventTime       float64
	ReadOnly        string `json:",omitempty"`
	Username        string `json:",omitempty"`
	AccessKeyID     string `json:"AccessKeyId,omitempty"`
	Resources       []lookupResource
	CloudTrailEvent string `json:",omitempty"`
}

type lookupResource struct {
	ResourceName string
}

// lookupEvents gives the newest events of the call's Region first.
func (a *AWS) lookupEvents(c *call) (any, *failure) {
	var in lookupInput
	if fail := c.decode(&in); fail != nil {
		return nil, fail
	}
	size, fail := in.check()
	if fail != nil {
		return nil, fail
	}
	found := a.find(&in, c.region)
	start, fail := in.start(len(found))
	if fail != nil {
		return nil, fail
	}
	found = found[start:]
	page := found[:min(a.fewer(size), len(found))]
	out := lookupAnswer{Events: []lookupEvent{}}
	for i := range page {
		out.Events = append(out.Events, page[i].event())
	}
	if len(page) < len(found) {
		out.NextToken = in.token(start + len(page))
	}
	return out, nil
}

// check gives the size of a page.
func (in *lookupInput) check() (int, *failure) {
	keys := []string{"EventId", "EventName", "ReadOnly", "Username", "ResourceType", "ResourceName", "EventSource", "AccessKeyId"}
	for _, by := range in.LookupAttributes {
		if len(in.LookupAttributes) > 1 || !slices.Contains(keys, by.AttributeKey) || by.AttributeValue == "" || len(by.AttributeValue) > 2000 {
			return 0, &failure{status: http.StatusBadRequest, code: "InvalidLookupAttributesException",
				message: "Lookup attributes are invalid or more than one."}
		}
	}
	if in.StartTime != nil && in.EndTime != nil && *in.StartTime > *in.EndTime {
		return 0, &failure{status: http.StatusBadRequest, code: "InvalidTimeRangeException", message: "The start is after the end."}
	}
	size := 50
	if in.MaxResults != nil {
		size = *in.MaxResults
	}
	if size < 1 || size > 50 {
		return 0, &failure{status: http.StatusBadRequest, code: "InvalidMaxResultsException", message: "MaxResults is not from 1 to 50."}
	}
	return size, nil
}

func (a *AWS) find(in *lookupInput, region string) []historic {
	var found []historic
	oldest := a.settings.clock().Add(-kept)
	for _, text := range a.history {
		h := readHistoric(text)
		at := float64(h.EventTime.UnixMilli()) / 1000
		switch {
		case h.broken:
			found = append(found, h)
		case h.AWSRegion != "" && h.AWSRegion != region, h.EventTime.Before(oldest),
			in.StartTime != nil && at < *in.StartTime, in.EndTime != nil && at > *in.EndTime:
		case !slices.ContainsFunc(in.LookupAttributes, func(by lookupAttribute) bool { return !h.has(by) }):
			found = append(found, h)
		}
	}
	slices.SortStableFunc(found, func(x, y historic) int {
		if x.broken != y.broken {
			if x.broken {
				return -1
			}
			return 1
		}
		return cmp.Or(y.EventTime.Compare(x.EventTime), strings.Compare(x.EventID, y.EventID))
	})
	return found
}

func (h *historic) has(by lookupAttribute) bool {
	switch by.AttributeKey {
	case "EventId":
		return h.EventID == by.AttributeValue
	case "EventName":
		return h.EventName == by.AttributeValue
	case "EventSource":
		return h.EventSource == by.AttributeValue
	case "ReadOnly":
		return fmt.Sprint(h.ReadOnly) == by.AttributeValue
	case "Username":
		return h.UserIdentity.UserName == by.AttributeValue
	case "AccessKeyId":
		return h.UserIdentity.AccessKeyID == by.AttributeValue
	case "ResourceName":
		return slices.Contains(h.resources(), by.AttributeValue)
	}
	return false // no record here tells its resources' types
}

// resources are the names by which CloudTrail finds an event of IAM.
func (h *historic) resources() []string {
	var names []string
	var walk func(map[string]any)
	walk = func(object map[string]any) {
		for member, value := range object {
			switch value := value.(type) {
			case map[string]any:
				walk(value)
			case string:
				if slices.Contains([]string{"userName", "groupName", "roleName", "roleArn", "policyArn", "policyName", "accessKeyId", "arn"}, member) {
					names = append(names, value)
				}
			}
		}
	}
	walk(h.Request)
	walk(h.Response)
	return distinct(names)
}

func (h *historic) event() lookupEvent {
	e := lookupEvent{
		EventID: h.EventID, EventName: h.EventName, EventSource: h.EventSource,
		EventTime: float64(max(0, h.EventTime.UnixMilli())) / 1000, ReadOnly: fmt.Sprint(h.ReadOnly),
		Username: h.UserIdentity.UserName, AccessKeyID: h.UserIdentity.AccessKeyID, CloudTrailEvent: h.text,
	}
	for _, name := range h.resources() {
		e.Resources = append(e.Resources, lookupResource{name})
	}
	return e
}

// token stands for a place in the answers to one question; it is of no use with
// another.
func (in *lookupInput) token(place int) string {
	return base64.URLEncoding.EncodeToString(fmt.Appendf(nil, "%d %d", in.question(), place))
}

func (in *lookupInput) start(most int) (int, *failure) {
	if in.NextToken == "" {
		return 0, nil
	}
	var question uint32
	var place int
	text, err := base64.URLEncoding.DecodeString(in.NextToken)
	if err == nil {
		_, err = fmt.Sscanf(string(text), "%d %d", &question, &place)
	}
	if err != nil || question != in.question() || place > most {
		return 0, &failure{status: http.StatusBadRequest, code: "InvalidNextTokenException", message: "The token is invalid or of another request."}
	}
	return place, nil
}

func (in *lookupInput) question() uint32 {
	of := *in
	of.NextToken, of.MaxResults = "", nil
	text, _ := json.Marshal(of) // made of what JSON can hold
	h := fnv.New32a()
	h.Write(text)
	return h.Sum32()
}

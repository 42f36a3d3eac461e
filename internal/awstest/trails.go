package awstest

import (
	"fmt"
	"net/http"

	"iamvigil/scanner/account"
)

type trailDescription struct {
	Name                       string
	TrailARN                   string
	S3BucketName               string
	HomeRegion                 string
	IncludeGlobalServiceEvents bool
	IsMultiRegionTrail         bool
	IsOrganizationTrail        bool
	HasCustomEventSelectors    bool
}

type trailsAnswer struct {
	TrailList []trailDescription `json:"trailList"`
}

func (a *AWS) describeTrails(c *call) (any, *failure) {
	var in struct {
		IncludeShadowTrails *bool
		TrailNameList       []string
	}
	if fail := c.decode(&in); fail != nil {
		return nil, fail
	}
	out := trailsAnswer{TrailList: []trailDescription{}}
	for _, name := range a.settings.regional {
		out.TrailList = append(out.TrailList, trailDescription{Name: name, TrailARN: a.trailARN(name),
			S3BucketName: "logs", HomeRegion: Region, IncludeGlobalServiceEvents: true})
	}
	for _, t := range backwards(a.account.Trails) {
		out.TrailList = append(out.TrailList, trailDescription{Name: t.Name, TrailARN: t.ARN, S3BucketName: "logs",
			HomeRegion: Region, IncludeGlobalServiceEvents: t.Global, IsMultiRegionTrail: true, HasCustomEventSelectors: true})
	}
	return out, nil
}

func (a *AWS) trailARN(name string) string {
	id := a.account.Account
	return "arn:" + id.Partition + ":cloudtrail:" + Region + ":" + id.ID + ":trail/" + name
}

type trailName struct{ Name, TrailName string }

// theTrail demands the permission on the trail that the call names.
func theTrail(a *AWS, c *call) []demand {
	var in trailName
	if fail := c.decode(&in); fail != nil {
		return nil // said again when the call is answered
	}
	arn := in.Name + in.TrailName
	for _, t := range a.account.Trails {
		if t.Name == arn {
			arn = t.ARN
		}
	}
	return []demand{on(c.action(), arn)}
}

func (a *AWS) trail(c *call) (*account.Trail, *failure) {
	var in trailName
	if fail := c.decode(&in); fail != nil {
		return nil, fail
	}
	for i := range a.account.Trails {
		if t := &a.account.Trails[i]; t.ARN == in.Name+in.TrailName || t.Name == in.Name+in.TrailName {
			return t, nil
		}
	}
	return nil, &failure{status: http.StatusBadRequest, code: "TrailNotFoundException",
		message: fmt.Sprintf("Unknown trail: %s for the user: %s", in.Name+in.TrailName, a.account.Account.ID)}
}

func (a *AWS) getTrailStatus(c *call) (any, *failure) {
	t, fail := a.trail(c)
	if fail != nil {
		return nil, fail
	}
	return struct{ IsLogging bool }{t.Logging}, nil
}

type eventSelector struct {
	ReadWriteType                 string
	IncludeManagementEvents       bool
	DataResources                 []string
	ExcludeManagementEventSources []string
}

type advancedSelector struct {
	Name           string
	FieldSelectors []fieldSelector
}

type fieldSelector struct {
	Field  string
	Equals []string
}

type selectorsAnswer struct {
	TrailARN               string
	EventSelectors         []eventSelector    `json:",omitempty"`
	AdvancedEventSelectors []advancedSelector `json:",omitempty"`
}

func (a *AWS) getEventSelectors(c *call) (any, *failure) {
	t, fail := a.trail(c)
	if fail != nil {
		return nil, fail
	}
	out := selectorsAnswer{TrailARN: t.ARN}
	switch how := a.settings.selectors; {
	case how == Advanced:
		out.AdvancedEventSelectors = advancedSelectors(t.Management)
	case t.Management == account.RecordsNone:
		out.EventSelectors = []eventSelector{{ReadWriteType: account.RecordsAll}}
	case how == Split && t.Management == account.RecordsAll:
		out.EventSelectors = []eventSelector{
			{ReadWriteType: account.RecordsRead, IncludeManagementEvents: true},
			{ReadWriteType: account.RecordsWrite, IncludeManagementEvents: true},
		}
	default:
		out.EventSelectors = []eventSelector{{ReadWriteType: t.Management, IncludeManagementEvents: true}}
	}
	return out, nil
}

// advancedSelectors records data events, and of the management events what
// readOnly says; without readOnly all.
func advancedSelectors(management string) []advancedSelector {
	selectors := []advancedSelector{{Name: "data", FieldSelectors: []fieldSelector{
		{"eventCategory", []string{"Data"}}, {"resources.type", []string{"AWS::S3::Object"}}}}}
	fields := []fieldSelector{{"eventCategory", []string{"Management"}}}
	switch management {
	case account.RecordsNone:
		return selectors
	case account.RecordsRead:
		fields = append(fields, fieldSelector{"readOnly", []string{"true"}})
	case account.RecordsWrite:
		fields = append(fields, fieldSelector{"readOnly", []string{"false"}})
	}
	return append(selectors, advancedSelector{Name: "management", FieldSelectors: fields})
}

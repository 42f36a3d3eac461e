package trail_test

import (
	"encoding/json"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"iamvigil/scanner/account"
	"iamvigil/scanner/trail"
)

// A field of another type than CloudTrail's is as if absent, wherever it
// stands, and costs no other field.
func TestFieldsOfAnotherType(t *testing.T) {
	files, err := filepath.Glob("testdata/events/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no events: %v", err)
	}
	for _, file := range files {
		var body map[string]any
		if err := json.Unmarshal(read(t, file), &body); err != nil {
			t.Fatal(err)
		}
		eachField(body, "", func(in map[string]any, field, path string) {
			value := in[field]
			delete(in, field)
			want, wantErr := parseAny(t, body)
			for _, other := range othersThan(value, path) {
				in[field] = other
				got, gotErr := parseAny(t, body)
				if (wantErr == nil) != (gotErr == nil) {
					t.Errorf("%s: %s = %v: error %v, absent %v", file, path, other, gotErr, wantErr)
				}
				if d := cmp.Diff(want, got); d != "" {
					t.Errorf("%s: %s = %v (-absent +got):\n%s", file, path, other, d)
				}
			}
			in[field] = value
		})
	}
}

// eachField visits every field of every object, the inner ones first.
func eachField(object map[string]any, path string, visit func(in map[string]any, field, path string)) {
	for _, field := range slices.Sorted(maps.Keys(object)) {
		if inner, ok := object[field].(map[string]any); ok {
			eachField(inner, path+"/"+field, visit)
		}
		visit(object, field, path+"/"+field)
	}
}

// othersThan are values of other types. Where the value is told as a detail a
// number or a boolean is as good as a string.
func othersThan(value any, path string) []any {
	object, list := map[string]any{"x": "y"}, []any{"x", map[string]any{"y": 1}}
	if _, ok := value.(map[string]any); ok {
		return []any{nil, list, "x", 7, true}
	}
	others := []any{nil, object, list}
	for _, part := range []string{"/requestParameters/", "/responseElements/", "/additionalEventData/"} {
		if strings.Contains(path, part) {
			return others
		}
	}
	if _, ok := value.(string); ok {
		return append(others, 7, true)
	}
	return append(others, "x")
}

func parseAny(t *testing.T, body map[string]any) (trail.Event, error) {
	t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return trail.Parse(data)
}

// CloudTrail bounds none of these but the error (1 KB) and the parameters.
func TestTextsAreBounded(t *testing.T) {
	long := strings.Repeat("ä€😀", 100_000)
	body := strings.ReplaceAll(`{"source":"aws.iam","account":"X","region":"X","detail":{
		"eventID":"X","eventName":"X","eventSource":"X","eventType":"X","awsRegion":"X","recipientAccountId":"X",
		"sourceIPAddress":"X","userAgent":"X","errorMessage":"X","errorCode":"X",
		"userIdentity":{"type":"X","arn":"arn:aws:iam::1:user/X","accessKeyId":"AKIAX","userName":"X","invokedBy":"X",
			"sessionContext":{"sessionIssuer":{"arn":"arn:X"},"sourceIdentity":"X","attributes":{"mfaAuthenticated":"X"}}},
		"requestParameters":{"userName":"X","policyArn":"X","status":7`+strings.Repeat("7", 1000)+`},
		"responseElements":{"ConsoleLogin":"X","X":"Failure"}}}`, "X", long)
	e, err := trail.Parse([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	bounded(t, e)
	if n := utf8.RuneCountInString(e.Details["userName"]); n != 256 || !strings.HasSuffix(e.Details["userName"], "…") {
		t.Errorf("a text of %d runes was cut to %d", utf8.RuneCountInString(long), n)
	}
	if !strings.HasPrefix(long, strings.TrimSuffix(e.Details["userName"], "…")) {
		t.Error("a cut text is not the beginning of the whole")
	}
}

// A name of 128 is IAM's longest; a text as long as allowed is left alone.
func TestTextsAtTheLimit(t *testing.T) {
	name := func(n int) string { return strings.Repeat("a", n) }
	e := parse(t, event{Name: "CreateGroup", Request: map[string]any{"groupName": name(128), "path": strings.Repeat("ä", 256)}})
	if d := cmp.Diff([]account.Ref{group(name(128))}, e.Touched); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if got := e.Details["path"]; got != strings.Repeat("ä", 256) {
		t.Errorf("256 runes became %d", utf8.RuneCountInString(got))
	}
	for _, bad := range []string{name(129), "a/b", "a:b", "arn:aws:iam::111122223333:group/ops", ""} {
		e := parse(t, event{Name: "CreateGroup", Request: map[string]any{"groupName": bad}})
		if len(e.Touched) > 0 || !e.Unnamed {
			t.Errorf("%q is no name, but touches %v", bad, e.Touched)
		}
	}
	for _, bad := range []string{"arn:aws:iam::111122223333:policy/", "arn:aws:iam::111122223333:role/x", "arn:aws:iam::1:policy/" + name(2048)} {
		e := parse(t, event{Name: "DeletePolicy", Request: map[string]any{"policyArn": bad}})
		if len(e.Touched) > 0 || !e.Unnamed {
			t.Errorf("%q is no policy, but touches %v", bad, e.Touched)
		}
	}
}

// bounded holds what is true of every event that was read.
func bounded(t testing.TB, e trail.Event) {
	t.Helper()
	short := []string{
		e.ID, e.Name, e.Source, e.Type, e.Region, e.Account, e.Error,
		e.Actor.Type, e.Actor.Name, e.Actor.IP, e.Actor.Agent, e.Actor.MFA, e.Actor.Key, e.Actor.InvokedBy,
	}
	for key, value := range e.Details {
		short = append(short, key, value)
	}
	for _, text := range short {
		if utf8.RuneCountInString(text) > 256 || !utf8.ValidString(text) {
			t.Errorf("unbounded or invalid text %.80q…", text)
		}
	}
	long := []string{e.Actor.ARN, e.Actor.Issuer}
	for _, ref := range e.Touched {
		long = append(long, ref.ARN, ref.Name)
		if ref.Kind == "" || ref.Kind != account.KindAccount && ref.Name == "" {
			t.Errorf("a ref that names nothing: %+v", ref)
		}
	}
	for _, text := range long {
		if utf8.RuneCountInString(text) > 2048 || !utf8.ValidString(text) {
			t.Errorf("unbounded or invalid ARN %.80q…", text)
		}
	}
	if e.ID == "" || e.Name == "" || e.Source == "" {
		t.Errorf("an event without id, name or source: %+v", e)
	}
	if e.Failed && (len(e.Touched) > 0 || e.Unnamed) {
		t.Errorf("failed, yet touches %v", e.Touched)
	}
	if _, err := json.Marshal(e); err != nil {
		t.Errorf("an event that cannot be written: %v", err)
	}
}

// Secrets in a record stay there: STS's session tokens, documents, bodies.
func TestDetailsHoldNoSecret(t *testing.T) {
	secret := map[string]any{
		"password": "hunter2", "newPassword": "hunter2", "oldPassword": "hunter2", "policyDocument": "hunter2",
		"assumeRolePolicyDocument": "hunter2", "privateKey": "hunter2", "certificateBody": "hunter2",
		"sAMLMetadataDocument": "hunter2", "sSHPublicKeyBody": "hunter2", "webIdentityToken": "hunter2",
		"authenticationCode1": "hunter2", "externalId": "hunter2",
		"credentials": map[string]any{"sessionToken": "hunter2", "secretAccessKey": "hunter2"},
		"accessKey":   map[string]any{"secretAccessKey": "hunter2", "userName": "alice"},
		"virtualMFADevice": map[string]any{
			"base32StringSeed": "hunter2", "qRCodePNG": "hunter2", "serialNumber": "arn:aws:iam::111122223333:mfa/alice",
		},
		"serviceSpecificCredential": map[string]any{"servicePassword": "hunter2", "serviceCredentialSecret": "hunter2"},
	}
	for _, name := range []string{"CreateAccessKey", "AssumeRole", "CreateLoginProfile", "CreateVirtualMFADevice"} {
		e := parse(t, event{Name: name, Request: secret, Response: secret})
		data, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(data), "hunter2") || e.Details["userName"] != "alice" {
			t.Errorf("%s: %s", name, data)
		}
	}
}

// The record's time, else the envelope's, else none: a change must not be lost
// for want of a time.
func TestTime(t *testing.T) {
	at := time.Date(2026, 11, 3, 9, 1, 17, 0, time.UTC)
	tests := []struct {
		record, envelope string
		want             time.Time
	}{
		{`"2026-11-03T09:01:17Z"`, `"2026-11-03T10:00:00Z"`, at},
		{`"2026-11-03T10:01:17+01:00"`, `null`, at},
		{`"2026-11-03T09:01:17.000Z"`, `null`, at},
		{`"Nov 3, 2026 9:01:17 AM"`, `"2026-11-03T09:01:17Z"`, at},
		{`1793696477`, `"2026-11-03T09:01:17Z"`, at},
		{`"9999-12-31T23:59:59-23:59"`, `"2026-11-03T09:01:17Z"`, at},
		{`"0000-01-01T00:00:00Z"`, `null`, time.Time{}},
		{`"yesterday"`, `"soon"`, time.Time{}},
	}
	for _, test := range tests {
		e, err := trail.Parse([]byte(`{"time":` + test.envelope + `,"detail":{"eventID":"1","eventName":"CreateUser",
			"eventSource":"iam.amazonaws.com","eventTime":` + test.record + `}}`))
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(test.want, e.Time); d != "" {
			t.Errorf("%s, %s (-want +got):\n%s", test.record, test.envelope, d)
		}
	}
}

// What the record lacks, the envelope has: account, region, source.
func TestEnvelopeFillsIn(t *testing.T) {
	e, err := trail.Parse([]byte(`{"source":"aws.iam","account":"444455556666","region":"us-gov-west-1",
		"detail":{"eventID":"1","eventName":"DeleteAccountPasswordPolicy"}}`))
	if err != nil {
		t.Fatal(err)
	}
	want := trail.Event{
		ID: "1", Name: "DeleteAccountPasswordPolicy", Source: "iam.amazonaws.com",
		Region: "us-gov-west-1", Account: "444455556666", Known: true,
		Touched: []account.Ref{{Kind: account.KindAccount, Name: "444455556666"}},
	}
	if d := cmp.Diff(want, e); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

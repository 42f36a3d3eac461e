// Package functions_test runs the functions as they are deployed: the built
// bootstraps, through the Lambda runtime API, with no more permissions than
// template.yaml gives them.
package functions_test

import (
	"context"
	"encoding/json"
	"maps"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"iamvigil/internal/awstest"
	"iamvigil/internal/lambdatest"
	"iamvigil/internal/pipeline"
	_ "iamvigil/internal/wire" // so that a change of what the bootstraps are made of runs these tests
	"iamvigil/remediate"
	"iamvigil/scanner/account"
)

const (
	emailTopic    = "arn:aws:sns:us-east-1:111122223333:EmailTopic"
	chatTopic     = "arn:aws:sns:us-east-1:111122223333:ChatTopic"
	findingsTopic = "arn:aws:sns:us-east-1:111122223333:FindingsTopic"
	ledgerTable   = "LedgerTable"
	keyARN        = "arn:aws:kms:us-east-1:111122223333:key/Key"
	killSwitch    = "RemediationSwitch"

	// timeout is what functions are told they have; the tests wait for less.
	timeout = 5 * time.Minute
)

// stack is a deployed stack: a fake AWS that its functions share.
type stack struct {
	t        *testing.T
	aws      *awstest.AWS
	template template
	// ahead is how far its clock is ahead of the real one.
	ahead *atomic.Int64
	// config replaces the embedded configuration; empty: it does not.
	config string
}

func deploy(t *testing.T, s *account.Snapshot, opts ...awstest.Option) *stack {
	t.Helper()
	return deployWith(t, nil, s, opts...)
}

// deployWith deploys template.yaml with these parameters.
func deployWith(t *testing.T, given parameters, s *account.Snapshot, opts ...awstest.Option) *stack {
	t.Helper()
	deployed := &stack{t: t, template: readTemplate(t, given), ahead: &atomic.Int64{}}
	all := []awstest.Option{
		awstest.Clock(deployed.now),
		awstest.Tables(ledgerTable),
		awstest.EncryptedTopics(keyARN, emailTopic, chatTopic, findingsTopic),
	}
	for _, name := range deployed.template.names(t, "AWS::Events::Rule") {
		state, _ := deployed.template.properties(t, name)["State"].(string)
		all = append(all, awstest.EventRule(name, state))
	}
	for _, name := range deployed.template.names(t, "AWS::SQS::Queue") {
		all = append(all, awstest.Queue(deployed.template.ref(t, name), 0))
	}
	for _, name := range deployed.template.names(t, "AWS::SSM::Parameter") {
		value, _ := deployed.template.properties(t, name)["Value"].(string)
		all = append(all, awstest.Parameter(name, value))
	}
	for _, name := range deployed.template.names(t, "AWS::IAM::ManagedPolicy") {
		s.Policies = append(s.Policies, account.Policy{ARN: deployed.template.arn(t, name), ID: "ANPA" + strings.ToUpper(name), Name: name,
			Versions: []account.PolicyVersion{{ID: "v1", Default: true, Document: document(t, deployed.template.properties(t, name)["PolicyDocument"])}}})
	}
	deployed.aws = awstest.Serve(t, s, append(all, opts...)...)
	return deployed
}

func (s *stack) now() time.Time { return time.Now().UTC().Add(time.Duration(s.ahead.Load())) }

// passDays lets days pass for AWS and for the functions.
func (s *stack) passDays(n int) { s.ahead.Add(int64(n) * 24 * int64(time.Hour)) }

// env is a function's environment: Lambda's, and the template's.
func (s *stack) env(function string) []string {
	own := []string{
		"AWS_ENDPOINT_URL=" + s.aws.URL(), "AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=ASIATEST", "AWS_SECRET_ACCESS_KEY=secret",
		"AWS_SESSION_TOKEN=token", "HOME=" + s.t.TempDir(), "AWS_MAX_ATTEMPTS=2", "AWS_LAMBDA_FUNCTION_NAME=" + function, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=512",
		"CONFIG_FILE=" + s.config,
	}
	if s.ahead.Load() > 0 {
		own = append(own, "CLOCK="+s.now().Format(time.RFC3339))
	}
	return append(own, s.template.environment(s.t, strings.ToUpper(function[:1])+function[1:]+"Function")...)
}

func (s *stack) audit() pipeline.Counts {
	return s.invoke("audit", []byte(`{"time":"2026-11-01T03:00:00Z"}`))
}

func (s *stack) watch(bodies ...string) pipeline.Counts {
	s.t.Helper()
	var batch events.SQSEvent
	for _, body := range bodies {
		batch.Records = append(batch.Records, events.SQSMessage{MessageId: "1", Body: body, EventSource: "aws:sqs"})
	}
	text, err := json.Marshal(batch)
	if err != nil {
		s.t.Fatal(err)
	}
	return s.invoke("watch", text)
}

func (s *stack) invoke(function string, event []byte) pipeline.Counts {
	s.t.Helper()
	var counts pipeline.Counts
	s.answer(function, event, &counts)
	return counts
}

// remediate makes the run of a day.
func (s *stack) remediate() remediate.Counts {
	s.t.Helper()
	var counts remediate.Counts
	s.answer("remediate", []byte(`{"time":"2026-11-01T03:30:00Z"}`), &counts)
	return counts
}

func (s *stack) answer(function string, event []byte, counts any) {
	s.t.Helper()
	answer, err := invoke(s.t, function, s.env(function), event)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := json.Unmarshal(answer, counts); err != nil {
		s.t.Fatalf("%s answered %s: %v", function, answer, err)
	}
}

func invoke(t *testing.T, function string, env []string, event []byte) ([]byte, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	f, err := lambdatest.Start(ctx, bootstrap(t, function), env, timeout)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = f.Stop() }()
	return f.Invoke(ctx, event)
}

// acme is an account with a fault that every reading permission is needed for.
func acme() *account.Snapshot {
	born := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	now := time.Now().UTC().Truncate(time.Second)
	key := func(id string) account.AccessKey {
		return account.AccessKey{ID: id, Status: account.Active, Created: born, LastUsed: now.Add(-time.Hour), LastUsedRegion: "us-east-1", LastUsedService: "s3"}
	}
	return &account.Snapshot{
		Version: account.Version,
		Account: account.Identity{ID: "111122223333", Name: "acme", Partition: "aws"},
		Summary: map[string]int{"AccountMFAEnabled": 1, "AccountPasswordPresent": 1, "AccountAccessKeysPresent": 0, "AccountSigningCertificatesPresent": 0},
		Root:    account.Root{Password: "yes", MFA: true},
		PasswordPolicy: &account.PasswordPolicy{MinimumLength: 14, Uppercase: true, Lowercase: true, Numbers: true, Symbols: true,
			MaxAge: 90, Reuse: 24},
		Users: []account.User{
			{ARN: "arn:aws:iam::111122223333:user/ann", ID: "AIDAANN", Name: "ann", Created: born,
				Login: &account.Login{Changed: born, LastUsed: now.Add(-time.Hour)}},
			// Two keys of one second: only GetAccessKeyLastUsed tells them apart.
			{ARN: "arn:aws:iam::111122223333:user/bot/ben", ID: "AIDABEN", Name: "ben", Created: born, Keys: []account.AccessKey{key("AKIABEN1"), key("AKIABEN2")}},
			{ARN: "arn:aws:iam::111122223333:user/cid", ID: "AIDACID", Name: "cid", Created: born,
				Login: &account.Login{Changed: born, LastUsed: now.Add(-time.Hour)}, MFA: true},
		},
		Analyzers: []account.Analyzer{{ARN: "arn:aws:access-analyzer:us-east-1:111122223333:analyzer/all", Name: "all", Region: "us-east-1",
			Type: account.AnalyzesAccount, Status: "ACTIVE", Created: born}},
		Trails: []account.Trail{{ARN: "arn:aws:cloudtrail:us-east-1:111122223333:trail/all", Name: "all", Global: true, Logging: true, Management: account.RecordsAll}},
	}
}

// event is an EventBridge event of a call by the user mallory.
func event(id, name string, request map[string]any) string {
	return eventOf(map[string]any{
		"eventSource": "iam.amazonaws.com", "eventName": name, "eventID": id, "requestParameters": request,
		"userIdentity": map[string]any{"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/mallory", "userName": "mallory", "accountId": "111122223333"},
	})
}

func eventOf(detail map[string]any) string {
	all := map[string]any{"eventVersion": "1.10", "awsRegion": "us-east-1", "eventTime": time.Now().UTC().Format(time.RFC3339),
		"eventType": "AwsApiCall", "recipientAccountId": "111122223333", "sourceIPAddress": "192.0.2.7", "userAgent": "aws-cli/2"}
	maps.Copy(all, detail)
	body, err := json.Marshal(map[string]any{"version": "0", "id": "e", "source": "aws.iam", "detail-type": "AWS API Call via CloudTrail",
		"account": "111122223333", "region": "us-east-1", "time": all["eventTime"], "detail": all})
	if err != nil {
		panic(err) // strings and maps of them
	}
	return string(body)
}

func (s *stack) published() map[string]int {
	counts := map[string]int{}
	for _, topic := range []string{emailTopic, chatTopic, findingsTopic} {
		if n := len(s.aws.Published(topic)); n > 0 {
			counts[topic[strings.LastIndex(topic, ":")+1:]] = n
		}
	}
	return counts
}

func TestAuditTellsOnce(t *testing.T) {
	t.Parallel()
	account0 := acme()
	account0.Users[1].Keys[1].Created = account0.Users[1].Keys[1].Created.Add(time.Second)
	s := deploy(t, account0)
	first := s.audit()
	if first.New == 0 || first.New > first.Findings || first.Gaps != 0 {
		t.Errorf("first audit: %+v", first)
	}
	told := s.published()
	if told["EmailTopic"] != 1 || told["FindingsTopic"] == 0 || told["ChatTopic"] == 0 {
		t.Errorf("told %v", told)
	}
	if again := s.audit(); again.New+again.Resolved != 0 || !maps.Equal(s.published(), told) {
		t.Errorf("an unchanged account is told again: %+v, %v", again, s.published())
	}
	if n := s.aws.Calls()["iam:ListAccessKeys"]; n != 1 {
		t.Errorf("%d calls of ListAccessKeys for one user named once", n)
	}
}

// A user mended between two audits is exactly one thing to tell.
func TestAuditTellsOneMended(t *testing.T) {
	t.Parallel()
	s := deploy(t, acme())
	s.audit()
	s.aws.Change(func(a *account.Snapshot) { a.Users[0].MFA = true })
	s.aws.ExpireReport()
	if second := s.audit(); second.Resolved != 1 || second.New != 0 {
		t.Errorf("%+v", second)
	}
}

// A credential report that cannot be had resolves nothing, and is told once.
func TestAuditRefusedTheReport(t *testing.T) {
	t.Parallel()
	s := deploy(t, acme())
	first := s.audit()
	told := s.published()
	s.aws.Refuse("iam:GetCredentialReport")
	if second := s.audit(); second.Resolved != 0 || second.New != 0 || second.Gaps == 0 {
		t.Errorf("%+v", second)
	}
	after := s.published()
	if after["EmailTopic"] != told["EmailTopic"]+1 {
		t.Errorf("the gap is told %d times", after["EmailTopic"]-told["EmailTopic"])
	}
	s.audit()
	if !maps.Equal(after, s.published()) {
		t.Error("the gap is told again")
	}
	s.aws.Refuse()
	if third := s.audit(); third.Findings != first.Findings || third.Resolved+third.New+third.Gaps != 0 {
		t.Errorf("seen again: %+v, at first %+v", third, first)
	}
}

// A user who enabled MFA after the report was made, and was seen live: no false
// alarm that night.
func TestStaleReportAgainstALiveLook(t *testing.T) {
	t.Parallel()
	account0 := acme()
	account0.Users[0].MFA = true
	s := deploy(t, account0)
	s.audit()
	s.aws.Change(func(a *account.Snapshot) { a.Users[0].MFA = false })
	s.aws.ExpireReport()
	if second := s.audit(); second.New != 1 {
		t.Fatalf("mfa removed: %+v", second)
	}
	s.aws.Change(func(a *account.Snapshot) { a.Users[0].MFA = true }) // the report stays
	if watched := s.watch(event("e1", "EnableMFADevice", map[string]any{"userName": "ann"})); watched.Resolved != 1 {
		t.Fatalf("seen live: %+v", watched)
	}
	if third := s.audit(); third.New+third.Resolved != 0 {
		t.Errorf("an old report raised an alarm: %+v", third)
	}
}

func TestWatchTellsOnce(t *testing.T) {
	t.Parallel()
	s := deploy(t, acme())
	s.audit()
	told := s.published()
	s.aws.Change(func(a *account.Snapshot) {
		a.Users[2].Attached = []account.Attachment{{ARN: "arn:aws:iam::aws:policy/AdministratorAccess", Name: "AdministratorAccess"}}
	})
	attach := event("e1", "AttachUserPolicy", map[string]any{"userName": "cid", "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"})
	tag := event("e2", "TagUser", map[string]any{"userName": "CID"})
	if counts := s.watch(attach, attach, tag); counts.New == 0 {
		t.Errorf("%+v", counts)
	}
	after := s.published()
	if after["EmailTopic"] != told["EmailTopic"]+1 {
		t.Errorf("two events about one user are %d emails", after["EmailTopic"]-told["EmailTopic"])
	}
	if counts := s.watch(attach); counts.New+counts.Resolved+counts.Alerts != 0 || !maps.Equal(after, s.published()) {
		t.Errorf("an event seen again: %+v", counts)
	}
}

func TestWatchAlertsOnce(t *testing.T) {
	t.Parallel()
	s := deploy(t, acme())
	s.audit()
	told := s.published()
	root := eventOf(map[string]any{"eventSource": "signin.amazonaws.com", "eventName": "ConsoleLogin", "eventType": "AwsConsoleSignIn", "eventID": "r1",
		"userIdentity":     map[string]any{"type": "Root", "arn": "arn:aws:iam::111122223333:root", "accountId": "111122223333"},
		"responseElements": map[string]any{"ConsoleLogin": "Success"}, "additionalEventData": map[string]any{"MFAUsed": "Yes"}})
	if counts := s.watch(root, root); counts.Alerts != 1 {
		t.Errorf("%+v", counts)
	}
	after := s.published()
	if after["EmailTopic"] != told["EmailTopic"]+1 || !strings.Contains(s.aws.Published(emailTopic)[after["EmailTopic"]-1].Body, "192.0.2.7") {
		t.Errorf("told %v", after)
	}
	if counts := s.watch(root); counts.Alerts != 0 || !maps.Equal(after, s.published()) {
		t.Errorf("told again: %+v", counts)
	}
}

func TestWatchRefusesAndCounts(t *testing.T) {
	t.Parallel()
	s := deploy(t, acme())
	foreign := eventOf(map[string]any{"eventSource": "iam.amazonaws.com", "eventName": "DeleteUser", "eventID": "f1", "recipientAccountId": "444455556666",
		"requestParameters": map[string]any{"userName": "ann"}})
	failed := eventOf(map[string]any{"eventSource": "iam.amazonaws.com", "eventName": "DeleteUser", "eventID": "f2", "errorCode": "AccessDenied"})
	counts := s.watch(foreign, "{", "", failed, event("u1", "InventUser", nil))
	if counts.Refused != 3 || counts.Unknown != 1 || counts.Findings != 0 {
		t.Errorf("%+v", counts)
	}
	if len(s.published()) != 0 {
		t.Errorf("told %v", s.published())
	}
}

// What fails fails loudly, is retried by SQS or Lambda, and nothing is lost.
func TestPublishFailing(t *testing.T) {
	t.Parallel()
	s := deploy(t, acme(), awstest.Fail("sns:Publish", awstest.Always, "InternalError", 500))
	if _, err := invoke(t, "audit", s.env("audit"), []byte("{}")); err == nil || !strings.Contains(err.Error(), "EmailTopic") {
		t.Errorf("a failed publish: %v", err)
	}
	if n := s.aws.Calls()["dynamodb:TransactWriteItems"]; n != 0 {
		t.Errorf("remembered %d times what was not told", n)
	}
}

func TestSaveFailing(t *testing.T) {
	t.Parallel()
	s := deploy(t, acme(), awstest.Fail("dynamodb:TransactWriteItems", 2, "InternalServerError", 500))
	if _, err := invoke(t, "audit", s.env("audit"), []byte("{}")); err == nil {
		t.Fatal("a failed save is a success")
	}
	first := s.published()["EmailTopic"]
	if counts := s.audit(); counts.New == 0 || s.published()["EmailTopic"] != first+1 {
		t.Errorf("not told again after a failed save: %+v", counts)
	}
	if counts := s.audit(); counts.New != 0 {
		t.Errorf("told a third time: %+v", counts)
	}
}

func TestClearErrors(t *testing.T) {
	t.Parallel()
	s := deploy(t, acme())
	for name, c := range map[string]struct{ variable, want string }{
		"no table named":   {"LEDGER_TABLE=", "LEDGER_TABLE"},
		"no such table":    {"LEDGER_TABLE=other", "table other not found"},
		"no such topic":    {"EMAIL_TOPIC_ARN=arn:aws:sns:us-east-1:111122223333:other", "arn:aws:sns:us-east-1:111122223333:other"},
		"not an ARN":       {"OWN_ROLE_ARNS=audit", "OWN_ROLE_ARNS"},
		"no configuration": {"CONFIG_FILE=/nowhere/config.yaml", "/nowhere/config.yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := invoke(t, "audit", append(s.env("audit"), c.variable), []byte("{}"))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q in it", err, c.want)
			}
		})
	}
}

package main

import (
	"maps"
	"testing"
	"time"

	"iamvigil/internal/awstest"
	"iamvigil/ledger"
	"iamvigil/ledger/dynamo"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
	"iamvigil/scanner/trail"
)

// noon is when the commands over a deployed stack are typed.
var noon = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)

const (
	accountID = "111122223333"
	topicARN  = "arn:aws:sns:us-east-1:" + accountID + ":iamvigil-"
	queueURL  = "https://sqs.us-east-1.amazonaws.com/" + accountID + "/iamvigil-"
	caller    = "arn:aws:sts::" + accountID + ":assumed-role/admin/ann"
	smokeRole = "iamvigil-SmokeRole-1A2B"
)

// outputs are those of a stack as the template has them.
func outputs() map[string]string {
	return map[string]string{
		"RunAuditNow":       "aws lambda invoke --function-name iamvigil-AuditFunction-1A2B /dev/stdout",
		"AuditFunctionName": "iamvigil-AuditFunction-1A2B",
		"WatchFunctionName": "iamvigil-WatchFunction-1A2B",
		"EmailTopicArn":     topicARN + "email",
		"ChatTopicArn":      topicARN + "chat",
		"FindingsTopicArn":  topicARN + "findings",
		"LedgerTableName":   "iamvigil-LedgerTable-1A2B",
		"EventsQueueUrl":    queueURL + "events",
		"EventsFailuresUrl": queueURL + "events-failures",
		"AuditFailuresUrl":  queueURL + "audit-failures",
		"UndeliveredUrl":    queueURL + "undelivered",
		"EventRuleNames":    "iamvigil-IamRule-1A2B,iamvigil-RootRule-1A2B",
		"AuditScheduleName": "iamvigil-AuditFunctionDaily-1A2B",
		"SmokeRoleName":     smokeRole,
		"RemediationMode":   "off",
		"ProtectedPath":     "break-glass/",

		"DenyConsolePolicyArn":    "arn:aws:iam::" + accountID + ":policy/iamvigil-console",
		"DenyWithoutMFAPolicyArn": "arn:aws:iam::" + accountID + ":policy/iamvigil-without-mfa",
		"DenyAllPolicyArn":        "arn:aws:iam::" + accountID + ":policy/iamvigil-all",
	}
}

// deployed is a fake AWS with a sound stack, which the environment leads to.
func deployed(t *testing.T, opts ...awstest.Option) *awstest.AWS {
	t.Helper()
	s := &account.Snapshot{
		Version: account.Version,
		Account: account.Identity{ID: accountID, Name: "acme-shop", Partition: "aws"},
		Summary: map[string]int{"AccountMFAEnabled": 1, "AccountPasswordPresent": 0, "AccountAccessKeysPresent": 0, "AccountSigningCertificatesPresent": 0},
		Roles: []account.Role{{ARN: "arn:aws:iam::" + accountID + ":role/" + smokeRole, ID: "AROASMOKE", Name: smokeRole, Created: noon.AddDate(0, -1, 0),
			Trust: policy.Parse(`{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": {"AWS": "` + accountID + `"}, "Action": "sts:AssumeRole"}]}`)}},
		Trails: []account.Trail{{ARN: "arn:aws:cloudtrail:us-east-1:" + accountID + ":trail/org", Name: "org",
			Global: true, Logging: true, Management: account.RecordsAll}},
	}
	out := outputs()
	sound := []awstest.Option{
		awstest.Clock(func() time.Time { return noon }), awstest.Caller(caller), awstest.StackOutputs("iamvigil", out),
		awstest.Tables(out["LedgerTableName"]), awstest.Schedule(out["AuditScheduleName"], "ENABLED", "cron(0 3 * * ? *)"),
		awstest.Subscriptions(out["EmailTopicArn"], 1, 0), awstest.Subscriptions(out["ChatTopicArn"], 1, 0), awstest.Subscriptions(out["FindingsTopicArn"], 0, 0),
		awstest.EventRule("iamvigil-IamRule-1A2B", "ENABLED"), awstest.EventRule("iamvigil-RootRule-1A2B", "ENABLED"),
		awstest.Queue(out["EventsQueueUrl"], 3), awstest.Queue(out["EventsFailuresUrl"], 0), awstest.Queue(out["AuditFailuresUrl"], 0), awstest.Queue(out["UndeliveredUrl"], 0),
	}
	aws := awstest.Serve(t, s, append(sound, opts...)...)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": aws.URL(), "AWS_ACCESS_KEY_ID": "ASIATEST", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "t", "AWS_REGION": "eu-west-1",
	} {
		t.Setenv(name, value)
	}
	return aws
}

// without are a stack's outputs but for one.
func without(output string) map[string]string {
	out := outputs()
	maps.DeleteFunc(out, func(key, _ string) bool { return key == output })
	return out
}

func store(aws *awstest.AWS) *dynamo.Store {
	now := func() time.Time { return noon }
	return dynamo.New(dynamo.NewClient(aws.Config(), now), outputs()["LedgerTableName"], now)
}

func save(t *testing.T, aws *awstest.AWS, c ledger.Changes) {
	t.Helper()
	if err := store(aws).Save(t.Context(), accountID, c); err != nil {
		t.Fatal(err)
	}
}

func recall(t *testing.T, aws *awstest.AWS) ledger.Known {
	t.Helper()
	known, err := store(aws).Load(t.Context(), accountID, ledger.Query{Whole: true})
	if err != nil {
		t.Fatal(err)
	}
	return known
}

// past is a ledger with a record in each state.
func pastRecords() []ledger.Record {
	ann := account.Ref{Kind: account.KindUser, ARN: "arn:aws:iam::" + accountID + ":user/ann", ID: "AIDAANN", Name: "ann"}
	bob := account.Ref{Kind: account.KindUser, ARN: "arn:aws:iam::" + accountID + ":user/team/bob", ID: "AIDABOB", Name: "bob"}
	made := func(rule string, severity scanner.Severity, of account.Ref, part, message string) ledger.Record {
		return ledger.Record{
			Finding: scanner.Finding{Rule: rule, Severity: severity, Resource: of, Part: part, Message: message, Evidence: map[string]string{"as_of": "2026-11-20T03:00:00Z"},
				Fix: "Mend it.", ID: scanner.FindingID(accountID, rule, of, part), Status: scanner.Open},
			State: ledger.Open, Told: ledger.Open, FirstSeen: noon.AddDate(0, 0, -3), OpenedAt: noon.AddDate(0, 0, -3), EvidenceAt: noon.AddDate(0, 0, -3),
		}
	}
	mfa := made("user-console-without-mfa", scanner.High, ann, "", `user "ann" has a console password and no MFA device`)
	mfa.Owner, mfa.ManagedBy = "platform", `CloudFormation stack "people"`
	mfa.Commands = []string{scanner.Command("iam", "delete-login-profile", "--user-name", "ann")}
	mfa.By = &trail.Origin{Event: "DeactivateMFADevice", ID: "e1", Time: noon.AddDate(0, 0, -3), Actor: &trail.Actor{Type: "IAMUser", Name: "mallory", IP: "203.0.113.7"}}
	admin := made("administrator-attached", scanner.Critical, bob, "arn:aws:iam::aws:policy/AdministratorAccess", `user "bob" has the AWS-managed policy "AdministratorAccess" attached`)
	admin.By = &trail.Origin{Missing: "not in the last 90 days"}
	direct := made("user-direct-policy", scanner.Low, bob, "arn:aws:iam::aws:policy/AdministratorAccess", `user "bob" has the policy "AdministratorAccess" attached directly`)
	direct.CoveredBy = "administrator-attached"
	exempt := made("key-rotation", scanner.Medium, bob, "AKIAEXAMPLE1", `user "bob": active access key AKIAEXAMPLE1 is 400 days old, the limit is 90`)
	exempt.Status, exempt.Told = scanner.Exempt, ledger.Silenced
	exempt.Exempt = &scanner.Exemption{Reason: "mail server, moves in spring", Owner: "mail team", Expires: noon.AddDate(0, 4, 0)}
	mended := made("key-unused", scanner.Low, ann, "AKIAEXAMPLE2", `user "ann": access key AKIAEXAMPLE2 was never used`)
	mended.State, mended.Told, mended.ResolvedAt, mended.How = ledger.Resolved, ledger.Resolved, noon.Add(-5*time.Hour), ledger.Mended
	mended.By = &trail.Origin{Event: "DeleteAccessKey", ID: "e2", Actor: &trail.Actor{Type: "AssumedRole", Issuer: "arn:aws:iam::" + accountID + ":role/ops/admin", Name: "zoe", IP: "203.0.113.8"}}
	return []ledger.Record{mfa, admin, direct, exempt, mended}
}

// remembering is a deployed stack that has found something.
func remembering(t *testing.T, opts ...awstest.Option) *awstest.AWS {
	t.Helper()
	aws := deployed(t, opts...)
	save(t, aws, ledger.Changes{
		Telling: ledger.Telling{Kind: ledger.Digest, Time: noon.Add(-5 * time.Hour)}, Name: "acme-shop", Audited: true, Puts: pastRecords(),
		Heard: &ledger.Heard{ID: "e2", Event: "DeleteAccessKey", Time: noon.Add(-5 * time.Hour), At: noon.Add(-5*time.Hour + 3*time.Minute)},
	})
	return aws
}

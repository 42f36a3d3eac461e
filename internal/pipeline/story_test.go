package pipeline_test

import (
	"fmt"
	"slices"
	"time"

	"iamvigil/internal/awstest"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

// step is what happens to the account at one time, and what is run about it: an
// audit, a batch of events, or with neither a tick.
type step struct {
	name string
	// at is the time since the story began.
	at time.Duration
	// change is made to the account before the run.
	change func(*account.Snapshot)
	// told are the CloudTrail records of the batch; untold ones no rule of
	// EventBridge brings. The event history has both.
	told, untold []string
	audit        bool
	// blind are actions that are refused while this runs.
	blind []string
	// terms are configured from now on.
	terms *scanner.Terms
}

func (s *step) tick() bool { return !s.audit && len(s.told) == 0 }

const (
	theAccount  = "111122223333"
	arnPrefix   = "arn:aws:iam::" + theAccount + ":"
	topicPrefix = "arn:aws:sns:us-east-1:" + theAccount + ":"
	emailTopic  = topicPrefix + "email"
	chatTopic   = topicPrefix + "chat"
	topicOfAll  = topicPrefix + "findings"
	givenUp     = "https://sqs.us-east-1.amazonaws.com/" + theAccount + "/given-up"
)

var eventRules = []string{"iam", "signin"}

func administrator() []account.Attachment {
	return []account.Attachment{{ARN: "arn:aws:iam::aws:policy/AdministratorAccess", Name: "AdministratorAccess"}}
}

func reader() []account.InlinePolicy {
	return []account.InlinePolicy{{Name: "read", Document: policy.Parse(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::notes/*"}]}`)}}
}

// trusted is a role's trust in a service and, where it is open, in everybody.
func trusted(open bool) policy.Document {
	principal := `{"Service":"ec2.amazonaws.com"}`
	if open {
		principal = `"*"`
	}
	return policy.Parse(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":` + principal + `,"Action":"sts:AssumeRole"}]}`)
}

func person(name, id string) account.User {
	long := awstest.Epoch().AddDate(-1, 0, 0)
	return account.User{ARN: arnPrefix + "user/" + name, ID: id, Name: name, Created: long,
		Login: &account.Login{Changed: awstest.Epoch().AddDate(0, -1, 0), LastUsed: awstest.Epoch().AddDate(0, 0, -1)}, MFA: true}
}

// opening is the account as the story begins.
func opening() *account.Snapshot {
	ann, bob, carol, dave, eve := person("ann", "AIDAANN"), person("bob", "AIDABOB"), person("carol", "AIDACAROL"), person("dave", "AIDADAVE"), person("eve", "AIDAEVE1")
	ann.MFA = false
	bob.Login, bob.Groups = nil, []string{"ops"}
	bob.Keys = []account.AccessKey{{ID: "AKIABOB", Status: account.Active, Created: awstest.Epoch().AddDate(0, 0, -200), LastUsed: awstest.Epoch()}}
	dave.Inline, eve.Inline = reader(), reader()
	s := &account.Snapshot{
		Version: account.Version,
		Account: account.Identity{ID: theAccount, Name: "acme", Partition: "aws"},
		Summary: map[string]int{"AccountMFAEnabled": 1, "AccountPasswordPresent": 1, "AccountAccessKeysPresent": 0, "AccountSigningCertificatesPresent": 0},
		Root:    account.Root{Password: "yes", PasswordLastUsed: awstest.Epoch().AddDate(-2, 0, 0), MFA: true},
		Users:   []account.User{ann, bob, carol, dave, eve},
		Groups:  []account.Group{{ARN: arnPrefix + "group/ops", ID: "AGPAOPS", Name: "ops", Created: awstest.Epoch().AddDate(-1, 0, 0)}},
		Roles:   []account.Role{{ARN: arnPrefix + "role/build", ID: "AROABUILD", Name: "build", Created: awstest.Epoch().AddDate(-1, 0, 0), Trust: trusted(false), LastUsed: awstest.Epoch()}},
		Trails:  []account.Trail{{ARN: "arn:aws:cloudtrail:us-east-1:" + theAccount + ":trail/all", Name: "all", Global: true, Logging: true, Management: account.RecordsAll}},
		Stack:   account.Stack{Queues: []account.Queue{{URL: givenUp}}},
	}
	for _, name := range eventRules {
		s.Stack.EventRules = append(s.Stack.EventRules, account.EventRule{Name: name, State: "ENABLED"})
	}
	for _, topic := range []string{emailTopic, chatTopic, topicOfAll} {
		s.Stack.Topics = append(s.Stack.Topics, account.Topic{ARN: topic, Confirmed: 1})
	}
	return s
}

func userIn(s *account.Snapshot, name string) *account.User {
	return &s.Users[slices.IndexFunc(s.Users, func(u account.User) bool { return u.Name == name })]
}

// Who calls in the story, as userIdentity tells.
const (
	mallory = `{"type":"IAMUser","userName":"mallory","arn":"` + arnPrefix + `user/mallory"}`
	boss    = `{"type":"IAMUser","userName":"boss","arn":"` + arnPrefix + `user/boss"}`
	root    = `{"type":"Root","arn":"` + arnPrefix + `root"}`
)

// occurred is the CloudTrail record of a call at a time of the story.
func occurred(id string, at time.Duration, who, name, request string) string {
	source, kind, answer := "iam", "AwsApiCall", "null"
	if name == "ConsoleLogin" {
		source, kind, answer = "signin", "AwsConsoleSignIn", `{"ConsoleLogin":"Success"}`
	}
	return fmt.Sprintf(`{"eventID":%q,"eventName":%q,"eventSource":"%s.amazonaws.com","eventType":%q,"eventTime":%q,"awsRegion":"us-east-1","recipientAccountId":%q,
		"sourceIPAddress":"198.51.100.23","userAgent":"aws-cli/2","userIdentity":%s,"requestParameters":%s,"responseElements":%s}`,
		id, name, source, kind, awstest.Epoch().Add(at).Format(time.RFC3339), theAccount, who, request, answer)
}

// night is when the audit of a day of the story runs: its clock begins at noon.
func night(day int) time.Duration { return time.Duration(day)*24*time.Hour + 14*time.Hour }

// story is what the account lives through. Whatever appears is there for an
// audit or two before it goes, so that one look that fails to see it is not its
// only one.
func story() []step {
	return slices.Concat(intrusion(), repairs(), exempted(), blindness())
}

// intrusion is one night and the afternoon after it: an intruder's first batch,
// in which root signs in too, and the burst that follows it.
func intrusion() []step {
	const hour, minute, second = time.Hour, time.Minute, time.Second
	first := 25 * hour
	return []step{
		{name: "first audit", at: night(-1), audit: true},
		{name: "intruder and root", at: first, change: func(s *account.Snapshot) {
			carol := userIn(s, "carol")
			carol.MFA, carol.Attached = false, administrator()
			carol.Keys = []account.AccessKey{{ID: "AKIACAROL", Status: account.Active, Created: awstest.Epoch().Add(first)}}
		}, told: []string{
			occurred("e-key", first-4*second, mallory, "CreateAccessKey", `{"userName":"carol"}`),
			occurred("e-admin", first-3*second, mallory, "AttachUserPolicy", `{"userName":"carol","policyArn":"arn:aws:iam::aws:policy/AdministratorAccess"}`),
			occurred("e-mfa", first-2*second, mallory, "DeactivateMFADevice", `{"userName":"carol"}`),
			occurred("e-root", first-second, root, "ConsoleLogin", "null"),
		}},
		{name: "idle tick", at: first + 5*minute},
		{name: "burst, a user", at: first + 6*minute, change: func(s *account.Snapshot) {
			svc := person("svc", "AIDASVC")
			svc.MFA, svc.Created = false, awstest.Epoch().Add(first)
			s.Users = append(s.Users, svc)
		}, told: []string{
			occurred("e-user", first+5*minute, mallory, "CreateUser", `{"userName":"svc"}`),
			occurred("e-login", first+5*minute+second, mallory, "CreateLoginProfile", `{"userName":"svc"}`),
		}},
		{name: "burst, a group", at: first + 7*minute, change: func(s *account.Snapshot) { s.Groups[0].Attached = administrator() }, told: []string{
			occurred("e-group", first+6*minute, mallory, "AttachGroupPolicy", `{"groupName":"ops","policyArn":"arn:aws:iam::aws:policy/AdministratorAccess"}`),
		}},
		{name: "burst, a device", at: first + 8*minute, change: func(s *account.Snapshot) { userIn(s, "dave").MFA = false }, told: []string{
			occurred("e-device", first+7*minute, mallory, "DeactivateMFADevice", `{"userName":"dave"}`),
			occurred("e-unknown", first+7*minute, mallory, "InventUser", "null"),
		}},
		{name: "closing tick", at: first + 15*minute},
		{name: "tick after it", at: first + 40*minute},
		{name: "second audit", at: night(1), change: func(s *account.Snapshot) {
			s.Roles[0].Trust = trusted(true)
		}, untold: []string{
			occurred("e-trust", first+5*hour, boss, "UpdateAssumeRolePolicy", `{"roleName":"build"}`),
		}, audit: true},
	}
}

// repairs are a user made anew under the old name and what was undone, once with
// no event to tell of it, and a user under another name.
func repairs() []step {
	const hour, second = time.Hour, time.Second
	anew, renamed := night(1)+12*hour, night(2)+10*hour
	return []step{
		{name: "made anew and mended", at: anew, change: func(s *account.Snapshot) {
			s.Users = slices.DeleteFunc(s.Users, func(u account.User) bool { return u.Name == "eve" })
			eve := person("eve", "AIDAEVE2")
			eve.Inline = reader()
			s.Users = append(s.Users, eve)
			carol := userIn(s, "carol")
			carol.MFA, carol.Attached = true, nil
		}, told: []string{
			occurred("e-delete", anew-5*second, boss, "DeleteUser", `{"userName":"eve"}`),
			occurred("e-create", anew-4*second, boss, "CreateUser", `{"userName":"eve"}`),
			occurred("e-policy", anew-3*second, boss, "PutUserPolicy", `{"userName":"eve","policyName":"read"}`),
			occurred("e-detach", anew-2*second, boss, "DetachUserPolicy", `{"userName":"carol","policyArn":"arn:aws:iam::aws:policy/AdministratorAccess"}`),
			occurred("e-enable", anew-1*second, boss, "EnableMFADevice", `{"userName":"carol"}`),
		}},
		{name: "third audit", at: night(2), change: func(s *account.Snapshot) {
			s.PasswordPolicy = &account.PasswordPolicy{MinimumLength: 14, Uppercase: true, Lowercase: true, Numbers: true, Symbols: true, Reuse: 24}
		}, untold: []string{
			occurred("e-passwords", anew+hour, boss, "UpdateAccountPasswordPolicy", "{}"),
		}, audit: true},
		{name: "renamed", at: renamed, change: func(s *account.Snapshot) {
			dave := userIn(s, "dave")
			dave.Name, dave.ARN, dave.MFA = "david", arnPrefix+"user/david", true
		}, told: []string{
			occurred("e-rename", renamed-2*second, boss, "UpdateUser", `{"userName":"dave","newUserName":"david"}`),
			occurred("e-device-back", renamed-second, boss, "EnableMFADevice", `{"userName":"david"}`),
		}},
	}
}

// exempted are the nights of an exemption that begins and lapses.
func exempted() []step {
	exemption := scanner.Exemption{Rules: []string{"role-trust-any-principal"}, Resource: "build", Account: "*", Reason: "until the move", Owner: "ops",
		Expires: awstest.Epoch().Add(night(4) + 10*time.Hour)}
	return []step{
		{name: "exempt audit", at: night(3), terms: &scanner.Terms{Exemptions: []scanner.Exemption{exemption}}, audit: true},
		{name: "still exempt audit", at: night(4), audit: true},
	}
}

// blindness is a night without the credential report, on which the exemption is
// over, and one with it.
func blindness() []step {
	return []step{
		{name: "half-blind audit", at: night(5), audit: true, blind: []string{"iam:GenerateCredentialReport", "iam:GetCredentialReport"}},
		{name: "seeing audit", at: night(6), audit: true},
	}
}

// ending is what comes after the story, when nothing fails.
func ending() []step {
	return []step{
		{name: "quiet night", at: night(7), audit: true},
		{name: "last tick", at: night(7) + 30*time.Minute},
	}
}

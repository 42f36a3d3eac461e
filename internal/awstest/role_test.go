package awstest_test

import (
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/google/go-cmp/cmp"

	"iamvigil/internal/awstest"
	"iamvigil/scanner/policy"
)

const (
	topicARN = "arn:aws:sns:us-east-1:111122223333:alerts"
	keyARN   = "arn:aws:kms:us-east-1:111122223333:key/0"
)

func role(statements string) awstest.Option {
	return awstest.Role(policy.Parse(`{"Version":"2012-10-17","Statement":[` + statements + `]}`))
}

func TestRole(t *testing.T) {
	ann := func(a *awstest.AWS) error {
		_, err := iamOf(a).GetUser(t.Context(), &iam.GetUserInput{UserName: aws.String("ann")})
		return err
	}
	for _, test := range []struct {
		name, statements, want, says string
	}{
		{"allowed", `{"Effect":"Allow","Action":"iam:Get*","Resource":"*"}`, "", ""},
		{"allowed by its path", `{"Effect":"Allow","Action":"iam:GetUser","Resource":"arn:aws:iam::*:user/team/*"}`, "", ""},
		{"another resource", `{"Effect":"Allow","Action":"iam:GetUser","Resource":"arn:aws:iam::*:user/other/*"}`, "AccessDenied",
			"arn:aws:iam::111122223333:user/team/Ann because no identity-based policy allows the iam:GetUser action"},
		{"another action", `{"Effect":"Allow","Action":"iam:ListUsers","Resource":"*"}`, "AccessDenied", "because no identity-based policy"},
		{"denied", `{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","NotAction":"s3:*","Resource":"*"}`,
			"AccessDenied", "with an explicit deny in an identity-based policy"},
		{"under a condition", `{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"true"}}}`,
			"AccessDenied", "because no identity-based policy"},
		{"nothing", ``, "AccessDenied", "assumed-role/awstest/session is not authorized to perform: iam:GetUser"},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := awstest.Serve(t, small(), role(test.statements))
			err := ann(a)
			if got := codeOf(t, err); got != test.want {
				t.Fatalf("code %q, want %q", got, test.want)
			}
			if err != nil && !strings.Contains(err.Error(), test.says) {
				t.Errorf("%v does not say %q", err, test.says)
			}
			refused, exercised := 0, 1
			if test.want != "" {
				refused, exercised = 1, 0
			}
			if len(a.Refused()) != refused || a.Exercised()["iam:GetUser"] != exercised || a.Calls()["iam:GetUser"] != 1 {
				t.Errorf("refused %v, exercised %v, calls %v", a.Refused(), a.Exercised(), a.Calls())
			}
		})
	}
}

// trial is a call that may be refused.
type trial func(context.Context, *awstest.AWS) error

// Conditions are judged by what the call says: the policy that is attached, the
// partition of the item.
func TestRoleUnderConditions(t *testing.T) {
	const attach = `{"Effect":"Allow","Action":"iam:AttachUserPolicy","Resource":"*","Condition":{"ArnEquals":{"iam:PolicyARN":"arn:aws:iam::aws:policy/AWSDenyAll"}}}`
	const spare = `{"Effect":"Deny","Action":"iam:AttachUserPolicy","Resource":"arn:aws:iam::*:user/team/*"}`
	const write = `{"Effect":"Allow","Action":"dynamodb:PutItem","Resource":"*","Condition":{"ForAllValues:StringEquals":{"dynamodb:LeadingKeys":["own"]}}}`
	const read = `{"Effect":"Allow","Action":["dynamodb:Query","dynamodb:GetItem","dynamodb:BatchGetItem"],"Resource":"*","Condition":{"ForAllValues:StringEquals":{"dynamodb:LeadingKeys":["own","also"]}}}`
	attached := func(user, arn string) trial {
		return func(ctx context.Context, a *awstest.AWS) error {
			_, err := iamOf(a).AttachUserPolicy(ctx, &iam.AttachUserPolicyInput{UserName: &user, PolicyArn: &arn})
			return err
		}
	}
	put := func(pk string) trial {
		return func(ctx context.Context, a *awstest.AWS) error {
			_, err := dynamodb.NewFromConfig(a.Config()).PutItem(ctx, &dynamodb.PutItemInput{TableName: aws.String("ledger"), Item: key(pk, "a")})
			return err
		}
	}
	puts := func(partitions ...string) trial {
		return func(ctx context.Context, a *awstest.AWS) error {
			in := &dynamodb.TransactWriteItemsInput{}
			for _, pk := range partitions {
				in.TransactItems = append(in.TransactItems, types.TransactWriteItem{Put: &types.Put{TableName: aws.String("ledger"), Item: key(pk, "a")}})
			}
			_, err := dynamodb.NewFromConfig(a.Config()).TransactWriteItems(ctx, in)
			return err
		}
	}
	query := func(pk string) trial {
		return func(ctx context.Context, a *awstest.AWS) error {
			_, err := dynamodb.NewFromConfig(a.Config()).Query(ctx, &dynamodb.QueryInput{TableName: aws.String("ledger"),
				KeyConditionExpression:    aws.String("pk = :pk AND begins_with(sk, :sk)"),
				ExpressionAttributeValues: map[string]types.AttributeValue{":pk": str(pk), ":sk": str("a")}})
			return err
		}
	}
	batch := func(partitions ...string) trial {
		return func(ctx context.Context, a *awstest.AWS) error {
			var keys types.KeysAndAttributes
			for _, pk := range partitions {
				keys.Keys = append(keys.Keys, key(pk, "a"))
			}
			_, err := dynamodb.NewFromConfig(a.Config()).BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{"ledger": keys}})
			return err
		}
	}
	for _, test := range []struct {
		name, statements string
		call             trial
		want             string
	}{
		{"the policy", attach, attached("bot,1", "arn:aws:iam::aws:policy/AWSDenyAll"), ""},
		{"another policy", attach, attached("bot,1", "arn:aws:iam::aws:policy/AdministratorAccess"), "AccessDenied"},
		{"a user who is spared", attach + "," + spare, attached("Ann", "arn:aws:iam::aws:policy/AWSDenyAll"), "AccessDenied"},
		{"a user who is not", attach + "," + spare, attached("bot,1", "arn:aws:iam::aws:policy/AWSDenyAll"), ""},
		{"own partition", write, put("own"), ""},
		{"another partition", write, put("other"), "AccessDeniedException"},
		{"a transaction in the own partition", write, puts("own"), ""},
		{"a transaction over the border", write, puts("own", "other"), "AccessDeniedException"},
		{"a query", read, query("also"), ""},
		{"a query elsewhere", read, query("other"), "AccessDeniedException"},
		{"a batch", read, batch("own", "also"), ""},
		{"a batch over the border", read, batch("own", "other"), "AccessDeniedException"},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := awstest.Serve(t, small(), role(test.statements), awstest.Tables("ledger"))
			if got := codeOf(t, test.call(t.Context(), a)); got != test.want {
				t.Errorf("code %q, want %q", got, test.want)
			}
		})
	}
}

// Each service has words of its own for a refusal.
func TestRefusalsByService(t *testing.T) {
	a := awstest.Serve(t, small(), awstest.Role(), awstest.Topics(topicARN), awstest.Tables("ledger"))
	_, ofIAM := iamOf(a).GetAccountSummary(t.Context(), &iam.GetAccountSummaryInput{})
	_, ofSNS := sns.NewFromConfig(a.Config()).Publish(t.Context(), &sns.PublishInput{TopicArn: aws.String(topicARN), Message: aws.String("m")})
	_, ofTrail := cloudtrail.NewFromConfig(a.Config()).GetTrailStatus(t.Context(), &cloudtrail.GetTrailStatusInput{Name: aws.String("all")})
	_, ofTable := dynamodb.NewFromConfig(a.Config()).GetItem(t.Context(), &dynamodb.GetItemInput{TableName: aws.String("ledger"), Key: key("a", "b")})
	got := []string{codeOf(t, ofIAM), codeOf(t, ofSNS), codeOf(t, ofTrail), codeOf(t, ofTable)}
	if diff := cmp.Diff([]string{"AccessDenied", "AuthorizationError", "AccessDeniedException", "AccessDeniedException"}, got); diff != "" {
		t.Error(diff)
	}
	want := []string{
		"cloudtrail:GetTrailStatus on arn:aws:cloudtrail:us-east-1:111122223333:trail/all",
		"dynamodb:GetItem on arn:aws:dynamodb:us-east-1:111122223333:table/ledger",
		"iam:GetAccountSummary on *",
		"sns:Publish on " + topicARN,
	}
	if diff := cmp.Diff(want, a.Refused()); diff != "" {
		t.Error(diff)
	}
}

// A topic under a customer-managed key asks its publisher for two permissions
// on the key.
func TestEncryptedTopic(t *testing.T) {
	publish := `{"Effect":"Allow","Action":"sns:Publish","Resource":"` + topicARN + `"}`
	key := `{"Effect":"Allow","Action":["kms:GenerateDataKey*","kms:Decrypt"],"Resource":"` + keyARN + `"}`
	for statements, want := range map[string]string{publish: "KMSAccessDenied", publish + "," + key: ""} {
		a := awstest.Serve(t, small(), role(statements), awstest.EncryptedTopics(keyARN, topicARN))
		_, err := sns.NewFromConfig(a.Config()).Publish(t.Context(), &sns.PublishInput{TopicArn: aws.String(topicARN), Message: aws.String("m")})
		if got := codeOf(t, err); got != want {
			t.Errorf("%s: code %q, want %q", statements, got, want)
		}
	}
}

// What the caller may do, and what is refused to everybody, can change midway.
func TestPermissionsChange(t *testing.T) {
	a := awstest.Serve(t, small(), awstest.Role())
	summary := func() string {
		_, err := iamOf(a).GetAccountSummary(t.Context(), &iam.GetAccountSummaryInput{})
		return codeOf(t, err)
	}
	got := []string{summary()}
	a.Become(policy.Parse(`{"Statement":{"Effect":"Allow","Action":"iam:GetAccountSummary","Resource":"*"}}`))
	got = append(got, summary())
	a.Refuse("iam:GetAccountSummary")
	got = append(got, summary())
	a.Refuse()
	got = append(got, summary())
	if diff := cmp.Diff([]string{"AccessDenied", "", "AccessDenied", ""}, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"iam:GetAccountSummary on *"}, a.Refused()); diff != "" {
		t.Error(diff)
	}
}

package awstest_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"iamvigil/internal/awstest"
	"iamvigil/scanner/account"
)

// job has the fake begin a report on what Ann did.
func job(t *testing.T, client *iam.Client, s *account.Snapshot) *string {
	t.Helper()
	begun, err := client.GenerateServiceLastAccessedDetails(t.Context(), &iam.GenerateServiceLastAccessedDetailsInput{
		Arn: aws.String(s.Users[0].ARN), Granularity: types.AccessAdvisorUsageGranularityTypeServiceLevel})
	if err != nil {
		t.Fatal(err)
	}
	return begun.JobId
}

func TestLastAccessed(t *testing.T) {
	s := small()
	s.Users[0].Accessed = []account.Access{{Service: "iam"}, {Service: "s3", Last: awstest.Epoch()}}
	client := iamOf(awstest.Serve(t, s, awstest.LastAccessed(awstest.Jobs{Polls: 1})))
	in := &iam.GetServiceLastAccessedDetailsInput{JobId: job(t, client, s), MaxItems: aws.Int32(1)}
	out, err := client.GetServiceLastAccessedDetails(t.Context(), in)
	if err != nil || out.JobStatus != types.JobStatusTypeInProgress || out.JobCompletionDate != nil || len(out.ServicesLastAccessed) != 0 {
		t.Fatalf("at first: %+v, %v", out, err)
	}
	out, err = client.GetServiceLastAccessedDetails(t.Context(), in)
	if err != nil || out.JobStatus != types.JobStatusTypeCompleted || out.JobCompletionDate == nil || !out.IsTruncated ||
		len(out.ServicesLastAccessed) != 1 || *out.ServicesLastAccessed[0].ServiceNamespace != "iam" || out.ServicesLastAccessed[0].LastAuthenticated != nil {
		t.Fatalf("the first page: %+v, %v", out, err)
	}
	in.Marker = out.Marker
	out, err = client.GetServiceLastAccessedDetails(t.Context(), in)
	if err != nil || out.IsTruncated || len(out.ServicesLastAccessed) != 1 || !out.ServicesLastAccessed[0].LastAuthenticated.Equal(awstest.Epoch()) {
		t.Errorf("the second page: %+v, %v", out, err)
	}
}

func TestLastAccessedFails(t *testing.T) {
	s := small()
	client := iamOf(awstest.Serve(t, s, awstest.LastAccessed(awstest.Jobs{Failed: []string{s.Users[0].ARN}})))
	out, err := client.GetServiceLastAccessedDetails(t.Context(), &iam.GetServiceLastAccessedDetailsInput{JobId: job(t, client, s)})
	if err != nil || out.JobStatus != types.JobStatusTypeFailed || out.Error == nil || *out.Error.Code == "" {
		t.Errorf("%+v, %v", out, err)
	}
}

func TestLastAccessedOfNobody(t *testing.T) {
	client := iamOf(awstest.Serve(t, small()))
	_, err := client.GenerateServiceLastAccessedDetails(t.Context(), &iam.GenerateServiceLastAccessedDetailsInput{
		Arn: aws.String("arn:aws:iam::111122223333:role/gone")})
	if code := codeOf(t, err); code != "NoSuchEntity" {
		t.Errorf("a report on nobody: %s", code)
	}
	_, err = client.GetServiceLastAccessedDetails(t.Context(), &iam.GetServiceLastAccessedDetailsInput{JobId: aws.String("98a765b4-3cde-2101-2345-example678f9")})
	if code := codeOf(t, err); code != "NoSuchEntity" {
		t.Errorf("a job that nobody began: %s", code)
	}
}

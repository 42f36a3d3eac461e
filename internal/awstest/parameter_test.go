package awstest_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"iamvigil/internal/awsjson"
	"iamvigil/internal/awstest"
)

func parameterOf(ctx context.Context, a *awstest.AWS, name string) (value, code string) {
	client := awsjson.New(a.Config(), awsjson.Service{Name: "ssm", ID: "SSM", Target: "AmazonSSM", Version: "1.1"}, func() time.Time { return awstest.Epoch() })
	var out struct{ Parameter struct{ Value string } }
	err := client.Call(ctx, "GetParameter", map[string]string{"Name": name}, &out)
	var api smithy.APIError
	if errors.As(err, &api) {
		code = api.ErrorCode()
	}
	return out.Parameter.Value, code
}

func TestGetParameter(t *testing.T) {
	a := awstest.Serve(t, small(), awstest.Parameter("/stack/switch", "on"),
		role(`{"Effect":"Allow","Action":"ssm:GetParameter","Resource":"arn:aws:ssm:us-east-1:111122223333:parameter/stack/*"}`))
	var got []string
	look := func(name string) {
		value, code := parameterOf(t.Context(), a, name)
		got = append(got, value+" "+code)
	}
	look("/stack/switch")
	a.SetParameter("/stack/switch", "off")
	look("/stack/switch")
	a.SetParameter("/stack/switch", "")
	look("/stack/switch")
	look("/other")
	if diff := cmp.Diff([]string{"on ", "off ", " ParameterNotFound", " AccessDeniedException"}, got); diff != "" {
		t.Error(diff)
	}
}

package wire

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"

	"iamvigil/internal/awsjson"
)

// killSwitch is an SSM parameter by which people stop all acts at once, in the
// configuration's Region.
type killSwitch struct {
	ssm  *awsjson.Client
	name string
}

func newSwitch(cfg aws.Config, name string, now func() time.Time) killSwitch {
	return killSwitch{awsjson.New(cfg, awsjson.Service{Name: "ssm", ID: "SSM", Target: "AmazonSSM", Version: "1.1"}, now), name}
}

// On reports whether the parameter's value is "on", to the letter.
func (s killSwitch) On(ctx context.Context) (bool, error) {
	if s.name == "" {
		return false, errors.New("the stack has no switch, so nothing is done; one whose RemediationMode is dry-run or enforce has")
	}
	var out struct{ Parameter struct{ Value string } }
	err := s.ssm.Call(ctx, "GetParameter", map[string]string{"Name": s.name}, &out)
	var api smithy.APIError
	switch {
	case errors.As(err, &api) && api.ErrorCode() == "ParameterNotFound":
		return false, fmt.Errorf("there is no SSM parameter %q, so nothing is done; make it, with the value on: aws ssm put-parameter --name %s --type String --value on", s.name, s.name)
	case err != nil:
		return false, fmt.Errorf("read the switch, which is SSM parameter %q: %w", s.name, err)
	case out.Parameter.Value == "":
		return false, fmt.Errorf("read the switch, which is SSM parameter %q: ssm:GetParameter gives no value", s.name)
	}
	return out.Parameter.Value == "on", nil
}

package awsjson

import (
	"context"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// endpoint is the address of the service: what the environment or a profile
// says of this service, or of all, or AWS's own.
func (c *Client) endpoint(ctx context.Context) (string, error) {
	if address, found := c.configured(ctx); found {
		return address, nil
	}
	if c.cfg.BaseEndpoint != nil {
		return withPath(aws.ToString(c.cfg.BaseEndpoint)), nil
	}
	if c.cfg.Region == "" {
		return "", errors.New("no Region is set")
	}
	return "https://" + c.service.Name + "." + c.cfg.Region + "." + partitionOf(c.cfg.Region).domain + "/", nil
}

// configured asks the configuration's sources as the SDK's clients do.
func (c *Client) configured(ctx context.Context) (string, bool) {
	for _, source := range c.cfg.ConfigSources {
		ignoring, ok := source.(interface {
			GetIgnoreConfiguredEndpoints(context.Context) (bool, bool, error)
		})
		if ok {
			if ignore, found, err := ignoring.GetIgnoreConfiguredEndpoints(ctx); err == nil && found && ignore {
				return "", false
			}
		}
	}
	for _, source := range c.cfg.ConfigSources {
		naming, ok := source.(interface {
			GetServiceBaseEndpoint(context.Context, string) (string, bool, error)
		})
		if ok {
			if address, found, err := naming.GetServiceBaseEndpoint(ctx, c.service.ID); err == nil && found {
				return withPath(address), true
			}
		}
	}
	return "", false
}

func withPath(address string) string { return strings.TrimSuffix(address, "/") + "/" }

// partition is one of AWS's: the prefix of its Regions, its domain, and the
// Region of its services that have one endpoint.
type partition struct{ prefix, domain, home string }

// partitionOf is the partition that has the Region.
func partitionOf(region string) partition {
	for _, p := range []partition{
		{"us-gov-", "amazonaws.com", "us-gov-west-1"},
		{"cn-", "amazonaws.com.cn", "cn-northwest-1"},
		{"eusc-", "amazonaws.eu", "eusc-de-east-1"},
		{"us-iso-", "c2s.ic.gov", "us-iso-east-1"},
		{"us-isob-", "sc2s.sgov.gov", "us-isob-east-1"},
		{"us-isof-", "csp.hci.ic.gov", "us-isof-south-1"},
		{"eu-isoe-", "cloud.adc-e.uk", "eu-isoe-west-1"},
	} {
		if strings.HasPrefix(region, p.prefix) {
			return p
		}
	}
	return partition{"", "amazonaws.com", "us-east-1"}
}

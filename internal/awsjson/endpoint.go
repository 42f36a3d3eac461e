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
	wanted, err := c.variant(ctx)
	if err != nil {
		return "", err
	}
	address, found := c.configured(ctx)
	if !found && c.cfg.BaseEndpoint != nil {
		address, found = aws.ToString(c.cfg.BaseEndpoint), true
	}
	switch {
	case found && wanted != (variant{}):
		return "", errors.New("a FIPS or dual-stack host is wanted, and an address of another is set; " +
			"unset AWS_USE_FIPS_ENDPOINT and AWS_USE_DUALSTACK_ENDPOINT, or AWS_ENDPOINT_URL and its like")
	case found:
		return strings.TrimSuffix(address, "/") + "/", nil
	case c.cfg.Region == "":
		return "", errors.New("no Region is set")
	}
	return "https://" + wanted.host(c.service.Name, c.cfg.Region) + "/", nil
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
				return address, true
			}
		}
	}
	return "", false
}

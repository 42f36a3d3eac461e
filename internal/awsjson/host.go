package awsjson

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// variant is what kind of host is wanted of a service.
type variant struct{ fips, dualStack bool }

// What a configuration's sources tell of hosts.
type (
	fipsSource interface {
		GetUseFIPSEndpoint(context.Context) (aws.FIPSEndpointState, bool, error)
	}
	dualStackSource interface {
		GetUseDualStackEndpoint(context.Context) (aws.DualStackEndpointState, bool, error)
	}
)

// variant asks the configuration's sources as the SDK's clients do.
func (c *Client) variant(ctx context.Context) (v variant, err error) {
	if !c.service.Variants {
		return v, nil
	}
	if v.fips, err = wanted(ctx, c.cfg.ConfigSources, fipsSource.GetUseFIPSEndpoint, aws.FIPSEndpointStateEnabled); err != nil {
		return v, fmt.Errorf("read whether FIPS hosts are wanted: %w", err)
	}
	if v.dualStack, err = wanted(ctx, c.cfg.ConfigSources, dualStackSource.GetUseDualStackEndpoint, aws.DualStackEndpointStateEnabled); err != nil {
		return v, fmt.Errorf("read whether dual-stack hosts are wanted: %w", err)
	}
	return v, nil
}

// wanted reports whether the first source that knows a state has it enabled.
func wanted[S any, T comparable](ctx context.Context, sources []any, ask func(S, context.Context) (T, bool, error), enabled T) (bool, error) {
	for _, source := range sources {
		asked, ok := source.(S)
		if !ok {
			continue
		}
		if state, found, err := ask(asked, ctx); found || err != nil {
			return state == enabled, err
		}
	}
	return false, nil
}

// host is the name of a service's host in a Region.
func (v variant) host(service, region string) string {
	p := partitionOf(region)
	domain := p.domain
	if v.dualStack {
		domain = p.dualStack
	}
	// GovCloud's hosts are FIPS ones by their common names, but for dual-stack.
	if v.fips && (v.dualStack || p.home != "us-gov-west-1") {
		service += "-fips"
	}
	return service + "." + region + "." + domain
}

// partition is one of AWS's: the prefix of its Regions, its domain, that of its
// dual-stack hosts, and the Region of its services that have one endpoint.
type partition struct{ prefix, domain, dualStack, home string }

// partitionOf is the partition that has the Region.
func partitionOf(region string) partition {
	for _, p := range []partition{
		{"us-gov-", "amazonaws.com", "api.aws", "us-gov-west-1"},
		{"cn-", "amazonaws.com.cn", "api.amazonwebservices.com.cn", "cn-northwest-1"},
		{"eusc-", "amazonaws.eu", "api.amazonwebservices.eu", "eusc-de-east-1"},
		{"us-iso-", "c2s.ic.gov", "api.aws.ic.gov", "us-iso-east-1"},
		{"us-isob-", "sc2s.sgov.gov", "api.aws.scloud", "us-isob-east-1"},
		{"us-isof-", "csp.hci.ic.gov", "api.aws.hci.ic.gov", "us-isof-south-1"},
		{"eu-isoe-", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk", "eu-isoe-west-1"},
	} {
		if strings.HasPrefix(region, p.prefix) {
			return p
		}
	}
	return partition{"", "amazonaws.com", "api.aws", "us-east-1"}
}

package collect

import (
	"context"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"iamvigil/scanner/account"
)

func (c *Collector) samlProviders(ctx context.Context, l *look) {
	at := c.now()
	out, err := c.iam.ListSAMLProviders(ctx, &iam.ListSAMLProvidersInput{})
	if err == nil {
		l.snapshot.SAMLProviders = mapSAMLProviders(out.SAMLProviderList)
	}
	l.saw(at, err, account.SAMLProviders)
}

func mapSAMLProviders(list []types.SAMLProviderListEntry) []account.SAMLProvider {
	var mapped []account.SAMLProvider
	for i := range list {
		one := &list[i]
		mapped = append(mapped, account.SAMLProvider{
			ARN:        aws.ToString(one.Arn),
			Created:    timeOf(one.CreateDate),
			ValidUntil: timeOf(one.ValidUntil),
		})
	}
	return mapped
}

// oidcProviders reads which providers there are and, where it is wanted, of each
// the rest. One that is gone by then is left out.
func (c *Collector) oidcProviders(ctx context.Context, l *look) {
	at := c.now()
	facts := []account.Fact{account.OIDCProviders}
	if c.wants(account.OIDCClients) {
		facts = append(facts, account.OIDCClients)
	}
	out, err := c.iam.ListOpenIDConnectProviders(ctx, &iam.ListOpenIDConnectProvidersInput{})
	l.saw(at, err, facts...)
	if err != nil {
		return
	}
	providers := mapOIDCProviders(out.OpenIDConnectProviderList)
	if c.wants(account.OIDCClients) {
		providers = c.oidcClients(ctx, providers)
	}
	l.snapshot.OIDCProviders = providers
}

func mapOIDCProviders(list []types.OpenIDConnectProviderListEntry) []account.OIDCProvider {
	var mapped []account.OIDCProvider
	for i := range list {
		mapped = append(mapped, account.OIDCProvider{ARN: aws.ToString(list[i].Arn)})
	}
	return mapped
}

// oidcClients reads all of the providers, of which an account has a hundred at
// most, and gives those that are still there.
func (c *Collector) oidcClients(ctx context.Context, providers []account.OIDCProvider) []account.OIDCProvider {
	var wg sync.WaitGroup
	goneProviders := make([]bool, len(providers))
	for i := range providers {
		wg.Go(func() { goneProviders[i] = c.oidcProvider(ctx, &providers[i]) })
	}
	wg.Wait()
	kept := providers[:0]
	for i := range providers {
		if !goneProviders[i] {
			kept = append(kept, providers[i])
		}
	}
	return kept
}

// oidcProvider reads one provider and reports whether it is gone.
func (c *Collector) oidcProvider(ctx context.Context, p *account.OIDCProvider) bool {
	at := c.now()
	out, err := c.iam.GetOpenIDConnectProvider(ctx, &iam.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: aws.String(p.ARN)})
	switch {
	case gone(err):
		return true
	case err != nil:
		p.Seen = map[account.Fact]account.Seen{account.OIDCClients: seen(at, err)}
		return false
	}
	p.Clients, p.Thumbprints = slices.Sorted(slices.Values(out.ClientIDList)), slices.Sorted(slices.Values(out.ThumbprintList))
	p.Created, p.Tags = timeOf(out.CreateDate), tags(out.Tags)
	return false
}

package collect

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"golang.org/x/sync/errgroup"

	"iamvigil/internal/order"
	"iamvigil/scanner/account"
)

// others is what IAM tells beside authorizations and can be put into its place
// only once those are known.
type others struct {
	credentials serviceCredentials
	root        rootManagement
}

// serviceCredentials are those of all users, by name in lower case.
type serviceCredentials map[string][]account.ServiceCredential

// others reads what else IAM keeps: other credentials, identity providers and
// certificates.
func (c *Collector) others(ctx context.Context, l *look, o *others, g *errgroup.Group) {
	g.Go(func() error { o.credentials = c.serviceCredentials(ctx, l); return nil })
	g.Go(func() error { c.serverCertificates(ctx, l); return nil })
	g.Go(func() error { c.samlProviders(ctx, l); return nil })
	g.Go(func() error { c.oidcProviders(ctx, l); return nil })
	if c.wants(account.OutboundFederation) {
		g.Go(func() error { c.outboundFederation(ctx, l); return nil })
	}
	if c.wants(account.RootManagement) {
		g.Go(func() error { o.root = c.rootManagement(ctx); return nil })
	}
}

// fill lets go the credentials of a user who is not listed: he was deleted, renamed
// or made in the moments of the look, nothing else of him is known either, and the
// event of it brings the next look. To make a missing fact of it would turn every
// deletion into gaps.
func (o *others) fill(s *account.Snapshot) {
	o.credentials.fill(s)
	o.root.fill(s)
}

// fill gives the listed users their credentials, and says how many have any.
func (of serviceCredentials) fill(s *account.Snapshot) (users int) {
	for i := range s.Users {
		u := &s.Users[i]
		if u.ServiceCredentials = of[strings.ToLower(u.Name)]; u.ServiceCredentials != nil {
			users++
		}
	}
	return users
}

func (of serviceCredentials) add(list []types.ServiceSpecificCredentialMetadata) {
	for i := range list {
		one := &list[i]
		name := strings.ToLower(aws.ToString(one.UserName))
		of[name] = append(of[name], account.ServiceCredential{
			ID:      aws.ToString(one.ServiceSpecificCredentialId),
			Service: aws.ToString(one.ServiceName),
			Status:  string(one.Status),
			Created: timeOf(one.CreateDate),
			Expires: timeOf(one.ExpirationDate),
		})
	}
}

// sort puts each user's in the order of their creation.
func (of serviceCredentials) sort() {
	for _, list := range of {
		order.By(list, func(a, b account.ServiceCredential) int {
			return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID))
		})
	}
}

func (c *Collector) serviceCredentials(ctx context.Context, l *look) serviceCredentials {
	at, all := c.now(), serviceCredentials{}
	err := c.eachServiceCredentials(ctx, all.add)
	l.saw(at, err, account.ServiceCredentials)
	if err != nil {
		return nil
	}
	all.sort()
	return all
}

// eachServiceCredentials lists those of every user at once, for which the SDK has no
// paginator. Nobody has as many as maxPages hold.
func (c *Collector) eachServiceCredentials(ctx context.Context, add func([]types.ServiceSpecificCredentialMetadata)) error {
	in := &iam.ListServiceSpecificCredentialsInput{AllUsers: aws.Bool(true), MaxItems: aws.Int32(maxItems)}
	for range maxPages {
		page, err := c.iam.ListServiceSpecificCredentials(ctx, in)
		if err != nil {
			return err
		}
		add(page.ServiceSpecificCredentials)
		if !page.IsTruncated {
			return nil
		}
		if in.Marker = page.Marker; aws.ToString(in.Marker) == "" {
			break
		}
	}
	return errors.New("iam:ListServiceSpecificCredentials breaks off: its pages do not come to an end")
}

func (c *Collector) serverCertificates(ctx context.Context, l *look) {
	at := c.now()
	pages := iam.NewListServerCertificatesPaginator(c.iam, &iam.ListServerCertificatesInput{MaxItems: aws.Int32(maxItems)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			l.saw(at, err, account.ServerCertificates)
			return
		}
		l.snapshot.ServerCertificates = append(l.snapshot.ServerCertificates, mapServerCertificates(page.ServerCertificateMetadataList)...)
	}
	l.saw(at, nil, account.ServerCertificates)
}

func mapServerCertificates(list []types.ServerCertificateMetadata) []account.ServerCertificate {
	var mapped []account.ServerCertificate
	for i := range list {
		one := &list[i]
		mapped = append(mapped, account.ServerCertificate{
			ARN:      aws.ToString(one.Arn),
			ID:       aws.ToString(one.ServerCertificateId),
			Name:     aws.ToString(one.ServerCertificateName),
			Uploaded: timeOf(one.UploadDate),
			Expires:  timeOf(one.Expiration),
		})
	}
	return mapped
}

// timeOf is a time of the SDK's; zero for none.
func timeOf(t *time.Time) time.Time { return aws.ToTime(t).UTC() }

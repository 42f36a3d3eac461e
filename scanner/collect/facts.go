package collect

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"iamvigil/scanner/account"
)

func (c *Collector) summary(ctx context.Context, l *look) {
	at := c.now()
	out, err := c.iam.GetAccountSummary(ctx, &iam.GetAccountSummaryInput{})
	if err == nil {
		l.snapshot.Summary = mapSummary(out.SummaryMap)
	}
	l.saw(at, err, account.Summary)
}

func (c *Collector) passwordPolicy(ctx context.Context, l *look) {
	at := c.now()
	out, err := c.iam.GetAccountPasswordPolicy(ctx, &iam.GetAccountPasswordPolicyInput{})
	switch {
	case err == nil:
		l.snapshot.PasswordPolicy = mapPasswordPolicy(out.PasswordPolicy)
	case gone(err): // the account has none
		err = nil
	}
	l.saw(at, err, account.Passwords)
}

func (c *Collector) virtualMFA(ctx context.Context, l *look) {
	at := c.now()
	pages := iam.NewListVirtualMFADevicesPaginator(c.iam, &iam.ListVirtualMFADevicesInput{MaxItems: aws.Int32(maxItems)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			l.saw(at, err, account.VirtualMFA)
			return
		}
		l.snapshot.VirtualMFA = append(l.snapshot.VirtualMFA, mapVirtualMFA(page.VirtualMFADevices)...)
	}
	l.saw(at, nil, account.VirtualMFA)
}

func mapSummary(m map[string]int32) map[string]int {
	summary := make(map[string]int, len(m))
	for name, n := range m {
		summary[name] = int(n)
	}
	return summary
}

func mapPasswordPolicy(p *types.PasswordPolicy) *account.PasswordPolicy {
	return &account.PasswordPolicy{
		MinimumLength: int(aws.ToInt32(p.MinimumPasswordLength)),
		Uppercase:     p.RequireUppercaseCharacters,
		Lowercase:     p.RequireLowercaseCharacters,
		Numbers:       p.RequireNumbers,
		Symbols:       p.RequireSymbols,
		MaxAge:        int(aws.ToInt32(p.MaxPasswordAge)),
		Reuse:         int(aws.ToInt32(p.PasswordReusePrevention)),
	}
}

func mapVirtualMFA(devices []types.VirtualMFADevice) []account.VirtualMFADevice {
	mapped := make([]account.VirtualMFADevice, 0, len(devices))
	for _, d := range devices {
		device := account.VirtualMFADevice{Serial: aws.ToString(d.SerialNumber)}
		if d.User != nil {
			device.User = aws.ToString(d.User.Arn)
		}
		mapped = append(mapped, device)
	}
	return mapped
}

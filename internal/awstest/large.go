package awstest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

// Size is how much an account holds: numbers of resources, and for each kind of
// document how many bytes of text it has, none where that is zero.
type Size struct {
	Users, Roles, Policies, Versions int
	// UserInline is of one inline policy of each user, RoleInline of each role.
	UserInline, RoleInline, Trust, Policy int
}

// Largest is an account at its quotas, with 67 MB of policies.
func Largest() Size {
	return Size{Users: 5000, Roles: 1000, Policies: 1500, Versions: 5,
		UserInline: 2048, RoleInline: 10240, Trust: 2048, Policy: 6144}
}

// Ordinary is an account with as many users and roles, few policies of its own
// and short documents.
func Ordinary(users, roles int) Size {
	return Size{Users: users, Roles: roles, Policies: 1 + users/20, Versions: 2,
		RoleInline: 600, Trust: 300, Policy: 800}
}

// Large makes an account of a size, always the same one. Nineteen users of
// twenty do all things right but for what inline policies they have; the others
// have old keys, passwords without MFA and idle passwords. Roles have used a
// service's trust; every policy is attached to some role. From 1,000 users on there
// are other credentials, certificates and identity providers, a few.
func Large(size Size) *account.Snapshot {
	l := large{size: size, parser: policy.NewParser(), id: account.Identity{ID: "111122223333", Name: "large", Partition: "aws"}}
	s := &account.Snapshot{Version: account.Version, Account: l.id, Seen: map[account.Fact]account.Seen{},
		PasswordPolicy: &account.PasswordPolicy{MinimumLength: 14, Uppercase: true, Lowercase: true, Numbers: true, Symbols: true, Reuse: 24},
		Root:           account.Root{Password: "yes", PasswordLastUsed: ago(400), MFA: true},
		Trails: []account.Trail{{ARN: "arn:aws:cloudtrail:" + Region + ":111122223333:trail/all", Name: "all",
			Global: true, Logging: true, Management: account.RecordsAll}},
	}
	for _, f := range account.Facts() {
		s.Seen[f] = account.Seen{At: Epoch()}
	}
	for i := range size.Policies {
		s.Policies = append(s.Policies, l.policy(i))
	}
	for i := range 1 + size.Users/100 {
		s.Groups = append(s.Groups, l.group(i))
	}
	for i := range size.Roles {
		s.Roles = append(s.Roles, l.role(i))
	}
	for i := range size.Users {
		s.Users = append(s.Users, l.user(i))
	}
	l.others(s)
	slices.SortFunc(s.Policies, func(a, b account.Policy) int { return strings.Compare(a.ARN, b.ARN) })
	s.Summary = summary(s)
	return s
}

type large struct {
	size   Size
	id     account.Identity
	parser *policy.Parser
}

func (l *large) arn(kind, path, name string) string {
	return "arn:" + l.id.Partition + ":iam::" + l.id.ID + ":" + kind + path + name
}

// ago is a time some days before the clock.
func ago(days int) time.Time { return Epoch().Add(-time.Duration(days) * 24 * time.Hour) }

func (l *large) user(i int) account.User {
	name := fmt.Sprintf("user-%05d", i)
	u := account.User{
		ARN: l.arn("user", fmt.Sprintf("/team-%02d/", i%40), name), ID: fmt.Sprintf("AIDA%017d", i), Name: name,
		Created: ago(700), Groups: []string{fmt.Sprintf("group-%03d", i/100)},
		Tags: map[string]string{"owner": fmt.Sprintf("team-%02d", i%40)}, MFA: true,
		Login: &account.Login{Changed: ago(60), LastUsed: ago(2)},
		Keys: []account.AccessKey{{ID: fmt.Sprintf("AKIA%016d", i), Slot: 1, Status: account.Active, Created: ago(30),
			LastUsed: ago(1), LastUsedRegion: Region, LastUsedService: "s3"}},
		Inline: l.inline(l.size.UserInline, 100_000+i),
	}
	switch i % 60 {
	case 19:
		u.Keys[0].Created, u.Keys[0].LastUsed = ago(500), ago(200)
	case 39:
		u.MFA = false
	case 59:
		u.Login.LastUsed = ago(300)
	}
	return u
}

// others adds to a large account what is rare in any, none of it at fault.
func (l *large) others(s *account.Snapshot) {
	for i := 7; i < l.size.Users/500*500; i += 500 {
		s.Users[i].ServiceCredentials = []account.ServiceCredential{{ID: fmt.Sprintf("ACCA%017d", i), Service: "codecommit.amazonaws.com",
			Status: account.Active, Created: ago(20)}}
	}
	for i := range l.size.Users / 1000 {
		name := fmt.Sprintf("certificate-%d", i)
		s.ServerCertificates = append(s.ServerCertificates, account.ServerCertificate{ARN: l.arn("server-certificate", "/", name),
			ID: fmt.Sprintf("ASCA%017d", i), Name: name, Uploaded: ago(60), Expires: ago(-300)})
		s.SAMLProviders = append(s.SAMLProviders, account.SAMLProvider{ARN: l.arn("saml-provider", "/", fmt.Sprintf("sso-%d", i)),
			Created: ago(300), ValidUntil: ago(-3000)})
		s.OIDCProviders = append(s.OIDCProviders, account.OIDCProvider{ARN: l.arn("oidc-provider", "/", fmt.Sprintf("oidc-%d.example.com", i)),
			Clients: []string{"sts.amazonaws.com"}, Created: ago(300)})
	}
}

func (l *large) group(i int) account.Group {
	name := fmt.Sprintf("group-%03d", i)
	return account.Group{
		ARN: l.arn("group", "/", name), ID: fmt.Sprintf("AGPA%017d", i), Name: name, Created: ago(900),
		Inline: l.inline(min(l.size.Policy, 600), 200_000+i),
	}
}

func (l *large) role(i int) account.Role {
	name := fmt.Sprintf("role-%04d", i)
	r := account.Role{
		ARN: l.arn("role", "/app/", name), ID: fmt.Sprintf("AROA%017d", i), Name: name, Created: ago(800),
		Trust: l.trust(i), Inline: l.inline(l.size.RoleInline, 300_000+i), LastUsed: ago(1 + i%30),
	}
	for p := i; p < l.size.Policies; p += l.size.Roles {
		r.Attached = append(r.Attached, account.Attachment{ARN: l.policyARN(p), Name: policyName(p)})
	}
	return r
}

func policyName(i int) string { return fmt.Sprintf("policy-%04d", i) }

func (l *large) policyARN(i int) string { return l.arn("policy", "/app/", policyName(i)) }

func (l *large) policy(i int) account.Policy {
	p := account.Policy{
		ARN: l.policyARN(i), ID: fmt.Sprintf("ANPA%017d", i), Name: policyName(i),
		Created: ago(800), Updated: ago(100), Attachments: one(l.size.Roles > 0),
	}
	for v := range l.size.Versions {
		p.Versions = append(p.Versions, account.PolicyVersion{
			ID: fmt.Sprintf("v%d", v+1), Default: v+1 == l.size.Versions, Created: ago(800 - 100*v),
			Document: l.document(l.size.Policy, 400_000+10*i+v),
		})
	}
	return p
}

func (l *large) inline(bytes, seed int) []account.InlinePolicy {
	if bytes == 0 {
		return nil
	}
	return []account.InlinePolicy{{Name: "own", Document: l.document(bytes, seed)}}
}

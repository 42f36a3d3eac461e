package awstest

import (
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"iamvigil/scanner/account"
)

// keys draws up to two access keys in the report's columns. Two are often of
// the same second, as keys made by a program are.
func (d *draft) keys(since time.Time, prefix string) []account.AccessKey {
	var keys []account.AccessKey
	for slot := 1; slot <= 2; slot++ {
		if !d.chance("key") {
			continue
		}
		k := account.AccessKey{
			Slot:    slot,
			Status:  rapid.SampledFrom([]string{account.Active, account.Inactive, account.Expired}).Draw(d.T, "status"),
			Created: d.past(since, "key made"),
		}
		if len(keys) > 0 && d.chance("same second") {
			k.Created = keys[0].Created
		}
		if k.LastUsed = d.perhaps(k.Created, "key used"); !k.LastUsed.IsZero() {
			k.LastUsedRegion = rapid.SampledFrom([]string{"us-east-1", "eu-central-1", ""}).Draw(d.T, "region")
			k.LastUsedService = rapid.SampledFrom([]string{"s3", "iam", "sts"}).Draw(d.T, "service")
		}
		if prefix != "" {
			k.ID = d.id(prefix)
		} else if k.Status == account.Expired {
			k.Status = account.Inactive
		}
		keys = append(keys, k)
	}
	return keys
}

func (d *draft) certificates(since time.Time) []account.Certificate {
	var list []account.Certificate
	d.several(2, "certificates", func() {
		list = append(list, account.Certificate{Active: d.chance("certificate active"), Uploaded: d.past(since, "uploaded")})
	})
	return list
}

// root draws the root user, whose keys have no IDs for anybody but himself.
func (d *draft) root() {
	d.s.Root = account.Root{
		Password:         rapid.SampledFrom([]string{"", "yes", "no"}).Draw(d.T, "root password"),
		PasswordLastUsed: d.perhaps(beginning(), "root password used"),
		MFA:              d.chance("root mfa"),
		Keys:             d.keys(beginning(), ""),
		Certificates:     d.certificates(beginning()),
	}
}

// devices gives some of those with MFA a virtual device; the others' are of
// hardware.
func (d *draft) devices() {
	id := d.s.Account
	serial := "arn:" + id.Partition + ":iam::" + id.ID + ":mfa/"
	add := func(name, owner string) {
		d.s.VirtualMFA = append(d.s.VirtualMFA, account.VirtualMFADevice{Serial: serial + name, User: owner})
	}
	if d.s.Root.MFA && d.chance("root device is virtual") {
		add("root-account-mfa-device", id.RootARN())
	}
	for _, u := range d.s.Users {
		if u.MFA && d.chance("device is virtual") {
			add(d.name("device", 64), u.ARN)
		}
	}
	d.several(2, "unassigned devices", func() { add(d.name("device", 64), "") })
	slices.SortFunc(d.s.VirtualMFA, func(a, b account.VirtualMFADevice) int { return strings.Compare(a.Serial, b.Serial) })
}

func (d *draft) account() {
	d.s.Summary = summary(d.s)
	if d.chance("password policy") {
		d.s.PasswordPolicy = &account.PasswordPolicy{
			MinimumLength: rapid.IntRange(6, 128).Draw(d.T, "length"),
			Uppercase:     d.chance("uppercase"), Lowercase: d.chance("lowercase"),
			Numbers: d.chance("numbers"), Symbols: d.chance("symbols"),
			MaxAge: rapid.IntRange(0, 1095).Draw(d.T, "age"), Reuse: rapid.IntRange(0, 24).Draw(d.T, "reuse"),
		}
	}
	d.several(2, "trails", func() {
		name := d.name("trail", 30)
		id := d.s.Account
		d.s.Trails = append(d.s.Trails, account.Trail{
			ARN:  "arn:" + id.Partition + ":cloudtrail:" + Region + ":" + id.ID + ":trail/" + name,
			Name: name, Global: d.chance("global"), Logging: d.chance("logging"),
			Management: rapid.SampledFrom([]string{account.RecordsAll, account.RecordsWrite, account.RecordsRead, account.RecordsNone}).
				Draw(d.T, "management"),
		})
	})
	slices.SortFunc(d.s.Trails, func(a, b account.Trail) int { return strings.Compare(a.ARN, b.ARN) })
}

// summary is GetAccountSummary's, true to the rest of the snapshot.
func summary(s *account.Snapshot) map[string]int {
	local := 0
	for i := range s.Policies {
		if !s.Policies[i].AWSManaged() {
			local++
		}
	}
	inUse := 0
	for _, d := range s.VirtualMFA {
		if d.User != "" {
			inUse++
		}
	}
	certificates := slices.ContainsFunc(s.Root.Certificates, func(c account.Certificate) bool { return c.Active })
	return map[string]int{
		"Users": len(s.Users), "UsersQuota": 5000,
		"Groups": len(s.Groups), "GroupsQuota": 300,
		"Roles": len(s.Roles), "RolesQuota": 1000,
		"Policies": local, "PoliciesQuota": 1500,
		"MFADevices": len(s.VirtualMFA), "MFADevicesInUse": inUse,
		"AccountMFAEnabled":                 one(s.Root.MFA),
		"AccountAccessKeysPresent":          one(len(s.Root.Keys) > 0),
		"AccountPasswordPresent":            one(s.Root.Password != "no"),
		"AccountSigningCertificatesPresent": one(certificates),
		"AccessKeysPerUserQuota":            2, "VersionsPerPolicyQuota": 5,
		"AttachedPoliciesPerUserQuota": 10, "AttachedPoliciesPerRoleQuota": 10, "AttachedPoliciesPerGroupQuota": 10,
		"UserPolicySizeQuota": 2048, "GroupPolicySizeQuota": 5120, "PolicySizeQuota": 6144, "AssumeRolePolicySizeQuota": 2048,
	}
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}

package rules

import (
	"strconv"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
)

// Names in GetAccountSummary's SummaryMap.
const (
	rootKeys         = "AccountAccessKeysPresent"
	rootMFADevices   = "AccountMFAEnabled"
	rootPassword     = "AccountPasswordPresent" // absent from older summaries
	rootCertificates = "AccountSigningCertificatesPresent"
)

var root = []scanner.Rule{
	{
		About: scanner.About{
			ID: "root-access-key", Title: "The root user has an access key", Severity: scanner.Critical,
			Controls: cis("1.4", "1.4", "1.3", "FSBP IAM.4", "AWS Config iam-root-access-key-check", "PCI DSS 3.2.1 2.1"),
			Why:      "Root's access key can do everything in the account, cannot be limited by any policy of the account, and works from anywhere without MFA.",
			Fix:      "Sign in as root and delete the key under Security credentials, after moving whatever uses it to a role. In a member account, remove root's credentials from the management account instead (sts assume-root with the task IAMDeleteRootUserCredentials).",
			Causes:   []string{"CreateAccessKey"},
			Cures:    []string{"DeleteAccessKey"},
		},
		Reads: []account.Fact{account.Summary}, Hints: []account.Fact{account.RootUse},
		Check: scanner.Root(rootAccessKey),
	},
	{
		About: scanner.About{
			ID: "root-mfa", Title: "The root user has credentials but no MFA", Severity: scanner.Critical,
			Controls: cis("1.5", "1.5", "1.4", "FSBP IAM.9", "AWS Config root-account-mfa-enabled", "PCI DSS 4.0.1 8.4.2"),
			Why:      "Whoever learns root's password, or takes over its mailbox and resets it, owns the account.",
			Fix:      "Sign in as root and assign an MFA device under Security credentials; a passkey or hardware token is best. In a member account, better remove root's credentials altogether through centralized root access.",
			Causes:   []string{"DeactivateMFADevice", "CreateAccessKey", "PasswordRecoveryCompleted"},
			Cures:    []string{"EnableMFADevice", "DeleteLoginProfile", "DeleteAccessKey"},
		},
		Reads: []account.Fact{account.Summary}, Hints: []account.Fact{account.RootUse},
		Check: scanner.Root(rootMFA),
	},
	{
		About: scanner.About{
			ID: "root-hardware-mfa", Title: "The root user's MFA is not hardware only", Severity: scanner.Critical, OptIn: true,
			Controls:  cis("1.6", "1.6", "1.5", "FSBP IAM.6", "AWS Config root-account-hardware-mfa-enabled", "PCI DSS 4.0.1 8.4.2"),
			Why:       "A virtual MFA device is a secret in a telephone: it can be copied, phished and lost with the telephone. One virtual device beside a hardware one is enough to sign in.",
			Fix:       "Sign in as root, assign a passkey or hardware token and then remove the virtual device (iam deactivate-mfa-device, iam delete-virtual-mfa-device).",
			CoveredBy: []string{"root-mfa"},
			Causes:    []string{"EnableMFADevice", "DeactivateMFADevice", "CreateAccessKey", "PasswordRecoveryCompleted"},
			Cures:     []string{"EnableMFADevice", "DeactivateMFADevice", "DeleteLoginProfile", "DeleteAccessKey"},
		},
		Reads: []account.Fact{account.Summary, account.VirtualMFA}, Hints: []account.Fact{account.Summary, account.RootUse},
		Check: scanner.Root(rootHardwareMFA),
	},
	{
		About: scanner.About{
			ID: "root-recent-use", Title: "The root user was used recently", Severity: scanner.High,
			Controls: cis("1.7", "1.7", "1.6"),
			Why:      "Daily work does not need root. Its use is either a habit to break, a task for a role, or a break-in.",
			Fix:      "Find out who it was and why, here and in the other Regions, and give that task to a role.",
			Limit:    scanner.Days(1),
		},
		Reads: []account.Fact{account.RootUse},
		Check: scanner.Root(rootRecentUse),
	},
	{
		About: scanner.About{
			ID: "root-signing-cert", Title: "The root user has an X.509 signing certificate", Severity: scanner.High,
			Why:    "A signing certificate authenticates root to old SOAP interfaces, without MFA and without anybody looking.",
			Fix:    "Sign in as root and delete the certificate under Security credentials (iam delete-signing-certificate).",
			Causes: []string{"UploadSigningCertificate"},
			Cures:  []string{"DeleteSigningCertificate"},
		},
		Reads: []account.Fact{account.Summary}, Hints: []account.Fact{account.RootUse},
		Check: scanner.Root(rootSigningCert),
	},
}

// summarized is a number of the account summary. Where AWS left it out that is
// a gap, not a zero.
func summarized(p *scanner.Pass, name string) (int, bool) {
	n, told := p.Snapshot.Summary[name]
	if !told {
		p.Gap(account.Summary, account.Seen{Missing: "the account summary does not tell " + name})
	}
	return n, told
}

// rootAccessKey counts inactive keys too, as the summary does: they can be
// activated again.
func rootAccessKey(p *scanner.Pass, s *account.Snapshot) {
	if p.Known(account.Summary) {
		if n, ok := summarized(p, rootKeys); ok && n > 0 {
			p.Fail("", map[string]string{"access_keys": strconv.Itoa(n)}, "root user has %s, it should have none", counted(n, "access key"))
		}
		return
	}
	if n := activeKeys(s.Root.Keys); n > 0 {
		p.Fail("", map[string]string{"access_keys": strconv.Itoa(n)}, "root user has %s, it should have none", counted(n, "active access key"))
	}
}

func rootMFA(p *scanner.Pass, s *account.Snapshot) {
	if rootNeedsMFA(p, s) {
		p.Fail("", map[string]string{"mfa": "none"}, "root user has a password or an access key, and no MFA device")
	}
}

func rootHardwareMFA(p *scanner.Pass, s *account.Snapshot) {
	if rootNeedsMFA(p, s) {
		p.Fail("", map[string]string{"mfa": "none"}, "root user has no MFA device, let alone a hardware one")
		return
	}
	for _, d := range s.VirtualMFA {
		if d.User == s.Account.RootARN() && rootHasCredentials(p, s) {
			p.Fail("", map[string]string{"mfa": "virtual", "serial": d.Serial}, "root user has a virtual MFA device, %q", d.Serial)
			return
		}
	}
}

// rootNeedsMFA reports whether root has credentials and no MFA device.
func rootNeedsMFA(p *scanner.Pass, s *account.Snapshot) bool {
	if !p.Known(account.Summary) {
		return !s.Root.MFA && rootHasCredentials(p, s)
	}
	devices, ok := summarized(p, rootMFADevices)
	return ok && devices == 0 && rootHasCredentials(p, s)
}

// rootHasCredentials is false where root's password and keys were removed
// centrally, or where Organizations made the account without any: then nothing
// is there for MFA to protect.
func rootHasCredentials(p *scanner.Pass, s *account.Snapshot) bool {
	if !p.Known(account.Summary) {
		return s.Root.Password != "no" || activeKeys(s.Root.Keys) > 0
	}
	if s.Summary[rootKeys] > 0 {
		return true
	}
	if n, told := s.Summary[rootPassword]; told {
		return n > 0
	}
	report := s.Seen[account.RootUse]
	if report.Missing != "" {
		p.Gap(account.RootUse, report)
	}
	return !report.Known() || s.Root.Password != "no"
}

// rootRecentUse takes the last of the three uses: which credential it was does
// not matter.
func rootRecentUse(p *scanner.Pass, s *account.Snapshot) {
	how, last := "password", s.Root.PasswordLastUsed
	for _, k := range s.Root.Keys {
		if k.LastUsed.After(last) {
			how, last = "access key", k.LastUsed
		}
	}
	if last.IsZero() || p.Old(last) {
		return
	}
	p.Fail("", map[string]string{"last_used": when(last), "credential": how, "limit": strconv.Itoa(p.Limit())},
		"root user's %s was last used %s ago, it should rest for more than %s", how, age(p, last), counted(p.Limit(), "day")).
		Mend(rootLookedUp(account.GlobalRegion(s.Account.Partition))...)
}

// rootLookedUp shows root's last events in a Region, as CloudTrail names root. In
// none, or one that is not known, it shows nothing.
func rootLookedUp(region string) []string { return history(region, "root") }

func rootSigningCert(p *scanner.Pass, s *account.Snapshot) {
	n := 0
	if p.Known(account.Summary) {
		n, _ = summarized(p, rootCertificates)
	} else {
		for _, c := range s.Root.Certificates {
			if c.Active {
				n++
			}
		}
	}
	if n > 0 {
		p.Fail("", map[string]string{"signing_certificates": strconv.Itoa(n)}, "root user has %s, it should have none", counted(n, "signing certificate"))
	}
}

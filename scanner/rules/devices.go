package rules

import (
	"iamvigil/scanner"
	"iamvigil/scanner/account"
)

var devices = []scanner.Rule{
	{
		About: scanner.About{
			ID: "virtual-mfa-orphan", Title: "A virtual MFA device is assigned to nobody", Severity: scanner.Low,
			Why:    "Whoever was shown the secret of the device when it was made can make its codes, for whichever user it is assigned to later. Mostly it is left of an enrolment that was broken off, and somebody who was to have MFA has none.",
			Fix:    "Delete the device, and have whoever was to have it begin again.",
			Causes: []string{"CreateVirtualMFADevice", "DeactivateMFADevice"},
			Cures:  []string{"DeleteVirtualMFADevice", "EnableMFADevice"},
		},
		// Everybody's MFA is read at night alone, and so is this asked only then: whoever
		// enrols a device has it assigned to nobody for a minute.
		Reads: []account.Fact{account.VirtualMFA, account.MFA},
		Check: scanner.Account(virtualMFAOrphan),
	},
	{
		About: scanner.About{
			ID: "user-without-hardware-mfa", Title: "A user who signs in has no hardware MFA", Severity: scanner.Medium, OptIn: true,
			Why:       "A virtual MFA device is a secret in a telephone: it can be copied, and its codes can be phished. Passkeys and security keys cannot. Asked of users with a console password or an MFA device. IAM lists virtual devices for all users at once and other kinds for one at a time only, so that MFA by text message, which AWS has ended, counts as hardware here.",
			Fix:       "Have the user assign a passkey, a security key or a hardware token, and then remove the virtual device (iam deactivate-mfa-device, iam delete-virtual-mfa-device).",
			CoveredBy: []string{"admin-user-without-mfa", "user-console-without-mfa", "user-without-mfa"},
			Causes:    []string{"EnableMFADevice", "DeactivateMFADevice", "CreateLoginProfile"},
			Cures:     []string{"EnableMFADevice", "DeactivateMFADevice", "DeleteLoginProfile"},
		},
		Reads: []account.Fact{account.Logins, account.MFA, account.VirtualMFA},
		Check: scanner.Users(userWithoutHardwareMFA),
	},
}

func virtualMFAOrphan(p *scanner.Pass, s *account.Snapshot) {
	for _, d := range s.VirtualMFA {
		if d.User == "" {
			p.Fail(d.Serial, map[string]string{"serial": d.Serial}, "virtual MFA device %q is assigned to nobody", d.Serial).
				// Refused while the device is assigned to somebody (DeleteConflict).
				Mend(iam("delete-virtual-mfa-device", "--serial-number", d.Serial))
		}
	}
}

func userWithoutHardwareMFA(p *scanner.Pass, u *account.User) {
	for _, d := range p.Snapshot.VirtualMFA {
		if d.User == u.ARN {
			p.Fail("", map[string]string{"mfa": "virtual", "serial": d.Serial}, "user %q has a virtual MFA device, %q", u.Name, d.Serial)
			return
		}
	}
	if u.Login != nil && !u.MFA {
		p.Fail("", map[string]string{"mfa": "none"}, "user %q has a console password and no MFA device, let alone a hardware one", u.Name)
	}
}

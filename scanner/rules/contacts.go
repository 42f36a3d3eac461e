package rules

import (
	"fmt"
	"strings"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
)

var contacts = []scanner.Rule{
	{
		About: scanner.About{
			ID: "account-security-contact", Title: "The account has no contact for security", Severity: scanner.Medium,
			Controls: cis("1.2", "1.2", "1.2", "FSBP Account.1", "AWS Config security-account-information-provided"),
			Why:      "When AWS finds a key of yours in public, or your machines attacking somebody, it writes to whom it knows. Without a contact for security that is root's mailbox.",
			Fix:      "Give the address and the telephone number of those who answer incidents, a list better than a person (account put-alternate-contact).",
		},
		Reads: []account.Fact{account.SecurityContact},
		Check: scanner.Account(accountSecurityContact),
	},
	{
		About: scanner.About{
			ID: "account-contacts-distinct", Title: "The account's contacts are missing, or are all the same", Severity: scanner.Low, OptIn: true,
			Why: "What AWS has to say about bills, operations and security goes to one mailbox, and waits there when its owner is away. The security contact's absence is a finding of its own.",
			Fix: "Give contacts for billing, operations and security, other than the account's own and than one another (account put-alternate-contact).",
		},
		Reads: []account.Fact{account.AllContacts, account.SecurityContact},
		Check: scanner.Account(accountContactsDistinct),
	},
}

func accountSecurityContact(p *scanner.Pass, s *account.Snapshot) {
	if !s.Contacts.Security.Exists() {
		p.Fail("", map[string]string{"contact": "none"}, "account %s has no alternate contact for security", s.Account.ID)
	}
}

func accountContactsDistinct(p *scanner.Pass, s *account.Snapshot) {
	c := s.Contacts
	all := []struct {
		name string
		account.Contact
	}{{"billing", c.Billing}, {"operations", c.Operations}, {"security", c.Security}, {"primary", c.Primary}}
	var faults []string
	for i, one := range all {
		if one.name != "security" && !one.Exists() {
			faults = append(faults, "no "+one.name+" contact")
		}
		for _, other := range all[i+1:] {
			if one.Same(other.Contact) {
				faults = append(faults, fmt.Sprintf("the same %s and %s contact", one.name, other.name))
			}
		}
	}
	if len(faults) > 0 {
		p.Fail("", map[string]string{"contacts": strings.Join(faults, ", ")}, "account %s has %s", s.Account.ID, strings.Join(faults, ", "))
	}
}

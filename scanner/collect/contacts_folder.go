package collect

import (
	"fmt"

	"iamvigil/scanner/account"
)

// securityContactFile is what aws account get-alternate-contact prints of the type
// SECURITY, or {} where there is none.
const securityContactFile = "alternate-contact.json"

func (f *folder) securityContact() error {
	content, ok, err := f.open(securityContactFile, account.SecurityContact)
	if err != nil || !ok || isEmptyObject(content) {
		return err
	}
	var out struct{ AlternateContact alternate }
	if err := decode(securityContactFile, content, &out); err != nil {
		return err
	}
	var known persons
	a := &out.AlternateContact
	f.snapshot.Contacts.Security = known.contact(a.Name, a.EmailAddress, a.PhoneNumber)
	if a.AlternateContactType != "SECURITY" || !f.snapshot.Contacts.Security.Exists() {
		return fmt.Errorf("read %s: it has no AlternateContact of the type SECURITY; save the output of aws account get-alternate-contact --alternate-contact-type SECURITY, or {} where the account has none", securityContactFile)
	}
	return nil
}

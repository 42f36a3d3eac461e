package collect

import (
	"fmt"

	"iamvigil/scanner/account"
)

// organizationFile is what aws organizations describe-organization prints, or {}
// where the account belongs to none.
const organizationFile = "organization.json"

func (f *folder) organization() error {
	content, ok, err := f.open(organizationFile, account.OrganizationMembership)
	if err != nil || !ok || isEmptyObject(content) {
		return err
	}
	var out organizationAnswer
	if err := decode(organizationFile, content, &out); err != nil {
		return err
	}
	if f.snapshot.Organization = out.organization(); f.snapshot.Organization == nil {
		return fmt.Errorf("read %s: it has no Organization; save the output of aws organizations describe-organization, or {} where the account belongs to none", organizationFile)
	}
	return nil
}

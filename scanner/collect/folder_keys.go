package collect

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"iamvigil/scanner/account"
)

// accessKeys reads list-access-keys answers: what keys a user has, their ids and
// status. Their last use is the report's. A user of whom no answer tells has
// those of the report, since an empty answer does not say whose it is.
func (f *folder) accessKeys() error {
	content, ok, err := f.open(accessKeysFile)
	if err != nil || !ok {
		return err
	}
	listed := map[string][]account.AccessKey{}
	err = decodeEach(accessKeysFile, content, func(page iam.ListAccessKeysOutput) {
		for _, key := range page.AccessKeyMetadata {
			name := aws.ToString(key.UserName)
			listed[name] = append(listed[name], mapKey(key))
		}
	})
	for i := range f.snapshot.Users {
		u := &f.snapshot.Users[i]
		if keys := listed[u.Name]; len(keys) > 0 && f.snapshot.Of(u.Seen, account.Certificates).Known() {
			f.list(u, keys)
		}
	}
	return err
}

// list gives a user the listed keys. An active one that is not surely one of
// those reported is a key whose last use nothing tells.
func (f *folder) list(u *account.User, listed []account.AccessKey) {
	sortKeys(listed)
	reported := u.Keys
	u.Keys = listed
	own := with(u.Seen, account.Keys, account.Seen{At: f.at})
	for i := range listed {
		key := &listed[i]
		switch same := matching(*key, listed, reported); {
		case same != nil:
			key.Slot, key.LastUsed, key.LastUsedRegion, key.LastUsedService = same.Slot, same.LastUsed, same.LastUsedRegion, same.LastUsedService
		case key.Status == account.Active:
			own[account.Keys] = account.Seen{At: f.at, Missing: accessKeysFile + " lists an active key that the credential report does not show"}
		}
	}
	u.Seen = own
}

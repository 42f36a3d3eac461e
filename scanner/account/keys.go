package account

import (
	"strconv"
	"strings"
	"time"
)

// IsKeyID tells the id of a long-term access key by IAM's prefix, from those of
// sessions and from all else that names a part of a user.
func IsKeyID(text string) bool { return strings.HasPrefix(text, "AKIA") }

// NamelessKey begins the part of a key whose id is not known.
const NamelessKey = "access_key_"

// Part tells a key from the others of its user: its id, or as long as that is
// not known the name of its columns in the credential report.
func (k *AccessKey) Part() string {
	if k.ID != "" {
		return k.ID
	}
	return NamelessKey + strconv.Itoa(k.Slot)
}

// RememberKeys gives keys that have no id the one known from before: of the
// user's named keys the only one with that creation second. A key that is not
// surely one of those stays without. Named is by the user's unique id.
func (s *Snapshot) RememberKeys(named map[string][]AccessKey) {
	for i := range s.Users {
		u := &s.Users[i]
		for k := range u.Keys {
			key := &u.Keys[k]
			if key.ID == "" && len(createdWith(u.Keys, key.Created)) == 1 {
				if same := createdWith(named[u.ID], key.Created); len(same) == 1 {
					key.ID = same[0].ID
				}
			}
		}
	}
}

func createdWith(keys []AccessKey, created time.Time) []AccessKey {
	var same []AccessKey
	for _, k := range keys {
		if !created.IsZero() && k.Created.Truncate(time.Second).Equal(created.Truncate(time.Second)) {
			same = append(same, k)
		}
	}
	return same
}

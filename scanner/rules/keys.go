package rules

import (
	"strconv"
	"time"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
)

var keys = []scanner.Rule{
	{
		About: scanner.About{
			ID: "key-unused", Title: "An active access key has not been used for a long time", Severity: scanner.Medium,
			Controls: cis("1.12", "1.12", "1.11", "FSBP IAM.22", "FSBP IAM.8", "AWS Config iam-user-unused-credentials-check", "PCI DSS 4.0.1 8.2.6"),
			Why:      "A key that nobody uses lies in some file, image or repository, and still opens the account to whoever finds it.",
			Fix:      "Deactivate the key, which can be undone, and delete it (iam delete-access-key) once nobody has missed it.",
			Limit:    scanner.UserDays(45),
			Cures:    []string{"UpdateAccessKey", "DeleteAccessKey"},
		},
		Reads: []account.Fact{account.Keys},
		Check: scanner.AccessKeys(keyUnused),
	},
	{
		About: scanner.About{
			ID: "key-rotation", Title: "An active access key is too old", Severity: scanner.Medium,
			Controls: cis("1.14", "1.14", "1.13", "FSBP IAM.3", "AWS Config access-keys-rotated", "PCI DSS 4.0.1 8.6.3"),
			Why:      "The longer a key lives, the more copies of it there are and the fewer people know where.",
			Fix:      "Replace the key by a role where that can be. Else create a second key, move its users over, then deactivate and delete the old one (iam update-access-key, iam delete-access-key).",
			Limit:    scanner.UserDays(90),
			Cures:    []string{"UpdateAccessKey", "DeleteAccessKey"},
		},
		Reads: []account.Fact{account.Keys},
		Check: scanner.AccessKeys(keyRotation),
	},
	{
		About: scanner.About{
			ID: "user-two-active-keys", Title: "A user has more than one active access key", Severity: scanner.Medium,
			Controls: cis("1.13", "1.13", "1.12"),
			Why:      "The second key is for the hours of a rotation. Left active it doubles what can leak and hides which of them is used.",
			Fix:      "Find the key that is still used, deactivate the other (iam update-access-key), and delete that (iam delete-access-key) once nobody has missed it.",
			Grace:    newcomers(),
			Causes:   []string{"CreateAccessKey", "UpdateAccessKey"},
			Cures:    []string{"UpdateAccessKey", "DeleteAccessKey"},
		},
		Reads: []account.Fact{account.Keys},
		Check: scanner.Users(userTwoActiveKeys),
	},
	{
		About: scanner.About{
			ID: "key-inactive-left", Title: "A deactivated access key was never deleted", Severity: scanner.Low,
			Why:   "An inactive key can be activated again by anybody who may update keys, and its secret may long be in other hands.",
			Fix:   "Delete the key. That cannot be undone, but nothing works with it now either.",
			Limit: scanner.UserDays(90),
			// Whoever deactivates an old key is to have time to see whether it is missed.
			Follows: []string{"key-rotation", "key-unused"},
			Cures:   []string{"DeleteAccessKey", "UpdateAccessKey"},
		},
		Reads: []account.Fact{account.Keys},
		Check: scanner.AccessKeys(keyInactiveLeft),
	},
}

// keyUnused counts a key that was never used from its creation.
func keyUnused(p *scanner.Pass, u *account.User, k *account.AccessKey) {
	since := latest(k.LastUsed, k.Created)
	switch {
	case k.Status != account.Active:
	case since.IsZero():
		undated(p, k)
	case p.Old(since):
		p.Fail(k.Part(), keyEvidence(p, k), "user %q: access key %s %s, the limit is %d",
			u.Name, keyName(k), idle(p, k.LastUsed, since), p.Limit()).
			Mend(ofKey(u, k, deactivated)...)
	}
}

func keyRotation(p *scanner.Pass, u *account.User, k *account.AccessKey) {
	if k.Status == account.Active {
		keyAge(p, u, k, usedLast)
	}
}

func keyInactiveLeft(p *scanner.Pass, u *account.User, k *account.AccessKey) {
	if k.Status == account.Inactive || k.Status == account.Expired {
		keyAge(p, u, k, deleted)
	}
}

// keyAge fails a key whose creation is older than the limit. One whose creation
// is not told is at least as old as its last use.
func keyAge(p *scanner.Pass, u *account.User, k *account.AccessKey, mend func(user, key string) string) {
	about := "is"
	since := k.Created
	if since.IsZero() {
		about = "is at least"
		since = k.LastUsed
	}
	switch {
	case !since.IsZero() && p.Old(since):
		p.Fail(k.Part(), keyEvidence(p, k), "user %q: %s access key %s %s %s old, the limit is %d",
			u.Name, keyStatus(k), keyName(k), about, age(p, since), p.Limit()).
			Mend(ofKey(u, k, mend)...)
	case k.Created.IsZero():
		undated(p, k)
	}
}

// userTwoActiveKeys lets a user be while the newest of the keys is new: that is
// a rotation.
func userTwoActiveKeys(p *scanner.Pass, u *account.User) {
	n, commands := 0, []string{}
	var newest time.Time
	for i := range u.Keys {
		if k := &u.Keys[i]; k.Status == account.Active {
			n++
			newest = latest(newest, k.Created)
			commands = append(commands, ofKey(u, k, usedLast)...)
		}
	}
	if n > 1 && !p.InGrace(newest) {
		fault := p.Fail("", map[string]string{"active_keys": strconv.Itoa(n), "limit": "1"},
			"user %q has %d active access keys, the limit is 1", u.Name, n)
		if len(commands) == n {
			fault.Mend(commands...)
		}
	}
}

// ofKey is a command about an access key, if its id is known.
func ofKey(u *account.User, k *account.AccessKey, command func(user, key string) string) []string {
	if k.ID == "" {
		return nil
	}
	return []string{command(u.Name, k.ID)}
}

func deactivated(user, key string) string {
	return iam("update-access-key", "--user-name", user, "--access-key-id", key, "--status", account.Inactive)
}

// usedLast shows what a key is for. To make its successor prints a secret, and
// fails where the user has two keys: a person does that where the secret is to be.
func usedLast(_, key string) string { return iam("get-access-key-last-used", "--access-key-id", key) }

func deleted(user, key string) string {
	return iam("delete-access-key", "--user-name", user, "--access-key-id", key)
}

func activeKeys(keys []account.AccessKey) int {
	n := 0
	for i := range keys {
		if keys[i].Status == account.Active {
			n++
		}
	}
	return n
}

func undated(p *scanner.Pass, k *account.AccessKey) {
	p.Gap(account.Keys, account.Seen{Missing: "nothing tells when access key " + keyName(k) + " was created"})
}

func keyName(k *account.AccessKey) string {
	if k.ID != "" {
		return k.ID
	}
	return strconv.Itoa(k.Slot)
}

func keyStatus(k *account.AccessKey) string {
	switch k.Status {
	case account.Active:
		return "active"
	case account.Expired:
		return "expired"
	}
	return "inactive"
}

func keyEvidence(p *scanner.Pass, k *account.AccessKey) map[string]string {
	created := "unknown"
	if !k.Created.IsZero() {
		created = when(k.Created)
	}
	return map[string]string{
		"created": created, "last_used": when(k.LastUsed), "status": k.Status, "limit": strconv.Itoa(p.Limit()),
	}
}

// idle says in a message for how long a credential has not been used. Since is
// what its idleness is counted from.
func idle(p *scanner.Pass, used, since time.Time) string {
	switch {
	case used.IsZero():
		return "was never used in " + age(p, since)
	case since.After(used):
		return "was not used since it was set " + age(p, since) + " ago"
	}
	return "was last used " + age(p, since) + " ago"
}

package collect

import (
	"time"

	"iamvigil/scanner/account"
)

// fill gives every listed user the credentials of its row. A user without a
// row, or whose row is of a namesake deleted since, is newer than the report.
func (r *credentialReport) fill(s *account.Snapshot) {
	if r.root != nil {
		s.Root = *r.root
	} else {
		s.Seen[account.RootUse] = account.Seen{At: r.generated, Missing: "the credential report has no row " + account.RootName}
	}
	for i := range s.Users {
		u := &s.Users[i]
		row, ok := r.rows[u.ARN]
		if !ok || !sameSecond(row.created, u.Created) {
			u.Seen = newer(r.generated)
			continue
		}
		row.fill(u)
	}
}

func (r row) fill(u *account.User) {
	u.Login, u.Keys, u.MFA, u.Certificates = r.login, r.keys, r.mfa, r.certificates
}

func newer(generated time.Time) map[account.Fact]account.Seen {
	missing := account.Seen{At: generated, Missing: "the user is newer than the credential report"}
	return map[account.Fact]account.Seen{
		account.Logins: missing, account.Keys: missing, account.MFA: missing, account.Certificates: missing,
	}
}

// sameSecond compares times that AWS gives in whole seconds in one place and
// finer in another. A time that is not known differs from none.
func sameSecond(a, b time.Time) bool {
	return a.IsZero() || b.IsZero() || a.Truncate(time.Second).Equal(b.Truncate(time.Second))
}

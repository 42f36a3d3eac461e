package collect

import (
	"time"

	"iamvigil/scanner/account"
)

// fill gives every listed user the credentials of its row. A user without a
// row, or whose row is of a namesake deleted since, is newer than the report.
// It returns the unique ids of the users who have keys that the report does not
// show.
func (r *credentialReport) fill(s *account.Snapshot) (more []string) {
	r.fillRoot(s)
	for i := range s.Users {
		u := &s.Users[i]
		w := r.rows[u.ARN]
		switch {
		case w == nil, !sameSecond(w.user.Created, u.Created):
			u.Seen = r.missing("the user is newer than the credential report", userFacts()...)
		case w.bad != "":
			u.Seen = r.missing(w.bad, userFacts()...)
		default:
			u.Login, u.Keys, u.MFA, u.Certificates = w.user.Login, w.user.Keys, w.user.MFA, w.user.Certificates
			if w.more {
				u.Seen = r.missing("the user has more access keys than the credential report shows", account.Keys)
				more = append(more, u.ID)
			}
		}
	}
	return more
}

func (r *credentialReport) fillRoot(s *account.Snapshot) {
	switch w := r.root; {
	case w == nil:
		s.Seen[account.RootUse] = account.Seen{At: r.generated, Missing: "the credential report has no row " + account.RootName}
	case w.bad != "":
		s.Seen[account.RootUse] = account.Seen{At: r.generated, Missing: w.bad}
	default:
		s.Root = account.Root{
			Password:         rootPassword(w.enabled),
			PasswordLastUsed: w.used,
			MFA:              w.user.MFA,
			Keys:             w.user.Keys,
			Certificates:     w.user.Certificates,
		}
	}
}

// rootPassword reads root's password_enabled. It was always not_supported once;
// now it is FALSE for an account whose root user has no credentials.
func rootPassword(enabled string) string {
	switch enabled {
	case "true":
		return "yes"
	case "false":
		return "no"
	}
	return ""
}

func (r *credentialReport) missing(reason string, facts ...account.Fact) map[account.Fact]account.Seen {
	own := map[account.Fact]account.Seen{}
	for _, f := range facts {
		own[f] = account.Seen{At: r.generated, Missing: reason}
	}
	return own
}

// userFacts are what the credential report tells of a user.
func userFacts() []account.Fact {
	return []account.Fact{account.Logins, account.Keys, account.MFA, account.Certificates}
}

// sameSecond compares times that AWS gives in whole seconds in one place and
// finer in another. A time that is not known differs from none.
func sameSecond(a, b time.Time) bool {
	return a.IsZero() || b.IsZero() || a.Truncate(time.Second).Equal(b.Truncate(time.Second))
}

package remediate

import (
	"context"
	"fmt"
	"time"

	"iamvigil/ledger"
	"iamvigil/scanner/account"
)

const (
	// session is the longest that a role's session lasts.
	session = 12 * time.Hour
	// mostRoles is how many roles are told with a command: each is a decision.
	mostRoles = 10
)

// advice is what a quarantine leaves to do: sessions of roles that the user began
// go on without the user.
func (w *work) advice(ctx context.Context, i *ledger.Intent) []string {
	u := w.view.User(i.Resource.ID)
	if Cure(i.Cure) != Quarantine || i.Call.Operation != attach || u == nil {
		return nil
	}
	var all []string
	did := map[string]bool{}
	if w.Assumed != nil {
		roles, err := w.Assumed.Assumed(ctx, i.Resource, w.now.Add(-session))
		if err != nil {
			all = append(all, "Which roles the user assumed in the last 12 hours could not be read: "+short(err))
		}
		for n := range roles {
			a := &roles[n]
			did[a.Role] = true
			all = append(all, fmt.Sprintf("The user assumed %s last at %s. To end its sessions, and %d others begun in the last 12 hours: %s",
				a.Role, moment(a.At), a.Others, sessionsRevoked(account.NameOf(a.Role), w.Now())))
		}
	}
	for _, role := range w.view.Assumable(u) {
		if !did[role.ARN] {
			all = append(all, fmt.Sprintf("The user may have been able to assume %s. To end all its sessions, whoever began them: %s", role.ARN, sessionsRevoked(role.Name, w.Now())))
		}
	}
	if more := len(all) - mostRoles; more > 0 {
		all = append(all[:mostRoles], fmt.Sprintf("%d more roles of this kind: the trust policies that aws iam list-roles prints tell which name the user.", more))
	}
	return all
}

package remediate

import (
	"context"
	"time"

	"iamvigil/ledger"
	"iamvigil/scanner/account"
)

// Runner carries out what is due in one account.
type Runner struct {
	Account account.Identity
	// By is the ARN of who acts, for the journal.
	By   string
	Look interface {
		Users(context.Context) (*account.Snapshot, error)
	}
	Ledger interface {
		Load(ctx context.Context, accountID string, q ledger.Query) (ledger.Known, error)
		Course(ctx context.Context, accountID string) (ledger.Course, error)
		Advance(ctx context.Context, accountID string, a ledger.Advance) error
		Append(ctx context.Context, accountID string, e ledger.Entry) error
	}
	IAM IAM
	// Switch is the kill switch. An error means that it could not be read, which
	// lets nothing through.
	Switch interface {
		On(context.Context) (bool, error)
	}
	// Settings are read anew before each act.
	Settings func(now time.Time) (Settings, error)
	Notify   interface {
		Publish(context.Context, []*ledger.Telling) error
	}
	// Assumed tells which roles a user did assume after a time, by their ARNs. Nil:
	// nobody knows, and the roles that the user may assume stand for them.
	Assumed interface {
		Assumed(ctx context.Context, user account.Ref, since time.Time) ([]Assumption, error)
	}
	// Pause waits between a call and reading it back, for less only where the
	// context ends, whose error it returns. Nil: a timer does.
	Pause func(ctx context.Context, d time.Duration) error
	Now   func() time.Time
}

// Assumption is a role that a user assumed.
type Assumption struct {
	Role string // its ARN
	// At is when the user did so last.
	At time.Time
	// Others counts the sessions of the role that others began in that time: who
	// revokes the user's ends them, too.
	Others int
}

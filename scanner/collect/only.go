package collect

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"iamvigil/scanner/account"
)

// atOnce bounds the users being read at one time. IAM answers bursts; what it
// throttles, the adaptive retry slows down.
const atOnce = 32

// most bounds the users whose credentials one look reads live because a group
// or policy of theirs was touched. The others' are said to be missing, until
// the next look at the whole account.
const most = 50

// Only looks live at what the refs name and at whom that touches. The scope
// says what that came to. Users, groups, roles and policies are listed whole,
// as one listing tells them all; credentials only of the users in scope.
func (c *Collector) Only(ctx context.Context, refs []account.Ref) (*account.Snapshot, account.Scope, error) {
	l := c.newLook()
	var authorizations authorizations
	var named map[string]credentials
	var g errgroup.Group
	g.Go(func() error { return c.identity(ctx, l) })
	g.Go(func() error { c.everything(ctx, l, &authorizations); return nil })
	g.Go(func() error { named = c.credentialsOf(ctx, userNames(refs)); return nil })
	of := func(kind account.Kind) bool {
		return slices.ContainsFunc(refs, func(r account.Ref) bool { return r.Kind == kind })
	}
	if of(account.KindAccount) {
		c.accountFacts(ctx, l, &g)
	}
	if of(account.KindRole) {
		g.Go(func() error { _, _ = c.organizations().membership(ctx, l, c.now()); return nil }) // the look has the error
	}
	if err := g.Wait(); err != nil {
		return nil, account.Scope{}, err
	}
	authorizations.fill(l.snapshot)
	scope := l.snapshot.Touched(refs)
	c.credentialsIn(ctx, l, scope, named)
	tidy(l.snapshot)
	return l.snapshot, scope, nil
}

// userNames are the names of the users among the refs, each once, in the case
// of its first mention.
func userNames(refs []account.Ref) []string {
	var names []string
	for _, ref := range refs {
		same := func(name string) bool { return strings.EqualFold(name, ref.Name) }
		if ref.Kind == account.KindUser && ref.Name != "" && !slices.ContainsFunc(names, same) {
			names = append(names, ref.Name)
		}
	}
	return names
}

// credentialsOf reads the credentials of users, by lower-case name.
func (c *Collector) credentialsOf(ctx context.Context, names []string) map[string]credentials {
	read := make(map[string]credentials, len(names))
	var mu sync.Mutex
	var g errgroup.Group
	g.SetLimit(atOnce)
	for _, name := range names {
		g.Go(func() error {
			cr := c.credentials(ctx, name)
			mu.Lock()
			defer mu.Unlock()
			read[strings.ToLower(name)] = cr
			return nil
		})
	}
	_ = g.Wait() // its functions return no error: what failed is in the credentials
	return read
}

// credentialsIn gives the listed users in scope their credentials: those read
// already, and those of users that only the listing brought in.
func (c *Collector) credentialsIn(ctx context.Context, l *look, scope account.Scope, read map[string]credentials) {
	var others []string
	for _, name := range userNames(scope.Refs) {
		if _, ok := read[strings.ToLower(name)]; !ok {
			others = append(others, name)
		}
	}
	unread := others[min(most, len(others)):]
	for name, cr := range c.credentialsOf(ctx, others[:len(others)-len(unread)]) {
		read[name] = cr
	}
	for _, name := range unread {
		read[strings.ToLower(name)] = tooMany(c)
	}
	listed := map[string]bool{}
	l.snapshot.Users = slices.DeleteFunc(l.snapshot.Users, func(u account.User) bool {
		name := strings.ToLower(u.Name)
		listed[name] = true
		return read[name].gone
	})
	for i := range l.snapshot.Users {
		u := &l.snapshot.Users[i]
		if cr, ok := read[strings.ToLower(u.Name)]; ok {
			cr.fill(u)
		}
	}
	c.unlisted(l, read, listed)
}

func tooMany(c *Collector) credentials {
	missing := account.Seen{At: c.now(), Missing: fmt.Sprintf("one change touched more than %d users: the next audit will look", most)}
	return credentials{seen: map[account.Fact]account.Seen{
		account.Logins: missing, account.Keys: missing, account.MFA: missing,
	}}
}

// unlisted makes the listing of users a missing fact when it does not show yet
// a user that has credentials: IAM is eventually consistent.
func (c *Collector) unlisted(l *look, read map[string]credentials, listed map[string]bool) {
	for name, cr := range read {
		if !listed[name] && !cr.gone && cr.seen[account.MFA].Known() && l.snapshot.Seen[account.Users].Known() {
			l.snapshot.Seen[account.Users] = account.Seen{At: c.now(), Missing: fmt.Sprintf("the listing does not show user %q yet, who exists: the next audit will look", name)}
		}
	}
}

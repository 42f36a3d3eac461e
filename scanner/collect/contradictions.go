package collect

import (
	"fmt"
	"strings"

	"iamvigil/scanner/account"
)

// contradictions makes listings missing that the folder itself shows to be
// incomplete, as the AWS CLI's --filter and --max-items leave them: with a list
// that is empty or short, and nothing that says so.
func (f *folder) contradictions() {
	f.shorterThanCounted()
	if f.unlisted > 0 {
		f.incomplete(account.Users, fmt.Sprintf("%s has %d users that are not in it", reportFile, f.unlisted))
	}
	groups, policies := map[string]bool{}, map[string]bool{}
	for i := range f.snapshot.Groups {
		groups[strings.ToLower(f.snapshot.Groups[i].Name)] = true
	}
	for i := range f.snapshot.Policies {
		policies[f.snapshot.Policies[i].ARN] = true
	}
	for i := range f.snapshot.Users {
		u := &f.snapshot.Users[i]
		for _, g := range u.Groups {
			if !groups[strings.ToLower(g)] {
				f.incomplete(account.Groups, "a user is in a group that is not in it")
			}
		}
		f.attached(policies, u.Attached, u.Boundary)
	}
	for i := range f.snapshot.Groups {
		f.attached(policies, f.snapshot.Groups[i].Attached, "")
	}
	for i := range f.snapshot.Roles {
		r := &f.snapshot.Roles[i]
		f.attached(policies, r.Attached, r.Boundary)
	}
}

func (f *folder) attached(listed map[string]bool, attached []account.Attachment, boundary string) {
	for _, a := range attached {
		if !listed[a.ARN] {
			f.incomplete(account.Policies, "a policy is attached that is not in it")
		}
	}
	if boundary != "" && !listed[boundary] {
		f.incomplete(account.Policies, "a boundary is in use that is not in it")
	}
}

// shorterThanCounted holds empty lists against the account's own counts.
func (f *folder) shorterThanCounted() {
	s := f.snapshot
	for fact, n := range map[account.Fact]int{
		account.Users: len(s.Users), account.Groups: len(s.Groups), account.Roles: len(s.Roles),
	} {
		name := strings.ToUpper(string(fact[:1])) + string(fact[1:])
		if n == 0 && s.Summary[name] > 0 {
			f.incomplete(fact, fmt.Sprintf("%s counts %d", summaryFile, s.Summary[name]))
		}
	}
}

func (f *folder) incomplete(listing account.Fact, why string) {
	if f.snapshot.Seen[listing].Known() {
		f.miss(listing, fmt.Sprintf("%s does not list all %s: %s", authorizationFile, listing, why))
	}
}

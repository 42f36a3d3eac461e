package awstest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"iamvigil/scanner/account"
)

// Random generates small accounts of every shape that IAM allows: names of all
// its characters, paths, tags of any script, both columns of keys, policies of
// up to five versions. They are as a collector returns them: lists in order,
// times in whole seconds of UTC, every fact seen at [Epoch]. But every version
// of a policy has its document, as AWS serves it, and keys have their IDs,
// which only ListAccessKeys tells: see [Reported].
func Random() *rapid.Generator[*account.Snapshot] {
	return rapid.Custom(func(t *rapid.T) *account.Snapshot {
		d := &draft{T: t, names: map[string]bool{}, s: &account.Snapshot{Version: account.Version, Seen: map[account.Fact]account.Seen{}}}
		for _, f := range slices.Concat(account.Facts(), Optional()) {
			d.s.Seen[f] = account.Seen{At: Epoch()}
		}
		d.identity()
		d.policies()
		d.groups()
		d.roles()
		d.users()
		d.root()
		d.devices()
		d.providers()
		d.serverCertificates()
		d.organization()
		d.organizationWhole()
		d.analyzers()
		d.contacts()
		d.account()
		d.uses()
		return d.s
	})
}

// Optional lists the facts of [account.Optional] that accounts of [Random] have.
func Optional() []account.Fact {
	return []account.Fact{account.SSHKeys, account.OIDCClients, account.OutboundFederation, account.RootManagement,
		account.RegionalAnalyzers, account.AllContacts, account.DelegatedAdmins, account.OrganizationPolicies}
}

// Reported is what the credential report tells of the snapshot's keys: no IDs,
// and of an expired key only that it is not active.
func Reported(s *account.Snapshot) *account.Snapshot {
	reported := *s
	reported.Users = slices.Clone(s.Users)
	for i := range reported.Users {
		u := &reported.Users[i]
		u.Keys = slices.Clone(u.Keys)
		for k := range u.Keys {
			u.Keys[k].ID = ""
			if u.Keys[k].Status == account.Expired {
				u.Keys[k].Status = account.Inactive
			}
		}
	}
	return &reported
}

// draft is an account being drawn.
type draft struct {
	*rapid.T
	s     *account.Snapshot
	names map[string]bool // taken, by kind and lower case
	ids   int
}

func (d *draft) identity() {
	d.s.Account = account.Identity{
		ID:        rapid.StringMatching(`[0-9]{12}`).Draw(d.T, "account"),
		Name:      rapid.StringMatching(`([a-z0-9][a-z0-9-]{1,20}[a-z0-9])?`).Draw(d.T, "alias"),
		Partition: rapid.SampledFrom([]string{"aws", "aws-us-gov", "aws-cn"}).Draw(d.T, "partition"),
	}
}

// name draws a name that nothing of the kind has, case apart.
func (d *draft) name(kind string, most int) string {
	const allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+=,.@-"
	name := rapid.StringOfN(rapid.RuneFrom([]rune(allowed)), 1, most, -1).
		Filter(func(name string) bool { return !d.names[kind+strings.ToLower(name)] }).Draw(d.T, kind)
	d.names[kind+strings.ToLower(name)] = true
	return name
}

// arn draws a path of any printable ASCII and makes the ARN of it.
func (d *draft) arn(kind, name string) string {
	path := rapid.OneOf(rapid.Just("/"), rapid.StringMatching(`/[!-.0-~]{1,20}/([!-.0-~]{1,9}/)?`)).Draw(d.T, "path")
	id := d.s.Account
	return "arn:" + id.Partition + ":iam::" + id.ID + ":" + kind + path + name
}

// id makes a unique id of IAM's form.
func (d *draft) id(prefix string) string {
	d.ids++
	return fmt.Sprintf("%s%016d", prefix, d.ids)
}

// past draws a second between a time and the clock.
func (d *draft) past(since time.Time, what string) time.Time {
	seconds := int64(Epoch().Sub(since) / time.Second)
	return since.Add(time.Duration(rapid.Int64Range(0, seconds).Draw(d.T, what)) * time.Second)
}

// perhaps is past, or no time.
func (d *draft) perhaps(since time.Time, what string) time.Time {
	if !d.chance(what + " is known") {
		return time.Time{}
	}
	return d.past(since, what)
}

func (d *draft) chance(what string) bool { return rapid.Bool().Draw(d.T, what) }

// several calls what makes one up to a number of times.
func (d *draft) several(most int, what string, one func()) {
	for range rapid.IntRange(0, most).Draw(d.T, what) {
		one()
	}
}

// beginning is before anything in the account.
func beginning() time.Time { return time.Date(2012, time.May, 1, 8, 30, 0, 0, time.UTC) }

func (d *draft) attached() []account.Attachment {
	var list []account.Attachment
	for _, p := range d.s.Policies {
		if d.chance("attached") {
			list = append(list, account.Attachment{ARN: p.ARN, Name: p.Name})
		}
	}
	return list // policies are sorted by ARN already
}

func (d *draft) boundary() string {
	if len(d.s.Policies) == 0 || !d.chance("bounded") {
		return ""
	}
	return rapid.SampledFrom(d.s.Policies).Draw(d.T, "boundary").ARN
}

func (d *draft) inline(owner string) []account.InlinePolicy {
	var list []account.InlinePolicy
	d.several(2, "inline policies", func() {
		list = append(list, account.InlinePolicy{Name: d.name("inline of "+owner+" ", 30), Document: d.document(false)})
	})
	slices.SortFunc(list, func(a, b account.InlinePolicy) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// tags draws tags of any letters, separators and numbers.
func (d *draft) tags() map[string]string {
	text := rapid.StringMatching(`[\p{L}\p{Z}\p{N}_.:/=+@-]{1,12}`)
	tags := rapid.MapOfN(text, rapid.OneOf(rapid.Just(""), text), 0, 3).Draw(d.T, "tags")
	if len(tags) == 0 {
		return nil
	}
	return tags
}

package awstest

import (
	"cmp"
	"encoding/xml"
	"net/http"
	"slices"
	"strings"

	"iamvigil/scanner/account"
)

// policiesPerUser is IAM's default quota of managed policies attached to a user.
const policiesPerUser = 10

// updateAccessKey sets a key's status. The credential report that is there does
// not show it.
func (a *AWS) updateAccessKey(c *call) (any, *failure) {
	u, fail := a.named(c)
	if fail != nil {
		return nil, fail
	}
	status, id := c.form.Get("Status"), c.form.Get("AccessKeyId")
	if status != account.Active && status != account.Inactive {
		return nil, &failure{status: http.StatusBadRequest, code: "ValidationError",
			message: "1 validation error detected: Value '" + status + "' at 'status' failed to satisfy constraint: Member must satisfy enum value set: [Active, Inactive]"}
	}
	owner, key := a.keyOf(id)
	if owner != u {
		return nil, noSuchEntity("The Access Key with id %s cannot be found.", id)
	}
	key.Status = status
	a.changed()
	return noAnswer{}, nil
}

// theUserAndPolicy demands the permission on the user; conditions can ask for the
// policy.
func theUserAndPolicy(a *AWS, c *call) []demand {
	return []demand{theUser(a, c)[0].with("iam:PolicyARN", c.form.Get("PolicyArn"))}
}

// attachUserPolicy attaches a policy of the account, or of AWS's, of which the
// snapshot has only those that were attached. To attach it again changes nothing.
func (a *AWS) attachUserPolicy(c *call) (any, *failure) {
	u, fail := a.named(c)
	if fail != nil {
		return nil, fail
	}
	arn := c.form.Get("PolicyArn")
	p := a.policy(arn)
	switch {
	case !strings.HasPrefix(arn, "arn:"):
		return nil, &failure{status: http.StatusBadRequest, code: "InvalidInput", message: "ARN " + arn + " is not valid."}
	case p == nil && !account.AWSManaged(arn):
		return nil, noSuchEntity("Policy %s does not exist or is not attachable.", arn)
	case attachment(u, arn) >= 0:
		return noAnswer{}, nil
	case len(u.Attached) == policiesPerUser:
		return nil, &failure{status: http.StatusConflict, code: "LimitExceeded", message: "Cannot exceed quota for PoliciesPerUser: 10"}
	}
	u.Attached = append(slices.Clone(u.Attached), account.Attachment{ARN: arn, Name: account.NameOf(arn)})
	slices.SortFunc(u.Attached, func(a, b account.Attachment) int { return cmp.Compare(a.ARN, b.ARN) })
	a.count(p, +1)
	a.changed()
	return noAnswer{}, nil
}

func (a *AWS) detachUserPolicy(c *call) (any, *failure) {
	u, fail := a.named(c)
	if fail != nil {
		return nil, fail
	}
	arn := c.form.Get("PolicyArn")
	i := attachment(u, arn)
	if i < 0 {
		return nil, noSuchEntity("Policy %s was not found.", arn)
	}
	if u.Attached = slices.Delete(slices.Clone(u.Attached), i, i+1); len(u.Attached) == 0 {
		u.Attached = nil
	}
	a.count(a.policy(arn), -1)
	a.changed()
	return noAnswer{}, nil
}

func (a *AWS) policy(arn string) *account.Policy {
	for i := range a.account.Policies {
		if p := &a.account.Policies[i]; p.ARN == arn {
			return p
		}
	}
	return nil
}

// count keeps a policy's number of attachments; nil: a policy that the snapshot
// does not have.
func (a *AWS) count(p *account.Policy, more int) {
	if p != nil {
		p.Attachments += more
	}
}

// attachment is the index of an attachment of the user's; negative: none.
func attachment(u *account.User, arn string) int {
	return slices.IndexFunc(u.Attached, func(p account.Attachment) bool { return p.ARN == arn })
}

func (a *AWS) listAttachedUserPolicies(c *call) (any, *failure) {
	u, fail := a.named(c)
	if fail != nil {
		return nil, fail
	}
	var list []member
	for _, p := range u.Attached {
		if strings.HasPrefix(pathOf(p.ARN), c.form.Get("PathPrefix")) {
			list = append(list, member{list: "AttachedPolicies", key: shuffle(p.ARN), xml: inXML(attachedMember{attached: attached{p.Name, p.ARN}})})
		}
	}
	sortMembers(list)
	return a.page(c, list, "AttachedPolicies")
}

// attachedMember is an attachment in a listing of its own.
type attachedMember struct {
	XMLName xml.Name `xml:"member"`
	attached
}

package collect

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"iamvigil/internal/awsjson"
	"iamvigil/scanner/account"
)

// contacts reads whom AWS writes to about security, and if wanted all others. Who
// they are leaves this function only as numbers.
func (c *Collector) contacts(ctx context.Context, l *look) {
	var known persons
	of, client := &l.snapshot.Contacts, c.accountManagement()
	at := c.now()
	l.saw(at, alternateContact(ctx, client, "SECURITY", &known, &of.Security), account.SecurityContact)
	if !c.wants(account.AllContacts) {
		return
	}
	at = c.now()
	err := alternateContact(ctx, client, "BILLING", &known, &of.Billing)
	if err == nil {
		err = alternateContact(ctx, client, "OPERATIONS", &known, &of.Operations)
	}
	if err == nil {
		err = primaryContact(ctx, client, &known, &of.Primary)
	}
	l.saw(at, err, account.AllContacts)
}

func (c *Collector) accountManagement() *awsjson.Client {
	return awsjson.New(c.config, awsjson.Service{Name: "account", ID: "Account", Global: true}, c.now)
}

// alternate is AWS's AlternateContact, in an answer and in the AWS CLI's output
// alike.
type alternate struct {
	AlternateContactType string
	Name                 string
	EmailAddress         string
	PhoneNumber          string
}

func alternateContact(ctx context.Context, client *awsjson.Client, kind string, known *persons, into *account.Contact) error {
	var out struct{ AlternateContact *alternate }
	err := client.Send(ctx, awsjson.Request{Operation: "GetAlternateContact", Method: http.MethodPost, Path: "/getAlternateContact",
		Body: map[string]string{"AlternateContactType": kind}}, &out)
	switch {
	case codeOf(err) == "ResourceNotFoundException": // there is none
		return nil
	case err != nil:
		return err
	}
	if a := out.AlternateContact; a != nil {
		*into = known.contact(a.Name, a.EmailAddress, a.PhoneNumber)
	}
	if !into.Exists() {
		return errors.New("account:GetAlternateContact gives an empty contact")
	}
	return nil
}

func primaryContact(ctx context.Context, client *awsjson.Client, known *persons, into *account.Contact) error {
	var out struct {
		ContactInformation struct{ FullName, PhoneNumber string }
	}
	err := client.Send(ctx, awsjson.Request{Operation: "GetContactInformation", Method: http.MethodPost, Path: "/getContactInformation",
		Body: map[string]string{}}, &out)
	switch {
	case codeOf(err) == "ResourceNotFoundException": // there is none
		return nil
	case err != nil:
		return err
	}
	*into = known.contact(out.ContactInformation.FullName, "", out.ContactInformation.PhoneNumber)
	if !into.Exists() {
		return errors.New("account:GetContactInformation gives an empty contact")
	}
	return nil
}

// persons are the values of an account's contacts, in the order in which they were
// first seen. They are forgotten with it.
type persons struct{ names, emails, phones []string }

// contact numbers the values of a contact. What people write differently for the
// same is one value.
func (p *persons) contact(name, email, phone string) account.Contact {
	digits := func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}
	return account.Contact{
		Name:  numbered(&p.names, strings.ToLower(strings.Join(strings.Fields(name), " "))),
		Email: numbered(&p.emails, strings.ToLower(strings.TrimSpace(email))),
		Phone: numbered(&p.phones, strings.Map(digits, phone)),
	}
}

// numbered is the value's number among those known, from 1; 0 for none.
func numbered(known *[]string, value string) int {
	if value == "" {
		return 0
	}
	if i := slices.Index(*known, value); i >= 0 {
		return i + 1
	}
	*known = append(*known, value)
	return len(*known)
}

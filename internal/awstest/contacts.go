package awstest

import (
	"fmt"
	"net/http"
	"strings"

	"iamvigil/scanner/account"
)

// theAccount demands the action's permission on the account itself.
func theAccount(a *AWS, c *call) []demand {
	id := a.account.Account
	return []demand{on(c.action(), "arn:"+id.Partition+":account::"+id.ID+":account")}
}

func (a *AWS) getAlternateContact(c *call) (any, *failure) {
	var in struct {
		AlternateContactType string
		AccountID            string `json:"AccountId"`
	}
	if fail := c.decode(&in); fail != nil {
		return nil, fail
	}
	known := a.account.Contacts
	of, found := map[string]account.Contact{
		"SECURITY": known.Security, "BILLING": known.Billing, "OPERATIONS": known.Operations,
	}[in.AlternateContactType]
	switch {
	case !found:
		return nil, invalid("Value at 'alternateContactType' failed to satisfy constraint")
	case !of.Exists():
		return nil, noContact("No contact of the inputted alternate contact type found.")
	}
	return map[string]any{"AlternateContact": map[string]string{
		"AlternateContactType": in.AlternateContactType, "Title": "Keeper of the keys",
		"Name": Person(of, in.AlternateContactType), "EmailAddress": Email(of, in.AlternateContactType), "PhoneNumber": Phone(of, in.AlternateContactType),
	}}, nil
}

func (a *AWS) getContactInformation(c *call) (any, *failure) {
	var in struct {
		AccountID string `json:"AccountId"`
	}
	if fail := c.decode(&in); fail != nil {
		return nil, fail
	}
	of := a.account.Contacts.Primary
	if !of.Exists() {
		return nil, noContact("No contact information found.")
	}
	return map[string]any{"ContactInformation": map[string]string{
		"FullName": Person(of, "PRIMARY"), "PhoneNumber": Phone(of, "PRIMARY"), "AddressLine1": "1 Any Street", "City": "Anytown",
		"PostalCode": "12345", "CountryCode": "US",
	}}, nil
}

func noContact(message string) *failure {
	return &failure{status: http.StatusNotFound, code: "ResourceNotFoundException", message: message}
}

// Person is the name that the fake gives a contact, of whom a snapshot tells no more
// than what is the same in others. Each of the account's contacts writes the same in
// its own way, as people do.
func Person(of account.Contact, kind string) string {
	name := fmt.Sprintf("Jane Roe %d", of.Name)
	if kind == "BILLING" {
		return strings.ToUpper(name)
	}
	return name
}

// Email is a contact's e-mail address, see [Person].
func Email(of account.Contact, kind string) string {
	address := fmt.Sprintf("Keeper%d@example.com", of.Email)
	if kind == "OPERATIONS" {
		return " " + strings.ToLower(address)
	}
	return address
}

// Phone is a contact's telephone number, see [Person].
func Phone(of account.Contact, kind string) string {
	if kind == "PRIMARY" {
		return fmt.Sprintf("+1555010%02d", of.Phone)
	}
	return fmt.Sprintf("+1 (555) 010-%02d", of.Phone)
}

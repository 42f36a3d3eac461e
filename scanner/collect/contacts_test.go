package collect_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"iamvigil/internal/awstest"
	"iamvigil/scanner/account"
	"iamvigil/scanner/collect"
)

// Who the contacts are is nowhere in a snapshot: neither their names, addresses and
// numbers nor anything made of them but how many there are.
func TestNobodysAddressIsKept(t *testing.T) {
	s := widest()
	got, _ := widely(t, s)
	if got.Contacts != s.Contacts {
		t.Errorf("%+v", got.Contacts)
	}
	var text bytes.Buffer
	if err := account.Write(&text, got); err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{
		awstest.Person(s.Contacts.Security, "SECURITY"), awstest.Email(s.Contacts.Security, "SECURITY"), awstest.Phone(s.Contacts.Security, "SECURITY"),
		"example.com", "Anytown", "(555)", "1555010",
	} {
		if strings.Contains(strings.ToLower(text.String()), strings.ToLower(secret)) {
			t.Errorf("the snapshot holds %q", secret)
		}
	}
}

// What people write differently for the same is the same: case, spaces, and a
// telephone number's punctuation.
func TestContactsAreToldApart(t *testing.T) {
	const ann = `{"Name":"Ann  Lee","EmailAddress":"Ann@Example.com","PhoneNumber":"+1 (555) 010-01"}`
	for name, test := range map[string]struct {
		billing     string
		email, same bool
	}{
		"the same":                {ann, true, true},
		"written otherwise":       {`{"Name":" ann LEE","EmailAddress":" ann@example.COM ","PhoneNumber":"+155501001"}`, true, true},
		"the same but address":    {`{"Name":"Ann Lee","EmailAddress":"bills@example.com","PhoneNumber":"+1 555 010 01"}`, false, true},
		"another under a company": {`{"Name":"Bob","EmailAddress":"bob@example.com","PhoneNumber":"+1 555 010 01"}`, false, false},
		"a namesake":              {`{"Name":"Ann Lee","EmailAddress":"lee@example.com","PhoneNumber":"+1 555 010 02"}`, false, false},
		"a team's address":        {`{"Name":"Bob","EmailAddress":"ann@example.com","PhoneNumber":"+1 555 010 02"}`, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			c := between(t, widest(), func(w http.ResponseWriter, r *http.Request) bool {
				body, _ := io.ReadAll(r.Body)
				r.Body = io.NopCloser(bytes.NewReader(body))
				if r.URL.Path != "/getAlternateContact" {
					return false
				}
				contact := ann
				if strings.Contains(string(body), "BILLING") {
					contact = test.billing
				}
				_, _ = fmt.Fprintf(w, `{"AlternateContact":%s}`, contact)
				return true
			})
			got, err := c.Whole(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			a, b := got.Contacts.Security, got.Contacts.Billing
			if a != (account.Contact{Name: 1, Email: 1, Phone: 1}) || (a.Email == b.Email) != test.email || a.Same(b) != test.same {
				t.Errorf("%+v", got.Contacts)
			}
		})
	}
}

// An account without contacts: GetAlternateContact answers ResourceNotFoundException.
func TestNoContacts(t *testing.T) {
	s := acme()
	s.Contacts = account.Contacts{}
	got, _ := widely(t, s)
	if got.Contacts != (account.Contacts{}) || !got.Seen[account.SecurityContact].Known() || !got.Seen[account.AllContacts].Known() {
		t.Errorf("%+v, %v", got.Contacts, missing(got))
	}
	none := account.Contact{}
	if none.Exists() || none.Same(none) {
		t.Error("no contact is one, or the same as another that is none")
	}
}

func TestFolderOfSecurityContact(t *testing.T) {
	const file = "alternate-contact.json"
	const contact = `{"AlternateContact":{"AlternateContactType":"SECURITY","Name":"Ann","EmailAddress":"ann@example.com","PhoneNumber":"+1","Title":"CISO"}}`
	for content, want := range map[string]account.Contact{" {\n} ": {}, contact: {Name: 1, Email: 1, Phone: 1}} {
		s := folder(t, map[string]string{file: content, "account-summary.json": `{"SummaryMap":{}}`})
		if s.Contacts.Security != want || !s.Seen[account.SecurityContact].Known() {
			t.Errorf("%s: %+v, %+v", content, s.Contacts, s.Seen[account.SecurityContact])
		}
	}
	if seen := folder(t, map[string]string{"account-summary.json": `{"SummaryMap":{}}`}).Seen[account.SecurityContact]; seen.Missing != file+" is not in the folder" {
		t.Errorf("%+v", seen)
	}
	for name, content := range map[string]string{
		"of another type": strings.ReplaceAll(contact, "SECURITY", "BILLING"), "of nobody": `{"AlternateContact":{"AlternateContactType":"SECURITY"}}`,
		"null": "null", "a list": "[]", "of numbers": strings.ReplaceAll(contact, `"Ann"`, "7"), "half": contact[:40],
	} {
		if _, err := collect.Folder(dir(map[string]string{file: content}), at); err == nil || !strings.HasPrefix(err.Error(), "read "+file+": ") || strings.Contains(err.Error(), "ann@") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

package awstest_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"iamvigil/internal/awsjson"
	"iamvigil/internal/awstest"
	"iamvigil/scanner/account"
)

func serverOf(t *testing.T, a *awstest.AWS) string {
	t.Helper()
	server := httptest.NewServer(a)
	t.Cleanup(server.Close)
	return server.URL
}

func alternate(kind string) awsjson.Request {
	return awsjson.Request{Operation: "GetAlternateContact", Method: http.MethodPost, Path: "/getAlternateContact", Body: map[string]string{"AlternateContactType": kind}}
}

// A contact's values are those of its numbers, written in each contact's own way.
func TestContacts(t *testing.T) {
	s := small()
	s.Contacts = account.Contacts{Security: account.Contact{Name: 1, Email: 1, Phone: 1}, Operations: account.Contact{Name: 1, Email: 1, Phone: 2}, Primary: account.Contact{Name: 1, Phone: 1}}
	a := awstest.Serve(t, s)
	said := map[string]map[string]any{}
	for kind, want := range map[string]string{"SECURITY": "", "OPERATIONS": "", "BILLING": "ResourceNotFoundException", "OTHER": "ValidationException"} {
		out, code := rest(t, a, "us-east-1", accountService, alternate(kind))
		if code != want {
			t.Errorf("%s: %q", kind, code)
		}
		said[kind], _ = out["AlternateContact"].(map[string]any)
	}
	security, operations := said["SECURITY"], said["OPERATIONS"]
	if security["Name"] != operations["Name"] || security["PhoneNumber"] == operations["PhoneNumber"] || security["EmailAddress"] == operations["EmailAddress"] ||
		!strings.EqualFold(security["EmailAddress"].(string), strings.TrimSpace(operations["EmailAddress"].(string))) {
		t.Errorf("%v, %v", security, operations)
	}
	information := awsjson.Request{Operation: "GetContactInformation", Method: http.MethodPost, Path: "/getContactInformation", Body: struct{}{}}
	out, code := rest(t, a, "us-east-1", accountService, information)
	if own, _ := out["ContactInformation"].(map[string]any); code != "" || own["FullName"] != security["Name"] || own["EmailAddress"] != nil {
		t.Errorf("%v %s", out, code)
	}
	a.Change(func(s *account.Snapshot) { s.Contacts = account.Contacts{} })
	if _, code := rest(t, a, "us-east-1", accountService, information); code != "ResourceNotFoundException" {
		t.Errorf("%q", code)
	}
}

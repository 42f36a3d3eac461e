package collect_test

import (
	"strings"
	"testing"

	"iamvigil/scanner/collect"
)

// Older versions of the AWS CLI, and programs that save what boto3 answers, write a
// space for the T of a time. A tag or a description that looks like one stays as it is.
func TestFolderTimesWithASpace(t *testing.T) {
	s := folder(t, map[string]string{
		"account-authorization-details.json": `{"UserDetailList": [{"UserName": "ann", "UserId": "AIDAANN", "Arn": "arn:aws:iam::111122223333:user/ann",
			"CreateDate": "2019-12-18 19:10:08+00:00", "Tags": [{"Key": "CreateDate", "Value": "2019-12-18 19:10:08+00:00"}]}],
			"GroupDetailList": [], "RoleDetailList": [], "Policies": []}`,
		"saml-providers.json": `{"SAMLProviderList": [
			{"Arn": "arn:aws:iam::111122223333:saml-provider/a", "ValidUntil": "2030-01-01 02:00:00.5+02:00", "CreateDate": "2024-01-01 00:00:00Z"}]}`,
	})
	if len(s.Users) != 1 || !s.Users[0].Created.Equal(day("2019-12-18T19:10:08Z")) || s.Users[0].Tags["CreateDate"] != "2019-12-18 19:10:08+00:00" {
		t.Errorf("%+v, %+v", s.Users, s.Seen)
	}
	if len(s.SAMLProviders) != 1 || !s.SAMLProviders[0].Created.Equal(day("2024-01-01T00:00:00Z")) || s.SAMLProviders[0].ValidUntil.Year() != 2030 {
		t.Errorf("%+v, %+v", s.SAMLProviders, s.Seen)
	}
}

// What is no time is refused as before.
func TestFolderTimesThatAreNone(t *testing.T) {
	for _, text := range []string{"2019-12-18 19:10:08", "18 Dec 2019", "2019-13-18 19:10:08Z", ""} {
		_, err := collect.Folder(dir(map[string]string{"saml-providers.json": `{"SAMLProviderList": [{"Arn": "arn:aws:iam::111122223333:saml-provider/a", "CreateDate": "` + text + `"}]}`}), at)
		if err == nil || !strings.Contains(err.Error(), "saml-providers.json") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

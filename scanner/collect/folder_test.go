package collect_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"iamvigil/scanner/account"
	"iamvigil/scanner/collect"
)

var at = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

func day(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t
}

func folder(t *testing.T, files map[string]string) *account.Snapshot {
	t.Helper()
	s, err := collect.Folder(dir(files), at)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func dir(files map[string]string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, content := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(content)}
	}
	return fsys
}

const header = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active," +
	"access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service," +
	"access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service," +
	"cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated"

const (
	who   = "u,arn:aws:iam::111122223333:user/u,2024-01-01T00:00:00Z,"
	noKey = "false,N/A,N/A,N/A,N/A,"
	noPwd = "false,N/A,N/A,N/A,"
	noCrt = "false,N/A,false,N/A"
)

// The forms of a row are those of the credential report's guide and of reports
// seen: see the columns' values there.
func TestReportRow(t *testing.T) {
	used := day("2026-10-01T10:00:00Z")
	born := day("2025-01-01T00:00:00Z")
	for _, c := range []struct {
		name, header, row string
		want              account.User
	}{
		{"nothing", header, who + noPwd + "false," + noKey + noKey + noCrt, account.User{}},
		{"23 columns, upper case, no trailing newline", header + ",additional_credentials_info",
			who + "TRUE,2026-10-01T10:00:00Z,2025-01-01T00:00:00Z,N/A,TRUE," + noKey + noKey + noCrt + ",N/A",
			account.User{MFA: true, Login: &account.Login{Changed: born, LastUsed: used}}},
		{"password never used: no_information", header,
			who + "true,no_information,2025-01-01T00:00:00Z,N/A,false," + noKey + noKey + noCrt,
			account.User{Login: &account.Login{Changed: born}}},
		{"active key never used", header,
			who + noPwd + "false,true,2025-01-01T00:00:00Z,N/A,N/A,N/A," + noKey + noCrt,
			account.User{Keys: []account.AccessKey{{Slot: 1, Status: account.Active, Created: born}}}},
		{"inactive key that keeps its dates", header,
			who + noPwd + "false," + noKey + "false,2025-01-01T00:00:00+00:00,2026-10-01T10:00:00Z,us-east-1,s3," + noCrt,
			account.User{Keys: []account.AccessKey{{Slot: 2, Status: account.Inactive, Created: born, LastUsed: used, LastUsedRegion: "us-east-1", LastUsedService: "s3"}}}},
		{"inactive key without a rotation date", header,
			who + noPwd + "false,false,N/A,2026-10-01T10:00:00Z,N/A,s3," + noKey + noCrt,
			account.User{Keys: []account.AccessKey{{Slot: 1, Status: account.Inactive, LastUsed: used, LastUsedService: "s3"}}}},
		{"signing certificates", header,
			who + noPwd + "false," + noKey + noKey + "true,2025-01-01T00:00:00Z,false,2025-01-01T00:00:00Z",
			account.User{Certificates: []account.Certificate{{Active: true, Uploaded: born}, {Uploaded: born}}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := folder(t, map[string]string{"credential-report.csv": c.header + "\n" + c.row})
			c.want.Name, c.want.ARN, c.want.Created = "u", "arn:aws:iam::111122223333:user/u", day("2024-01-01T00:00:00Z")
			if diff := cmp.Diff([]account.User{c.want}, s.Users); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Root's password_enabled was always not_supported; it is FALSE where root's
// credentials are centrally removed.
func TestReportRootPassword(t *testing.T) {
	for value, want := range map[string]string{"not_supported": "", "FALSE": "no", "true": "yes"} {
		row := "<root_account>,arn:aws:iam::111122223333:root,2020-01-01T00:00:00Z," + value + ",no_information,not_supported,not_supported,false," + noKey + noKey + noCrt
		s := folder(t, map[string]string{"credential-report.csv": header + "\n" + row + "\n"})
		if s.Root.Password != want {
			t.Errorf("password_enabled %s: root's password is %q, want %q", value, s.Root.Password, want)
		}
		if len(s.Users) != 0 {
			t.Errorf("root is a user: %v", s.Users)
		}
	}
}

const twoUsers = `{"UserDetailList": [
  {"UserName": "a", "UserId": "AIDAA", "Arn": "arn:aws-cn:iam::111122223333:user/a", "CreateDate": "2024-01-01T00:00:00+00:00"},
  {"UserName": "b", "UserId": "AIDAB", "Arn": "arn:aws-cn:iam::111122223333:user/b", "CreateDate": "2024-01-01T00:00:00Z"}],
 "GroupDetailList": [], "RoleDetailList": [], "Policies": []}`

func TestFolderTellsWhatIsMissing(t *testing.T) {
	s := folder(t, map[string]string{"account-authorization-details.json": twoUsers, "account-summary.json": " \n"})
	if s.Account != (account.Identity{ID: "111122223333", Partition: "aws-cn"}) {
		t.Errorf("account: %v", s.Account)
	}
	for _, f := range account.Facts() {
		listed := f == account.Users || f == account.Groups || f == account.Roles || f == account.Policies
		if seen := s.Seen[f]; seen.Known() != listed || !seen.Asked() {
			t.Errorf("%s: %+v", f, seen)
		}
	}
}

func TestFolderUserNewerThanTheReport(t *testing.T) {
	rows := []string{
		header,
		"a,arn:aws-cn:iam::111122223333:user/a,2023-12-31T00:00:00Z," + noPwd + "true," + noKey + noKey + noCrt, // an earlier namesake
		"gone,arn:aws-cn:iam::111122223333:user/gone,2023-12-31T00:00:00Z," + noPwd + "true," + noKey + noKey + noCrt,
	}
	s := folder(t, map[string]string{"account-authorization-details.json": twoUsers, "credential-report.csv": strings.Join(rows, "\n")})
	if len(s.Users) != 2 {
		t.Fatalf("users: %v", s.Users)
	}
	for _, u := range s.Users {
		if u.MFA || s.Of(u.Seen, account.MFA).Known() {
			t.Errorf("user %s has another's credentials: %+v", u.Name, u)
		}
	}
}

// A file of list-mfa-devices answers shows who has a device, and nothing of
// who has none.
func TestFolderMFADevices(t *testing.T) {
	s := folder(t, map[string]string{
		"account-authorization-details.json": twoUsers,
		"mfa-devices.json":                   `{"MFADevices": []}{"MFADevices": [{"UserName": "b", "SerialNumber": "x", "EnableDate": "2026-01-01T00:00:00Z"}]}`,
	})
	if a := s.Users[0]; a.MFA || s.Of(a.Seen, account.MFA).Known() {
		t.Errorf("a: %+v", a)
	}
	if b := s.Users[1]; !b.MFA || !s.Of(b.Seen, account.MFA).Known() {
		t.Errorf("b: %+v", b)
	}
}

func TestFolderAccessKeys(t *testing.T) {
	report := header + "\na,arn:aws-cn:iam::111122223333:user/a,2024-01-01T00:00:00Z," + noPwd +
		"false,true,2025-01-01T00:00:00Z,2026-10-01T10:00:00Z,us-east-1,s3,true,2025-02-02T00:00:00Z,N/A,N/A,N/A," + noCrt
	key := `{"AccessKeyMetadata": [{"UserName": "a", "AccessKeyId": %q, "Status": "Active", "CreateDate": %q}]}`
	s := folder(t, map[string]string{
		"account-authorization-details.json": twoUsers,
		"credential-report.csv":              report,
		"access-keys.json":                   fmt.Sprintf(key, "AKIA1", "2025-01-01T00:00:00+00:00") + fmt.Sprintf(key, "AKIA9", "2025-09-09T00:00:00+00:00"),
	})
	var parts []string
	for _, k := range s.Users[0].Keys {
		parts = append(parts, k.Part())
	}
	if diff := cmp.Diff([]string{"AKIA1", "access_key_2"}, parts); diff != "" {
		t.Error(diff)
	}
}

// The documents of a folder are JSON objects, plain text or percent-encoded, and
// keep what decoding them as JSON would lose.
func TestFolderDocuments(t *testing.T) {
	const doubled = `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Effect":"Allow","Action":"*","Resource":"a+b"}}`
	for name, document := range map[string]string{
		"object":  doubled,
		"text":    fmt.Sprintf("%q", doubled),
		"encoded": `"` + strings.NewReplacer(`"`, "%22", "{", "%7B", "}", "%7D", ":", "%3A", "+", "%2B").Replace(doubled) + `"`,
	} {
		s := folder(t, map[string]string{"account-authorization-details.json": `{"UserDetailList": [{"UserName": "a", "Arn": "arn:aws:iam::111122223333:user/a",
			"UserPolicyList": [{"PolicyName": "p", "PolicyDocument": ` + document + `}], "UserId": "AIDAA"}]}`})
		d := s.Users[0].Inline[0].Document
		if len(d.Statements) != 1 || d.Statements[0].Effect != "Deny" || d.Statements[0].Resources[0] != "a+b" || len(d.Problems) == 0 {
			t.Errorf("%s: %+v", name, d)
		}
		if s.Users[0].ID != "AIDAA" {
			t.Errorf("%s: what follows the document is lost", name)
		}
	}
}

func TestFolderRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"none of the files":  {map[string]string{"x.json": "{}"}, "the folder has none of account-authorization-details.json"},
		"broken JSON":        {map[string]string{"account-summary.json": "{\n  \"SummaryMap\": {]\n"}, "read account-summary.json: line 2, column 18:"},
		"another command's":  {map[string]string{"account-summary.json": `{"Users": []}`}, "it has no SummaryMap; save the output of aws iam get-account-summary"},
		"a part":             {map[string]string{"account-authorization-details.json": `{"UserDetailList": [], "IsTruncated": true}`}, "IsTruncated is true"},
		"a list":             {map[string]string{"account-authorization-details.json": `{"UserDetailList": "all"}`}, "read account-authorization-details.json: UserDetailList is a string"},
		"encoded report":     {map[string]string{"credential-report.csv": "dXNlcixhcm4="}, `read credential-report.csv: read the credential report: no column "user"`},
		"a row too short":    {map[string]string{"credential-report.csv": header + "\nu,arn\n"}, "record on line 2: wrong number of fields"},
		"no account in it":   {map[string]string{"account-password-policy.json": "{}"}, "does not tell which account it is of"},
		"broken second page": {map[string]string{"mfa-devices.json": `{"MFADevices": []} {"MFADevices": [`}, "read mfa-devices.json: unexpected EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := collect.Folder(dir(c.files), at)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q in it", err, c.want)
			}
		})
	}
}

func TestFolderPasswordPolicy(t *testing.T) {
	s := folder(t, map[string]string{"account-authorization-details.json": twoUsers, "account-password-policy.json": "{}"})
	if s.PasswordPolicy != nil || !s.Seen[account.Passwords].Known() {
		t.Errorf("{} is not an account without a password policy: %+v", s.PasswordPolicy)
	}
	s = folder(t, map[string]string{"account-authorization-details.json": twoUsers,
		"account-password-policy.json": `{"PasswordPolicy": {"MinimumPasswordLength": 14, "RequireSymbols": true, "ExpirePasswords": true, "MaxPasswordAge": 90, "PasswordReusePrevention": 24}}`})
	want := &account.PasswordPolicy{MinimumLength: 14, Symbols: true, MaxAge: 90, Reuse: 24}
	if diff := cmp.Diff(want, s.PasswordPolicy); diff != "" {
		t.Error(diff)
	}
}

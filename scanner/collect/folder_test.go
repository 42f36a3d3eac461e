package collect_test

import (
	"encoding/binary"
	"fmt"
	"slices"
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

// list-access-keys tells what keys there are; their last use is the report's.
// Where the two do not fit, an active key's last use is not known.
func TestFolderAccessKeys(t *testing.T) {
	const (
		first  = "true,2025-01-01T00:00:00Z,2026-10-01T10:00:00Z,us-east-1,s3,"
		second = "true,2025-02-02T00:00:00Z,N/A,N/A,N/A,"
	)
	key := func(id, status, created string) string {
		return fmt.Sprintf(`{"AccessKeyMetadata": [{"UserName": "a", "AccessKeyId": %q, "Status": %q, "CreateDate": %q}]}`, id, status, created)
	}
	for name, c := range map[string]struct {
		reported string
		listed   string
		want     []string
		known    bool
	}{
		"no answer about the user":          {first + second, `{"AccessKeyMetadata": []}`, []string{"access_key_1 Active used", "access_key_2 Active"}, true},
		"the same keys":                     {first + second, key("AKIA1", "Active", "2025-01-01T00:00:00+00:00") + key("AKIA2", "Active", "2025-02-02T00:00:00Z"), []string{"AKIA1 Active used", "AKIA2 Active"}, true},
		"one deleted since the report":      {first + second, key("AKIA1", "Active", "2025-01-01T00:00:00Z"), []string{"AKIA1 Active used"}, true},
		"an inactive one without its dates": {first + noKey, key("AKIA0", "Inactive", "2019-01-01T00:00:00Z") + key("AKIA1", "Active", "2025-01-01T00:00:00Z"), []string{"AKIA0 Inactive", "AKIA1 Active used"}, true},
		"an active one not in the report":   {noKey + noKey, key("AKIA9", "Active", "2020-01-01T00:00:00Z"), []string{"AKIA9 Active"}, false},
		"active here, inactive there":       {"false,2025-01-01T00:00:00Z,N/A,N/A,N/A," + noKey, key("AKIA1", "Active", "2025-01-01T00:00:00Z"), []string{"AKIA1 Active"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := folder(t, map[string]string{
				"account-authorization-details.json": twoUsers,
				"credential-report.csv":              header + "\na,arn:aws-cn:iam::111122223333:user/a,2024-01-01T00:00:00Z," + noPwd + "false," + c.reported + noCrt,
				"access-keys.json":                   c.listed,
			})
			var got []string
			for _, k := range s.Users[0].Keys {
				text := k.Part() + " " + k.Status
				if !k.LastUsed.IsZero() {
					text += " used"
				}
				got = append(got, text)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			if seen := s.Of(s.Users[0].Seen, account.Keys); seen.Known() != c.known {
				t.Errorf("keys: %+v", seen)
			}
		})
	}
}

// What the AWS CLI's --filter and --max-items leave out, other lists and files
// show; such a listing is no complete one.
func TestFolderContradictions(t *testing.T) {
	const user = `{"UserName": "a", "UserId": "AIDAA", "Arn": "arn:aws:iam::111122223333:user/a", "CreateDate": "2024-01-01T00:00:00Z"`
	listing := func(users, groups, roles string) string {
		return `{"UserDetailList": [` + users + `], "GroupDetailList": [` + groups + `], "RoleDetailList": [` + roles + `], "Policies": []}`
	}
	attached := `"AttachedManagedPolicies": [{"PolicyArn": "arn:aws:iam::111122223333:policy/p", "PolicyName": "p"}]`
	row := func(name string) string {
		return name + ",arn:aws:iam::111122223333:user/" + name + ",2024-01-01T00:00:00Z," + noPwd + "false," + noKey + noKey + noCrt
	}
	for name, c := range map[string]struct {
		listing string
		file    string
		content string
		missing []account.Fact
	}{
		"none":                           {listing(user+"}", "", ""), "credential-report.csv", header + "\n" + row("a"), nil},
		"a group that a user is in":      {listing(user+`, "GroupList": ["ops"]}`, "", ""), "", "", []account.Fact{account.Groups}},
		"a policy that a user has":       {listing(user+", "+attached+"}", "", ""), "", "", []account.Fact{account.Policies}},
		"a policy that a role has":       {listing("", "", `{"RoleName": "r", "Arn": "arn:aws:iam::111122223333:role/r", `+attached+"}"), "", "", []account.Fact{account.Policies}},
		"a boundary in use":              {listing(user+`, "PermissionsBoundary": {"PermissionsBoundaryArn": "arn:aws:iam::111122223333:policy/b"}}`, "", ""), "", "", []account.Fact{account.Policies}},
		"a user of the report":           {listing(user+"}", "", ""), "credential-report.csv", header + "\n" + row("a") + "\n" + row("zed"), []account.Fact{account.Users}},
		"what the summary counts":        {listing(user+"}", "", ""), "account-summary.json", `{"SummaryMap": {"Users": 1, "Groups": 2, "Roles": 3}}`, []account.Fact{account.Groups, account.Roles}},
		"what the summary counts not at": {listing(user+"}", "", ""), "account-summary.json", `{"SummaryMap": {"Users": 1, "Groups": 0, "Roles": 0}}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			files := map[string]string{"account-authorization-details.json": c.listing}
			if c.file != "" {
				files[c.file] = c.content
			}
			s := folder(t, files)
			for _, f := range []account.Fact{account.Users, account.Groups, account.Roles, account.Policies} {
				if missing := !s.Seen[f].Known(); missing != slices.Contains(c.missing, f) {
					t.Errorf("%s: %+v", f, s.Seen[f])
				}
			}
		})
	}
}

// A value that is not understood is not "no" or "never".
func TestReportRowMisread(t *testing.T) {
	for name, c := range map[string]struct{ row, want string }{
		"a spreadsheet's date": {who + "true,11/22/2026 8:00,2025-01-01T00:00:00Z,N/A,false," + noKey + noKey + noCrt, `line 2 of the credential report: password_last_used is "11/22/2026 8:00", not a date`},
		"a word for true":      {who + "yes,N/A,N/A,N/A,false," + noKey + noKey + noCrt, `password_enabled is "yes", not true or false`},
		"a number for true":    {who + noPwd + "false,1,N/A,N/A,N/A,N/A," + noKey + noCrt, `access_key_1_active is "1", not true or false`},
	} {
		t.Run(name, func(t *testing.T) {
			s := folder(t, map[string]string{"credential-report.csv": header + "\n" + c.row})
			for _, f := range []account.Fact{account.Logins, account.Keys, account.MFA} {
				if seen := s.Of(s.Users[0].Seen, f); !strings.Contains(seen.Missing, c.want) {
					t.Errorf("%s: %q, want %q in it", f, seen.Missing, c.want)
				}
			}
		})
	}
}

// The 23rd column, additional_credentials_info, tells of keys beyond the two.
func TestReportAdditionalCredentials(t *testing.T) {
	s := folder(t, map[string]string{"credential-report.csv": header + ",additional_credentials_info\n" +
		who + noPwd + "true,true,2025-01-01T00:00:00Z,N/A,N/A,N/A," + noKey + noCrt + ",1 additional access key"})
	u := s.Users[0]
	if s.Of(u.Seen, account.Keys).Known() || !s.Of(u.Seen, account.MFA).Known() {
		t.Errorf("keys %+v, mfa %+v", s.Of(u.Seen, account.Keys), s.Of(u.Seen, account.MFA))
	}
}

// IAM allows commas in names; a report may quote them or not.
func TestReportNameWithCommas(t *testing.T) {
	rest := ",2024-01-01T00:00:00Z," + noPwd + "true," + noKey + noKey + noCrt
	for name, start := range map[string]string{
		"quoted":   `"a,b,c","arn:aws:iam::111122223333:user/x/a,b,c"`,
		"unquoted": `a,b,c,arn:aws:iam::111122223333:user/x/a,b,c`,
	} {
		s := folder(t, map[string]string{"credential-report.csv": header + "\n" + start + rest})
		if u := s.Users[0]; u.Name != "a,b,c" || u.ARN != "arn:aws:iam::111122223333:user/x/a,b,c" || !u.MFA {
			t.Errorf("%s: %+v", name, u)
		}
	}
}

// PowerShell's > writes UTF-16, editors on Windows a byte order mark.
func TestFolderEncodings(t *testing.T) {
	utf16 := func(order binary.AppendByteOrder, mark []byte) string {
		for _, r := range twoUsers { // all of it ASCII
			mark = order.AppendUint16(mark, uint16(r))
		}
		return string(mark)
	}
	for name, content := range map[string]string{
		"byte order mark": "\ufeff" + twoUsers, "little endian": utf16(binary.LittleEndian, []byte{0xff, 0xfe}), "big endian": utf16(binary.BigEndian, []byte{0xfe, 0xff}),
	} {
		if s := folder(t, map[string]string{"account-authorization-details.json": content}); len(s.Users) != 2 {
			t.Errorf("%s: %d users", name, len(s.Users))
		}
	}
}

// Some files tell of no account; they are scanned all the same.
func TestFolderOfNoARN(t *testing.T) {
	s := folder(t, map[string]string{"account-summary.json": `{"SummaryMap": {"AccountMFAEnabled": 0}}`})
	if s.Account.ID != "unknown" || !s.Seen[account.Summary].Known() {
		t.Errorf("account %+v", s.Account)
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
		"a part":             {map[string]string{"account-authorization-details.json": `{"UserDetailList": [], "IsTruncated": true}`}, "it has IsTruncated or NextToken, so it is only a part"},
		"a list":             {map[string]string{"account-authorization-details.json": `{"UserDetailList": "all"}`}, "read account-authorization-details.json: UserDetailList is a JSON string"},
		"encoded report":     {map[string]string{"credential-report.csv": "dXNlcixhcm4="}, `read credential-report.csv: read the credential report: no column "user"`},
		"a row too short":    {map[string]string{"credential-report.csv": header + "\nu,arn\n"}, "line 2: 2 fields for 22 columns"},
		"broken second page": {map[string]string{"mfa-devices.json": `{"MFADevices": []} {"MFADevices": [`}, "read mfa-devices.json: line 1, column 35: the file ends within a value"},
		"cut by --max-items": {map[string]string{"virtual-mfa-devices.json": `{"VirtualMFADevices": [], "NextToken": "x"}`}, "read virtual-mfa-devices.json: it has IsTruncated or NextToken, so it is only a part"},
		"a part of several":  {map[string]string{"access-keys.json": `{"AccessKeyMetadata": [], "IsTruncated": true}`}, "so it is only a part"},
		"another's policy":   {map[string]string{"account-password-policy.json": `{"SummaryMap": {}}`}, "it has no PasswordPolicy"},
		"a policy of null":   {map[string]string{"account-password-policy.json": "null"}, "it has no PasswordPolicy"},
		"two accounts":       {map[string]string{"account-authorization-details.json": twoUsers, "credential-report.csv": header + "\n" + who + noPwd + "true," + noKey + noKey + noCrt, "virtual-mfa-devices.json": `{"VirtualMFADevices": [{"SerialNumber": "x", "User": {"Arn": "arn:aws:iam::444455556666:user/u"}}]}`}, "the folder mixes accounts 111122223333 and 444455556666"},
		"a user's alone":     {map[string]string{"service-specific-credentials.json": `{"AccessKeyMetadata": []}`}, "it has no ServiceSpecificCredentials; save the output of aws iam list-service-specific-credentials --all-users"},
		"without the rest":   {map[string]string{"service-specific-credentials.json": `{"ServiceSpecificCredentials": [], "IsTruncated": true, "Marker": "m"}`}, "its last answer has IsTruncated, so it is only a part"},
		"other certificates": {map[string]string{"server-certificates.json": `{"Certificates": []}`}, "it has no ServerCertificateMetadataList; save the output of aws iam list-server-certificates"},
		"other providers":    {map[string]string{"saml-providers.json": `{"OpenIDConnectProviderList": []}`}, "it has no SAMLProviderList; save the output of aws iam list-saml-providers"},
		"a provider alone":   {map[string]string{"open-id-connect-providers.json": `{"Url": "example.com"}`}, "it has no OpenIDConnectProviderList; save the output of aws iam list-open-id-connect-providers"},
		"a list of another":  {map[string]string{"saml-providers.json": `{"SAMLProviderList": [{"Arn": "arn:aws:iam::111122223333:saml-provider/a"}]}`, "server-certificates.json": `{"ServerCertificateMetadataList": [{"Arn": "arn:aws:iam::444455556666:server-certificate/a"}]}`}, "the folder mixes accounts 444455556666 and 111122223333"},
		"not an account":     {map[string]string{"account-authorization-details.json": strings.ReplaceAll(twoUsers, "111122223333", "\\u001b[31m")}, `where an ARN with an account id of 12 digits belongs`},
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

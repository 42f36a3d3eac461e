package collect

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	awsarn "github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

// The files of a folder: what the AWS CLI's iam commands print, by their names.
const (
	authorizationFile = "account-authorization-details.json"
	reportFile        = "credential-report.csv"
	summaryFile       = "account-summary.json"
	passwordsFile     = "account-password-policy.json"
	virtualMFAFile    = "virtual-mfa-devices.json"
	mfaFile           = "mfa-devices.json"
	accessKeysFile    = "access-keys.json"
	aliasesFile       = "account-aliases.json"
)

// Files are the names of the files that [Folder] reads. Any may be missing.
func Files() []string {
	return []string{authorizationFile, reportFile, summaryFile, passwordsFile, virtualMFAFile,
		mfaFile, accessKeysFile, aliasesFile}
}

// Folder reads an account from the raw outputs of the AWS CLI. They do not say
// when they were made: their facts are as of the time given. A missing file is
// a missing fact; a file that cannot be read is an error that names it and the
// place, since half an answer would look like a whole one.
func Folder(dir fs.FS, at time.Time) (*account.Snapshot, error) {
	f := &folder{dir: dir, at: at, snapshot: &account.Snapshot{
		Version: account.Version,
		Seen:    map[account.Fact]account.Seen{},
	}}
	steps := []func() error{f.authorizations, f.report, f.summary, f.passwordPolicy, f.virtualMFA,
		f.mfa, f.accessKeys, f.alias, f.identity}
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, err
		}
	}
	f.snapshot.Seen[account.Trails] = account.Seen{At: at, Missing: "a folder of AWS CLI outputs does not tell of trails"}
	tidy(f.snapshot)
	return f.snapshot, nil
}

type folder struct {
	dir      fs.FS
	at       time.Time
	snapshot *account.Snapshot
	read     bool   // any file was there
	anyARN   string // of the account's own
}

// open reads a file. One that is absent, or holds nothing because its command
// failed, is a missing fact.
func (f *folder) open(name string, facts ...account.Fact) ([]byte, bool, error) {
	content, err := fs.ReadFile(f.dir, name)
	missing := ""
	switch {
	case errors.Is(err, fs.ErrNotExist):
		missing = name + " is not in the folder"
	case err != nil:
		return nil, false, fmt.Errorf("read %s: %w", name, err)
	case len(strings.TrimSpace(string(content))) == 0:
		missing = name + " is empty: its command printed nothing"
	}
	f.read = f.read || err == nil
	for _, fact := range facts {
		f.snapshot.Seen[fact] = account.Seen{At: f.at, Missing: missing}
	}
	return content, missing == "", nil
}

func (f *folder) authorizations() error {
	content, ok, err := f.open(authorizationFile, account.Users, account.Groups, account.Roles, account.Policies)
	if err != nil || !ok {
		return err
	}
	var page iam.GetAccountAuthorizationDetailsOutput
	if err := decode(authorizationFile, content, &page); err != nil {
		return err
	}
	if page.UserDetailList == nil && page.GroupDetailList == nil && page.RoleDetailList == nil && page.Policies == nil {
		return fmt.Errorf("read %s: it has none of UserDetailList, GroupDetailList, RoleDetailList and Policies; save the output of aws iam get-account-authorization-details", authorizationFile)
	}
	if page.IsTruncated {
		return fmt.Errorf("read %s: IsTruncated is true, so it is only a part; save all pages", authorizationFile)
	}
	f.filtered(&page)
	var a authorizations
	m := mapper{parser: policy.NewParser()}
	a.addPrincipals(m, &page)
	a.addPolicies(m, &page)
	a.fill(f.snapshot)
	f.ownARNs()
	return nil
}

// filtered makes a listing missing that the output does not hold at all, as
// with --filter.
func (f *folder) filtered(page *iam.GetAccountAuthorizationDetailsOutput) {
	for fact, absent := range map[account.Fact]bool{
		account.Users: page.UserDetailList == nil, account.Groups: page.GroupDetailList == nil,
		account.Roles: page.RoleDetailList == nil, account.Policies: page.Policies == nil,
	} {
		if absent {
			f.snapshot.Seen[fact] = account.Seen{At: f.at, Missing: authorizationFile + " does not list them"}
		}
	}
}

func (f *folder) ownARNs() {
	s := f.snapshot
	for i := range s.Users {
		f.anyARN = s.Users[i].ARN
	}
	for i := range s.Groups {
		f.anyARN = s.Groups[i].ARN
	}
	for i := range s.Roles {
		f.anyARN = s.Roles[i].ARN
	}
	for i := range s.Policies {
		if !s.Policies[i].AWSManaged() {
			f.anyARN = s.Policies[i].ARN
		}
	}
}

// report reads the credential report. Where the users were not listed, its rows
// are the users, without their unique ids.
func (f *folder) report() error {
	content, ok, err := f.open(reportFile, credentialFacts()...)
	if err != nil || !ok {
		return err
	}
	report, err := parseReport(content, f.at)
	if err != nil {
		return fmt.Errorf("read %s: %w", reportFile, err)
	}
	if len(report.order) > 0 {
		f.anyARN = report.order[0]
	} else if f.anyARN == "" && report.rootARN != "" {
		f.anyARN = report.rootARN
	}
	if !f.snapshot.Seen[account.Users].Known() {
		for _, arn := range report.order {
			row := report.rows[arn]
			f.snapshot.Users = append(f.snapshot.Users, account.User{ARN: arn, Name: row.name, Created: row.created})
		}
	}
	report.fill(f.snapshot)
	return nil
}

func (f *folder) summary() error {
	var out iam.GetAccountSummaryOutput
	ok, err := f.decode(summaryFile, &out, account.Summary)
	if err != nil || !ok {
		return err
	}
	if out.SummaryMap == nil {
		return fmt.Errorf("read %s: it has no SummaryMap; save the output of aws iam get-account-summary", summaryFile)
	}
	f.snapshot.Summary = mapSummary(out.SummaryMap)
	return nil
}

// passwordPolicy reads the password policy. {} says that the account has none:
// for that the AWS CLI prints nothing but an error.
func (f *folder) passwordPolicy() error {
	var out iam.GetAccountPasswordPolicyOutput
	ok, err := f.decode(passwordsFile, &out, account.Passwords)
	if ok && out.PasswordPolicy != nil {
		f.snapshot.PasswordPolicy = mapPasswordPolicy(out.PasswordPolicy)
	}
	return err
}

func (f *folder) virtualMFA() error {
	var out iam.ListVirtualMFADevicesOutput
	ok, err := f.decode(virtualMFAFile, &out, account.VirtualMFA)
	if err != nil || !ok {
		return err
	}
	if out.VirtualMFADevices == nil {
		return fmt.Errorf("read %s: it has no VirtualMFADevices; save the output of aws iam list-virtual-mfa-devices", virtualMFAFile)
	}
	f.snapshot.VirtualMFA = mapVirtualMFA(out.VirtualMFADevices)
	return nil
}

func (f *folder) decode(name string, into any, facts ...account.Fact) (bool, error) {
	content, ok, err := f.open(name, facts...)
	if err != nil || !ok {
		return false, err
	}
	return true, decode(name, content, into)
}

// mfa reads list-mfa-devices answers. An empty one does not say whose it is, so
// they only show who has a device.
func (f *folder) mfa() error {
	content, ok, err := f.open(mfaFile)
	if err != nil || !ok {
		return err
	}
	has := map[string]bool{}
	err = decodeEach(mfaFile, content, func(page iam.ListMFADevicesOutput) {
		for _, device := range page.MFADevices {
			has[deref(device.UserName)] = true
		}
	})
	for i := range f.snapshot.Users {
		u := &f.snapshot.Users[i]
		if has[u.Name] {
			u.MFA = true
			u.Seen = with(u.Seen, account.MFA, account.Seen{At: f.at})
		}
	}
	return err
}

// accessKeys reads list-access-keys answers, which give reported keys their
// ids.
func (f *folder) accessKeys() error {
	content, ok, err := f.open(accessKeysFile)
	if err != nil || !ok {
		return err
	}
	listed := map[string][]account.AccessKey{}
	err = decodeEach(accessKeysFile, content, func(page iam.ListAccessKeysOutput) {
		for _, key := range page.AccessKeyMetadata {
			listed[deref(key.UserName)] = append(listed[deref(key.UserName)], mapKey(key))
		}
	})
	for i := range f.snapshot.Users {
		u := &f.snapshot.Users[i]
		for _, key := range listed[u.Name] {
			if same := matching(key, listed[u.Name], u.Keys); same != nil {
				same.ID = key.ID
			}
		}
	}
	return err
}

func (f *folder) alias() error {
	var out iam.ListAccountAliasesOutput
	_, err := f.decode(aliasesFile, &out)
	if len(out.AccountAliases) > 0 {
		f.snapshot.Account.Name = out.AccountAliases[0]
	}
	return err
}

// identity tells whose folder it is, from the ARNs in it.
func (f *folder) identity() error {
	if !f.read {
		return fmt.Errorf("the folder has none of %s", strings.Join(Files(), ", "))
	}
	arn, err := awsarn.Parse(f.anyARN)
	if err != nil {
		return fmt.Errorf("the folder does not tell which account it is of: it needs %s or %s with at least one ARN", authorizationFile, reportFile)
	}
	f.snapshot.Account.ID, f.snapshot.Account.Partition = arn.AccountID, arn.Partition
	return nil
}

func with(own map[account.Fact]account.Seen, f account.Fact, s account.Seen) map[account.Fact]account.Seen {
	all := map[account.Fact]account.Seen{f: s}
	for fact, seen := range own {
		if fact != f {
			all[fact] = seen
		}
	}
	return all
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

package collect

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsarn "github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

// The files of a folder: what the AWS CLI's commands print, by their names.
const (
	authorizationFile = "account-authorization-details.json"
	reportFile        = "credential-report.csv"
	summaryFile       = "account-summary.json"
	passwordsFile     = "account-password-policy.json"
	virtualMFAFile    = "virtual-mfa-devices.json"
	mfaFile           = "mfa-devices.json"
	accessKeysFile    = "access-keys.json"
	aliasesFile       = "account-aliases.json"

	serviceCredentialsFile = "service-specific-credentials.json"
	serverCertificatesFile = "server-certificates.json"
	samlProvidersFile      = "saml-providers.json"
	oidcProvidersFile      = "open-id-connect-providers.json"
)

func files() []string {
	return []string{authorizationFile, reportFile, summaryFile, passwordsFile, virtualMFAFile,
		mfaFile, accessKeysFile, aliasesFile,
		serviceCredentialsFile, serverCertificatesFile, samlProvidersFile, oidcProvidersFile,
		analyzersFile, securityContactFile, organizationFile}
}

// unknownAccount is the id of an account that a folder does not tell.
const unknownAccount = "unknown"

// Folder reads an account from the raw outputs of the AWS CLI. They do not say
// when they were made: their facts are as of the time given. A missing file is
// a missing fact, and so is what one file shows another to leave out; a file
// that cannot be read is an error that names it and the place, since half an
// answer would look like a whole one.
func Folder(dir fs.FS, at time.Time) (*account.Snapshot, error) {
	f := &folder{dir: dir, at: at, snapshot: &account.Snapshot{
		Version: account.Version,
		Seen:    map[account.Fact]account.Seen{},
	}}
	steps := []func() error{f.authorizations, f.summary, f.report, f.passwordPolicy, f.virtualMFA,
		f.mfa, f.accessKeys, f.serviceCredentials, f.serverCertificates, f.samlProviders, f.oidcProviders,
		f.analyzers, f.securityContact, f.organization, f.alias, f.identity}
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, err
		}
	}
	f.snapshot.Seen[account.Trails] = account.Seen{At: at, Missing: "a folder of AWS CLI outputs does not tell of trails"}
	f.contradictions()
	tidy(f.snapshot)
	return f.snapshot, nil
}

type folder struct {
	dir      fs.FS
	at       time.Time
	snapshot *account.Snapshot
	read     bool     // any file was there
	arns     []string // of the account's own
	// unlisted are users of the credential report that the listing lacks.
	unlisted int
}

// open reads a file. One that is absent, or holds nothing because its command
// failed, is a missing fact.
func (f *folder) open(name string, facts ...account.Fact) ([]byte, bool, error) {
	content, err := fs.ReadFile(f.dir, name)
	content = utf8Of(content)
	missing := ""
	switch {
	case errors.Is(err, fs.ErrNotExist):
		missing = name + " is not in the folder"
	case err != nil:
		return nil, false, fmt.Errorf("read %s: %w", name, err)
	case len(bytes.TrimSpace(content)) == 0:
		missing = name + " is empty: its command printed nothing"
	}
	f.read = f.read || err == nil
	for _, fact := range facts {
		f.miss(fact, missing)
	}
	return content, missing == "", nil
}

func (f *folder) miss(fact account.Fact, why string) {
	f.snapshot.Seen[fact] = account.Seen{At: f.at, Missing: why}
}

func (f *folder) authorizations() error {
	var page iam.GetAccountAuthorizationDetailsOutput
	ok, err := f.decode(authorizationFile, &page, account.Users, account.Groups, account.Roles, account.Policies)
	if err != nil || !ok {
		return err
	}
	if page.UserDetailList == nil && page.GroupDetailList == nil && page.RoleDetailList == nil && page.Policies == nil {
		return fmt.Errorf("read %s: it has none of UserDetailList, GroupDetailList, RoleDetailList and Policies; save the output of aws iam get-account-authorization-details", authorizationFile)
	}
	var a authorizations
	m := mapper{parser: policy.NewParser()}
	a.addPrincipals(m, &page)
	a.addPolicies(m, &page)
	a.fill(f.snapshot)
	for ref := range f.snapshot.Resources() {
		if !account.AWSManaged(ref.ARN) {
			f.arns = append(f.arns, ref.ARN)
		}
	}
	return nil
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
	if report.root != nil {
		f.arns = append(f.arns, report.root.user.ARN)
	}
	f.arns = append(f.arns, report.order...)
	if !f.snapshot.Seen[account.Users].Known() {
		for _, arn := range report.order {
			w := report.rows[arn]
			f.snapshot.Users = append(f.snapshot.Users, account.User{ARN: arn, Name: w.user.Name, Created: w.user.Created})
		}
	}
	report.fill(f.snapshot)
	listed := map[string]bool{}
	for i := range f.snapshot.Users {
		listed[f.snapshot.Users[i].ARN] = true
	}
	for _, arn := range report.order {
		if !listed[arn] {
			f.unlisted++
		}
	}
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
	content, ok, err := f.open(passwordsFile, account.Passwords)
	if err != nil || !ok {
		return err
	}
	var out iam.GetAccountPasswordPolicyOutput
	if err := decode(passwordsFile, content, &out); err != nil {
		return err
	}
	var fields map[string]json.RawMessage
	_ = json.Unmarshal(content, &fields) // it was decoded a moment ago
	switch {
	case out.PasswordPolicy != nil:
		f.snapshot.PasswordPolicy = mapPasswordPolicy(out.PasswordPolicy)
	case fields == nil || len(fields) > 0:
		return fmt.Errorf("read %s: it has no PasswordPolicy; save the output of aws iam get-account-password-policy, or {} where the account has none", passwordsFile)
	}
	return nil
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
	for _, device := range f.snapshot.VirtualMFA {
		if device.User != "" {
			f.arns = append(f.arns, device.User)
		}
	}
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
			has[aws.ToString(device.UserName)] = true
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

func (f *folder) alias() error {
	var out iam.ListAccountAliasesOutput
	_, err := f.decode(aliasesFile, &out)
	if len(out.AccountAliases) > 0 {
		f.snapshot.Account.Name = out.AccountAliases[0]
	}
	return err
}

// identity tells whose folder it is, from the ARNs in it. Some files hold none.
func (f *folder) identity() error {
	if !f.read {
		return fmt.Errorf("the folder has none of %s", strings.Join(files(), ", "))
	}
	f.snapshot.Account.ID, f.snapshot.Account.Partition = unknownAccount, "aws"
	for i, text := range f.arns {
		arn, err := awsarn.Parse(text)
		if err != nil || !isAccountID(arn.AccountID) {
			return fmt.Errorf("the folder has %.200q where an ARN with an account id of 12 digits belongs", text)
		}
		if i > 0 && arn.AccountID != f.snapshot.Account.ID {
			return fmt.Errorf("the folder mixes accounts %s and %s", f.snapshot.Account.ID, arn.AccountID)
		}
		f.snapshot.Account.ID, f.snapshot.Account.Partition = arn.AccountID, arn.Partition
	}
	return nil
}

func isAccountID(id string) bool {
	return len(id) == 12 && strings.Trim(id, "0123456789") == ""
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

package collect

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"iamvigil/scanner/account"
)

// credentialReport is the credential report by user ARN.
type credentialReport struct {
	generated time.Time
	root      *account.Root
	rootARN   string
	rows      map[string]row
	// order is the ARNs as the report lists them.
	order []string
}

// row is one user of the report.
type row struct {
	name, arn    string
	created      time.Time
	login        *account.Login
	keys         []account.AccessKey
	mfa          bool
	certificates []account.Certificate
}

// required are the columns without which the report is not one. The others are
// read where they are: there are 22 or 23, and there may be more.
func required() []string {
	return []string{"user", "arn", "user_creation_time", "password_enabled", "password_last_used",
		"password_last_changed", "mfa_active", "access_key_1_active", "access_key_1_last_rotated",
		"access_key_1_last_used_date", "access_key_2_active", "access_key_2_last_rotated", "access_key_2_last_used_date"}
}

func parseReport(content []byte, generated time.Time) (*credentialReport, error) {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(content, []byte("\ufeff"))))
	r.ReuseRecord = true
	header, err := r.Read()
	if err != nil {
		return nil, fmt.Errorf("read the credential report's header: %w", err)
	}
	columns := make(map[string]int, len(header))
	for i, name := range header {
		columns[strings.Clone(name)] = i
	}
	for _, name := range required() {
		if _, ok := columns[name]; !ok {
			return nil, fmt.Errorf("read the credential report: no column %q in its header", name)
		}
	}
	report := &credentialReport{generated: generated, rows: map[string]row{}}
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return report, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read the credential report: %w", err)
		}
		report.add(line{columns, record})
	}
}

func (r *credentialReport) add(l line) {
	if l.get("user") == account.RootName {
		r.root, r.rootARN = l.root(), l.get("arn")
		return
	}
	row := l.user()
	r.rows[row.arn] = row
	r.order = append(r.order, row.arn)
}

// line is a record of the report, read by column name.
type line struct {
	columns map[string]int
	record  []string
}

func (l line) get(column string) string {
	if i, ok := l.columns[column]; ok {
		return strings.Clone(l.record[i])
	}
	return ""
}

func (l line) yes(column string) bool { return strings.EqualFold(l.get(column), "true") }

// time reads a date. N/A, no_information and not_supported are no date.
func (l line) time(column string) time.Time {
	t, err := time.Parse(time.RFC3339, l.get(column))
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}

func (l line) user() row {
	r := row{
		name:         l.get("user"),
		arn:          l.get("arn"),
		created:      l.time("user_creation_time"),
		keys:         l.keys(),
		mfa:          l.yes("mfa_active"),
		certificates: l.certificates(),
	}
	if l.yes("password_enabled") {
		r.login = &account.Login{Changed: l.time("password_last_changed"), LastUsed: l.time("password_last_used")}
	}
	return r
}

// root reads root's row. Its password_enabled was always not_supported once;
// now it is FALSE for an account whose root user has no credentials.
func (l line) root() *account.Root {
	root := &account.Root{
		PasswordLastUsed: l.time("password_last_used"),
		MFA:              l.yes("mfa_active"),
		Keys:             l.keys(),
		Certificates:     l.certificates(),
	}
	switch {
	case l.yes("password_enabled"):
		root.Password = "yes"
	case strings.EqualFold(l.get("password_enabled"), "false"):
		root.Password = "no"
	}
	return root
}

// keys reads both keys. The guide says that an inactive key's dates are N/A,
// reports were seen that keep them: a slot is a key if anything in it says so.
func (l line) keys() []account.AccessKey {
	var keys []account.AccessKey
	for slot := 1; slot <= 2; slot++ {
		column := func(name string) string { return fmt.Sprintf("access_key_%d_%s", slot, name) }
		key := account.AccessKey{
			Slot:            slot,
			Status:          account.Inactive,
			Created:         l.time(column("last_rotated")),
			LastUsed:        l.time(column("last_used_date")),
			LastUsedRegion:  known(l.get(column("last_used_region"))),
			LastUsedService: known(l.get(column("last_used_service"))),
		}
		if l.yes(column("active")) {
			key.Status = account.Active
		}
		if key.Status == account.Active || !key.Created.IsZero() || !key.LastUsed.IsZero() {
			keys = append(keys, key)
		}
	}
	return keys
}

func (l line) certificates() []account.Certificate {
	var certificates []account.Certificate
	for n := 1; n <= 2; n++ {
		c := account.Certificate{
			Active:   l.yes(fmt.Sprintf("cert_%d_active", n)),
			Uploaded: l.time(fmt.Sprintf("cert_%d_last_rotated", n)),
		}
		if c.Active || !c.Uploaded.IsZero() {
			certificates = append(certificates, c)
		}
	}
	return certificates
}

func known(value string) string {
	if value == "N/A" {
		return ""
	}
	return value
}

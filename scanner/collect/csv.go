package collect

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"iamvigil/scanner/account"
)

// credentialReport is the credential report: root's row, and the users' by ARN.
type credentialReport struct {
	generated time.Time
	root      *row
	rows      map[string]*row
	// order is the ARNs as the report lists them.
	order []string
}

// row is one line of the report. Root's user has the credentials that root's
// row tells of, and none of an IAM user's other things.
type row struct {
	user account.User
	// enabled is password_enabled as it stands there.
	enabled string
	// used is password_last_used, which root has whatever enabled says.
	used time.Time
	// more: the row says that there are credentials which it does not show.
	more bool
	// bad is what of the row cannot be understood, empty if nothing.
	bad string
}

// required are the columns without which the report is not one. The others are
// read where they are: there are 22 or 23, and there may be more.
func required() []string {
	return []string{"user", "arn", "user_creation_time", "password_enabled", "password_last_used",
		"password_last_changed", "mfa_active", "access_key_1_active", "access_key_1_last_rotated",
		"access_key_1_last_used_date", "access_key_2_active", "access_key_2_last_rotated", "access_key_2_last_used_date"}
}

func parseReport(content []byte, generated time.Time) (*credentialReport, error) {
	r := csv.NewReader(bytes.NewReader(content))
	r.FieldsPerRecord = -1
	r.ReuseRecord = true
	columns, err := readHeader(r)
	if err != nil {
		return nil, err
	}
	report := &credentialReport{generated: generated, rows: map[string]*row{}}
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return report, nil
		}
		if err == nil {
			record, err = rejoin(record, len(columns))
		}
		number, _ := r.FieldPos(0)
		if err != nil {
			return nil, fmt.Errorf("read the credential report: line %d: %w", number, err)
		}
		report.add((&line{columns: columns, record: record, number: number}).row())
	}
}

func readHeader(r *csv.Reader) (map[string]int, error) {
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
	return columns, nil
}

// rejoin mends a line whose user name holds commas that nobody quoted: it
// stands there twice, as the name and at the end of the ARN.
func rejoin(record []string, columns int) ([]string, error) {
	extra := len(record) - columns
	if extra == 0 {
		return record, nil
	}
	if extra < 0 || extra%2 == 1 {
		return nil, fmt.Errorf("%d fields for %d columns", len(record), columns)
	}
	parts := extra/2 + 1
	name, arn := strings.Join(record[:parts], ","), strings.Join(record[parts:2*parts], ",")
	if !strings.HasSuffix(arn, "/"+name) {
		return nil, fmt.Errorf("%d fields for %d columns", len(record), columns)
	}
	return append([]string{name, arn}, record[2*parts:]...), nil
}

func (r *credentialReport) add(w *row) {
	if w.user.Name == account.RootName {
		r.root = w
		return
	}
	r.rows[w.user.ARN] = w
	r.order = append(r.order, w.user.ARN)
}

// line is a record of the report, read by column name.
type line struct {
	columns map[string]int
	record  []string
	number  int
	bad     string
}

func (l *line) row() *row {
	w := &row{user: account.User{Name: l.get("user"), ARN: l.get("arn")}}
	w.user.Created = l.time("user_creation_time")
	w.user.MFA = l.yes("mfa_active")
	w.user.Keys = l.keys()
	w.user.Certificates = l.certificates()
	w.enabled = strings.ToLower(l.get("password_enabled"))
	w.used = l.time("password_last_used")
	if l.yes("password_enabled") {
		w.user.Login = &account.Login{Changed: l.time("password_last_changed"), LastUsed: w.used}
	}
	w.more = !none(l.get("additional_credentials_info"))
	w.bad = l.bad
	return w
}

func (l *line) get(column string) string {
	if i, ok := l.columns[column]; ok {
		return strings.Clone(l.record[i])
	}
	return ""
}

// none reports whether the value is one of those that stand for no value.
func none(value string) bool {
	return slices.Contains([]string{"", "N/A", "no_information", "not_supported"}, value)
}

func (l *line) yes(column string) bool {
	switch value := l.get(column); {
	case strings.EqualFold(value, "true"):
		return true
	case strings.EqualFold(value, "false"), none(value):
		return false
	default:
		l.misread(column, value, "true or false")
		return false
	}
}

func (l *line) time(column string) time.Time {
	value := l.get(column)
	t, err := time.Parse(time.RFC3339, value)
	if err != nil {
		if !none(value) {
			l.misread(column, value, "a date such as 2026-01-31T12:00:00Z")
		}
		return time.Time{}
	}
	return t.UTC()
}

// misread notes the first value that cannot be understood: to take it for "no"
// or "never" would invent a fault or hide one.
func (l *line) misread(column, value, want string) {
	if l.bad == "" {
		l.bad = fmt.Sprintf("line %d of the credential report: %s is %.40q, not %s", l.number, column, value, want)
	}
}

// keys reads both keys. The guide says that an inactive key's dates are N/A,
// reports were seen that keep them: a slot is a key if anything in it says so.
func (l *line) keys() []account.AccessKey {
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

func (l *line) certificates() []account.Certificate {
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

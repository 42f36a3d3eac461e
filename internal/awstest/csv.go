package awstest

import (
	"bytes"
	"encoding/csv"
	"strconv"
	"time"

	"iamvigil/scanner/account"
)

// Values of the report that are no value.
const (
	notApplicable = "N/A"
	noInformation = "no_information"
	notSupported  = "not_supported"
)

// make writes the report: lines end in LF, the last one in nothing.
func (r Report) make(live *account.Snapshot) []byte {
	s := live
	if r.Of != nil {
		s = r.Of
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	rows := [][]string{r.header(), r.rootRow(s)}
	for i := range s.Users {
		rows = append(rows, r.userRow(&s.Users[i]))
	}
	if err := w.WriteAll(rows); err != nil {
		return []byte("error," + strconv.Quote(err.Error()))
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

func (r Report) header() []string {
	names := []string{"user", "arn", "user_creation_time", "password_enabled", "password_last_used",
		"password_last_changed", "password_next_rotation", "mfa_active"}
	for _, key := range []string{"access_key_1_", "access_key_2_"} {
		names = append(names, key+"active", key+"last_rotated", key+"last_used_date", key+"last_used_region", key+"last_used_service")
	}
	names = append(names, "cert_1_active", "cert_1_last_rotated", "cert_2_active", "cert_2_last_rotated")
	if r.Additional {
		names = append(names, "additional_credentials_info")
	}
	return names
}

// rootRow is root's: its password is not_supported but for an account whose
// root user was made without one, or has had it removed or given back.
func (r Report) rootRow(s *account.Snapshot) []string {
	enabled := notSupported
	if s.Root.Password != "" {
		enabled = r.yes(s.Root.Password == "yes")
	}
	row := []string{account.RootName, s.Account.RootARN(), "2012-05-01T08:30:00Z",
		enabled, dateOr(s.Root.PasswordLastUsed, noInformation), notSupported, notSupported, r.yes(s.Root.MFA)}
	return r.rest(row, s.Root.Keys, s.Root.Certificates)
}

func (r Report) userRow(u *account.User) []string {
	row := []string{u.Name, u.ARN, dateOr(u.Created, notApplicable)}
	if u.Login == nil {
		row = append(row, r.yes(false), notApplicable, notApplicable, notApplicable)
	} else {
		row = append(row, r.yes(true), dateOr(u.Login.LastUsed, noInformation), dateOr(u.Login.Changed, notApplicable), notApplicable)
	}
	return r.rest(append(row, r.yes(u.MFA)), u.Keys, u.Certificates)
}

// rest adds the columns of keys and certificates.
func (r Report) rest(row []string, keys []account.AccessKey, certificates []account.Certificate) []string {
	for slot := 1; slot <= 2; slot++ {
		row = append(row, r.key(inSlot(keys, slot))...)
	}
	for i := range 2 {
		row = append(row, r.certificate(certificates, i)...)
	}
	if r.Additional {
		row = append(row, notApplicable)
	}
	return row
}

// inSlot is the key of a column: the one that names it, or, among keys without
// a column, the first or second. Nil: none.
func inSlot(keys []account.AccessKey, slot int) *account.AccessKey {
	for i := range keys {
		if keys[i].Slot == slot || keys[i].Slot == 0 && i+1 == slot {
			return &keys[i]
		}
	}
	return nil
}

func (r Report) key(k *account.AccessKey) []string {
	if k == nil || r.Undated && k.Status != account.Active {
		return []string{r.yes(false), notApplicable, notApplicable, notApplicable, notApplicable}
	}
	return []string{r.yes(k.Status == account.Active), dateOr(k.Created, notApplicable),
		dateOr(k.LastUsed, notApplicable), orNone(k.LastUsedRegion), orNone(k.LastUsedService)}
}

func (r Report) certificate(certificates []account.Certificate, i int) []string {
	if i >= len(certificates) || r.Undated && !certificates[i].Active {
		return []string{r.yes(false), notApplicable}
	}
	return []string{r.yes(certificates[i].Active), dateOr(certificates[i].Uploaded, notApplicable)}
}

func (r Report) yes(b bool) string {
	switch {
	case r.Upper && b:
		return "TRUE"
	case r.Upper:
		return "FALSE"
	}
	return strconv.FormatBool(b)
}

// dateOr is a date as the report has it.
func dateOr(t time.Time, none string) string {
	if t.IsZero() {
		return none
	}
	return t.UTC().Format("2006-01-02T15:04:05Z")
}

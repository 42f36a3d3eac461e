package awstest_test

import (
	"encoding/csv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/google/go-cmp/cmp"

	"iamvigil/internal/awstest"
	"iamvigil/scanner/account"
)

func report(t *testing.T, a *awstest.AWS) (string, time.Time) {
	t.Helper()
	out, err := iamOf(a).GetCredentialReport(t.Context(), &iam.GetCredentialReportInput{})
	if err != nil {
		t.Fatal(err)
	}
	return string(out.Content), *out.GeneratedTime
}

// The report as AWS writes it: LF, no last one, root first, a name with a comma
// quoted, an inactive key with its date.
func TestCredentialReport(t *testing.T) {
	got, at := report(t, awstest.Serve(t, small(), awstest.CredentialReport(awstest.Report{Age: time.Hour})))
	want := "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active," +
		"access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service," +
		"access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service," +
		"cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated\n" +
		"<root_account>,arn:aws:iam::111122223333:root,2012-05-01T08:30:00Z,true,no_information,not_supported,not_supported,true," +
		"false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A\n" +
		"Ann,arn:aws:iam::111122223333:user/team/Ann,2025-03-01T10:00:00Z,true,2025-03-01T11:00:00Z,2025-03-01T10:00:00Z,N/A,true," +
		"true,2025-03-01T10:00:00Z,2025-03-01T11:00:00Z,N/A,s3,false,2025-03-01T10:00:00Z,N/A,N/A,N/A,false,N/A,false,N/A\n" +
		"\"bot,1\",\"arn:aws:iam::111122223333:user/bot,1\",2025-03-01T10:00:00Z,false,N/A,N/A,N/A,false," +
		"false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if want := awstest.Epoch().Add(-time.Hour); !at.Equal(want) {
		t.Errorf("GeneratedTime %v, want %v", at, want)
	}
}

func TestOtherFormsOfTheReport(t *testing.T) {
	content, _ := report(t, awstest.Serve(t, small(), awstest.CredentialReport(awstest.Report{Additional: true, Upper: true, Undated: true})))
	rows, err := csv.NewReader(strings.NewReader(content)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	ann := map[string]string{}
	for i, column := range rows[0] {
		ann[column] = rows[2][i]
	}
	want := map[string]string{"password_enabled": "TRUE", "access_key_1_active": "TRUE", "access_key_2_active": "FALSE",
		"access_key_2_last_rotated": "N/A", "additional_credentials_info": "N/A"}
	for column, value := range want {
		if ann[column] != value {
			t.Errorf("%s is %q, want %q", column, ann[column], value)
		}
	}
	if len(rows[0]) != 23 {
		t.Errorf("%d columns", len(rows[0]))
	}
}

// A report that is not there, or has expired: GetCredentialReport's errors and
// GenerateCredentialReport's states, until it is done.
func TestReportStates(t *testing.T) {
	for start, want := range map[awstest.Start]string{awstest.Absent: "ReportNotPresent", awstest.Expired: "ReportExpired"} {
		client := iamOf(awstest.Serve(t, small(), awstest.CredentialReport(awstest.Report{Start: start, Polls: 1, Age: time.Hour})))
		var got []string
		get := func() *iam.GetCredentialReportOutput {
			out, err := client.GetCredentialReport(t.Context(), &iam.GetCredentialReportInput{})
			got = append(got, codeOf(t, err))
			return out
		}
		get()
		for state := types.ReportStateType(""); state != types.ReportStateTypeComplete; {
			out, err := client.GenerateCredentialReport(t.Context(), &iam.GenerateCredentialReportInput{})
			if err != nil {
				t.Fatal(err)
			}
			state = out.State
			got = append(got, string(state))
			if state == types.ReportStateTypeStarted {
				get()
			}
		}
		if out := get(); out == nil || !out.GeneratedTime.Equal(awstest.Epoch()) {
			t.Errorf("made now: %+v", out)
		}
		if diff := cmp.Diff([]string{want, "STARTED", "ReportInProgress", "INPROGRESS", "COMPLETE", ""}, got); diff != "" {
			t.Error(diff)
		}
	}
}

// ReportExpired: four hours after it was made, to the second.
func TestReportExpires(t *testing.T) {
	for age, want := range map[time.Duration]string{4*time.Hour - time.Second: "", 4 * time.Hour: "ReportExpired"} {
		a := awstest.Serve(t, small(), awstest.CredentialReport(awstest.Report{Age: age}))
		_, err := iamOf(a).GetCredentialReport(t.Context(), &iam.GetCredentialReportInput{})
		if got := codeOf(t, err); got != want {
			t.Errorf("after %v: %q, want %q", age, got, want)
		}
	}
}

// The report is cached for four hours: what changes after it was made is not in
// it.
func TestReportIsStale(t *testing.T) {
	before := small()
	before.Users[0].MFA = false
	for name, a := range map[string]*awstest.AWS{
		"of another snapshot": awstest.Serve(t, small(), awstest.CredentialReport(awstest.Report{Of: before})),
		"changed since":       awstest.Serve(t, before),
	} {
		a.Change(func(s *account.Snapshot) { s.Users[0].MFA = true })
		if content, _ := report(t, a); !strings.Contains(content, "2025-03-01T10:00:00Z,N/A,false,true") {
			t.Errorf("%s: MFA since the report is in it:\n%s", name, content)
		}
	}
}

// A key can stand in the second column alone.
func TestSlots(t *testing.T) {
	s := small()
	s.Users[0].Keys = s.Users[0].Keys[1:]
	content, _ := report(t, awstest.Serve(t, s))
	if !strings.Contains(content, "true,false,N/A,N/A,N/A,N/A,false,2025-03-01T10:00:00Z,N/A,N/A,N/A,") {
		t.Error(content)
	}
}

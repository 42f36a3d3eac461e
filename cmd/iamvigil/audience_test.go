package main

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestEachAudience(t *testing.T) {
	args := []string{"scan", exampleDir, exampleNow}
	mail := enter(t, append(args, "--format=email")...)
	subject, body, _ := strings.Cut(mail.out, "\n\n")
	if mail.status != exitFindings || !strings.HasPrefix(subject, "Subject: ") || strings.Contains(subject, "\n") || !strings.Contains(body, `"bruno"`) {
		t.Errorf("%+v", mail)
	}
	chat := enter(t, append(args, "--format=chat")...)
	for _, want := range []string{"*New*", "\nNext steps\n- ", "\nKeywords: critical, ", "\nThread: "} {
		if chat.status != exitFindings || !strings.Contains(chat.out, want) {
			t.Errorf("no %q in %+v", want, chat)
		}
	}
	program := enter(t, append(args, "--format=program")...)
	found := 0
	for line := range strings.Lines(program.out) {
		var part struct {
			Version int
			New     []struct{ Rule string }
		}
		if err := json.Unmarshal([]byte(line), &part); err != nil || part.Version != 1 {
			t.Fatalf("%v: %s", err, line)
		}
		found += len(part.New)
	}
	if program.status != exitFindings || found == 0 {
		t.Errorf("%d findings: %+v", found, program)
	}
}

// Whatever the format, what is exempt is neither told nor a fault.
func TestExemptFindings(t *testing.T) {
	const passwords = "--rules=admin-user-without-mfa"
	args := []string{"scan", exampleDir, exampleNow, passwords, "--config=" + write(t, exemptions("2027-03-31"))}
	got := enter(t, args...)
	if got.status != exitFindings {
		t.Errorf("exit status %d", got.status)
	}
	golden(t, "scan-exempt.txt", got.out)
	all := write(t, strings.Replace(exemptions("2027-03-31"), "ci-deploy", "'*'\n    allow_broad: true", 1))
	for _, format := range []string{"text", "email", "chat", "program"} {
		got := enter(t, "scan", exampleDir, exampleNow, passwords, "--config="+all, "--format="+format)
		told, _, _ := strings.Cut(got.out, "\nEXEMPT\n")
		if got.status != exitComplete || strings.Contains(told, "dana-contractor") {
			t.Errorf("%s: %+v", format, got)
		}
	}
}

// At another time, what is exempt is what is exempt then.
func TestExemptionsAtAnotherTime(t *testing.T) {
	args := []string{"scan", exampleDir, "--rules=admin-user-without-mfa", "--config=" + write(t, exemptions("2026-11-01"))}
	for now, exempt := range map[string]bool{"2026-10-31T12:00:00Z": true, "2026-11-02T00:00:00Z": false, "2027-11-02T00:00:00Z": false} {
		got := enter(t, append(args, "--now="+now)...)
		if got.status != exitFindings || strings.Contains(got.out, "1 exempt") != exempt {
			t.Errorf("at %s: %+v", now, got)
		}
	}
	if got := enter(t, args...); got.status != exitFailed || !strings.Contains(got.err, "line 8: the exemption expired") {
		t.Errorf("now: %+v", got)
	}
}

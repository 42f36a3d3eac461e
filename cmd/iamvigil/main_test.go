package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"iamvigil/internal/awstest"
	"iamvigil/scanner"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const exampleDir = "../../examples/account"

var exampleNow = "--now=2026-11-23T00:00:00Z"

// typed is what a command line came to.
type typed struct {
	status   int
	out, err string
}

func enter(t *testing.T, args ...string) typed {
	t.Helper()
	return enterUntil(t.Context(), args...)
}

// enterUntil is enter where somebody may interrupt.
func enterUntil(ctx context.Context, args ...string) typed {
	var out, errs bytes.Buffer
	now := func() time.Time { return time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC) }
	status := run(ctx, args, terminal{out: &out, err: &errs, now: now, pause: atOnce})
	return typed{status, out.String(), errs.String()}
}

// atOnce lets no time pass.
func atOnce(ctx context.Context, _ time.Duration) error { return ctx.Err() }

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got; -update rewrites it):\n%s", name, diff)
	}
}

func TestOutput(t *testing.T) {
	for name, c := range map[string]struct {
		args   []string
		status int
	}{
		"scan.txt":    {[]string{"scan", exampleDir, exampleNow}, exitFindings},
		"scan.json":   {[]string{"scan", exampleDir, exampleNow, "--format=json"}, exitFindings},
		"rules.txt":   {[]string{"rules"}, exitComplete},
		"explain.txt": {[]string{"explain", "user-console-unused"}, exitComplete},
		"help.txt":    {[]string{"--help"}, exitComplete},
	} {
		t.Run(name, func(t *testing.T) {
			got := enter(t, c.args...)
			if got.status != c.status || got.err != "" {
				t.Errorf("exit status %d, want %d; standard error %q", got.status, c.status, got.err)
			}
			golden(t, name, got.out)
		})
	}
}

func TestExitStatus(t *testing.T) {
	snapshot := filepath.Join(t.TempDir(), "account.json")
	write := func(seen string) {
		text := `{"version": 1, "account": {"id": "111122223333", "partition": "aws"}, "seen": ` + seen + `, "password_policy": {"minimum_length": 20, "uppercase": true, "lowercase": true, "numbers": true, "symbols": true, "reuse": 24}}`
		if err := os.WriteFile(snapshot, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(`{"password-policy": {"at": "2026-11-23T00:00:00Z"}}`)
	const passwords = "--rules=password-min-length,password-reuse,password-symbol"
	if got := enter(t, "scan", snapshot, exampleNow, passwords); got.status != exitComplete {
		t.Errorf("a sound account: %+v", got)
	}
	if got := enter(t, "scan", snapshot, exampleNow); got.status != exitGaps || !strings.Contains(got.out, "the snapshot does not hold it") {
		t.Errorf("a snapshot of one fact: %+v", got)
	}
	write(`{}`)
	if got := enter(t, "scan", snapshot, exampleNow); got.status != exitGaps {
		t.Errorf("a snapshot of nothing: %+v", got)
	}
	write(`{"password-policy": {"at": "2026-11-23T00:00:00Z"}, "summary": {"missing": "refused"}}`)
	if got := enter(t, "scan", snapshot, exampleNow, passwords+",root-mfa"); got.status != exitGaps {
		t.Errorf("an account half seen: %+v", got)
	}
	for severity, want := range map[string]int{"critical": exitGaps, "low": exitFindings} {
		got := enter(t, "scan", exampleDir, exampleNow, "--rules=group-empty,trail-management-events", "--fail-on="+severity)
		if got.status != want {
			t.Errorf("--fail-on %s: exit status %d, want %d", severity, got.status, want)
		}
	}
}

// What is typed wrong is told in one line that names it.
func TestMistakes(t *testing.T) {
	bad := func(name, content string) string {
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	for name, c := range map[string]struct {
		args   []string
		status int
		want   string
	}{
		"no command":          {nil, exitUsage, `expected one of "scan"`},
		"unknown flag":        {[]string{"scan", "--fast"}, exitUsage, "unknown flag --fast"},
		"unknown format":      {[]string{"scan", "--format=xml"}, exitUsage, `--format must be one of`},
		"unknown severity":    {[]string{"scan", "--fail-on=bad"}, exitUsage, `--fail-on must be one of`},
		"not a time":          {[]string{"scan", "--now=yesterday"}, exitUsage, `--now: "yesterday" is no time`},
		"unknown rule":        {[]string{"scan", exampleDir, "--rules=root-mfa,rot-mfa"}, exitUsage, `there is no rule "rot-mfa"`},
		"event rule":          {[]string{"scan", exampleDir, "--rules=event-root-use"}, exitUsage, `rule "event-root-use" is about events`},
		"rule of the stack":   {[]string{"scan", exampleDir, "--rules=scanner-queue-stuck"}, exitUsage, `rule "scanner-queue-stuck" is about the deployed stack`},
		"explain unknown":     {[]string{"explain", "x"}, exitUsage, `there is no rule "x"`},
		"no such path":        {[]string{"scan", "nowhere"}, exitFailed, "nowhere: no such file"},
		"empty folder":        {[]string{"scan", t.TempDir()}, exitFailed, "the folder has none of account-authorization-details.json"},
		"empty file":          {[]string{"scan", bad("a.json", "")}, exitFailed, "a.json: read snapshot: it is empty"},
		"another version":     {[]string{"scan", bad("a.json", `{"version": 2}`)}, exitFailed, "version is 2, this program reads version 1"},
		"not a snapshot":      {[]string{"scan", bad("a.json", `{"UserDetailList": []}`)}, exitFailed, "it has no version, so it is no snapshot"},
		"a fact misspelt":     {[]string{"scan", bad("a.json", `{"version":1,"account":{"id":"1","partition":"aws"},"seen":{"user":{}}}`)}, exitFailed, `no fact "user"`},
		"hostile path":        {[]string{"scan", "no\x1b[31mwhere"}, exitFailed, `no\x1b[31mwhere`},
		"bad configuration":   {[]string{"scan", exampleDir, "--config=" + bad("c.yaml", "version: 1\nrules:\n  rot-mfa:\n    enabled: true\n")}, exitFailed, `line 3: there is no rule "rot-mfa"`},
		"config out of range": {[]string{"scan", exampleDir, "--config=" + bad("c.yaml", "version: 1\nrules:\n  key-rotation:\n    limit: 0\n")}, exitFailed, "line 4: rule \"key-rotation\": limit 0 is not within 1 to 3650 days"},
	} {
		t.Run(name, func(t *testing.T) {
			got := enter(t, c.args...)
			if got.status != c.status || !strings.Contains(got.err, c.want) {
				t.Errorf("exit status %d, standard error %q; want %d and %q", got.status, got.err, c.status, c.want)
			}
			if strings.Count(got.err, "\n") != 1 || got.out != "" {
				t.Errorf("not one line of error alone: %q, %q", got.err, got.out)
			}
		})
	}
}

// A live scan, and an offline one of the snapshot that collect wrote, agree.
func TestLiveAndOfflineAgree(t *testing.T) {
	rendered := func(args ...string) scanner.Report {
		got := enter(t, append(args, "--format=json", exampleNow)...)
		var r scanner.Report
		if got.status != exitFindings && got.status != exitComplete {
			t.Fatalf("%+v", got)
		}
		if err := json.Unmarshal([]byte(got.out), &r); err != nil {
			t.Fatal(err)
		}
		return r
	}
	s := awstest.Large(awstest.Ordinary(60, 10))
	aws := awstest.Serve(t, s)
	for name, value := range map[string]string{"AWS_ENDPOINT_URL": aws.URL(), "AWS_ACCESS_KEY_ID": "ASIATEST", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "t", "AWS_REGION": "us-east-1"} {
		t.Setenv(name, value)
	}
	live := rendered("scan")
	file := filepath.Join(t.TempDir(), "account.json")
	if got := enter(t, "collect", "--output="+file); got.status != exitComplete {
		t.Fatalf("%+v", got)
	}
	offline := rendered("scan", file)
	if len(live.Findings) == 0 {
		t.Error("an account without findings shows no agreement")
	}
	if diff := cmp.Diff(live.Findings, offline.Findings); diff != "" {
		t.Error(diff)
	}
}

func TestNoColourButOnATerminal(t *testing.T) {
	plain := enter(t, "scan", exampleDir, exampleNow)
	if strings.Contains(plain.out, "\x1b") {
		t.Error("escapes in what is not a terminal")
	}
	var out bytes.Buffer
	run(t.Context(), []string{"scan", exampleDir, exampleNow}, terminal{out: &out, err: &out, colour: true, now: time.Now})
	if !strings.Contains(out.String(), "\x1b[1;31mCRITICAL") {
		t.Error("no colour on a terminal")
	}
}

// Nothing that an account holds reaches a terminal as it is.
func TestHostileSnapshot(t *testing.T) {
	file := filepath.Join(t.TempDir(), "account.json")
	const evil = `\u001b[31m\u0007\u009b\u202e`
	text := `{"version": 1, "account": {"id": "1` + evil + `", "name": "n` + evil + `", "partition": "aws` + evil + `"},
		"seen": {"summary": {"missing": "m` + evil + `", "permission": "p` + evil + `"}, "users": {"at": "2026-11-01T00:00:00Z"},
			"logins": {"at": "2026-11-01T00:00:00Z"}, "mfa": {"at": "2026-11-01T00:00:00Z"}},
		"users": [{"arn": "a` + evil + `", "id": "i", "name": "u` + evil + `", "login": {},
			"attached": [{"arn": "b` + evil + `", "name": "p` + evil + `"}], "seen": {"keys": {"missing": "k` + evil + `"}}}]}`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"text", "json", "email", "chat", "program"} {
		got := enter(t, "scan", file, exampleNow, "--format="+format)
		if got.status != exitFindings || strings.ContainsAny(got.out+got.err, "\x1b\x07\u009b\u202e") {
			t.Errorf("%s: %d\n%q\n%q", format, got.status, got.out, got.err)
		}
	}
}

func TestCollectWritesForItsOwnerAlone(t *testing.T) {
	aws := awstest.Serve(t, awstest.Large(awstest.Ordinary(3, 1)))
	for name, value := range map[string]string{"AWS_ENDPOINT_URL": aws.URL(), "AWS_ACCESS_KEY_ID": "ASIATEST", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "t"} {
		t.Setenv(name, value)
	}
	file := filepath.Join(t.TempDir(), "account.json")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if got := enter(t, "collect", "-o", file); got.status != exitComplete || got.out != "" {
		t.Fatalf("%+v", got)
	}
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
}

package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"iamvigil/internal/awstest"
)

// What is broken off writes nothing, neither gaps nor over what was there.
func TestBrokenOff(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		at   string // the call at which somebody interrupts
		want string
	}{
		"collect":               {[]string{"collect"}, "iam:GetAccountAuthorizationDetails", "interrupted"},
		"collect, naming keys":  {[]string{"collect"}, "iam:ListAccessKeys", "interrupted"},
		"collect, before all":   {[]string{"collect"}, "sts:GetCallerIdentity", "interrupted"},
		"collect, time is over": {[]string{"collect", "--timeout=1ns"}, "", "took longer than 1ns"},
		"scan":                  {[]string{"scan"}, "iam:GetAccountAuthorizationDetails", "interrupted"},
		"scan, naming keys":     {[]string{"scan", "--format=json"}, "iam:ListAccessKeys", "interrupted"},
		"scan, time is over":    {[]string{"scan", "--timeout=1ns"}, "", "took longer than 1ns"},
		"doctor":                {[]string{"doctor"}, "iam:GetAccountAuthorizationDetails", "interrupted"},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, interrupt := context.WithCancel(t.Context())
			defer interrupt()
			deployed(t) // for its environment
			aws := awstest.Serve(t, awstest.Large(awstest.Ordinary(60, 10)), awstest.StackOutputs("iamvigil", outputs()),
				awstest.Hook(func(action string, _ int) {
					if action == c.at {
						interrupt()
					}
				}))
			t.Setenv("AWS_ENDPOINT_URL", aws.URL())
			folder := t.TempDir()
			file := filepath.Join(folder, "account.json")
			if err := os.WriteFile(file, []byte("good"), 0o600); err != nil {
				t.Fatal(err)
			}
			if c.args[0] == "collect" {
				c.args = append(c.args, "-o", file)
			}
			got := enterUntil(ctx, c.args...)
			if got.status != exitFailed || got.out != "" || !strings.Contains(got.err, c.want) || strings.Count(got.err, "\n") != 1 {
				t.Errorf("%+v", got)
			}
			if c.at != "" && aws.Calls()[c.at] == 0 {
				t.Errorf("it never called %s", c.at)
			}
			left, err := os.ReadDir(folder)
			if content, _ := os.ReadFile(file); err != nil || len(left) != 1 || string(content) != "good" {
				t.Errorf("%v: %d files, %q", err, len(left), content)
			}
		})
	}
}

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// Whom a role of the same account trusts by itself needs no policy of its own; whom it
// trusts by way of the account does (IAM, "Policy evaluation logic": the principal's
// and the role's policies in one account).
func TestCanAssumeARole(t *testing.T) {
	const (
		byAccount = `{"Sid": "Account", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "sts:AssumeRole"}`
		byItself  = `{"Sid": "Itself", "Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam::111122223333:user/ann", "arn:aws:iam::111122223333:role/work"]}, "Action": "sts:AssumeRole"}`
		byOrg     = `{"Sid": "Org", "Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-exampleorgid"}}}`
		byName    = `{"Sid": "Name", "Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole", "Condition": {"StringEquals": {"aws:username": "ann"}}}`
		byService = `{"Sid": "Service", "Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}`
		bySession = `{"Sid": "Session", "Effect": "Allow", "Principal": {"AWS": "arn:aws:sts::111122223333:assumed-role/work/ci"}, "Action": "sts:AssumeRole"}`
		byMost    = `{"Sid": "Most", "Effect": "Allow", "NotPrincipal": {"AWS": "arn:aws:iam::111122223333:user/ben"}, "Action": "sts:AssumeRole"}`
		denied    = `{"Sid": "Denied", "Effect": "Deny", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "sts:AssumeRole"}`
		broken    = `{"Sid": "Broken", "Effect": "Allow", "Principal": 5, "Action": "sts:AssumeRole"}`

		own     = `{"Sid": "Own", "Effect": "Allow", "Action": "sts:*", "Resource": "arn:aws:iam::*:role/deploy"}`
		deny    = `{"Sid": "Deny", "Effect": "Deny", "Action": "sts:*", "Resource": "*"}`
		without = `{"Sid": "WithoutMFA", "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}`
		fence   = `{"Sid": "Fence", "Effect": "Allow", "Action": "s3:*", "Resource": "*"}`
	)
	for name, c := range map[string]struct {
		trust, inline, boundary string
		answer                  string
		explicit                bool
		sids                    []string
		role                    bool // it is a role that asks, not a user
	}{
		"trusted by itself":                        {trust: byItself, answer: "allowed", sids: []string{"Itself"}},
		"trusted by itself, and allowed":           {trust: byItself, inline: own, answer: "allowed", sids: []string{"Itself"}},
		"trusted by itself, and denied":            {trust: byItself, inline: deny, answer: "denied", explicit: true, sids: []string{"Deny"}},
		"trusted by itself, denied without MFA":    {trust: byItself, inline: without, answer: "conditional", sids: []string{"WithoutMFA", "Itself"}},
		"trusted by itself, outside of a boundary": {trust: byItself, boundary: fence, answer: "allowed", sids: []string{"Itself"}},
		"trusted by itself, denied by a boundary":  {trust: byItself, boundary: deny, answer: "denied", explicit: true, sids: []string{"Deny"}},
		"a role, outside of a boundary":            {trust: byItself, boundary: fence, answer: "denied", role: true},
		"by the account alone":                     {trust: byAccount, answer: "denied"},
		"by the account, and allowed":              {trust: byAccount, inline: own, answer: "allowed", sids: []string{"Own", "Account"}},
		"by the account, outside of a boundary":    {trust: byAccount, inline: own, boundary: fence, answer: "denied"},
		"by the account, denied without MFA":       {trust: byAccount, inline: own + "," + without, answer: "conditional", sids: []string{"Own", "WithoutMFA", "Account"}},
		"not trusted":                              {trust: byService, inline: own, answer: "denied"},
		"not trusted, and denied":                  {trust: byService, inline: deny, answer: "denied", explicit: true, sids: []string{"Deny"}},
		"trusted under a condition":                {trust: byOrg, answer: "conditional", sids: []string{"Org"}},
		"trusted under one that holds":             {trust: byName, answer: "allowed", sids: []string{"Name"}},
		"trusted under one that does not":          {trust: byName, answer: "denied", role: true},
		"denied by the role":                       {trust: byItself + "," + denied, inline: own, answer: "denied", explicit: true, sids: []string{"Denied"}},
		"one session of it is trusted":             {trust: bySession, answer: "conditional", sids: []string{"Session"}, role: true},
		"all but somebody else":                    {trust: byMost, answer: "conditional", sids: []string{"Most"}},
		"a trust that cannot be read":              {trust: broken, inline: own, answer: "conditional", sids: []string{"Own"}},
	} {
		t.Run(name, func(t *testing.T) {
			who, kind := "user/ann", "users"
			if c.role {
				who, kind = "role/work", "roles"
			}
			got := canJSON(t, "--account="+assumable(t, kind, who, c.trust, c.inline, c.boundary), "arn:aws:iam::111122223333:"+who, "sts:AssumeRole", "arn:aws:iam::111122223333:role/deploy")
			var sids []string
			for _, s := range got.Statements {
				sids = append(sids, s.Sid)
			}
			if got.Answer != c.answer || got.Explicit != c.explicit || !slices.Equal(sids, c.sids) {
				t.Errorf("got %q, explicit %v, by %q; want %q, %v, %q", got.Answer, got.Explicit, sids, c.answer, c.explicit, c.sids)
			}
		})
	}
}

// assumable is an account with the role deploy and one who may assume it.
func assumable(t *testing.T, kind, who, trust, inline, boundary string) string {
	t.Helper()
	const fenceARN = "arn:aws:iam::111122223333:policy/fence"
	role := fmt.Sprintf(`{"arn": "arn:aws:iam::111122223333:role/deploy", "id": "AROADEPLOY", "name": "deploy", "trust": %s}`, statements(trust))
	asking := fmt.Sprintf(`{"arn": "arn:aws:iam::111122223333:%s", "id": "AIDAASKING", "name": %q, "inline": [{"name": "own", "document": %s}]`, who, filepath.Base(who), statements(inline))
	policies := ""
	if boundary != "" {
		asking += fmt.Sprintf(`, "boundary": %q`, fenceARN)
		policies = fmt.Sprintf(`{"arn": %q, "id": "ANPAFENCE", "name": "fence", "versions": [{"id": "v1", "default": true, "document": %s}]}`, fenceARN, statements(boundary))
	}
	users, roles := asking+"}", role
	if kind == "roles" {
		users, roles = "", role+","+asking+`, "trust": `+statements("")+"}"
	}
	const seen = `{"at": "2026-11-20T00:00:00Z"}`
	text := fmt.Sprintf(`{"version": 1, "account": {"id": "111122223333", "partition": "aws"}, "seen": {"users": %s, "groups": %[1]s, "roles": %[1]s, "policies": %[1]s}, "users": [%s], "roles": [%s], "policies": [%s]}`,
		seen, users, roles, policies)
	file := filepath.Join(t.TempDir(), "account.json")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// AWS lets no root user assume a role (API AssumeRole).
func TestCanRootAssumesNoRole(t *testing.T) {
	if got := canJSON(t, canAccount, "root", "sts:AssumeRole", "arn:aws:iam::111122223333:role/app/worker"); got.Answer != "denied" {
		t.Errorf("%+v", got)
	}
}

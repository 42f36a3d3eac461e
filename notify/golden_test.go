package notify_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"iamvigil/ledger"
	"iamvigil/notify"
)

var update = flag.Bool("update", false, "write the golden files anew")

// cases are one of each kind of changes; the name is the golden file's.
var cases = map[string]func() *ledger.Telling{
	"first-digest":    firstDigest,
	"nightly-digest":  nightlyDigest,
	"owners-digest":   ownersDigest,
	"resolved-digest": resolvedDigest,
	"settings-digest": settingsDigest,
	"blind-digest":    blindDigest,
	"managed-digest":  managedDigest,
	"root-use":        rootUse,
	"intruder":        intruder,
	"prober":          prober,
	"terraform-run":   terraformRun,
	"resolved-only":   resolvedOnly,
	"acknowledgement": acknowledgement,
	"burst-first":     burstFirst,
	"burst-held":      burstHeld,
	"burst-summary":   burstSummary,
	"burst-sessions":  burstSessions,
	"hostile":         hostile,

	"remediation":         remediationRun,
	"remediation-dry-run": remediationDryRun,
	"remediation-crowds":  remediationCrowds,
	"remediation-held":    remediationHeld,
	"remediation-unused":  remediationUnused,
	"remediation-denied":  remediationDenied,
	"contained-digest":    containedDigest,
	"remediation-hostile": remediationHostile,
	"quarantine":          quarantined,
}

// TestGolden shows each kind of changes as each audience gets it, in a file of
// its own: what is told to one is changed without the others.
func TestGolden(t *testing.T) {
	for _, name := range slices.Sorted(maps.Keys(cases)) {
		for audience, show := range audiences {
			t.Run(name+"/"+audience, func(t *testing.T) {
				golden(t, name+"."+audience, show(t, cases[name]()))
			})
		}
	}
}

// audiences show messages as their readers see them.
var audiences = map[string]func(*testing.T, *ledger.Telling) string{
	"email":    func(t *testing.T, c *ledger.Telling) string { return emailPage(notify.Emails(c)...) },
	"chat":     func(t *testing.T, c *ledger.Telling) string { return chatPage(t, notify.Chats(c)...) },
	"programs": func(t *testing.T, c *ledger.Telling) string { return programPage(t, notify.Programs(c)...) },
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name+".golden")
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
		t.Errorf("differs from %s (-want +got):\n%s", file, diff)
	}
}

// emailPage is a mail as it arrives.
func emailPage(messages ...notify.Message) string {
	var b strings.Builder
	for _, m := range messages {
		fmt.Fprintf(&b, "-- email %v --\nSubject: %s\n\n%s", m.Attributes, m.Subject, m.Body)
	}
	return b.String()
}

// chatPage is a chat message's fields one by one.
func chatPage(t *testing.T, messages ...notify.Message) string {
	var b strings.Builder
	for _, m := range messages {
		n := decodeChat(t, m)
		fmt.Fprintf(&b, "-- chat %v --\n%s\n\n%s\n\nNext steps:\n", m.Attributes, n.Content.Title, n.Content.Description)
		for _, step := range n.Content.NextSteps {
			fmt.Fprintf(&b, "* %s\n", step)
		}
		fmt.Fprintf(&b, "Keywords: %s\nSummary: %s\n", strings.Join(n.Content.Keywords, " | "), n.Metadata.Summary)
	}
	return b.String()
}

// programPage is the JSON, indented.
func programPage(t *testing.T, messages ...notify.Message) string {
	var b strings.Builder
	for _, m := range messages {
		fmt.Fprintf(&b, "-- program %v %v --\n", m.Attributes, m.Rules)
		var indented bytes.Buffer
		if err := json.Indent(&indented, []byte(m.Body), "", "  "); err != nil {
			t.Fatal(err)
		}
		b.WriteString(indented.String() + "\n")
	}
	return b.String()
}

type chat struct {
	Version, Source, ID string
	Content             struct {
		TextType, Title, Description string
		NextSteps, Keywords          []string
	}
	Metadata struct {
		ThreadID, Summary string
		AdditionalContext map[string]string
	}
}

// decodeChat reads a custom notification as strictly as the service's page
// describes it: no other field, and the required ones there.
func decodeChat(t tester, m notify.Message) chat {
	dec := json.NewDecoder(strings.NewReader(m.Body))
	dec.DisallowUnknownFields()
	var n chat
	if err := dec.Decode(&n); err != nil {
		t.Fatalf("%v in %s", err, m.Body)
	}
	return n
}

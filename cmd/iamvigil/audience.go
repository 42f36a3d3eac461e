package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"iamvigil/internal/plain"
	"iamvigil/ledger"
	"iamvigil/notify"
	"iamvigil/scanner"
)

// writeMessages writes what an audience would be told of a report if nothing
// had been known before: a mail with its subject, a chat message's texts, or a
// program's JSON, one message a line.
func writeMessages(w io.Writer, report scanner.Report, audience string) error {
	changes := ledger.Diff(ledger.Known{}, report, ledger.Digest)
	messages, write := notify.Programs, writeProgram
	switch audience {
	case "email":
		messages, write = notify.Emails, writeEmail
	case "chat":
		messages, write = notify.Chats, writeChat
	}
	for i, m := range messages(&changes.Telling) {
		if i > 0 && audience != "program" {
			fmt.Fprintf(w, "\n%s\n\n", strings.Repeat("=", width))
		}
		if err := write(w, m); err != nil {
			return fmt.Errorf("message %d for %s: %w", i+1, audience, err)
		}
	}
	return nil
}

func writeEmail(w io.Writer, m notify.Message) error {
	_, err := fmt.Fprintf(w, "Subject: %s\n\n%s\n", m.Subject, strings.TrimRight(m.Body, "\n"))
	return err
}

func writeProgram(w io.Writer, m notify.Message) error {
	var line bytes.Buffer
	if err := json.Compact(&line, []byte(m.Body)); err != nil {
		return err
	}
	line.WriteByte('\n')
	_, err := w.Write(plain.JSON(line.Bytes()))
	return err
}

// writeChat shows the texts of a custom notification in the order in which
// Amazon Q Developer does.
func writeChat(w io.Writer, m notify.Message) error {
	var n struct {
		Content struct {
			Title       string   `json:"title"`
			Description string   `json:"description"`
			NextSteps   []string `json:"nextSteps"`
			Keywords    []string `json:"keywords"`
		} `json:"content"`
		Metadata struct {
			ThreadID string `json:"threadId"`
		} `json:"metadata"`
	}
	if err := json.Unmarshal([]byte(m.Body), &n); err != nil {
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n%s\n", n.Content.Title, n.Content.Description)
	if len(n.Content.NextSteps) > 0 {
		b.WriteString("\nNext steps\n")
	}
	for _, step := range n.Content.NextSteps {
		fmt.Fprintf(&b, "- %s\n", step)
	}
	fmt.Fprintf(&b, "\nKeywords: %s\nThread: %s\n", strings.Join(n.Content.Keywords, ", "), plain.Text(n.Metadata.ThreadID))
	_, err := io.WriteString(w, b.String())
	return err
}

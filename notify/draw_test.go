package notify_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"pgregory.net/rapid"

	"iamvigil/ledger"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/trail"
)

// marker stands in generated texts where a reader must never see our words.
const marker = "MARKER"

// text draws what a stranger may write: anything, at lengths beyond every limit,
// with characters of four bytes where a cut may fall.
var text = rapid.Custom(func(t *rapid.T) string {
	switch rapid.IntRange(0, 5).Draw(t, "kind") {
	case 0:
		return rapid.StringN(0, 20, -1).Draw(t, "any")
	case 1:
		return rapid.StringMatching(`[A-Za-z0-9+=,.@_-]{1,64}`).Draw(t, "name")
	case 2:
		return strings.Repeat(rapid.SampledFrom([]string{"😀", "é", "a", "\u202e", "*", "`", "<", "&", "://", "_ ", "x\n"}).Draw(t, "piece"),
			rapid.IntRange(0, 3000).Draw(t, "times"))
	case 3:
		return strings.Repeat(marker+rapid.SampledFrom([]string{" ", "  ", "\n", "\r\n", "\u2028", " \n* ", " `"}).Draw(t, "gap"), rapid.IntRange(1, 40).Draw(t, "markers"))
	case 4:
		return rapid.SampledFrom([]string{"<!channel>", "<@U024BE7LH>", "<https://evil.example|x>", "*b* _i_ ~s~ `c`", "[x](https://evil.example)", ":skull:", "# x", "\x1b[2J", "\uffff\ufffe"}).Draw(t, "markup")
	}
	return rapid.StringMatching(`[A-Z][a-z]+( [a-z0-9.:/"(),]{1,9}){0,60}`).Draw(t, "sentence")
})

var (
	severity = rapid.SampledFrom(scanner.Severities())
	ruleID   = rapid.StringMatching(`[a-z]{2,9}(-[a-z]{2,9}){0,6}`)
	moment   = rapid.Custom(func(t *rapid.T) time.Time {
		return now.Add(time.Duration(rapid.IntRange(-90*24*3600, 600).Draw(t, "seconds")) * time.Second)
	})
	resource = rapid.Custom(func(t *rapid.T) account.Ref {
		kind := rapid.SampledFrom([]account.Kind{account.KindUser, account.KindRole, account.KindGroup, account.KindPolicy, account.KindAccount, account.KindTrail}).Draw(t, "kind")
		return account.Ref{Kind: kind, ARN: text.Draw(t, "arn"), ID: text.Draw(t, "id"), Name: text.Draw(t, "name")}
	})
	record = rapid.Custom(func(t *rapid.T) ledger.Record {
		fix := strings.Repeat("Detach it (iam detach-user-policy). ", rapid.IntRange(0, 100).Draw(t, "fix"))
		r := found(ruleID.Draw(t, "rule"), severity.Draw(t, "severity"), resource.Draw(t, "resource"), text.Draw(t, "part"), text.Draw(t, "message"), fix)
		r.Evidence = rapid.MapOfN(text, text, 0, 3).Draw(t, "evidence")
		r.EvidenceAt, r.FirstSeen = moment.Draw(t, "evidence at"), moment.Draw(t, "first seen")
		r.Owner, r.ManagedBy = owner.Draw(t, "owner"), rapid.SampledFrom([]string{"", `CloudFormation stack "x"`, "file " + strconv.Quote(r.Part)}).Draw(t, "managed by")
		if command := scanner.Command("iam", "get-user", "--user-name", text.Draw(t, "user name")); command != "" {
			r.Commands = slices.Repeat([]string{command}, rapid.IntRange(0, 3).Draw(t, "commands"))
		}
		r.Console = rapid.SampledFrom([]string{"", scanner.Console(r.Resource)}).Draw(t, "console")
		r.By = rapid.Ptr(called, true).Draw(t, "by")
		if x := rapid.Ptr(silence, true).Draw(t, "lapsed"); x != nil {
			r.Lapsed = &ledger.Lapse{Exemption: *x, Ack: rapid.Bool().Draw(t, "acknowledged")}
		}
		r.Thread = rapid.SampledFrom([]string{"", "now", "then", "long ago"}).Draw(t, "thread")
		return r
	})
	owner   = rapid.OneOf(rapid.SampledFrom([]string{"", "", "platform", "payments", " ", "\U0002070e"}), text)
	silence = rapid.Custom(func(t *rapid.T) scanner.Exemption {
		return scanner.Exemption{Reason: text.Draw(t, "reason"), Owner: text.Draw(t, "owner"), Expires: moment.Draw(t, "expires")}
	})
	called = rapid.Custom(func(t *rapid.T) trail.Origin {
		if rapid.Bool().Draw(t, "missing") {
			return trail.Origin{Missing: text.Draw(t, "missing")}
		}
		e := event.Draw(t, "event")
		return *e.Origin()
	})
	note = rapid.Custom(func(t *rapid.T) ledger.ExemptionNote {
		x := silence.Draw(t, "exemption")
		x.Rules, x.Resource, x.Account = rapid.SliceOfN(ruleID, 1, 4).Draw(t, "rules"), text.Draw(t, "resource"), text.Draw(t, "account")
		x.Tags = rapid.MapOfN(text, text, 0, 3).Draw(t, "tags")
		return ledger.ExemptionNote{ExemptionUse: scanner.ExemptionUse{Exemption: x, Findings: rapid.IntRange(0, 99).Draw(t, "findings")},
			Why: rapid.SampledFrom([]string{ledger.Expired, ledger.Expiring, ledger.Unused}).Draw(t, "why")}
	})
	count = rapid.Custom(func(t *rapid.T) ledger.RuleCount {
		return ledger.RuleCount{Rule: ruleID.Draw(t, "rule"), Severity: severity.Draw(t, "severity"), Findings: rapid.IntRange(0, 1e6).Draw(t, "findings")}
	})
	taken = rapid.Custom(func(t *rapid.T) ledger.Step {
		s := ledger.Step{
			Action: text.Draw(t, "action"), Cure: rapid.SampledFrom([]string{ledger.CureDeactivateKey, ledger.CureContainConsole, ledger.CureQuarantine}).Draw(t, "cure"),
			What: rapid.SampledFrom([]string{ledger.StepWarning, ledger.StepFinal, ledger.StepDone, ledger.StepUndone, ledger.StepSpared,
				ledger.StepPostponed, ledger.StepRefused, ledger.StepFailed, ledger.StepUncertain}).Draw(t, "what"),
			By:    rapid.OneOf(rapid.SampledFrom([]string{"", schedule, ann}), rapid.Map(text, func(s string) string { return "arn:aws:sts::1:assumed-role/" + s })).Draw(t, "by"),
			Would: rapid.Bool().Draw(t, "would"), Record: record.Draw(t, "finding"),
			Target:   rapid.SampledFrom([]string{"AKIA", "arn:aws:iam::123456789012:policy/"}).Draw(t, "kind") + text.Draw(t, "target"),
			LastUsed: rapid.OneOf(rapid.SampledFrom([]string{"", "never", "2026-11-01T00:00:00Z"}), text).Draw(t, "last used"),
			Reason:   text.Draw(t, "reason"), Effect: text.Draw(t, "effect"), Ask: rapid.OneOf(rapid.Just(""), text).Draw(t, "ask"),
			Advice: rapid.SliceOfN(text, 0, 3).Draw(t, "advice"),
		}
		s.Deadline = moment.Draw(t, "deadline").AddDate(0, 1, 0)
		s.Call = ledger.Call{Operation: "UpdateAccessKey", Parameters: map[string]string{"UserName": text.Draw(t, "user name"), "Status": "Inactive"}}
		s.Reversal = rapid.SampledFrom([]ledger.Call{{}, s.Call}).Draw(t, "reversal")
		if rapid.Bool().Draw(t, "by hand") {
			s.Record.Finding = scanner.Finding{Resource: s.Record.Resource, Owner: s.Record.Owner, Message: s.Record.Message}
		}
		return s
	})
	event = rapid.Custom(func(t *rapid.T) trail.Event {
		return trail.Event{
			ID: text.Draw(t, "id"), Name: text.Draw(t, "name"), Source: text.Draw(t, "source"), Time: moment.Draw(t, "time"),
			Actor: trail.Actor{
				Type: rapid.SampledFrom([]string{"Root", "IAMUser", "AssumedRole", "AWSService", "Unknown", ""}).Draw(t, "type"),
				ARN:  text.Draw(t, "arn"), Name: text.Draw(t, "actor"), Issuer: text.Draw(t, "issuer"), IP: text.Draw(t, "ip"), Agent: text.Draw(t, "agent"),
				MFA: rapid.SampledFrom([]string{"yes", "no", ""}).Draw(t, "mfa"), Key: text.Draw(t, "key"), InvokedBy: text.Draw(t, "invoked by"),
			},
			Failed: rapid.Bool().Draw(t, "failed"), Error: text.Draw(t, "error"),
			Details: rapid.MapOfN(text, text, 0, 8).Draw(t, "details"),
		}
	})
	gap = rapid.Custom(func(t *rapid.T) ledger.GapRecord {
		g := ledger.GapRecord{Fact: rapid.SampledFrom(account.Facts()).Draw(t, "fact"), Reason: text.Draw(t, "reason"), FirstSeen: now,
			Permission: rapid.SampledFrom([]string{"", "iam:ListAccessKeys", "iam:GetUser"}).Draw(t, "permission"),
			Rules:      rapid.SliceOfN(ruleID, 1, 12).Draw(t, "rules")}
		if rapid.Bool().Draw(t, "of one") {
			r := resource.Draw(t, "resource")
			g.Resource = &r
		}
		return g
	})
)

// many draws a few different values and repeats them to a large count, telling
// the copies apart.
func many[T any](t *rapid.T, label string, g *rapid.Generator[T], most int, apart func(*T, int)) []T {
	kinds := rapid.SliceOfN(g, 0, 5).Draw(t, label)
	if len(kinds) == 0 {
		return nil
	}
	all := make([]T, rapid.IntRange(len(kinds), max(len(kinds), most)).Draw(t, label+" count"))
	for i := range all {
		all[i] = kinds[i%len(kinds)]
		apart(&all[i], i)
	}
	return all
}

var changes = rapid.Custom(func(t *rapid.T) *ledger.Telling {
	number := func(r *ledger.Record, i int) { r.ID = fmt.Sprintf("%032x", i) }
	c := &ledger.Telling{
		Kind:    rapid.SampledFrom([]string{ledger.Digest, ledger.Event}).Draw(t, "kind"),
		Account: account.Identity{ID: acme.ID, Name: text.Draw(t, "account"), Partition: "aws"},
		Time:    now,
		First:   rapid.Bool().Draw(t, "first"),
		New:     many(t, "new", record, 300, number),
		Resolved: many(t, "resolved", record, 100, func(r *ledger.Record, i int) {
			number(r, i)
			*r = resolved(*r, rapid.SampledFrom([]string{ledger.Mended, ledger.Deleted}).Draw(t, "how"), time.Hour)
		}),
		Gaps: many(t, "gaps", gap, 100, func(g *ledger.GapRecord, i int) {}),
		Silenced: many(t, "silenced", record, 40, func(r *ledger.Record, i int) {
			number(r, i)
			x := silence.Draw(t, "exemption")
			r.Status, r.Exempt = scanner.Exempt, &x
			if rapid.Bool().Draw(t, "acknowledged") {
				noted(r, ledger.Ack{By: x.Owner, Reason: x.Reason, At: now, Until: x.Expires})
			}
		}),
		Reranked: many(t, "reranked", record, 40, func(r *ledger.Record, i int) {
			number(r, i)
			r.Was = severity.Draw(t, "was")
		}),
		NewRules:   many(t, "new rules", count, 80, func(n *ledger.RuleCount, i int) { n.Rule += fmt.Sprintf("-%d", i) }),
		Withdrawn:  many(t, "withdrawn", count, 20, func(n *ledger.RuleCount, i int) { n.Rule += fmt.Sprintf("-%d", i) }),
		Exemptions: many(t, "exemptions", note, 20, func(*ledger.ExemptionNote, int) {}),
		Open:       map[scanner.Severity]int{scanner.High: rapid.IntRange(0, 1e6).Draw(t, "open")},
		Exempt:     rapid.IntRange(0, 9).Draw(t, "exempt"),
		Covered:    rapid.IntRange(0, 9).Draw(t, "covered"),
		Unknown:    rapid.MapOfN(text, rapid.IntRange(1, 1000), 0, 6).Draw(t, "unknown"),
	}
	switch rapid.IntRange(0, 6).Draw(t, "occasion") {
	case 3:
		notice := rapid.Custom(func(t *rapid.T) ledger.Notice {
			return ledger.Notice{Kind: rapid.SampledFrom([]string{ledger.NoticeBreaker, ledger.NoticeTime, "other", ledger.NoticeDisagree}).Draw(t, "notice"), Text: text.Draw(t, "text")}
		})
		return &ledger.Telling{Kind: ledger.Remediation, Account: c.Account, Time: now, Notices: rapid.SliceOfN(notice, 0, 20).Draw(t, "notices"),
			Steps: many(t, "steps", taken, 500, func(s *ledger.Step, i int) {
				s.Action += fmt.Sprint(i)
				if s.Record.ID != "" {
					s.Record.ID = fmt.Sprintf("%032x", i)
				}
			})}
	case 0:
		c.Kind, c.Held, c.Thread = ledger.Event, true, "now"
	case 1:
		c.Kind, c.New, c.Resolved, c.Reranked, c.Events = ledger.Acknowledgement, nil, nil, nil, nil
		for i := range c.Silenced {
			noted(&c.Silenced[i], ledger.Ack{By: "arn:aws:iam::123456789012:user/jane", Reason: "later", At: now, Until: now.Add(time.Hour)})
		}
	case 2:
		c.Kind, c.Thread, c.Rest = ledger.Summary, "now", many(t, "rest", count, 20, func(*ledger.RuleCount, int) {})
		c.Burst = &ledger.Burst{Thread: "now", Actor: event.Draw(t, "event").Actor, Opened: moment.Draw(t, "opened"), At: now, Events: 500,
			Sessions: rapid.SliceOfN(text, 0, 5).Draw(t, "sessions")}
	}
	for _, list := range [][]ledger.Record{c.New, c.Resolved, c.Silenced, c.Reranked} {
		slices.SortStableFunc(list, func(a, b ledger.Record) int { return scanner.CompareFindings(a.Finding, b.Finding) })
	}
	c.Alerts = many(t, "alerts", rapid.Custom(func(t *rapid.T) scanner.Alert {
		return scanner.Alert{Rule: ruleID.Draw(t, "rule"), Severity: severity.Draw(t, "severity"), Resource: resource.Draw(t, "resource"),
			Message: text.Draw(t, "message"), Fix: "Ask who it was.", Owner: owner.Draw(t, "owner"), Event: event.Draw(t, "event")}
	}), 60, func(a *scanner.Alert, i int) { a.Event.ID = fmt.Sprintf("%s-%d", a.Event.ID, i) })
	return c
})

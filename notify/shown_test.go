package notify_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"iamvigil/ledger"
	"iamvigil/notify"
	"iamvigil/scanner"
)

// crowd is so many records of a severity.
func crowd(rule string, severity scanner.Severity, many int) []ledger.Record {
	var all []ledger.Record
	for i := range many {
		all = append(all, found(rule, severity, user(fmt.Sprintf("user-%05d", i)), "", fmt.Sprintf("%s of number %d", rule, i), "Mend it."))
	}
	return all
}

// However much else there is, what is bad is told in full: what an intruder would
// silence, and what has become worse.
func TestNothingPushesOutTheWorst(t *testing.T) {
	worse := crowd("worse-rule", scanner.Critical, 1)
	worse[0].Was = scanner.Low
	silenced := crowd("silenced-rule", scanner.Critical, 1)
	silenced[0].Exempt = &scanner.Exemption{Reason: "none", Owner: "mallory", Expires: now.AddDate(0, 1, 0)}
	alerts := rootUse().Alerts
	for i := range 60 {
		a := alerts[0]
		a.Event.ID = fmt.Sprint(i)
		alerts = append(alerts, a)
	}
	for name, c := range map[string]*ledger.Telling{
		"low ones":          {New: crowd("new-rule", scanner.Low, 60), Resolved: crowd("old-rule", scanner.Low, 60)},
		"as bad ones":       {New: crowd("new-rule", scanner.Critical, 60)},
		"alerts":            {Alerts: alerts},
		"alerts and others": {Alerts: alerts, New: crowd("new-rule", scanner.Critical, 60)},
		"milder and quiet":  {Resolved: crowd("old-rule", scanner.Critical, 60), Silenced: crowd("other-rule", scanner.High, 60)},
	} {
		t.Run(name, func(t *testing.T) {
			c.Kind, c.Account, c.Time = ledger.Digest, acme, now
			c.Reranked, c.Silenced = worse, append(silenced, c.Silenced...)
			for audience, text := range map[string]string{"email": emailPage(notify.Emails(c)...), "chat": chatPage(t, notify.Chats(c)...)} {
				for _, want := range []string{"worse-rule of number 0", "silenced-rule of number 0"} {
					if !strings.Contains(strings.ToLower(strings.Join(strings.Fields(text), " ")), want) {
						t.Errorf("%s does not tell %q", audience, want)
					}
				}
			}
			worst, _, _ := strings.Cut(notify.Emails(c)[0].Body, "NOT SHOWN HERE")
			if _, led, _ := strings.Cut(notify.Emails(c)[0].Subject, "worst: "); !strings.Contains(strings.ToLower(worst), strings.TrimSuffix(led, "...")) {
				t.Errorf("the subject leads with %q, which the mail does not tell", led)
			}
		})
	}
}

// A first look at a large account finds some 50,000 faults; to choose among them
// takes no copy of them all, which has 50 MiB, and leaves them as they are.
func TestChoosingCopiesLittle(t *testing.T) {
	c := &ledger.Telling{Kind: ledger.Digest, Account: acme, Time: now, First: true, New: crowd("new-rule", scanner.Low, 50_000)}
	first := c.New[0].ID
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if len(notify.Emails(c))+len(notify.Chats(c)) != 2 {
		t.Fatal("it is not told")
	}
	runtime.ReadMemStats(&after)
	if took := (after.TotalAlloc - before.TotalAlloc) >> 20; took > 10 {
		t.Errorf("it takes %d MiB", took)
	}
	if c.New[0].ID != first {
		t.Error("what is told is in another order")
	}
}

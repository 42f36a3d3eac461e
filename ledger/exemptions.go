package ledger

import (
	"slices"
	"time"

	"iamvigil/scanner"
)

// When people should look after an exemption.
const (
	expiresSoon = 14 * day
	expiresNow  = 3 * day
	unusedFor   = 30 * day
)

// exemptions tells in a digest which exemptions people should look after, each
// once for each reason, and remembers that.
func (d *diff) exemptions(c *Changes) {
	if d.kind != Digest {
		return
	}
	configured := map[string]bool{}
	for _, use := range d.uses {
		if !use.Concerns(d.report.Account.ID) || configured[use.Key()] {
			continue
		}
		configured[use.Key()] = true
		d.lookAfter(use, c)
	}
	for key := range d.known.Exemptions {
		if !configured[key] {
			c.ExemptionDeletes = append(c.ExemptionDeletes, key)
		}
	}
	slices.Sort(c.ExemptionDeletes)
}

func (d *diff) lookAfter(use scanner.ExemptionUse, c *Changes) {
	known, isKnown := d.known.Exemptions[use.Key()]
	now, mark := d.report.Time, known
	if !mark.Expires.Equal(use.Expires) {
		mark = ExemptionMark{Expires: use.Expires}
	}
	switch {
	case use.Findings == 0 && mark.Since.IsZero():
		mark.Since = now
	case use.Findings > 0:
		mark.Since = time.Time{}
		if mark.Told == Unused {
			mark.Told, mark.ToldAt = "", time.Time{}
		}
	}
	if why := d.concern(&use, &mark); why != "" {
		mark.Told, mark.ToldAt = why, now
		c.Exemptions = append(c.Exemptions, ExemptionNote{ExemptionUse: use, Why: why})
	}
	if isKnown && mark.same(&known) {
		return
	}
	if c.ExemptionPuts == nil {
		c.ExemptionPuts = map[string]ExemptionMark{}
	}
	c.ExemptionPuts[use.Key()] = mark
}

// concern is why people should look after the exemption, empty if they need not
// or know.
func (d *diff) concern(use *scanner.ExemptionUse, mark *ExemptionMark) string {
	now := d.report.Time
	why := ""
	switch {
	case use.Expired(now):
		why = Expired
	case !now.Before(use.Expires.Add(-expiresSoon)):
		why = Expiring
	case use.Findings == 0 && now.Sub(mark.Since) >= unusedFor && d.seen(use.Rules):
		why = Unused
	}
	if last := use.Expires.Add(-expiresNow); why == Expiring && mark.ToldAt.Before(last) && !now.Before(last) {
		return why // told a while ago, and now it is urgent
	}
	if why == mark.Told {
		return ""
	}
	return why
}

// seen reports whether the rules were asked tonight, and all could answer: of
// those about events a digest cannot tell what they would have said.
func (d *diff) seen(rules []string) bool {
	blind := map[string]bool{}
	for i := range d.report.Gaps {
		blind[d.report.Gaps[i].Rule] = true
	}
	return !slices.ContainsFunc(rules, func(rule string) bool {
		return blind[rule] || !d.on[rule] && rule != scanner.BlindnessID
	})
}

func (m *ExemptionMark) same(as *ExemptionMark) bool {
	return m.Since.Equal(as.Since) && m.Told == as.Told && m.ToldAt.Equal(as.ToldAt) && m.Expires.Equal(as.Expires)
}

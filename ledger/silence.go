package ledger

import (
	"time"

	"iamvigil/scanner"
)

// exemption is what the acknowledgement is to a finding.
func (a *Ack) exemption() *scanner.Exemption {
	return &scanner.Exemption{Reason: a.Reason, Owner: a.By, Expires: a.Until}
}

// acknowledge silences a record that was just described while somebody's note of
// it lasts. What the configuration exempts it already does.
func (r *Record) acknowledge(now time.Time) {
	if r.Ack != nil && !now.Before(r.Ack.Until) {
		r.Ack = nil
	}
	if r.Ack != nil && r.Status == scanner.Open {
		r.Status, r.Exempt = scanner.Exempt, r.Ack.exemption()
	}
}

// lapse remembers what silenced the record until now, for when it is told again.
func (r *Record) lapse(was *Record) {
	switch {
	case r.Status == scanner.Exempt:
		r.Lapsed = nil
	case was.State == Open && was.Status == scanner.Exempt && !was.builtIn():
		r.Lapsed = was.silence()
	}
}

// release has people told anew of what stands, contained until now: they know it
// as harmless. What nobody could see is not taken for a release.
func (d *diff) release(r, was *Record) {
	r.Released = was.State == Open && was.Status == scanner.Contained && r.Status == scanner.Open
	switch {
	case !r.Released:
	case d.report.Listed(r.Resource.Kind):
		r.Told, r.Flapping = "", false
	default:
		r.Released, r.Status = false, scanner.Contained
	}
}

// builtIn reports whether it is exempt for the scanner's own doing, which is no
// news.
func (r *Record) builtIn() bool {
	return r.Status == scanner.Exempt && r.Exempt != nil && r.Exempt.BuiltIn()
}

// silence is what silences the record, as it will have lapsed; nil: nothing does.
func (r *Record) silence() *Lapse {
	if r.Exempt == nil {
		return nil
	}
	return &Lapse{Exemption: *r.Exempt, Ack: r.acknowledged()}
}

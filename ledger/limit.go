package ledger

import (
	"cmp"
	"strconv"

	"iamvigil/scanner"
)

// compared is the number that a finding says its rule compared with. Not every
// rule says it, and one says it of a number that nobody can set.
func compared(f *scanner.Finding, limit scanner.Limit) int {
	said, err := strconv.Atoi(f.Evidence["limit"])
	if err != nil {
		return limit.Value
	}
	return said
}

// limit notes what the record's rule compared with, if it has a limit, and for
// how long it let be what was new.
func (d *diff) limit(r *Record) {
	r.Grace = d.report.Graces[r.Rule]
	limit, has := d.report.Limits[r.Rule]
	if !has {
		r.Limit, r.WithoutPassword = 0, 0
		return
	}
	r.Limit, r.WithoutPassword = compared(&r.Finding, limit), limit.WithoutPassword
}

// reset reports whether the record's rule compares with another number now than
// it did with when the record was last seen to stand: then that it is absent
// does not show that it was mended. A record does not tell whether its user has
// a password. Where there was no other limit for those without, it may be either.
// A longer grace does the same.
func (d *diff) reset(r *Record) bool {
	now, has := d.report.Limits[r.Rule]
	other := cmp.Or(now.WithoutPassword, now.Value)
	switch {
	case d.report.Graces[r.Rule] > r.Grace:
		return true
	case !has || r.Limit == 0:
		return false
	case r.WithoutPassword == 0:
		return r.Limit != now.Value || r.Limit != other
	case r.WithoutPassword == r.Limit:
		return r.Limit != other
	}
	return r.Limit != now.Value
}

// upgraded fills in what records did not say once: one that was told was told
// with the severity that it has, and its evidence may tell its limit.
func (d *diff) upgraded(r Record) Record {
	if r.Told != "" && r.ToldAs == "" {
		r.ToldAs = r.Severity
	}
	if _, has := d.report.Limits[r.Rule]; has && r.Limit == 0 {
		r.Limit = compared(&r.Finding, scanner.Limit{})
	}
	return r
}

package ledger_test

import (
	"testing"

	"iamvigil/ledger"
	"iamvigil/scanner"
)

// TestDiffIdentity tells stories of what is the same under another name.
func TestDiffIdentity(t *testing.T) {
	tell(t, map[string]func(*story){
		"renamed: silent, and moved": func(s *story) {
			u := s.create("alice", "p")
			s.audit("new inline alice p")
			u.name = "Bob"
			c := s.watch("alice bob")
			if len(c.Puts) != 1 || c.Puts[0].StoredAs != "user#alice#AIDA0001#inline#p" || c.Puts[0].SortKey() != "user#bob#AIDA0001#inline#p" {
				s.t.Errorf("puts %v, want one that moves", c.Puts)
			}
			u.policies = nil
			s.audit("mended inline Bob p")
		},
		"stored twice after an unnoticed rename: the newer is kept": func(s *story) {
			u := s.create("alice", "p")
			s.audit("new inline alice p")
			left := s.sole()
			u.name = "bob"
			s.audit()
			s.later(hour)
			u.policies = nil
			s.audit("mended inline bob p")
			s.memory.records[left.StoredAs] = left
			s.audit()
			if r := s.sole(); r.StoredAs != "user#bob#AIDA0001#inline#p" || r.State != ledger.Resolved {
				s.t.Errorf("kept %v, want the resolved one of bob", r)
			}
		},
		"stored twice after an unnoticed rename: the newer moves into the place of the older": func(s *story) {
			u := s.create("alice", "p")
			s.audit("new inline alice p")
			older := s.sole()
			s.later(hour)
			s.edit = func(f *scanner.Finding) { f.Owner = "ops" }
			s.audit()
			newer := s.sole()
			newer.StoredAs = "user#gone#AIDA0001#inline#p"
			s.memory.records = map[string]ledger.Record{older.StoredAs: older, newer.StoredAs: newer}
			c := s.watch("alice gone")
			if len(c.Puts) != 1 || len(c.Deletes) != 1 || c.Puts[0].StoredAs != older.StoredAs || c.Puts[0].Revision != older.Revision || c.Deletes[0].StoredAs != newer.StoredAs {
				s.t.Errorf("puts %v, deletes %v; want one each, and no two of one place", c.Puts, c.Deletes)
			}
			u.policies = nil
			s.audit("mended inline alice p")
		},
		"attributes change: saved, not told": func(s *story) {
			s.create("alice", "p")
			s.audit("new inline alice p")
			s.edit = func(f *scanner.Finding) { f.Owner = "ops" }
			if c := s.audit(); len(c.Puts) != 1 || c.Puts[0].Owner != "ops" {
				s.t.Errorf("puts %v, want one of another owner", c.Puts)
			}
			s.unsaved(s.audit())
		},
	})
}

// TestDiffSavesAttributes: what of a finding differs is saved once, and not told
// but for severity and exemptions; what changes every day is not even saved.
func TestDiffSavesAttributes(t *testing.T) {
	for name, row := range map[string]struct {
		edit func(*scanner.Finding)
		puts int
		told string
	}{
		"severity":   {func(f *scanner.Finding) { f.Severity = scanner.Low }, 1, "low not high inline alice p"},
		"status":     {func(f *scanner.Finding) { f.Status = scanner.Exempt }, 1, "silenced inline alice p"},
		"exemption":  {func(f *scanner.Finding) { f.Exempt = &scanner.Exemption{Owner: "ops"} }, 1, ""},
		"owner":      {func(f *scanner.Finding) { f.Owner = "ops" }, 1, ""},
		"managed by": {func(f *scanner.Finding) { f.ManagedBy = `CloudFormation stack "x"` }, 1, ""},
		"controls":   {func(f *scanner.Finding) { f.Controls = []string{"CIS 1.1"} }, 1, ""},
		"fix":        {func(f *scanner.Finding) { f.Fix = "mend it" }, 1, ""},
		"commands":   {func(f *scanner.Finding) { f.Commands = []string{"aws iam get-user"} }, 1, ""},
		"name":       {func(f *scanner.Finding) { f.Resource.Name = "bob" }, 1, ""},
		"ARN":        {func(f *scanner.Finding) { f.Resource.ARN += "x" }, 1, ""},
		"message":    {func(f *scanner.Finding) { f.Message = "46 days" }, 0, ""},
		"evidence":   {func(f *scanner.Finding) { f.Evidence = map[string]string{"days": "46"} }, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStory(t)
			s.create("alice", "p")
			s.audit("new inline alice p")
			s.edit = row.edit
			var want []string
			if row.told != "" {
				want = []string{row.told}
			}
			if c := s.audit(want...); len(c.Puts) != row.puts {
				t.Errorf("%d puts, want %d", len(c.Puts), row.puts)
			}
			s.unsaved(s.audit())
		})
	}
}

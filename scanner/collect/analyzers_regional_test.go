package collect_test

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"iamvigil/internal/awstest"
	"iamvigil/scanner/account"
	"iamvigil/scanner/collect"
)

// A Region that fails, as one that a service control policy closes, makes the fact
// missing with its name. The Regions that answered are told, with their analyzers.
func TestRegionThatFails(t *testing.T) {
	for name, test := range map[string]struct {
		failing string
		in      string
		regions []string
		left    int
	}{
		"one":     {"/eu-north-1/", "eu-north-1", []string{"eu-central-1", "us-east-1"}, 4},
		"two":     {"/eu-", "eu-central-1 and one more Region", []string{"us-east-1"}, 3},
		"all":     {"/", "eu-central-1 and 2 more Regions", nil, 0},
		"at hand": {"/us-east-1/", "us-east-1", []string{"eu-central-1", "eu-north-1"}, 1},
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
			if seen := got.Seen[account.RegionalAnalyzers]; seen.Missing != want || !slices.Equal(got.Regions, test.regions) || len(got.Analyzers) != test.left {
				t.Errorf("%+v, Regions %v, %d analyzers", seen, got.Regions, len(got.Analyzers))
			}
		})
	}
}

// Analyzers are asked for where IAM's events are, whatever Region the configuration
// names: AWS_REGION is where somebody works.
func TestRegionOfTheConfiguration(t *testing.T) {
	for name, known := range map[string]account.Identity{"asked for": {}, "known": identity} {
		t.Run(name, func(t *testing.T) {
			cfg := awstest.Serve(t, widest(), awstest.Clock(clock)).Config()
			cfg.Region = "eu-central-1"
			c := collect.New(cfg, known, clock)
			got, err := c.Whole(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if len(got.Analyzers) != 3 || got.Analyzers[0].Region != "us-east-1" || len(missing(got)) > 0 {
				t.Errorf("%+v, missing %v", got.Analyzers, missing(got))
			}
			c.Wanted = wide
			if got, err = c.Whole(t.Context()); err != nil {
				t.Fatal(err)
			}
			if len(got.Analyzers) != 4 || got.Analyzers[1].Findings == nil || !got.Seen[account.RegionalAnalyzers].Known() {
				t.Errorf("of all Regions: %+v, missing %v", got.Analyzers, missing(got))
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

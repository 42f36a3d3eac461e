// Package config is what an account may set: which rules are asked, how severe
// they are, their limits, whose things are, what is exempt until when and what is
// done about which findings. It is strict: a value that cannot be meant stops the
// program with the line at fault, and with it all others of the file.
//
// It knows no rule; the rules are given to it.
package config

import (
	_ "embed" // config.yaml is built in
	"slices"
	"time"

	"go.yaml.in/yaml/v3"

	"iamvigil/scanner"
)

//go:embed config.yaml
var embedded []byte

// Config is a configuration as read, not yet held against the rules.
type Config struct {
	file       string
	rules      []setting
	owners     scanner.Terms // without its exemptions
	exemptions []exemption
	remedies   remedies
	faults     faults
}

// Rules are all that there are, for a configuration to be held against.
type Rules struct {
	State  []scanner.Rule
	Events []scanner.EventRule
	// Others are the ids of what is told though nothing is asked for it: they have no
	// settings and may be exempt.
	Others []string
}

// Settings are a configuration held against the rules.
type Settings struct {
	// On are the rules that are asked, Off those that are not, each set as
	// configured and in the order in which they were given.
	On, Off []scanner.Rule
	// Events and EventsOff are the same of rules about acts.
	Events, EventsOff []scanner.EventRule
	// Terms holds the exemptions in the order of the file, expired ones among
	// them, their rules sorted.
	Terms       scanner.Terms
	Remediation Remediation
}

// Embedded is the configuration that was built in.
func Embedded() (*Config, error) { return Parse("config/config.yaml", embedded) }

// Parse reads a configuration. Its error is that of a file that is not the YAML
// which is read; what such a file says wrongly, [Config.Apply] tells at once with
// what does not fit the rules.
func Parse(file string, content []byte) (*Config, error) {
	root, fault := document(content)
	if fault != nil {
		return nil, faults{*fault}.err(file)
	}
	r := &reader{}
	r.refuse(root)
	c := &Config{file: file}
	sections := r.fields(root, "the configuration", "version", "rules", "owners", "exemptions", "remediation")
	r.version(root, sections["version"])
	c.rules = r.settings(sections["rules"])
	c.owners = r.owners(sections["owners"])
	c.exemptions = r.exemptions(sections["exemptions"])
	c.remedies = r.remedies(sections["remediation"])
	c.faults = r.faults
	return c, nil
}

func (r *reader) version(root, n *yaml.Node) {
	if n == nil {
		r.wrong(root, "the version is missing; add version: 1")
	} else if version, ok := r.number(n, "version"); ok && version != 1 {
		r.wrong(n, "version is %d, this program reads version 1", version)
	}
}

// Apply holds the configuration against all rules. Its error joins one for each
// fault, which names file and line and says what to do, in the order of the lines;
// with an error there are no settings at all.
func (c *Config) Apply(all Rules, now time.Time) (Settings, error) {
	s, found := c.hold(&all, now)
	return whole(s, found.err(c.file))
}

// Check is Apply for people, who can mend the file now: an exemption that has
// expired is a fault too. A function must not stop for that; it tells it.
func (c *Config) Check(all Rules, now time.Time) (Settings, error) {
	s, found := c.hold(&all, now)
	c.lapsed(&found, now)
	return whole(s, found.err(c.file))
}

func whole(s Settings, err error) (Settings, error) {
	if err != nil {
		return Settings{}, err
	}
	return s, nil
}

func (c *Config) hold(all *Rules, now time.Time) (Settings, faults) {
	found := slices.Clone(c.faults)
	ids := slices.Concat(all.settable(), all.Others)
	slices.Sort(ids)
	s := c.set(&found, all)
	s.Terms = scanner.Terms{OwnerTags: slices.Clone(c.owners.OwnerTags), AccountOwner: c.owners.AccountOwner}
	s.Terms.Exemptions = c.exempt(&found, ids, now)
	s.Remediation = c.remedies.apply(&found, &s)
	return s, found
}

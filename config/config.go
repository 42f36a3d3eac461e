// Package config is what an account may set: which rules are asked, how severe
// they are and their limits. It is strict: a value that cannot be meant stops
// the program with the line at fault.
//
// It knows no rule; the rules are given to it.
package config

import (
	"bytes"
	_ "embed" // config.yaml is built in
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"iamvigil/scanner"
)

//go:embed config.yaml
var embedded []byte

// Config is a configuration as read, not yet held against the rules.
type Config struct {
	file  string
	rules []setting
}

// setting is what the file says of one rule.
type setting struct {
	id   string
	line int
	ruleSetting
	lines map[string]int
}

type ruleSetting struct {
	Enabled  *bool            `yaml:"enabled"`
	Severity scanner.Severity `yaml:"severity"`
	Limit    *int             `yaml:"limit"`
}

// Embedded is the configuration that was built in.
func Embedded() (*Config, error) { return Parse("config/config.yaml", embedded) }

// Parse reads a configuration. Its errors name the file and the line.
func Parse(file string, content []byte) (*Config, error) {
	var doc struct {
		Version int       `yaml:"version"`
		Rules   yaml.Node `yaml:"rules"`
	}
	dec := yaml.NewDecoder(bytes.NewReader(content))
	dec.KnownFields(true)
	if err := dec.Decode(&doc); err != nil {
		return nil, fmt.Errorf("read %s: %w", file, explain(err))
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read %s: it holds more than one YAML document", file)
	}
	if doc.Version != 1 {
		return nil, fmt.Errorf("read %s: version is %d, this program reads version 1", file, doc.Version)
	}
	c := &Config{file: file}
	return c, c.readRules(&doc.Rules)
}

func explain(err error) error {
	if errors.Is(err, io.EOF) {
		return errors.New("it is empty; it needs at least version: 1")
	}
	return err
}

func (c *Config) readRules(node *yaml.Node) error {
	if node.Kind == 0 || node.Tag == "!!null" {
		return nil
	}
	if node.Kind != yaml.MappingNode {
		return c.at(node.Line, "rules must map rule ids to settings")
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		s, err := c.readRule(node.Content[i], node.Content[i+1])
		if err != nil {
			return err
		}
		c.rules = append(c.rules, s)
	}
	return nil
}

func (c *Config) readRule(key, value *yaml.Node) (setting, error) {
	s := setting{id: key.Value, line: key.Line, lines: map[string]int{}}
	if slices.ContainsFunc(c.rules, func(other setting) bool { return other.id == s.id }) {
		return s, c.at(key.Line, "rule %q is set twice", s.id)
	}
	if value.Kind != yaml.MappingNode {
		return s, c.at(key.Line, "rule %q needs settings: enabled, severity or limit", s.id)
	}
	for i := 0; i+1 < len(value.Content); i += 2 {
		name := value.Content[i]
		if !slices.Contains([]string{"enabled", "severity", "limit"}, name.Value) {
			return s, c.at(name.Line, "rule %q has no setting %q; there are enabled, severity and limit", s.id, name.Value)
		}
		s.lines[name.Value] = name.Line
	}
	if err := value.Decode(&s.ruleSetting); err != nil {
		return s, c.at(key.Line, "rule %q: %v", s.id, err)
	}
	return s, nil
}

func (c *Config) at(line int, format string, args ...any) error {
	return fmt.Errorf("read %s: line %d: %s", c.file, line, fmt.Sprintf(format, args...))
}

// Apply gives the rules that are on and those that are off, each set as
// configured. An unknown rule, severity or setting, or a limit out of its range,
// is an error with the line.
func (c *Config) Apply(all []scanner.Rule) (on, off []scanner.Rule, err error) {
	settings := map[string]setting{}
	for _, s := range c.rules {
		if !slices.ContainsFunc(all, func(r scanner.Rule) bool { return r.ID == s.id }) {
			return nil, nil, c.at(s.line, "there is no rule %q; `iamvigil rules` lists them", s.id)
		}
		settings[s.id] = s
	}
	for _, rule := range all {
		enabled, err := c.set(&rule, settings[rule.ID])
		if err != nil {
			return nil, nil, err
		}
		if enabled {
			on = append(on, rule)
		} else {
			off = append(off, rule)
		}
	}
	return on, off, nil
}

func (c *Config) set(rule *scanner.Rule, s setting) (enabled bool, err error) {
	enabled = !rule.OptIn
	if s.Enabled != nil {
		enabled = *s.Enabled
	}
	if s.Severity != "" {
		if !slices.Contains(scanner.Severities(), s.Severity) {
			return false, c.at(s.lines["severity"], "rule %q: severity %q is none of %s", s.id, s.Severity, severities())
		}
		rule.Severity = s.Severity
	}
	if s.Limit != nil {
		return enabled, c.limit(rule, s)
	}
	return enabled, nil
}

func (c *Config) limit(rule *scanner.Rule, s setting) error {
	switch limit := rule.Limit; {
	case limit.Unit == "":
		return c.at(s.lines["limit"], "rule %q has no limit to set", s.id)
	case *s.Limit < limit.Min || *s.Limit > limit.Max:
		return c.at(s.lines["limit"], "rule %q: limit %d is not within %d to %d %s", s.id, *s.Limit, limit.Min, limit.Max, limit.Unit)
	}
	rule.Limit.Value = *s.Limit
	return nil
}

func severities() string {
	var names []string
	for _, s := range scanner.Severities() {
		names = append(names, string(s))
	}
	return strings.Join(names, ", ")
}

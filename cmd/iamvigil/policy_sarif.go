package main

import (
	"net/url"
	"path/filepath"
)

// The part of the Static Analysis Results Interchange Format 2.1.0 (OASIS) in which
// findings at lines of files are told.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool struct {
			Driver sarifDriver `json:"driver"`
		} `json:"tool"`
		ColumnKind string        `json:"columnKind"`
		Results    []sarifResult `json:"results"`
	}
	sarifDriver struct {
		Name  string      `json:"name"`
		Rules []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID               string     `json:"id"`
		ShortDescription sarifText  `json:"shortDescription"`
		Full             *sarifText `json:"fullDescription,omitempty"`
		Help             *sarifText `json:"help,omitempty"`
		Default          struct {
			Level level `json:"level"`
		} `json:"defaultConfiguration"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID    string          `json:"ruleId"`
		RuleIndex int             `json:"ruleIndex"`
		Level     level           `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations"`
	}
	sarifLocation struct {
		Physical struct {
			Artifact struct {
				URI string `json:"uri"`
			} `json:"artifactLocation"`
			Region struct {
				Line   int `json:"startLine"`
				Column int `json:"startColumn"`
			} `json:"region"`
		} `json:"physicalLocation"`
	}
)

func sarifOf(found []fault) sarifLog {
	run := sarifRun{ColumnKind: "unicodeCodePoints", Results: []sarifResult{}}
	run.Tool.Driver.Name = "iamvigil"
	kinds := faultKinds()
	for _, kind := range kinds {
		rule := sarifRule{ID: kind.id, ShortDescription: sarifText{kind.title}}
		if kind.why != "" {
			rule.Full = &sarifText{kind.why}
			rule.Help = &sarifText{kind.fix + " More is in docs/rules.md#" + kind.id + ", or told by: iamvigil explain " + kind.id}
		}
		rule.Default.Level = kind.level
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, rule)
	}
	for _, f := range found {
		var at sarifLocation
		at.Physical.Artifact.URI = uriOf(f.File)
		at.Physical.Region.Line, at.Physical.Region.Column = f.Line, f.Column
		run.Results = append(run.Results, sarifResult{
			RuleID: f.Rule, RuleIndex: kinds.index(f.Rule), Level: f.Level,
			Message: sarifText{f.Message}, Locations: []sarifLocation{at},
		})
	}
	return sarifLog{Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0", Runs: []sarifRun{run}}
}

// uriOf is a file as a URI: relative to where the program runs, as the file was named.
func uriOf(file string) string {
	path := filepath.ToSlash(filepath.Clean(file))
	if filepath.IsAbs(file) {
		return (&url.URL{Scheme: "file", Path: path}).String()
	}
	return (&url.URL{Path: path}).String()
}

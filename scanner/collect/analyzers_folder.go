package collect

import (
	"bytes"
	"fmt"

	"iamvigil/scanner/account"
)

// analyzersFile is what aws accessanalyzer list-analyzers prints, of one Region.
const analyzersFile = "analyzers.json"

// analyzers reads the analyzers of a Region. Of their findings a folder has nothing.
// Where all are of another Region than that of IAM's events, of that nothing is
// known; an empty list does not say of which Region it is.
func (f *folder) analyzers() error {
	f.miss(account.AnalyzerFindings, "a folder of AWS CLI outputs does not tell of findings of analyzers")
	var out struct{ Analyzers []analyzerSummary }
	ok, err := f.decode(analyzersFile, &out, account.Analyzers)
	if err != nil || !ok {
		return err
	}
	if out.Analyzers == nil {
		return fmt.Errorf("read %s: it has no analyzers; save the output of aws accessanalyzer list-analyzers", analyzersFile)
	}
	home, elsewhere := false, ""
	for i := range out.Analyzers {
		analyzer, err := out.Analyzers[i].analyzer()
		if err != nil {
			return fmt.Errorf("read %s: it has %w", analyzersFile, err)
		}
		f.snapshot.Analyzers = append(f.snapshot.Analyzers, analyzer)
		f.arns = append(f.arns, analyzer.ARN)
		if wanted := account.GlobalRegion(account.ParseARN(analyzer.ARN).Partition); wanted == "" || analyzer.Region == wanted {
			home = true
		} else {
			elsewhere = fmt.Sprintf("%s is of %.50q; save the output of aws accessanalyzer list-analyzers --region %s", analyzersFile, analyzer.Region, wanted)
		}
	}
	if !home && elsewhere != "" {
		f.miss(account.Analyzers, elsewhere)
	}
	sortAnalyzers(f.snapshot.Analyzers)
	return nil
}

// isEmptyObject reports whether a file holds {}, by which it says that there is
// none of what its command prints: for that the AWS CLI prints nothing but an error.
func isEmptyObject(content []byte) bool {
	open, found := bytes.CutPrefix(bytes.TrimSpace(content), []byte("{"))
	return found && string(bytes.TrimSpace(open)) == "}"
}

package scanner

import (
	"bytes"
	"encoding/json"
	"io"
	"time"

	"iamvigil/internal/plain"
)

// WriteJSON writes the report in its versioned form: no array is null, and a
// finding, an alert or a gap is a line. What a terminal obeys is escaped.
func (r *Report) WriteJSON(w io.Writer) error {
	j := &jsonWriter{w: w}
	j.field("{\n", "version", Version)
	j.field(",\n", "account", r.Account)
	j.field(",\n", "time", r.Time.UTC().Format(time.RFC3339Nano))
	list(j, "findings", r.Findings)
	list(j, "alerts", r.Alerts)
	list(j, "gaps", r.Gaps)
	j.field(",\n", "passed", r.Passed)
	j.field(",\n", "off", present(r.Off))
	j.text("\n}\n")
	return j.err
}

// jsonWriter writes a value at a time, since all of a large account's findings
// in one piece would be the largest thing in memory. It keeps the first error.
type jsonWriter struct {
	w      io.Writer
	buffer bytes.Buffer
	err    error
}

func (j *jsonWriter) text(s string) {
	if j.err == nil {
		_, j.err = io.WriteString(j.w, s)
	}
}

func (j *jsonWriter) value(v any) {
	if j.err != nil {
		return
	}
	j.buffer.Reset()
	enc := json.NewEncoder(&j.buffer)
	enc.SetEscapeHTML(false)
	if j.err = enc.Encode(v); j.err == nil {
		_, j.err = j.w.Write(plain.JSON(bytes.TrimSuffix(j.buffer.Bytes(), []byte("\n"))))
	}
}

func (j *jsonWriter) field(before, name string, v any) {
	j.text(before + `  "` + name + `": `)
	j.value(v)
}

func list[T any](j *jsonWriter, name string, all []T) {
	j.text(",\n  \"" + name + `": [`)
	between := "\n    "
	for i := range all {
		j.text(between)
		j.value(&all[i])
		between = ",\n    "
	}
	if len(all) > 0 {
		j.text("\n  ")
	}
	j.text("]")
}

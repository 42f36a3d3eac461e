package notify

import (
	"bytes"
	"encoding/json"
	"strings"
)

// unfit are the characters that JSON allows and SQS refuses in a body, which it
// takes for XML. Escaped they are the same text to whoever decodes it.
var unfit = strings.NewReplacer("\ufffe", `\ufffe`, "\uffff", `\uffff`)

// encode is v as JSON on one line. What JSON cannot say, such as a time after
// the year 9999, becomes a string that tells the reason: what stands beside it
// must still be told.
func encode(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return encode(err.Error())
	}
	text := bytes.TrimSuffix(b.Bytes(), []byte("\n"))
	if bytes.Contains(text, []byte("\xef\xbf")) { // as both begin in UTF-8
		return []byte(unfit.Replace(string(text)))
	}
	return text
}

const wasCut = " … (cut: too long for a message)"

// encodeWithin is [encode] in at most max bytes. Where v has more, its longest
// strings are cut and say so: no AWS name or policy is as long as a message, so
// such a string is forged, and must not keep the rest from being told.
func encodeWithin(v any, max int) json.RawMessage {
	text := encode(v)
	for longest := max / 8; len(text) > max && longest > len(wasCut); longest /= 4 {
		var tree any
		if err := json.Unmarshal(text, &tree); err != nil {
			return encode(err.Error())
		}
		text = encode(trim(tree, longest))
	}
	return text
}

func trim(tree any, longest int) any {
	switch v := tree.(type) {
	case string:
		if len(v) > longest+len(wasCut) {
			return strings.ToValidUTF8(v[:longest], "") + wasCut
		}
	case []any:
		for i := range v {
			v[i] = trim(v[i], longest)
		}
	case map[string]any:
		for k := range v {
			v[k] = trim(v[k], longest)
		}
	}
	return tree
}

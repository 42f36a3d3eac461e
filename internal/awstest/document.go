package awstest

import (
	"strings"

	"iamvigil/scanner/policy"
)

const unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~"

// encoded is a document as IAM returns it: everything but RFC 3986's unreserved
// characters percent-encoded.
func encoded(d policy.Document) string {
	const digits = "0123456789ABCDEF"
	plain := text(d)
	var b strings.Builder
	b.Grow(2 * len(plain))
	for _, c := range []byte(plain) {
		if strings.IndexByte(unreserved, c) >= 0 {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(digits[c>>4])
		b.WriteByte(digits[c&15])
	}
	return b.String()
}

// text is a document as the account keeps it.
func text(d policy.Document) string {
	if len(d.Problems) > 0 {
		return d.Text
	}
	raw, err := d.MarshalJSON()
	if err != nil || string(raw) == "null" {
		return ""
	}
	return string(raw)
}

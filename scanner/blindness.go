package scanner

import "iamvigil/scanner/account"

// BlindnessID is the rule that a lasting gap is told by.
const BlindnessID = "scanner-cannot-see"

// Blindness is what the scanner says of a gap that lasts: it is no rule that a
// snapshot answers, since it takes several nights to know.
func Blindness() About {
	return About{
		ID:       BlindnessID,
		Title:    "The scanner has not been able to see something for three nights",
		Severity: Medium,
		Why:      "Rules that need it give no answer: a fault there is neither found nor known to be mended, and silence looks like safety.",
		Fix:      "Grant the permission that is named, or mend what the reason says. The finding is resolved by the next audit that sees again.",
	}
}

// Concerns reports whether the exemption is about the account.
func (x *Exemption) Concerns(accountID string) bool { return match(x.Account, accountID) }

// Silences reports whether the exemption is about a rule's findings on the
// resource, if it asks for no tags: whatever its expiry.
func (x *Exemption) Silences(rule, accountID string, about account.Ref) bool {
	return x.silences(rule, accountID, about, nil)
}

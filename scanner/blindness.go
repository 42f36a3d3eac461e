package scanner

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
		Fix:      "Grant the permission that the finding names, or mend what its reason says. It is resolved once the scanner sees again.",
	}
}

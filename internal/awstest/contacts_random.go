package awstest

import (
	"pgregory.net/rapid"

	"iamvigil/scanner/account"
)

// contacts draws who is written to, some of them the same, and of the alternate
// ones some missing. They are numbered as they come up.
func (d *draft) contacts() {
	var names, emails, phones []int
	draw := func(known *[]int) int {
		value := rapid.IntRange(1, 3).Draw(d.T, "contact")
		for i, other := range *known {
			if other == value {
				return i + 1
			}
		}
		*known = append(*known, value)
		return len(*known)
	}
	of := &d.s.Contacts
	for _, c := range []*account.Contact{&of.Security, &of.Billing, &of.Operations} {
		if d.chance("alternate contact") {
			*c = account.Contact{Name: draw(&names), Email: draw(&emails), Phone: draw(&phones)}
		}
	}
	of.Primary = account.Contact{Name: draw(&names), Phone: draw(&phones)}
}

package rules

import "slices"

// ListedActions are all actions that rules know by name and judge on every resource.
func ListedActions() []string {
	all := slices.Concat(credentials, ofPermissionSets, trailActions, keyActions, []string{"iam:PassRole", "sts:AssumeRole"})
	for _, t := range takeovers {
		all = append(all, t.actions...)
	}
	for _, r := range readable {
		all = append(all, r.actions...)
	}
	return all
}

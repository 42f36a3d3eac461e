package policy

// CoversResource tells whether a pattern matches whatever another one does.
func CoversResource(pattern, other string) bool { return coversResource(pattern, other) }

// CoversAction is CoversResource for the patterns of actions.
func CoversAction(pattern, other string) bool { return coversAction(pattern, other) }

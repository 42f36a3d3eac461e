package rules

import (
	"slices"
	"strings"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/actions"
	"iamvigil/scanner/policy"
)

// These rules ask of a document whether it says what its author meant.
var texts = []scanner.Rule{
	{
		About: scanner.About{
			ID: "policy-malformed", Title: "A policy's text is not as IAM's grammar wants it", Severity: scanner.Medium,
			Why:    "What it grants or denies cannot be told for sure: not by a person, and not by this scanner, whose other rules may have to leave it at a gap. Low where the meaning is plain, but IAM would refuse the text today, or reads an ARN as a wider one: a Sid twice, or with other than letters and digits, or a resource that is no whole ARN.",
			Fix:    "Mend the text where the message says, and check it (accessanalyzer validate-policy).",
			Causes: written, Cures: rewritten,
		},
		Reads: owners,
		Check: inBoundaries(policyMalformed),
	},
	{
		About: scanner.About{
			ID: "policy-unknown-action", Title: "A policy names an action that no service is known to have", Severity: scanner.Low,
			Why:    "A slip of the pen allows nothing, and where it denies, leaves open what it was to close. An action that is newer than the list this scanner has, or was withdrawn from AWS's own, is none: it is told because nobody here can say what it does.",
			Fix:    "Compare it with the service's page in AWS's Service Authorization Reference: of S3, listing objects is s3:ListBucket. One that is right can be exempt.",
			Causes: written, Cures: rewritten,
		},
		Reads: owners,
		Check: inBoundaries(policyUnknownAction),
	},
	{
		About: scanner.About{
			ID: "policy-unknown-key", Title: "A policy has a condition on a global key that AWS is not known to have", Severity: scanner.Low,
			Why:    "No request has a key that there is none of: the condition never holds, or a negated one always. An Allow then allows nothing, or too much, and a Deny denies nothing. The keys that begin with aws: are a list that AWS publishes; one that is newer than the list this scanner has is no mistake. Keys of services are not looked at.",
			Fix:    "Compare it with AWS global condition context keys in the IAM User Guide: it is aws:PrincipalOrgID, and a key of tags has the tag's name behind a slash. One that is right can be exempt.",
			Causes: append(slices.Clone(written), "CreateRole", "UpdateAssumeRolePolicy"),
			Cures:  append(slices.Clone(rewritten), "UpdateAssumeRolePolicy"),
		},
		Reads: owners,
		Check: everywhereWritten(policyUnknownKey),
	},
	{
		About: scanner.About{
			ID: "policy-old-version", Title: "A policy uses variables that its version does not have", Severity: scanner.Low,
			Why:    "Without Version 2012-10-17 a variable such as ${aws:username} is that very text: what should be about each user's own is about nothing, and a Deny that rests on it denies nothing.",
			Fix:    `Add "Version": "2012-10-17".`,
			Causes: written, Cures: rewritten,
		},
		Reads: owners,
		Check: inBoundaries(policyOldVersion),
	},
	{
		About: scanner.About{
			ID: "policy-mfa-pattern", Title: "A policy asks for MFA in a way that does without it", Severity: scanner.Medium,
			Why:    "Requests signed by an access key have no aws:MultiFactorAuthPresent at all: BoolIfExists lets them through where it is to allow, and Bool where it is to deny. That Null says the key is there makes it a session's, with MFA or without. And an Allow where it is false is one for those who have done without.",
			Fix:    "Allow with Bool aws:MultiFactorAuthPresent true, and deny with BoolIfExists aws:MultiFactorAuthPresent false.",
			Causes: but(written, "PutRolePolicy"), Cures: but(rewritten, "PutRolePolicy", "DeleteRolePolicy"),
		},
		Reads: owners,
		Check: inDocuments(policyMFAPattern),
	},
	{
		About: scanner.About{
			ID: "policy-single-value-condition", Title: "A policy allows under a condition that holds where its key is absent", Severity: scanner.High,
			Why:    "ForAllValues holds if the request has no such key. Of a key that has one value it narrows nothing for whoever's requests leave the key out.",
			Fix:    "Leave ForAllValues out, which keys with one value do not need.",
			Causes: written, Cures: rewritten,
		},
		Reads: owners,
		Check: inDocuments(policySingleValueCondition),
	},
	{
		About: scanner.About{
			ID: "policy-not-principal", Title: "A role trusts everybody but some", Severity: scanner.High,
			Why:       "An Allow with NotPrincipal is for every principal of every account, and those who sign nothing, but for the few it names.",
			Fix:       "Name whom the role is for (Principal). Who must never assume it is better denied (iam update-assume-role-policy).",
			CoveredBy: []string{"role-trust-any-principal"},
			Causes:    []string{"CreateRole", "UpdateAssumeRolePolicy"},
			Cures:     []string{"UpdateAssumeRolePolicy"},
		},
		Reads: []account.Fact{account.Roles},
		Check: scanner.Roles(policyNotPrincipal),
	},
}

// policyMalformed takes a text with nothing in it for one that was not got, which is a gap.
func policyMalformed(p *scanner.Pass, in place, d *policy.Document) bool {
	if len(d.Problems) == 0 {
		return policyUnusual(p, in, d)
	}
	if strings.TrimSpace(d.Text) == "" {
		return false
	}
	p.Fail(in.inline, in.evidence(), "%s has %s, the first: %s", in, counted(len(d.Problems), "problem"), d.Problems[0]).Mend(in.show())
	return true
}

func policyUnknownAction(p *scanner.Pass, in place, d *policy.Document) bool {
	known := knownTo(p)
	var allowed, others []string
	for i := range d.Statements {
		s := &d.Statements[i]
		if i > 0 && s.Clause == d.Statements[i-1].Clause {
			continue
		}
		list := &others
		if s.Allows() {
			list = &allowed
		}
		*list = append(*list, unknown(known, s.Actions)...)
		others = append(others, unknown(known, s.NotActions)...)
	}
	known.tell(p, in)
	var does []string
	if len(allowed) > 0 {
		does = append(does, "allows "+quoted(distinct(allowed)))
	}
	if len(others) > 0 {
		does = append(does, "denies or leaves out "+quoted(distinct(others)))
	}
	if len(does) == 0 {
		return false
	}
	p.Fail(in.inline, in.evidence(), "%s %s: on %s no service was known to have that", in, strings.Join(does, " and "), actions.Date).Mend(in.show())
	return true
}

func unknown(known *knownActions, patterns []string) []string {
	var found []string
	for _, pattern := range patterns {
		if !known.any(pattern) {
			found = append(found, pattern)
		}
	}
	return found
}

func policyOldVersion(p *scanner.Pass, in place, d *policy.Document) bool {
	if d.Version == policy.Version2012 {
		return false
	}
	var variables []string
	for i := range d.Statements {
		s := &d.Statements[i]
		for _, list := range [][]string{s.Resources, s.NotResources} {
			variables = append(variables, variablesIn(list)...)
		}
		for _, c := range s.Conditions {
			variables = append(variables, variablesIn(c.Values)...)
		}
	}
	if len(variables) == 0 {
		return false
	}
	stated := "states no Version"
	if d.Version != "" {
		stated = "has Version " + quoted([]string{d.Version})
	}
	p.Fail(in.inline, in.evidence(), "%s uses %s, but %s: variables need %s", in, quoted(distinct(variables)), stated, policy.Version2012).Mend(in.show())
	return true
}

// variablesIn are the texts that are variables in a policy of the newer version.
func variablesIn(list []string) []string {
	var found []string
	for _, text := range list {
		for {
			_, rest, opened := strings.Cut(text, "${")
			name, after, closed := strings.Cut(rest, "}")
			if !opened || !closed {
				break
			}
			if strings.Contains(name, ":") {
				found = append(found, "${"+name+"}")
			}
			text = after
		}
	}
	return found
}

func policySingleValueCondition(p *scanner.Pass, in place, d *policy.Document) bool {
	var conditions []string
	for i := range d.Statements {
		for _, c := range emptyConditions(&d.Statements[i]) {
			conditions = append(conditions, c.Operator+" "+c.Key)
		}
	}
	if len(conditions) == 0 {
		return false
	}
	p.Fail(in.inline, in.evidence(), "%s allows under %s, which holds where the request has no such key", in, quoted(distinct(conditions))).Mend(in.show())
	return true
}

// emptyConditions are those under which a statement allows that hold if the request has
// no such key.
func emptyConditions(s *policy.Statement) []policy.Condition {
	if !s.Allows() {
		return nil
	}
	required := map[string]bool{}
	for _, c := range s.Conditions {
		if requires(c, c.Key) {
			required[strings.ToLower(c.Key)] = true
		}
	}
	var empty []policy.Condition
	for _, c := range s.Conditions {
		if strings.HasPrefix(strings.ToLower(c.Operator), "forallvalues:") && singleValued(c.Key) && !required[strings.ToLower(c.Key)] {
			empty = append(empty, c)
		}
	}
	return empty
}

// singleValued tells whether a request surely has at most one value of a key.
func singleValued(key string) bool {
	key = strings.ToLower(key)
	key, _, tag := strings.Cut(key, "/")
	if tag {
		return key == "aws:principaltag" || key == "aws:requesttag" || key == "aws:resourcetag"
	}
	return slices.Contains([]string{
		"aws:calledviafirst", "aws:calledvialast", "aws:currenttime", "aws:epochtime", "aws:multifactorauthage",
		"aws:multifactorauthpresent", "aws:principalaccount", "aws:principalarn", "aws:principalorgid", "aws:principaltype",
		"aws:referer", "aws:requestedregion", "aws:resourceaccount", "aws:resourceorgid", "aws:securetransport",
		"aws:sourceaccount", "aws:sourcearn", "aws:sourceip", "aws:sourceorgid", "aws:sourcevpc", "aws:sourcevpce",
		"aws:tokenissuetime", "aws:useragent", "aws:userid", "aws:username", "aws:viaawsservice", "aws:vpcsourceip",
		"iam:passedtoservice", "iam:permissionsboundary", "iam:policyarn", "sts:externalid", "sts:rolesessionname",
	}, key)
}

func policyNotPrincipal(p *scanner.Pass, r *account.Role) {
	for i := range r.Trust.Statements {
		s := &r.Trust.Statements[i]
		if !s.Allows() || s.NotPrincipal == nil {
			continue
		}
		evidence := map[string]string{}
		if s.Sid != "" {
			evidence["statement"] = quoted([]string{s.Sid})
		}
		under := ""
		severity := p.Rule.Severity
		if names := conditionNames(s); len(names) > 0 {
			severity, under = milder(severity), ", under conditions on "+quoted(names)
		}
		p.FailAs(severity, "", evidence, "role %q trusts every principal but those that it names%s", r.Name, under).
			Mend(iam("get-role", "--role-name", r.Name))
		return
	}
	cannotTell(p, account.Roles, unread("the trust policy", &r.Trust))
}

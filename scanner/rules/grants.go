package rules

import (
	"slices"

	"iamvigil/scanner"
)

// These rules ask of one statement at a time, with the unconditional denials of its own
// document, what it grants.
var grants = []scanner.Rule{
	{
		About: scanner.About{
			ID: "policy-privilege-escalation", Title: "One statement of a policy is enough to get every permission", Severity: scanner.High,
			Why:       "Whoever has it can give itself, or an identity of its choice, whatever permissions there are in the account: by one call, with nothing else in place. Critical on a user, whose credentials do not expire.",
			Fix:       "Name the resources that it is needed for, such as a path of service roles, and require a boundary (condition iam:PermissionsBoundary) where identities are made and changed. Who only administers their own credentials needs the resource arn:aws:iam::*:user/${aws:username}.",
			CoveredBy: append(slices.Clone(administering), "principal-effective-admin"), Causes: written, Cures: rewritten,
		},
		Reads: owners,
		Check: granting(escalates),
	},
	{
		About: scanner.About{
			ID: "policy-pass-role-star", Title: "A policy lets any role be passed to any service", Severity: scanner.High,
			Why:       "Whoever has it and can start anything that runs with a role, such as a function or an instance, can use every role that trusts the service.",
			Fix:       "Name the roles, or their path, and the services that they are for by a condition on iam:PassedToService.",
			CoveredBy: overEscalation, Causes: written, Cures: rewritten,
		},
		Reads: owners,
		Check: granting(passes),
	},
	{
		About: scanner.About{
			ID: "policy-assume-role-star", Title: "A policy lets any role be assumed", Severity: scanner.High,
			Why:       "Whoever has it can act as every role that trusts the account, with nobody having meant so, and so as the most powerful of them. Low where it is about those whose names begin in some way, but in every account there is: a stranger's role may be called so too.",
			Fix:       "Name the roles, or their path.",
			CoveredBy: overEscalation, Causes: written, Cures: rewritten,
		},
		Reads: owners,
		Check: granting(assumes),
	},
	{
		About: scanner.About{
			ID: "policy-cloudtrail-full", Title: "A policy lets every trail be turned off", Severity: scanner.Medium,
			Why:       "Whoever has it can act without a record, and without this scanner hearing of it.",
			Fix:       "Allow reading alone (cloudtrail:Get*, Describe*, List* and LookupEvents), and what changes trails only to those who look after them.",
			CoveredBy: overEscalation, Causes: written, Cures: rewritten,
		},
		Reads: owners,
		Check: granting(blinds),
	},
	{
		About: scanner.About{
			ID: "policy-kms-decrypt-all", Title: "A policy lets data be decrypted with every key", Severity: scanner.Medium,
			Controls:  []string{"FSBP KMS.1", "FSBP KMS.2", "AWS Config iam-customer-policy-blocked-kms-actions", "AWS Config iam-inline-policy-blocked-kms-actions"},
			Why:       "Keys part who may read which data. Whoever has it can read all that they can get at, whatever key it was written with, where key policies leave that to IAM.",
			Fix:       "Name the keys (a condition on kms:ResourceAliases does for keys that are replaced), or the services by a condition on kms:ViaService.",
			CoveredBy: overEscalation, Causes: written, Cures: rewritten,
		},
		Reads: owners,
		Check: granting(decrypts),
	},
	{
		About: scanner.About{
			ID: "policy-data-exfiltration", Title: "A policy lets all objects, secrets or parameters be read", Severity: scanner.Medium,
			Why:       "Whoever has it can carry away every object of S3, secret or parameter that no other policy guards, those of other teams and later ones among them.",
			Fix:       "Name the buckets, secrets or parameters, or their prefix.",
			CoveredBy: overEscalation, Causes: written, Cures: rewritten,
		},
		Reads: owners,
		Check: granting(reads),
	},
	{
		About: scanner.About{
			ID: "policy-credentials-exposure", Title: "A policy lets credentials be had for every resource", Severity: scanner.Medium,
			Why:       "What these actions answer with is itself a credential, mostly of a system that IAM does not guard: it works for whoever gets hold of the answer.",
			Fix:       "Name the resources, such as the database user and cluster.",
			CoveredBy: overEscalation, Causes: written, Cures: rewritten,
		},
		Reads: owners,
		Check: granting(issues),
	},
	{
		About: scanner.About{
			ID: "policy-resource-exposure", Title: "A policy lets every resource of a service be opened to others", Severity: scanner.Medium,
			Why:       "Whoever has it can give others, of other accounts too, access to the service's resources, and keep that access when the policy is taken away.",
			Fix:       "Name the resources, or leave out the actions that change who has access to them: a pattern such as s3:Put* has s3:PutBucketPolicy among it.",
			CoveredBy: overEscalation, Causes: written, Cures: rewritten,
		},
		Reads: owners,
		Check: granting(exposes),
	},
	{
		About: scanner.About{
			ID: "policy-marketplace-subscribe", Title: "A policy lets any product of AWS Marketplace be bought", Severity: scanner.Medium,
			Why:       "A subscription is a contract, and renews itself. A product also brings in software that nobody has looked at, with what it asks for.",
			Fix:       "Name the products by a condition on aws-marketplace:ProductId, as Amazon Bedrock's documentation does for its models, or leave buying to the few whose work it is.",
			CoveredBy: overEscalation, Causes: written, Cures: rewritten,
		},
		Reads: owners,
		Check: granting(subscribes),
	},
	{
		About: scanner.About{
			ID: "policy-not-action", Title: "A policy allows all actions but some", Severity: scanner.Medium,
			Controls:  []string{"FSBP IAM.21"},
			Why:       "It allows what nobody thought of, and each action and service that AWS adds. Of what else it lets through no other rule tells, but for privilege escalation.",
			Fix:       "List the actions that are needed (Action). What must never be done is better denied.",
			CoveredBy: overEscalation, Causes: written, Cures: rewritten,
		},
		Reads: owners,
		Check: granting(allBut),
	},
	{
		About: scanner.About{
			ID: "policy-not-resource", Title: "A policy allows actions on all resources but some", Severity: scanner.Medium,
			Why:       "It is about every resource that will ever be made, and those of other accounts, but for the few it names.",
			Fix:       "List the resources that are needed (Resource). What must never be touched is better denied.",
			CoveredBy: slices.Concat(overEscalation, narrower, []string{"policy-not-action", "policy-data-exfiltration", "policy-credentials-exposure", "policy-resource-exposure"}),
			Causes:    written, Cures: rewritten,
		},
		Reads: owners,
		Check: granting(elsewhere),
	},
	{
		About: scanner.About{
			ID: "policy-service-wildcard", Title: "A policy allows every action of a service on every resource", Severity: scanner.Low,
			Controls:  []string{"FSBP IAM.21", "AWS Config iam-policy-no-statements-with-full-access"},
			Why:       "What is needed is hidden in what is not, such as deleting, sharing and reading everything, and grows with the service. Medium for services by whose actions others can be given access to resources.",
			Fix:       "List the actions that are used: CloudTrail and the service's last access tell which (accessanalyzer start-policy-generation makes a draft).",
			CoveredBy: slices.Concat(overEscalation, narrower, []string{"policy-not-resource"}),
			Causes:    written, Cures: rewritten,
		},
		Reads: owners,
		Check: granting(services),
	},
	{
		About: scanner.About{
			ID: "policy-infrastructure-modification", Title: "A policy lets every resource of a service be changed", Severity: scanner.Info, OptIn: true,
			Why:       "Whoever has it can change or delete what is not theirs. Most policies of people who build something have such a statement, which is why this has to be named.",
			Fix:       "Name the resources, or their prefix, or ask for a tag (condition aws:ResourceTag).",
			CoveredBy: slices.Concat(overEscalation, narrower, wider),
			Causes:    written, Cures: rewritten,
		},
		Reads: owners,
		Check: granting(modifies),
	},
}

// overEscalation are the rules whose finding says that whoever has a policy can do
// everything, by it or in a step.
var overEscalation = append(slices.Clone(administering), "principal-effective-admin", "policy-privilege-escalation")

// narrower are those that tell what is worst about a whole service.
var narrower = []string{"policy-pass-role-star", "policy-assume-role-star", "policy-cloudtrail-full", "policy-kms-decrypt-all", "policy-marketplace-subscribe"}

// wider are those that tell of what a service's resources can be changed by, among else.
var wider = []string{"policy-credentials-exposure", "policy-resource-exposure", "policy-not-resource", "policy-service-wildcard"}

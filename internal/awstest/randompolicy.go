package awstest

import (
	"encoding/json"
	"fmt"

	"pgregory.net/rapid"

	"iamvigil/scanner/policy"
)

// document draws a policy as IAM takes it, or seldom a text that only a strange
// past can explain. Trust says that it is a role's trust policy.
func (d *draft) document(trust bool) policy.Document {
	if rapid.IntRange(0, 19).Draw(d.T, "strange document") == 19 {
		return policy.Parse(rapid.SampledFrom([]string{
			`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","effect":"Allow","Action":"*","Resource":"*"}]}`,
			`{"Statement":{"Effect":"Allow","Action":["s3:*"],"Resource":"*"},"Statement":[]}`,
			"{\"Statement\":[{\"Effect\":\"Allow\"\r\n\t,}\u00ff",
			`not a document + 100% "quoted" <tag>`,
		}).Draw(d.T, "text"))
	}
	var statements []any
	for range rapid.IntRange(1, 3).Draw(d.T, "statements") {
		statements = append(statements, d.statement(len(statements), trust))
	}
	fields := map[string]any{"Statement": statements}
	if len(statements) == 1 && d.chance("single statement") {
		fields["Statement"] = statements[0]
	}
	if version := rapid.SampledFrom([]string{policy.Version2012, policy.Version2008, ""}).Draw(d.T, "version"); version != "" {
		fields["Version"] = version
	}
	return canonical(fields)
}

// canonical parses the fields as the account keeps them: in the text that a
// clean document prints, where the statements have their offsets.
func canonical(fields map[string]any) policy.Document {
	raw, err := json.Marshal(fields)
	if err != nil {
		return policy.Document{}
	}
	return policy.Parse(text(policy.Parse(string(raw))))
}

func (d *draft) statement(n int, trust bool) map[string]any {
	s := map[string]any{"Effect": rapid.SampledFrom([]string{"Allow", "Deny"}).Draw(d.T, "effect")}
	if d.chance("sid") {
		s["Sid"] = fmt.Sprintf("%s%d", rapid.StringMatching(`[A-Za-z0-9]{0,8}`).Draw(d.T, "sid"), n)
	}
	action := rapid.SampledFrom([]string{"Action", "NotAction"}).Draw(d.T, "action element")
	if trust {
		s["Action"] = d.strings([]string{"sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:TagSession", "sts:*"})
		s["Principal"] = d.principal()
	} else {
		s[action] = d.strings([]string{"*", "iam:*", "s3:Get*", "iam:PassRole", "IAM:createaccesskey", "kms:?ecrypt", "sts:AssumeRole"})
		resource := rapid.SampledFrom([]string{"Resource", "NotResource"}).Draw(d.T, "resource element")
		s[resource] = d.strings([]string{"*", "arn:*:s3:::a b/${aws:username}/*", "arn:aws:iam::*:user/div/*", "arn:aws:s3:::ü&<é>\"'"})
	}
	if d.chance("condition") {
		s["Condition"] = d.condition()
	}
	return s
}

// strings draws one of the choices alone, or a list of some.
func (d *draft) strings(choices []string) any {
	if d.chance("alone") {
		return rapid.SampledFrom(choices).Draw(d.T, "value")
	}
	return rapid.SliceOfNDistinct(rapid.SampledFrom(choices), 1, 3, rapid.ID).Draw(d.T, "values")
}

func (d *draft) principal() any {
	if d.chance("anybody") {
		return "*"
	}
	kind := rapid.SampledFrom([]string{"AWS", "Service", "Federated"}).Draw(d.T, "principal")
	return map[string]any{kind: d.strings([]string{"arn:aws:iam::111122223333:root", "*", "ec2.amazonaws.com",
		"arn:aws:iam::111122223333:saml-provider/x", "AIDAQ3EGUJRTP2XEXAMPLE"})}
}

// condition draws values of any character that a policy may have, which are
// those of Latin-1.
func (d *draft) condition() map[string]any {
	value := rapid.StringOfN(rapid.RuneFrom([]rune("aZ09 \t\n\r\"\\/<>&%+*?${}:\u00a0\u00ff")), 0, 12, -1)
	operators := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"StringEquals", "Bool", "ForAnyValue:StringLike", "NumericLessThanIfExists"}), 1, 2, rapid.ID).
		Draw(d.T, "operators")
	condition := map[string]any{}
	for _, operator := range operators {
		condition[operator] = map[string]any{
			"aws:MultiFactorAuthPresent": rapid.SampledFrom([]any{"true", true, []any{true, "false", 5}}).Draw(d.T, "literal"),
			"aws:PrincipalTag/äu ß":      rapid.SliceOfN(value, 0, 3).Draw(d.T, "texts"),
		}
	}
	return condition
}

package rules

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/policy"
)

var operators = []scanner.Rule{
	{
		About: scanner.About{
			ID: "policy-bad-condition", Title: "A policy has a condition that cannot be what was meant", Severity: scanner.Medium,
			Why:    "An operator that IAM does not have, one that does not fit its key, or a value that is none of its kind: such a condition never holds, or a negated one always. An Allow then allows nothing, or too much, and a Deny denies nothing.",
			Fix:    "Put the operator or value right that the message names. Keys that only services know are not looked at.",
			Causes: append(slices.Clone(written), "CreateRole", "UpdateAssumeRolePolicy"),
			Cures:  append(slices.Clone(rewritten), "UpdateAssumeRolePolicy"),
		},
		Reads: owners,
		Check: everywhereWritten(policyBadCondition),
	},
}

func policyBadCondition(p *scanner.Pass, in place, d *policy.Document) bool {
	var wrong []string
	for i := range d.Statements {
		for _, c := range d.Statements[i].Conditions {
			if fault := faultOf(c); fault != "" {
				wrong = append(wrong, fault)
			}
		}
	}
	if len(wrong) == 0 {
		return false
	}
	wrong = distinct(wrong)
	p.Fail(in.part(), in.evidence(), "%s has %s that cannot work as written: %s", in, counted(len(wrong), "condition"), strings.Join(wrong[:min(len(wrong), most)], "; ")).
		Mend(in.show())
	return true
}

// faultOf is what is wrong with a condition, in words that are safe to show, or empty.
func faultOf(c policy.Condition) string {
	kind := kindOf(c.Operator)
	said := c.Operator + " " + c.Key
	switch {
	case kind == noKind:
		return quoted([]string{said}) + " has an operator that IAM does not have"
	case !slices.Contains(fitting(c.Key), kind):
		return quoted([]string{said}) + " has an operator for another kind of key"
	}
	for _, value := range c.Values {
		if kind == aString && slices.Contains(addresses, strings.ToLower(c.Key)) && isNetwork(value) {
			return quoted([]string{said}) + " has the value " + quoted([]string{value}) + ", which is a network: no address is the same text (IpAddress and NotIpAddress look whether it is in there)"
		}
		if !mayBe(kind, value) {
			return quoted([]string{said}) + " has the value " + quoted([]string{value}) + ", which is " + wanting[kind]
		}
	}
	return ""
}

// valueKind is what the values of an operator are.
type valueKind int

const (
	noKind valueKind = iota
	aString
	aNumber
	aDate
	aBool
	aNull
	anAddress
	anARN
	aBinary
)

var wanting = map[valueKind]string{
	aNumber: "no number", aDate: "no date", aBool: "neither true nor false", aNull: "neither true nor false",
	anAddress: "no address or network", anARN: "no ARN",
}

// kindOf reads an operator in any case, which IAM may be strict about: another case is
// not a fault that is told here.
func kindOf(operator string) valueKind {
	name := strings.ToLower(operator)
	name = strings.TrimPrefix(strings.TrimPrefix(name, "forallvalues:"), "foranyvalue:")
	if name == "null" {
		return aNull
	}
	name = strings.TrimSuffix(name, "ifexists")
	switch name {
	case "stringequals", "stringnotequals", "stringequalsignorecase", "stringnotequalsignorecase", "stringlike", "stringnotlike":
		return aString
	case "bool":
		return aBool
	case "binaryequals":
		return aBinary
	case "ipaddress", "notipaddress":
		return anAddress
	case "arnequals", "arnlike", "arnnotequals", "arnnotlike":
		return anARN
	}
	if rest, ok := strings.CutPrefix(name, "numeric"); ok && slices.Contains(orders, rest) {
		return aNumber
	}
	if rest, ok := strings.CutPrefix(name, "date"); ok && slices.Contains(orders, rest) {
		return aDate
	}
	return noKind
}

// orders are the operators of numbers and dates, behind the name of the kind.
var orders = []string{"equals", "notequals", "lessthan", "lessthanequals", "greaterthan", "greaterthanequals"}

// fitting are the kinds of operators that can hold for a key of IAM's own: those of
// strings for every one, since all values are written as some.
func fitting(key string) []valueKind {
	name, _, _ := strings.Cut(strings.ToLower(key), "/")
	switch name {
	case "aws:username", "aws:userid", "aws:principalorgid", "aws:principaltype", "aws:requestedregion", "aws:sourcevpc", "aws:sourcevpce",
		"aws:useragent", "aws:referer", "aws:resourceorgid", "aws:sourceorgid", "aws:principalorgpaths", "aws:resourceorgpaths",
		"aws:sourceorgpaths", "aws:calledvia", "aws:calledviafirst", "aws:calledvialast", "aws:principalservicename",
		"aws:principalservicenameslist", "iam:passedtoservice", "sts:rolesessionname":
		return []valueKind{aString, aNull}
	case "aws:principalaccount", "aws:sourceaccount", "aws:resourceaccount":
		return []valueKind{aString, aNull, aNumber}
	case "aws:principalarn", "aws:sourcearn", "iam:policyarn", "iam:permissionsboundary":
		return []valueKind{aString, aNull, anARN}
	case "aws:securetransport", "aws:multifactorauthpresent", "aws:viaawsservice", "aws:principalisawsservice":
		return []valueKind{aString, aNull, aBool}
	case "aws:multifactorauthage":
		return []valueKind{aString, aNull, aNumber, aDate}
	case "aws:currenttime", "aws:epochtime", "aws:tokenissuetime":
		return []valueKind{aString, aNull, aNumber, aDate}
	}
	if slices.Contains(addresses, name) {
		return []valueKind{aString, aNull, anAddress}
	}
	return anyKind
}

// addresses are the keys of IAM's own whose values are some.
var addresses = []string{"aws:sourceip", "aws:vpcsourceip", "aws:ec2instancesourceprivateipv4"}

var anyKind = []valueKind{aString, aNumber, aDate, aBool, aNull, anAddress, anARN, aBinary}

func isNetwork(value string) bool {
	_, err := netip.ParsePrefix(value)
	return err == nil
}

// mayBe is isOf of a value that may have variables. What one stands for is not known, but
// it cannot make a number of what is none before it.
func mayBe(kind valueKind, value string) bool {
	before, _, variable := strings.Cut(value, "${")
	if !variable {
		return isOf(kind, value)
	}
	return kind != aNumber || strings.Trim(before, "0123456789+-.eE") == ""
}

// isOf tells whether a text may be a value of a kind. It is laxer than IAM: what may
// be one is.
func isOf(kind valueKind, value string) bool {
	switch kind {
	case aBool, aNull:
		return strings.EqualFold(value, "true") || strings.EqualFold(value, "false")
	case aNumber:
		_, err := strconv.ParseFloat(value, 64)
		return err == nil
	case aDate:
		return isDate(value)
	case anAddress:
		_, network := netip.ParsePrefix(value)
		_, single := netip.ParseAddr(value)
		return network == nil || single == nil
	case anARN:
		return strings.ContainsAny(value, "*?") || account.ParseARN(value) != account.ARN{}
	}
	return true
}

// isDate takes the forms of ISO 8601 with and without a zone, and seconds since 1970.
func isDate(value string) bool {
	if _, err := strconv.ParseFloat(value, 64); err == nil {
		return true
	}
	return slices.ContainsFunc([]string{
		time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05", "2006-01-02T15:04", time.DateOnly, "2006-01",
	}, func(layout string) bool {
		_, err := time.Parse(layout, value)
		return err == nil
	})
}

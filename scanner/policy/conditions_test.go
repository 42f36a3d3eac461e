package policy_test

import (
	"testing"

	"iamvigil/scanner/policy"
)

// Whether a condition holds, as Deny and Allow statements show it.
const (
	holds   = "holds"
	fails   = "fails"
	unclear = "is unclear"
)

type context = map[string][]string

func evaluate(t interface{ Fatalf(string, ...any) }, conditions string, c context) string {
	r := policy.Request{Action: "s3:GetObject", Resource: "*", Context: c}
	ask := func(effect string) policy.Verdict {
		documents := parsed(document(`{"Effect":"` + effect + `","Action":"*","Resource":"*","Condition":{` + conditions + `}}`))
		if documents[0].Problems != nil {
			t.Fatalf("%s: %v", conditions, documents[0].Problems)
		}
		return policy.Decide(r, documents...)
	}
	allow, deny := ask("Allow"), ask("Deny")
	switch {
	case allow.Decision == policy.Allowed && deny.Decision == policy.ExplicitDeny:
		return holds
	case allow.Decision == policy.ImplicitDeny && allow.Unclear == nil && deny.Decision == policy.ImplicitDeny:
		return fails
	case allow.Decision == policy.ImplicitDeny && allow.Unclear != nil && deny.Decision == policy.Undecided:
		return unclear
	}
	t.Fatalf("%s on %v: %s as an Allow, %s as a Deny", conditions, c, allow.Decision, deny.Decision)
	return ""
}

type conditionCase struct {
	conditions string
	values     []string // of the key k; nil: it is absent
	want       string
}

func check(t *testing.T, cases []conditionCase) {
	t.Helper()
	for _, c := range cases {
		request := context{"aws:username": {"alice"}, "aws:PrincipalTag/star": {"*"}, "aws:TagKeys": {"a", "b"}, "aws:PrincipalTag/colon": {"x:y"}}
		if c.values != nil {
			request["K"] = c.values
		}
		if got := evaluate(t, c.conditions, request); got != c.want {
			t.Errorf("%s on %q %s", c.conditions, c.values, got)
		}
	}
}

func value(v ...string) []string { return v }

// IAM User Guide, "IAM JSON policy elements: Condition operators".
func TestStringConditions(t *testing.T) {
	check(t, []conditionCase{
		{`"StringEquals":{"k":"dev"}`, value("dev"), holds},
		{`"StringEquals":{"k":"dev"}`, value("Dev"), fails},
		{`"StringEquals":{"k":["a","dev"]}`, value("dev"), holds},
		{`"StringEquals":{"k":"d*"}`, value("dev"), fails},
		{`"StringEquals":{"k":"d*"}`, value("d*"), holds},
		{`"StringEquals":{"k":""}`, value(""), holds},
		{`"StringEquals":{"k":1}`, value("1"), holds},
		{`"StringNotEquals":{"k":["a","b"]}`, value("c"), holds},
		{`"StringNotEquals":{"k":["a","b"]}`, value("b"), fails}, // AND over the values
		{`"StringEqualsIgnoreCase":{"k":"PreProd"}`, value("preprod"), holds},
		{`"StringEqualsIgnoreCase":{"k":"PreProd"}`, value("prod"), fails},
		{`"StringNotEqualsIgnoreCase":{"k":"PreProd"}`, value("PREPROD"), fails},
		{`"StringLike":{"k":"d?v*"}`, value("dev/x:y"), holds},
		{`"StringLike":{"k":"D?v*"}`, value("dev"), fails},
		{`"StringNotLike":{"k":["a*","d*"]}`, value("dev"), fails},
		{`"StringNotLike":{"k":["a*","b*"]}`, value("dev"), holds},
		{`"StringEquals":{"k":"dev"},"StringLike":{"k":"*e*"}`, value("dev"), holds}, // AND over operators and keys
		{`"StringEquals":{"k":"dev"},"StringLike":{"k":"*x*"}`, value("dev"), fails},
		{`"StringEquals":{"k":"dev","aws:username":"bob"}`, value("dev"), fails},

		{`"StringEquals":{"k":"home/${aws:username}"}`, value("home/alice"), holds},
		{`"StringEquals":{"k":"home/${AWS:UserName}"}`, value("home/Alice"), fails},
		{`"StringEqualsIgnoreCase":{"k":"${aws:username}"}`, value("ALICE"), holds},
		{`"StringLike":{"k":"home/${aws:username}/*"}`, value("home/alice/x"), holds},
		{`"StringLike":{"k":"${aws:PrincipalTag/star}"}`, value("x"), fails},
		{`"StringLike":{"k":"${*}${?}${$}?"}`, value("*?$x"), holds},
		{`"StringEquals":{"k":"${*}${?}${$}?"}`, value("*?$?"), holds},
		{`"StringEquals":{"k":"${aws:PrincipalTag/team, 'none'}"}`, value("none"), holds},
		// A variable without a value equals nothing, not even the empty string.
		{`"StringEquals":{"k":"${aws:PrincipalTag/team}"}`, value(""), fails},
		{`"StringLike":{"k":"*${aws:PrincipalTag/team}"}`, value("x"), fails},
		{`"StringNotEquals":{"k":"${aws:PrincipalTag/team}"}`, value("x"), holds},
		{`"StringNotEquals":{"k":["x","${aws:PrincipalTag/team}"]}`, value("x"), fails},
		{`"StringEquals":{"k":"${aws:TagKeys}"}`, value("a"), unclear},
		{`"StringEquals":{"k":["a","${aws:TagKeys}"]}`, value("a"), holds},
		{`"StringNotEquals":{"k":["a","${aws:TagKeys}"]}`, value("a"), fails},
		{`"StringEquals":{"k":"${aws:username"}`, value("alice"), unclear},

		{`"stringEquals":{"k":"dev"}`, value("dev"), unclear},
		{`"StringIs":{"k":"dev"}`, value("dev"), unclear},
		{`"StringNotIs":{"k":"dev"}`, nil, unclear},
		{`"StringEqualsNot":{"k":"dev"}`, value("dev"), unclear},
		{`"StringEquals":{"k":[]}`, value("dev"), unclear},
		{`"StringEquals":{"k":"dev"},"StringIs":{"k":"dev"}`, value("x"), fails}, // whatever StringIs means
	})
}

// What holds without the key, and what without a value of it.
func TestAbsentKeys(t *testing.T) {
	check(t, []conditionCase{
		{`"StringEquals":{"k":"x"}`, nil, fails},
		{`"StringEquals":{"k":"x"}`, value(), fails},
		{`"StringLike":{"k":"*"}`, nil, fails},
		{`"Bool":{"k":"false"}`, nil, fails},
		{`"NumericLessThan":{"k":"1"}`, nil, fails},
		{`"NumericLessThan":{"k":"x"}`, nil, fails},
		{`"DateLessThan":{"k":"2020-01-01"}`, nil, fails},
		{`"IpAddress":{"k":"0.0.0.0/0"}`, nil, fails},
		{`"ArnLike":{"k":"arn:*:*:*:*:*"}`, nil, fails},
		{`"BinaryEquals":{"k":"eA=="}`, nil, fails},
		{`"StringNotEquals":{"k":"x"}`, nil, holds},
		{`"StringNotLike":{"k":"*"}`, nil, holds},
		{`"StringNotEqualsIgnoreCase":{"k":"x"}`, nil, holds},
		{`"NumericNotEquals":{"k":"1"}`, nil, holds},
		{`"DateNotEquals":{"k":"2020-01-01"}`, nil, holds},
		{`"NotIpAddress":{"k":"0.0.0.0/0"}`, nil, holds},
		{`"ArnNotLike":{"k":"arn:*:*:*:*:*"}`, nil, holds},
		{`"ArnNotEquals":{"k":"arn:*:*:*:*:*"}`, nil, holds},

		{`"StringEqualsIfExists":{"k":"x"}`, nil, holds},
		{`"StringEqualsIfExists":{"k":"x"}`, value("x"), holds},
		{`"StringEqualsIfExists":{"k":"x"}`, value("y"), fails},
		{`"StringNotEqualsIfExists":{"k":"x"}`, nil, holds},
		{`"StringNotEqualsIfExists":{"k":"x"}`, value("x"), fails},
		{`"BoolIfExists":{"k":"false"}`, nil, holds},
		{`"BoolIfExists":{"k":"false"}`, value("true"), fails},
		{`"ForAnyValue:StringEqualsIfExists":{"k":"x"}`, nil, holds},
		{`"StringIsIfExists":{"k":"x"}`, nil, unclear},

		{`"Null":{"k":"true"}`, nil, holds},
		{`"Null":{"k":"true"}`, value(), holds},
		{`"Null":{"k":"true"}`, value("x"), fails},
		{`"Null":{"k":false}`, nil, fails},
		{`"Null":{"k":false}`, value("x", "y"), holds},
		{`"Null":{"k":["true","false"]}`, value("x"), holds},
		{`"Null":{"k":"yes"}`, value("x"), unclear},
		{`"Null":{"k":["yes","false"]}`, value("x"), holds},
		{`"Null":{"k":[]}`, value("x"), unclear},
		{`"Null":{"k":"true"}`, value(""), unclear},
		{`"NullIfExists":{"k":"true"}`, nil, unclear},
		{`"ForAnyValue:Null":{"k":"true"}`, nil, unclear},
	})
}

// IAM User Guide, "Single-valued vs. multivalued context keys", and the tables of
// "Condition operators".
func TestSetOperators(t *testing.T) {
	check(t, []conditionCase{
		{`"ForAllValues:StringEquals":{"k":["a","b"]}`, value("a"), holds},
		{`"ForAllValues:StringEquals":{"k":["a","b"]}`, value("b", "a"), holds},
		{`"ForAllValues:StringEquals":{"k":["a","b"]}`, value("a", "c"), fails},
		{`"ForAllValues:StringEquals":{"k":["a","b"]}`, nil, holds},
		{`"ForAllValues:StringEquals":{"k":["a","b"]}`, value(""), holds},
		{`"ForAllValues:StringEquals":{"k":["a","b"]},"Null":{"k":"false"}`, nil, fails},
		{`"ForAllValues:StringNotEquals":{"k":["a","b"]}`, value("c", "d"), holds},
		{`"ForAllValues:StringNotEquals":{"k":["a","b"]}`, value("c", "b"), fails},
		{`"ForAllValues:StringNotEquals":{"k":["a","b"]}`, nil, holds},
		{`"ForAnyValue:StringEquals":{"k":["a","b"]}`, value("c", "b"), holds},
		{`"ForAnyValue:StringEquals":{"k":["a","b"]}`, value("c"), fails},
		{`"ForAnyValue:StringEquals":{"k":["a","b"]}`, nil, fails},
		{`"ForAnyValue:StringLike":{"k":"*"}`, value(""), fails},
		{`"ForAnyValue:StringNotEquals":{"k":["a","b"]}`, value("a", "c"), holds},
		{`"ForAnyValue:StringNotEquals":{"k":["a","b"]}`, value("a", "b"), fails},
		{`"ForAnyValue:StringNotEquals":{"k":["a","b"]}`, nil, fails},
		{`"ForAllValues:Bool":{"k":"true"}`, value("true", "true"), holds},
		{`"ForAnyValue:ArnLike":{"k":"arn:aws:s3:::a*"}`, value("arn:aws:s3:::b", "arn:aws:s3:::ab"), holds},
		{`"ForAnyValue:NumericEquals":{"k":"1"}`, value("x", "1"), holds},
		{`"ForAnyValue:NumericEquals":{"k":"1"}`, value("x", "2"), unclear},
		{`"ForAllValues:NumericEquals":{"k":"1"}`, value("x", "2"), fails},
		{`"ForSomeValue:StringEquals":{"k":"a"}`, value("a"), unclear},
		{`"ForAllValues:ForAnyValue:StringEquals":{"k":"a"}`, value("a"), unclear},
		// Several values want a set operator; without one only what any would say is sure.
		{`"StringEquals":{"k":"a"}`, value("a", "b"), unclear},
		{`"StringEquals":{"k":"c"}`, value("a", "b"), fails},
		{`"StringLike":{"k":"*"}`, value("a", "b"), holds},
	})
	// Tags that differ by case alone are one condition key (IAM User Guide, "Condition").
	twice := context{"aws:ResourceTag/EC2": {"a"}, "aws:ResourceTag/ec2": {"b"}}
	if got := evaluate(t, `"ForAllValues:StringEquals":{"aws:ResourceTag/Ec2":["a","b"]},"ForAnyValue:StringEquals":{"aws:ResourceTag/Ec2":"b"}`, twice); got != holds {
		t.Errorf("two tags that differ by case: %s", got)
	}
}

func TestNumericConditions(t *testing.T) {
	check(t, []conditionCase{
		{`"NumericEquals":{"k":"10"}`, value("10.0"), holds},
		{`"NumericEquals":{"k":10}`, value("010"), holds},
		{`"NumericEquals":{"k":"0"}`, value("-0.0"), holds},
		{`"NumericEquals":{"k":["1","2"]}`, value("2"), holds},
		{`"NumericNotEquals":{"k":["1","2"]}`, value("2"), fails},
		{`"NumericLessThan":{"k":"10"}`, value("9"), holds},
		{`"NumericLessThan":{"k":"10"}`, value("10"), fails},
		{`"NumericLessThan":{"k":"1.5"}`, value("1.45"), holds},
		{`"NumericLessThan":{"k":"-1"}`, value("-2"), holds},
		{`"NumericLessThan":{"k":"0"}`, value("-0.001"), holds},
		{`"NumericLessThanEquals":{"k":"3600"}`, value("3600"), holds},
		{`"NumericGreaterThan":{"k":"9007199254740992"}`, value("9007199254740993"), holds}, // 2^53
		{`"NumericGreaterThan":{"k":"-1"}`, value("0"), holds},
		{`"NumericGreaterThanEquals":{"k":"3600"}`, value("3599.9"), fails},
		{`"NumericEquals":{"k":"ten"}`, value("10"), unclear},
		{`"NumericNotEquals":{"k":"ten"}`, value("10"), unclear},
		{`"NumericEquals":{"k":"10"}`, value("1e1"), unclear},
		{`"NumericEquals":{"k":"10"}`, value(""), unclear},
		{`"NumericEquals":{"k":"."}`, value("0"), unclear},
		{`"NumericEquals":{"k":"1."}`, value("1"), unclear},
		{`"NumericEquals":{"k":"--1"}`, value("1"), unclear},
		{`"NumericEquals":{"k":"1*"}`, value("10"), unclear},
		{`"NumericLike":{"k":"1"}`, value("1"), unclear},
		{`"NumericNotLessThan":{"k":"1"}`, value("1"), unclear},
	})
}

func TestDateConditions(t *testing.T) {
	check(t, []conditionCase{
		{`"DateLessThan":{"k":"2020-06-30T23:59:59Z"}`, value("2020-06-30T23:59:58Z"), holds},
		{`"DateLessThan":{"k":"2020-06-30T23:59:59Z"}`, value("2020-07-01T01:00:00+02:00"), holds},
		{`"DateLessThan":{"k":"2020-06-30"}`, value("2020-06-30T00:00Z"), fails},
		{`"DateLessThanEquals":{"k":"2020-06-30"}`, value("2020-06-30T00:00:00Z"), holds},
		{`"DateEquals":{"k":"2020-06"}`, value("2020-06-01"), holds},
		{`"DateEquals":{"k":"1577836800"}`, value("2020-01-01T00:00:00Z"), holds}, // aws:EpochTime
		{`"DateNotEquals":{"k":1577836800}`, value("2020-01-01T00:00:00.5Z"), holds},
		{`"DateGreaterThan":{"k":"2020-01-01T00:00:01Z"}`, value("2020-01-01T00:00:01Z"), fails},
		{`"DateGreaterThanEquals":{"k":"2020-01-01T00:00:01Z"}`, value("2020-01-01T00:00:01Z"), holds},
		{`"DateGreaterThan":{"k":"2020"}`, value("2021-01-01"), unclear}, // a year, or seconds?
		{`"DateGreaterThan":{"k":"yesterday"}`, value("2021-01-01"), unclear},
		{`"DateGreaterThan":{"k":"2020-01-01T1:00:00Z"}`, value("2021-01-01"), unclear},
		{`"DateGreaterThan":{"k":"2020-01-01T01:00:00,5Z"}`, value("2021-01-01"), unclear},
		{`"DateGreaterThan":{"k":"2020-01-01T01:00:00"}`, value("2021-01-01"), unclear},
		{`"DateGreaterThan":{"k":"2020-02-30"}`, value("2021-01-01"), unclear},
		{`"DateGreaterThan":{"k":"99999999999999999999"}`, value("2021-01-01"), unclear},
		{`"DateGreaterThan":{"k":"2020-01-01"}`, value(""), unclear},
	})
}

func TestBoolAndBinaryConditions(t *testing.T) {
	check(t, []conditionCase{
		{`"Bool":{"k":"false"}`, value("false"), holds},
		{`"Bool":{"k":false}`, value("False"), holds},
		{`"Bool":{"k":"false"}`, value("true"), fails},
		{`"Bool":{"k":["true","false"]}`, value("true"), holds},
		{`"Bool":{"k":"0"}`, value("false"), unclear},
		{`"Bool":{"k":"false"}`, value("no"), unclear},
		{`"Bool":{"k":"${aws:username}"}`, value("true"), unclear},
		{`"BinaryEquals":{"k":"QmluYXJ5VmFsdWVJbkJhc2U2NA=="}`, value("QmluYXJ5VmFsdWVJbkJhc2U2NA=="), holds},
		{`"BinaryEquals":{"k":"QmluYXJ5VmFsdWVJbkJhc2U2NA=="}`, value("eA=="), fails},
		{`"BinaryEquals":{"k":"?"}`, value("eA=="), unclear},
		{`"BinaryEquals":{"k":"eA=="}`, value("?"), unclear},
		{`"BinaryNotEquals":{"k":"eA=="}`, value("eA=="), unclear}, // there is none
	})
}

func TestAddressConditions(t *testing.T) {
	check(t, []conditionCase{
		{`"IpAddress":{"k":"203.0.113.0/24"}`, value("203.0.113.1"), holds},
		{`"IpAddress":{"k":"203.0.113.9/24"}`, value("203.0.113.1"), holds},
		{`"IpAddress":{"k":"203.0.113.0/24"}`, value("198.51.100.1"), fails},
		{`"IpAddress":{"k":["203.0.113.0/24","2001:DB8:1234:5678::/64"]}`, value("2001:db8:1234:5678::1"), holds},
		{`"IpAddress":{"k":"0.0.0.0/0"}`, value("2001:db8::1"), fails},
		{`"IpAddress":{"k":"203.0.113.1"}`, value("203.0.113.1"), holds},
		{`"IpAddress":{"k":"203.0.113.1"}`, value("203.0.113.2"), fails},
		{`"NotIpAddress":{"k":["203.0.113.0/24","198.51.100.1"]}`, value("198.51.100.1"), fails},
		{`"NotIpAddress":{"k":["203.0.113.0/24","198.51.100.1"]}`, value("198.51.100.2"), holds},
		{`"IpAddress":{"k":"2001:db8::1"}`, value("2001:db8::1"), holds},
		{`"IpAddress":{"k":"2001:db8::1"}`, value("2001:db8::2"), unclear}, // AWS's default prefix is /32
		{`"IpAddress":{"k":"2001:db8::1"}`, value("2002::1"), fails},
		{`"IpAddress":{"k":"203.0.113.0/33"}`, value("203.0.113.1"), unclear},
		{`"IpAddress":{"k":"203.0.113.*"}`, value("203.0.113.1"), unclear},
		{`"IpAddress":{"k":"0.0.0.0/0"}`, value("::ffff:203.0.113.1"), unclear},
		{`"IpAddress":{"k":"::ffff:203.0.113.1"}`, value("203.0.113.1"), unclear},
		{`"IpAddress":{"k":"fe80::/10"}`, value("fe80::1%eth0"), unclear},
		{`"IpAddress":{"k":"0.0.0.0/0"}`, value("AWS Internal"), unclear},
	})
}

func TestARNConditions(t *testing.T) {
	const topic = "arn:aws:sns:us-east-1:123456789012:t:sub"
	check(t, []conditionCase{
		{`"ArnEquals":{"k":"` + topic + `"}`, value(topic), holds},
		{`"ArnEquals":{"k":"arn:aws:sns:*:123456789012:t*"}`, value(topic), holds}, // as ArnLike does
		{`"ArnLike":{"k":"arn:aws:sns:*:123456789012:T*"}`, value(topic), fails},
		{`"ArnLike":{"k":"arn:aws:sns:us-east-?:123456789012:*"}`, value(topic), holds},
		// The guide's own example of where StringLike matches and ArnLike does not.
		{`"StringLike":{"k":"arn:aws:someservice:*:111122223333:finance/*"}`, value("arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt"), holds},
		{`"ArnLike":{"k":"arn:aws:someservice:*:111122223333:finance/*"}`, value("arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt"), fails},
		{`"ArnNotLike":{"k":["arn:aws:sns:*:*:t*","arn:aws:s3:::*"]}`, value(topic), fails},
		{`"ArnNotEquals":{"k":["arn:aws:sns:*:*:x","arn:aws:s3:::*"]}`, value(topic), holds},
		{`"ArnLike":{"k":"arn:aws:iam::*:user/${aws:username}"}`, value("arn:aws:iam::123456789012:user/alice"), holds},
		{`"ArnLike":{"k":"arn:aws:iam::*:user/${aws:username}"}`, value("arn:aws:iam::123456789012:user/bob"), fails},
		{`"ArnLike":{"k":"arn:aws:iam:${aws:PrincipalTag/colon}:x"}`, value("arn:aws:iam:x:y:x"), unclear}, // five parts
		{`"ArnLike":{"k":"arn:aws:iam:${aws:PrincipalTag/colon}:*:x"}`, value("arn:aws:iam:x:y:x"), fails},
		{`"ArnLike":{"k":"arn:aws:iam::*:${aws:username"}`, value("arn:aws:iam::1:alice"), unclear},
		{`"ArnLike":{"k":"*"}`, value(topic), unclear},
		{`"ArnLike":{"k":"arn:aws:*"}`, value(topic), unclear},
		{`"ArnLike":{"k":"arn:*:*:*:*:*"}`, value("alice"), unclear},
		{`"ArnLike":{"k":"*:*:*:*:*:*"}`, value("a:b:c:d:e:f"), unclear},
	})
	r := policy.Request{Action: "s3:GetObject", Resource: "*", Context: context{"k": {"arn:aws:iam::1:user/${aws:x}"}}}
	older := parsed(`{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"ArnLike":{"k":"arn:aws:iam::*:user/${aws:?}"}}}]}`)
	if v := policy.Decide(r, older...); v.Decision != policy.Allowed {
		t.Errorf("the older version has no variables: %s", v.Decision)
	}
}

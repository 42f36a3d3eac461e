package account_test

import (
	"testing"

	"iamvigil/scanner/account"
)

func TestParseARN(t *testing.T) {
	tests := map[string]account.ARN{
		"arn:aws:iam::111122223333:user/team/alice": {Partition: "aws", Service: "iam", Account: "111122223333", Resource: "user/team/alice"},
		"arn:aws-cn:iam::aws:policy/ReadOnlyAccess": {Partition: "aws-cn", Service: "iam", Account: "aws", Resource: "policy/ReadOnlyAccess"},
		"arn:aws:sns:us-east-1:111122223333:a:b":    {Partition: "aws", Service: "sns", Region: "us-east-1", Account: "111122223333", Resource: "a:b"},
		"arn:::::":                                  {},
		"arn:aws:iam::1":                            {},
		"alice":                                     {},
		"":                                          {},
		"ARN:aws:iam::1:user":                       {},
		"https://sqs.us-east-1.amazonaws.com/1:2:3:4:5": {},
	}
	for text, want := range tests {
		if got := account.ParseARN(text); got != want {
			t.Errorf("%q: got %+v, want %+v", text, got, want)
		}
	}
}

func TestIsKeyID(t *testing.T) {
	for text, want := range map[string]bool{
		"AKIAIOSFODNN7EXAMPLE": true,
		"ASIAIOSFODNN7EXAMPLE": false, // of a session
		"AIDAIOSFODNN7EXAMPLE": false, // of a user
		"access_key_1":         false,
		"":                     false,
	} {
		if got := account.IsKeyID(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

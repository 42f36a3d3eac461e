package ledger_test

import (
	"testing"

	"iamvigil/ledger"
)

func TestCallAsACommand(t *testing.T) {
	for _, c := range []struct {
		operation  string
		parameters map[string]string
		want       string
	}{
		{"UpdateAccessKey", map[string]string{"AccessKeyId": "AKIA1", "Status": "Inactive", "UserName": "ann"},
			"aws iam update-access-key --user-name 'ann' --access-key-id 'AKIA1' --status 'Inactive'"},
		{"DetachUserPolicy", map[string]string{"PolicyArn": "arn:aws:iam::111122223333:policy/x", "UserName": "-ann"},
			"aws iam detach-user-policy --user-name='-ann' --policy-arn 'arn:aws:iam::111122223333:policy/x'"},
	} {
		if got := (ledger.Call{Operation: c.operation, Parameters: c.parameters}).Command(); got != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
}

package account_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"iamvigil/scanner/account"
)

const sound = `{"version": 1, "account": {"id": "111122223333", "partition": "aws"}, "users": [{"arn": "a", "id": "i", "name": "ann", "seen": {"mfa": {"missing": "refused"}}}]}`

func TestReadGivesBackWhatWasWritten(t *testing.T) {
	s, err := account.Read(strings.NewReader(sound))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := account.Write(&b, s); err != nil {
		t.Fatal(err)
	}
	again, err := account.Read(strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(s, again); diff != "" {
		t.Error(diff)
	}
}

func TestReadRefuses(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"nothing":             {" ", "it is empty"},
		"no JSON":             {"account", "invalid character"},
		"no snapshot":         {`{"UserDetailList": []}`, "it has no version"},
		"a later version":     {`{"version": 2, "organisation": {}}`, "version is 2, this program reads version 1"},
		"an unknown field":    {strings.Replace(sound, `"users"`, `"people"`, 1), `unknown field "people"`},
		"no account":          {`{"version": 1}`, "account.id and account.partition are required"},
		"a misspelt fact":     {strings.Replace(sound, `"users"`, `"seen": {"mffa": {}}, "users"`, 1), `seen of the account has no fact "mffa"`},
		"a user's misspelt":   {strings.Replace(sound, `"mfa"`, `"mfaa"`, 1), `seen of user "ann" has no fact "mfaa"`},
		"more after it":       {sound + sound, "more follows after the snapshot"},
		"a number for a name": {strings.Replace(sound, `"ann"`, "7", 1), "users.name"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := account.Read(strings.NewReader(c.text))
			if s != nil || err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, error %v, want %q in it", s, err, c.want)
			}
		})
	}
}

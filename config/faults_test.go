package config_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"iamvigil/config"
)

// sound is a configuration without fault, with one exemption from line 3 on.
const sound = `version: 1
exemptions:
  - rule: plain
    resource: alice
    reason: why
    owner: ann
    expires: 2027-03-31
`

// in is the sound configuration with one line of its exemption replaced, or with
// one more.
func in(line string) string {
	key, _, _ := strings.Cut(line, ":")
	lines := strings.Split(sound, "\n")
	for i := range lines {
		if strings.HasPrefix(strings.TrimLeft(lines[i], " -"), key+":") {
			lines[i] = lines[i][:4] + line
			return strings.Join(lines, "\n")
		}
	}
	return sound + "    " + line + "\n"
}

// What cannot be meant is refused with its line, what is wrong and what to do,
// and nothing of the rest holds.
func TestRefused(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"nothing":       {"", "1: it is empty; it needs at least version: 1"},
		"comments only": {"# nothing\n", "1: it is empty"},
		"two nothings":  {"---\n---\n", "2: a second YAML document"},
		"null":          {"---", "1: it is empty"},
		"a list":        {"- version: 1", "1: the configuration must map|1: the version is missing"},
		"no version":    {"rules: {}", "1: the version is missing; add version: 1"},
		"newer version": {"rules:\nversion: 2", "2: version is 2, this program reads version 1"},
		"version text":  {"version: '1'", "1: version must be a whole number, without quotes"},
		"unknown key":   {"version: 1\nrule: {}", `2: the configuration has no "rule"; did you mean "rules"?; there are version`},
		"long key":      {"version: 1\n" + strings.Repeat("é", 60) + ": x", `2: the configuration has no "` + strings.Repeat("é", 50) + `"…; there are version`},
		"key twice":     {"version: 1\nrules:\nversion: 1", `3: "version" is set twice, first in line 1; delete one of them`},

		"not YAML":            {"version: 1\nrules:\n  plain: {enabled: true}\n  aged\n", "4: it is not YAML: could not find expected ':'; look at its indentation"},
		"indentation":         {"version: 1\nrules:\n  plain: {enabled: true}\n aged: {limit: 3}\n", "4: it is not YAML: did not find expected key"},
		"quote without end":   {"version: 1\nowners:\n  account: \"platform\nrules:\n", "3: it is not YAML: found unexpected end of stream"},
		"bracket without end": {"version: 1\nowners:\n  tags: [owner\nrules:\n", "3: it is not YAML: did not find expected ',' or ']'"},
		"star without quotes": {in("resource: *-bot"), "4: it is not YAML: unknown anchor '-bot' referenced; quote a text that begins with *"},
		"a lone star":         {in("resource: *"), "4: it is not YAML: did not find expected alphabetic or numeric character; quote"},
		"tab":                 {"version: 1\nrules:\n\tplain:", "3: a tab; YAML is indented with spaces"},
		"Latin-1":             {"version: 1\n# caf\xe9", "2: the byte 0xe9 is not UTF-8; save the file as UTF-8"},
		"UTF-16":              {"\xff\xfev\x00", "1: the byte 0xff is not UTF-8"},
		"escape character":    {"version: 1\n# \x1b[2J", "2: the character U+001B cannot be seen; delete it"},
		"line of its own":     {"version: 1\n# done\u2028rules: {}", "2: the character U+2028 cannot be seen"},
		"right to left":       {in("owner: a\u202enna"), "6: the character U+202E cannot be seen"},
		"escape in quotes":    {in(`reason: "a\u202eb"`), "5: the character U+202E cannot be seen; delete its escape"},
		"two documents":       {"version: 1\n---\nversion: 1", "2: a second YAML document; one file is one configuration"},
		"too large":           {"version: 1\n" + strings.Repeat("# filling\n", 30000), "26215: the file is larger than 256 KB"},
		"too deep":            {"version: 1\nrules: " + strings.Repeat("[", 20000), "2: it is not YAML: exceeded max depth"},
		"anchor":              {"version: 1\nrules:\n  plain: &a {enabled: true}\n", "3: &a is an anchor, which is not read; delete it"},
		"alias":               {"version: 1\nrules:\n  plain: &a {enabled: true}\n  aged: *a\n", "3: &a is an anchor|4: *a is an alias, which is not read"},
		"merged key":          {"version: 1\nrules:\n  aged:\n    <<: {limit: 3}\n    limit: 4\n", "4: << merges another mapping, which is not read"},
		"tag":                 {"version: 1\nowners:\n  account: !!str 5\n", `3: "!!str" is a tag, which is not read`},
		"key that is a list":  {"version: 1\nrules:\n  ? [plain]\n  : {enabled: true}\n", "3: a key must be a text; quote it"},
		"key that is no text": {in("tags: {123: x}"), "8: a key must be a text; quote it"},

		"rules as a list":      {"version: 1\nrules: [plain]", "2: rules must map rule ids to settings"},
		"rule without":         {"version: 1\nrules:\n  plain:", `3: rule "plain" needs settings`},
		"rule with nothing":    {"version: 1\nrules:\n  plain: {}", `3: rule "plain" needs settings`},
		"rule as a flag":       {"version: 1\nrules:\n  plain: true", `3: rule "plain" must map names to values; there are enabled, severity, limit`},
		"unknown rule":         {"version: 1\nrules:\n  plane: {enabled: true}", "3: there is no rule \"plane\"; did you mean \"plain\"?; `iamvigil rules` lists them"},
		"rule like no other":   {"version: 1\nrules:\n  zebra: {enabled: true}", "3: there is no rule \"zebra\"; `iamvigil rules` lists them"},
		"what no rule asks":    {"version: 1\nrules:\n  scanner-cannot-see: {enabled: false}", `3: rule "scanner-cannot-see" is asked of no snapshot and has no settings; an exemption can silence it`},
		"rule twice":           {"version: 1\nrules:\n  plain: {enabled: true}\n  aged: {limit: 9}\n  plain: {enabled: false}", `5: "plain" is set twice, first in line 3`},
		"unknown setting":      {"version: 1\nrules:\n  aged:\n    limits: 3", `4: rule "aged" has no "limits"; did you mean "limit"?; there are enabled, severity, limit, limit_without_password, grace and list`},
		"setting twice":        {"version: 1\nrules:\n  aged:\n    limit: 3\n    limit: 4", `5: "limit" is set twice, first in line 4`},
		"unknown severity":     {"version: 1\nrules:\n  aged:\n    severity: hihg", `4: rule "aged": severity "hihg" is none of critical, high, medium, low, info; did you mean "high"?`},
		"severity of none":     {"version: 1\nrules:\n  aged:\n    severity:", `4: rule "aged": severity "" is none of`},
		"list of none":         {"version: 1\nrules:\n  plain:\n    list: [x]", `4: rule "plain" has no list to set; delete the line`},
		"list that is none":    {"version: 1\nrules:\n  tagged:\n    list: Team", `4: rule "tagged": list must be a list, such as [one, another]`},
		"list of numbers":      {"version: 1\nrules:\n  trusting:\n    list: [444455556666]", `4: a member of rule "trusting": list must be a text; quote it`},
		"member twice":         {"version: 1\nrules:\n  tagged:\n    list: [Team, Team]", `4: rule "tagged": list has "Team" twice; delete one of them`},
		"empty list":           {"version: 1\nrules:\n  tagged:\n    enabled: true\n    list: []", `4: rule "tagged" cannot be asked without a list of tag keys; add list: [...]`},
		"on without a list":    {"version: 1\nrules:\n  tagged: {enabled: true}", `3: rule "tagged" cannot be asked without a list of tag keys; add list: [...]`},
		"no account":           {"version: 1\nrules:\n  trusting:\n    list: [\"44445555\"]", `4: rule "trusting": "44445555" is no account's id of 12 digits`},
		"AWS's own tag":        {"version: 1\nrules:\n  tagged:\n    list: [\"aws:createdBy\"]", `4: rule "tagged": nobody can give a tag whose key begins with aws:`},
		"too many members":     {"version: 1\nrules:\n  tagged:\n    list: [" + strings.Repeat("x, ", 100) + "y]", `4: rule "tagged": list has more than 100 members; delete some`},
		"limit of none":        {"version: 1\nrules:\n  plain:\n    limit: 3", `4: rule "plain" has no limit to set; delete the line`},
		"limit too large":      {"version: 1\nrules:\n  aged:\n    limit: 99999", `4: rule "aged": limit 99999 is not within 1 to 3650 days`},
		"limit too small":      {"version: 1\nrules:\n  counted:\n    limit: 5", `4: rule "counted": limit 5 is not within 6 to 128 characters`},
		"limit of zero":        {"version: 1\nrules:\n  aged:\n    limit: 0", `4: rule "aged": limit 0 is not within`},
		"limit as a word":      {"version: 1\nrules:\n  aged:\n    limit: ninety", `4: rule "aged": limit must be a whole number`},
		"limit as a text":      {"version: 1\nrules:\n  aged:\n    limit: '90'", `4: rule "aged": limit must be a whole number, without quotes`},
		"limit as octal":       {"version: 1\nrules:\n  aged:\n    limit: 0100", `4: rule "aged": limit must be a whole number`},
		"limit as a part":      {"version: 1\nrules:\n  aged:\n    limit: 9.5", `4: rule "aged": limit must be a whole number`},
		"limit beyond all":     {"version: 1\nrules:\n  aged:\n    limit: 99999999999999999999", `4: rule "aged": limit must be a whole number`},
		"limit as a list":      {"version: 1\nrules:\n  aged:\n    limit: [90]", `4: rule "aged": limit must be a whole number`},
		"no other limit":       {"version: 1\nrules:\n  counted:\n    limit_without_password: 9", `4: rule "counted" has no limit_without_password to set`},
		"other limit too much": {"version: 1\nrules:\n  aged:\n    limit_without_password: 3651", `4: rule "aged": limit_without_password 3651 is not within 1 to 3650 days`},
		"no grace":             {"version: 1\nrules:\n  plain:\n    grace: 1", `4: rule "plain" has no grace to set`},
		"too much grace":       {"version: 1\nrules:\n  aged:\n    grace: 31", `4: rule "aged": grace 31 is not within 0 to 30 days`},
		"grace below zero":     {"version: 1\nrules:\n  aged:\n    grace: -1", `4: rule "aged": grace -1 is not within 0 to 30 days`},
		"event rule, unknown":  {"version: 1\nrules:\n  event-denial: {enabled: true}", `3: there is no rule "event-denial"; did you mean "event-denials"?`},
		"calls of none":        {"version: 1\nrules:\n  event-root-use:\n    limit: 3", `4: rule "event-root-use" has no limit to set; delete the line`},
		"calls too many":       {"version: 1\nrules:\n  event-denials:\n    enabled: true\n    limit: 101", `5: rule "event-denials": limit 101 is not within 3 to 100 calls`},
		"sign-ins too few":     {"version: 1\nrules:\n  event-guesses:\n    limit: 2", `4: rule "event-guesses": limit 2 is not within 3 to 100 sign-ins`},
		"calls, grace":         {"version: 1\nrules:\n  event-denials:\n    grace: 3", `4: rule "event-denials" has no grace to set; delete the line`},
		"calls, list":          {"version: 1\nrules:\n  event-denials:\n    list: [x]", `4: rule "event-denials" has no list to set; delete the line`},
		"calls, other limit":   {"version: 1\nrules:\n  event-denials:\n    limit_without_password: 9", `4: rule "event-denials" has no limit_without_password to set; delete the line`},
		"the scanner, off":     {"version: 1\nrules:\n  event-scanner-tampering:\n    enabled: false", `4: rule "event-scanner-tampering" cannot be switched off: whoever touches the scanner is told of; delete the line`},
		"the scanner, milder":  {"version: 1\nrules:\n  event-scanner-tampering:\n    severity: medium", `4: rule "event-scanner-tampering" cannot be milder than high: whoever touches the scanner is told of at once; delete the line`},
		"enabled as a word":    {"version: 1\nrules:\n  aged:\n    enabled: perhaps", `4: rule "aged": enabled must be true or false`},
		"enabled as yes":       {"version: 1\nrules:\n  aged:\n    enabled: yes", `4: rule "aged": enabled must be true or false`},
		"enabled as a text":    {"version: 1\nrules:\n  aged:\n    enabled: 'true'", `4: rule "aged": enabled must be true or false`},

		"owners as a list":   {"version: 1\nowners: [team]", "2: owners must map names to values; there are tags and account"},
		"unknown owner key":  {"version: 1\nowners:\n  tag: [team]", `3: owners has no "tag"; did you mean "tags"?`},
		"tags as a text":     {"version: 1\nowners:\n  tags: team", "3: the tags of owners must be a list, such as [owner, team]"},
		"tag twice":          {"version: 1\nowners:\n  tags:\n    - team\n    - team", `5: tag "team" is listed twice`},
		"tag as a number":    {"version: 1\nowners:\n  tags:\n    - 5", `4: a tag's key must be a text; quote it: "5"`},
		"too many tags":      {"version: 1\nowners:\n  tags: [a, b, c, d, e, f, g, h, i, j, k]", "3: more than 10 tags of owners"},
		"owner as a number":  {"version: 1\nowners:\n  account: 5", "3: the owner of the account must be a text; quote it"},
		"owner of no letter": {"version: 1\nowners:\n  account: ' '", "3: the owner of the account is empty; fill it in"},

		"exemptions as a map":    {"version: 1\nexemptions:\n  rule: plain", "3: exemptions must be a list"},
		"exemption as a text":    {"version: 1\nexemptions: [plain]", "2: an exemption must map names to values"},
		"unknown exemption key":  {in("until: 2027-03-31"), `8: an exemption has no "until"; there are rule, resource, account`},
		"misspelt exemption key": {in("acount: '*'"), `8: an exemption has no "acount"; did you mean "account"?`},
		"nothing but a rule": {"version: 1\nexemptions:\n\n  - rule: plain", "4: the exemption has no expires; add expires: a date at most a year ahead|4: the exemption has no owner; add owner: who answers for it|" +
			"4: the exemption has no reason; add reason: why|4: the exemption has no resource; add resource: an ARN or a name"},
		"no rule":              {"version: 1\nexemptions:\n  - {resource: a, reason: b, owner: c, expires: 2027-03-31}", "3: the exemption has no rule; add rule: the id"},
		"unknown exempt rule":  {in("rule: plan"), `3: there is no rule "plan"; did you mean "plain"?`},
		"a pattern of rules":   {in("rule: plain-*"), `3: there is no rule "plain-*"`},
		"no rules":             {in("rule: []"), "3: the list of rules is empty; name one"},
		"rule twice in list":   {in("rule: [plain, plain]"), `3: rule "plain" is listed twice, first in line 3`},
		"rule as a number":     {in("rule: 5"), `3: a rule must be a text; quote it: "5"`},
		"unknown rule in list": {in("rule:\n      - plain\n      - zebra"), `5: there is no rule "zebra"`},
		"every rule":           {in(`rule: "*"`), `3: rule "*" exempts from every rule; name the rules, or add allow_broad: true`},
		"every rule and one":   {in(`rule: ["*", plain]`), `3: rule "*" exempts from every rule|3: rule "*" is every rule; write it alone`},
		"the scanner itself":   {in("rule: event-scanner-tampering"), `3: rule "event-scanner-tampering" cannot be exempt`},
		"empty resource":       {in("resource: ''"), "4: the resource is empty; fill it in"},
		"resource as a list":   {in("resource: [a, b]"), "4: the resource must be one text"},
		"resource with spaces": {in("resource: arn:aws:iam::*:user/a b"), `4: resource "arn:aws:iam::*:user/a b" matches nothing: no ARN and no name`},
		"resource as a path":   {in("resource: user/legacy/*"), `4: resource "user/legacy/*" matches nothing: an ARN begins with arn:`},
		"resource too long":    {in("resource: " + strings.Repeat("a", 1001)), "4: the resource has 1001 characters; it may have 1000"},
		"unquoted account":     {in("account: 123456789012"), `8: the account must be a text; quote it: "123456789012"`},
		"account with zero":    {in("account: 012345678901"), `8: the account must be a text; quote it: "012345678901"`},
		"short account":        {in("account: '1234'"), `8: account "1234" is no account id: it has 12 digits`},
		"long account":         {in("account: '1234567890123*'"), `8: account "1234567890123*" is no account id`},
		"named account":        {in("account: sandbox"), `8: account "sandbox" is no account id`},
		"tags as a list":       {in("tags: [environment]"), "8: tags must map up to 50 tag keys to values"},
		"no tags":              {in("tags: {}"), "8: tags must map up to 50 tag keys"},
		"tag value as a flag":  {in("tags: {sandbox: true}"), `8: the value of tag "sandbox" must be a text; quote it: "true"`},
		"tag twice in one":     {in("tags: {a: b, a: c}"), `8: "a" is set twice`},
		"empty reason":         {in("reason:"), "5: the reason is empty; fill it in"},
		"blank reason":         {in("reason: '  '"), "5: the reason is empty"},
		"reason of lines":      {in("reason: |\n      one\n      two"), "5: the reason must be one line; after >- many are read as one"},
		"long reason":          {in("reason: " + strings.Repeat("é", 401)), "5: the reason has 401 characters; it may have 400"},
		"empty owner":          {in("owner: \"\""), "6: the owner is empty"},
		"long owner":           {in("owner: " + strings.Repeat("a", 101)), "6: the owner has 101 characters; it may have 100"},
		"no such day":          {in("expires: 2027-02-30"), `7: expires "2027-02-30" is neither a date such as 2027-03-31 nor a time`},
		"expires as a word":    {in("expires: never"), `7: expires "never" is neither`},
		"expires as nothing":   {in("expires:"), `7: expires "" is neither`},
		"too far ahead":        {in("expires: 2027-11-24"), "7: expires 2027-11-24 is more than a year ahead; the last day that it may is 2027-11-23"},
		"too far by a second":  {in("expires: 2027-11-24T00:00:00Z"), "7: expires 2027-11-24 is more than a year ahead"},
		"allow_broad as yes":   {in("allow_broad: yes"), "8: allow_broad must be true or false"},
		"said twice":           {sound + strings.Join(strings.Split(sound, "\n")[2:], "\n"), `8: rule "plain" is exempt for the same in line 3; delete one of them`},
		"said twice by all":    {sound + strings.Join(strings.Split(in(`rule: "*"`), "\n")[2:], "\n") + "    allow_broad: true\n", `8: rule "plain" is exempt for the same in line 3`},
		"said twice in part":   {sound + strings.Join(strings.Split(in("rule: [aged, plain]"), "\n")[2:], "\n"), `8: rule "plain" is exempt for the same in line 3`},
		"too many exemptions":  {"version: 1\nexemptions:\n" + strings.Repeat("- {}\n", 1001), "1003: more than 1000 exemptions"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := apply(c.text)
			refused(t, s, err, c.want)
		})
	}
}

// refused holds that nothing of a file is taken, and the beginnings of the reasons,
// which | parts.
func refused(t *testing.T, s config.Settings, err error, reasons string) {
	t.Helper()
	if err == nil {
		t.Fatal("it is taken")
	}
	got, want := strings.Split(err.Error(), "\n"), strings.Split(reasons, "|")
	for i := range got {
		if start := "read c.yaml: line "; i < len(want) && strings.HasPrefix(got[i], start+want[i]) {
			want[i] = got[i]
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(config.Settings{}, s); diff != "" {
		t.Errorf("half applied: %s", diff)
	}
}

// All faults of a file come at once, in the order of its lines.
func TestAllFaultsAtOnce(t *testing.T) {
	_, err := apply(`version: 1
exemptions:
  - rule: zebra
    resource: "*"
    reason: ""
    owner: ann
    expires: 2031-01-01
  - &x {rule: plain}
rules:
  zebra: {limit: x}
  aged: {limit: 0, grace: 99, severity: bad}
`)
	var lines []string
	for text := range strings.Lines(fmt.Sprint(err)) {
		line, _, _ := strings.Cut(strings.TrimPrefix(text, "read c.yaml: line "), ":")
		lines = append(lines, line)
	}
	if diff := cmp.Diff(strings.Fields("3 4 5 7 8 8 8 8 8 10 10 11 11 11"), lines); diff != "" {
		t.Errorf("%s\n%v", diff, err)
	}
}

// A file that is wrong all over is told in as many lines as a person reads.
func TestManyFaults(t *testing.T) {
	_, err := apply("version: 1\nrules:\n" + strings.Repeat("  a: 1\n", 1000))
	lines := strings.Split(fmt.Sprint(err), "\n")
	if last := lines[len(lines)-1]; len(lines) != 51 || !strings.HasPrefix(last, "read c.yaml: line 20: the first of 2949 faults more") {
		t.Errorf("%d lines, the last is %s", len(lines), lines[len(lines)-1])
	}
}

// A pattern that leaves out nothing of a kind is as good as no rule: it needs to
// be said twice. One that names a path, a tag or an account does not.
func TestBroad(t *testing.T) {
	for _, c := range []struct {
		resource, more string
		broad          bool
	}{
		{"*", "", true},
		{"**", "", true},
		{"?*", "", true},
		{"*?*", "account: '*'", true},
		{"arn:*", "", true},
		{"arn:aws:*", "", true},
		{"arn:aws-us-gov:iam::*:*", "", true},
		{"arn:aws:iam::*:*", "account: '????????????'", true},
		{"arn:aws:iam::????????????:user/*", "", true},
		{"*:user/*", "", true},
		{"*:role/*", "", true},
		{"*:policy/?*", "", true},
		{"*group*", "", true},
		{"*/*", "", true},
		{"a*", "", true}, // every ARN begins with an a
		{"*", "account: '123456789012'", false},
		{"*", "account: '1*'", false},
		{"*", "tags: {environment: sandbox}", false},
		{"arn:aws:iam::123456789012:user/*", "", false},
		{"arn:aws:iam::*:user/legacy/*", "", false},
		{"*:role/aws-service-role/*", "", false},
		{"*-bot", "", false},
		{"ab*", "", false},
		{`*[a-z]*\`, "", false},
		{"<root_account>", "", false},
		{"arn:aws:iam::*:root", "", false},
	} {
		text := in("resource: '" + c.resource + "'")
		if c.more != "" {
			text += "    " + c.more + "\n"
		}
		_, err := apply(text)
		want := fmt.Sprintf("read c.yaml: line 4: resource %q is every ", c.resource)
		if c.broad && (err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "\n")) || !c.broad && err != nil {
			t.Errorf("%s %s: broad must be %v: %v", c.resource, c.more, c.broad, err)
		}
		if _, err := apply(text + "    allow_broad: true\n"); err != nil {
			t.Errorf("%s, allowed: %v", c.resource, err)
		}
		if _, err := apply(text + "    allow_broad: false\n"); (err != nil) != c.broad {
			t.Errorf("%s, not allowed: %v", c.resource, err)
		}
	}
}

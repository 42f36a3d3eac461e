package rules

import (
	"slices"
	"strings"

	"iamvigil/scanner"
	"iamvigil/scanner/policy"
)

func policyUnknownKey(p *scanner.Pass, in place, d *policy.Document) bool {
	var keys []string
	for i := range d.Statements {
		for _, c := range d.Statements[i].Conditions {
			if unknownKey(c.Key) {
				keys = append(keys, c.Key)
			}
		}
	}
	if len(keys) == 0 {
		return false
	}
	p.Fail(in.part(), in.evidence(), "%s has conditions on %s: AWS is not known to have that", in, quoted(distinct(keys))).Mend(in.show())
	return true
}

// unknownKey tells whether a key would be a global one, but AWS does not list it. Those
// of tags have the tag's name behind a slash.
func unknownKey(key string) bool {
	name, ok := strings.CutPrefix(strings.ToLower(key), "aws:")
	if !ok {
		return false
	}
	name, tag, slash := strings.Cut(name, "/")
	if slash {
		return tag == "" || !slices.Contains([]string{"principaltag", "requesttag", "resourcetag"}, name)
	}
	return !slices.Contains(globalKeys, name)
}

// globalKeys are the keys that begin with aws:, without that and those of tags, in
// lower case (IAM User Guide, "AWS global condition context keys").
var globalKeys = []string{
	"assumedroot", "calledvia", "calledviaawsmcp", "calledviafirst", "calledvialast", "chatbotsourcearn", "currenttime",
	"ec2instancesourceprivateipv4", "ec2instancesourcevpc", "epochtime", "federatedprovider", "ismcpserviceaction",
	"multifactorauthage", "multifactorauthpresent", "principalaccount", "principalarn", "principalisawsservice", "principalorgid",
	"principalorgpaths", "principalservicename", "principalservicenameslist", "principaltype", "referer", "requestedregion",
	"resourceaccount", "resourceorgid", "resourceorgpaths", "securetransport", "signinsessionarn", "sourceaccount", "sourcearn",
	"sourceidentity", "sourceip", "sourceorgid", "sourceorgpaths", "sourcevpc", "sourcevpcarn", "sourcevpce", "tagkeys",
	"tokenissuetime", "useragent", "userid", "username", "viaawsmcpservice", "viaawsservice", "vpceaccount", "vpceorgid",
	"vpceorgpaths", "vpcsourceip",
}

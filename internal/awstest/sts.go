package awstest

import "strings"

// caller is the ARN of who calls.
func (a *AWS) caller() string {
	if a.settings.caller != "" {
		return a.settings.caller
	}
	id := a.account.Account
	return "arn:" + id.Partition + ":sts::" + id.ID + ":assumed-role/awstest/session"
}

func (a *AWS) getCallerIdentity(c *call) (any, *failure) {
	type identity struct {
		Account string
		Arn     string
		UserID  string `xml:"UserId"`
	}
	session := c.caller[strings.LastIndexByte(c.caller, '/')+1:]
	return identity{Account: a.account.Account.ID, Arn: c.caller, UserID: "AROAAWSTEST000000001:" + session}, nil
}

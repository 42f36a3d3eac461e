package awstest

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// operation is one operation of a service: what permissions it needs, and how
// it is answered. Both are called under the lock.
type operation struct {
	needs  func(*AWS, *call) []demand
	answer func(*AWS, *call) (any, *failure)
}

// operations is everything the fake knows, by action.
func operations() map[string]operation {
	return map[string]operation{
		"sts:GetCallerIdentity": {everything, (*AWS).getCallerIdentity},

		"iam:GetAccountAuthorizationDetails": {everything, (*AWS).getAccountAuthorizationDetails},
		"iam:GenerateCredentialReport":       {everything, (*AWS).generateCredentialReport},
		"iam:GetCredentialReport":            {everything, (*AWS).getCredentialReport},
		"iam:GetAccountSummary":              {everything, (*AWS).getAccountSummary},
		"iam:GetAccountPasswordPolicy":       {everything, (*AWS).getAccountPasswordPolicy},
		"iam:ListAccountAliases":             {everything, (*AWS).listAccountAliases},
		"iam:ListVirtualMFADevices":          {everything, (*AWS).listVirtualMFADevices},
		"iam:ListServerCertificates":         {everything, (*AWS).listServerCertificates},
		"iam:ListSAMLProviders":              {everything, (*AWS).listSAMLProviders},
		"iam:ListOpenIDConnectProviders":     {everything, (*AWS).listOpenIDConnectProviders},
		"iam:GetOpenIDConnectProvider":       {theOIDCProvider, (*AWS).getOpenIDConnectProvider},
		"iam:ListOrganizationsFeatures":      {everything, (*AWS).listOrganizationsFeatures},
		"iam:GetUser":                        {theUser, (*AWS).getUser},
		"iam:GetLoginProfile":                {theUser, (*AWS).getLoginProfile},
		"iam:ListMFADevices":                 {theUser, (*AWS).listMFADevices},
		"iam:ListAccessKeys":                 {theUser, (*AWS).listAccessKeys},
		"iam:GetAccessKeyLastUsed":           {theKeysUser, (*AWS).getAccessKeyLastUsed},
		"iam:ListAttachedUserPolicies":       {theUser, (*AWS).listAttachedUserPolicies},
		"iam:ListServiceSpecificCredentials": {theUserOrAll, (*AWS).listServiceSpecificCredentials},
		"iam:ListSSHPublicKeys":              {theUser, (*AWS).listSSHPublicKeys},
		"iam:ListSigningCertificates":        {theUser, (*AWS).listSigningCertificates},
		"iam:UpdateAccessKey":                {theUser, (*AWS).updateAccessKey},
		"iam:AttachUserPolicy":               {theUserAndPolicy, (*AWS).attachUserPolicy},
		"iam:DetachUserPolicy":               {theUserAndPolicy, (*AWS).detachUserPolicy},
		"iam:TagRole":                        {theRole, (*AWS).tagRole},
		"iam:UntagRole":                      {theRole, (*AWS).untagRole},

		"iam:GetOutboundWebIdentityFederationInfo": {everything, (*AWS).getOutboundWebIdentityFederationInfo},

		"iam:GenerateServiceLastAccessedDetails": {theArn, (*AWS).generateServiceLastAccessedDetails},
		"iam:GetServiceLastAccessedDetails":      {everything, (*AWS).getServiceLastAccessedDetails},

		"cloudtrail:DescribeTrails":    {everything, (*AWS).describeTrails},
		"cloudtrail:GetTrailStatus":    {theTrail, (*AWS).getTrailStatus},
		"cloudtrail:GetEventSelectors": {theTrail, (*AWS).getEventSelectors},
		"cloudtrail:LookupEvents":      {everything, (*AWS).lookupEvents},

		"sns:Publish":            {theTopic, (*AWS).publish},
		"sns:PublishBatch":       {theTopic, (*AWS).publishBatch},
		"sns:GetTopicAttributes": {theTopicItself, (*AWS).getTopicAttributes},

		"events:DescribeRule":    {theEventRule, (*AWS).describeRule},
		"sqs:GetQueueAttributes": {theQueue, (*AWS).getQueueAttributes},
		"scheduler:GetSchedule":  {theSchedule, (*AWS).getSchedule},

		"ssm:GetParameter": {theParameter, (*AWS).getParameter},

		"cloudformation:DescribeStacks":     {theStack, (*AWS).describeStacks},
		"cloudformation:ListStackResources": {theStack, (*AWS).listStackResources},

		"access-analyzer:ListAnalyzers":  {everything, (*AWS).listAnalyzers},
		"access-analyzer:ListFindingsV2": {theAnalyzer, (*AWS).listFindingsV2},

		"account:GetAlternateContact":   {theAccount, (*AWS).getAlternateContact},
		"account:GetContactInformation": {theAccount, (*AWS).getContactInformation},
		"account:ListRegions":           {theAccount, (*AWS).listRegions},

		"organizations:DescribeOrganization":        {everything, (*AWS).describeOrganization},
		"organizations:ListDelegatedAdministrators": {everything, (*AWS).listDelegatedAdministrators},
		"organizations:ListRoots":                   {everything, (*AWS).listRoots},
		"organizations:ListPolicies":                {everything, (*AWS).listPolicies},
		"organizations:ListTargetsForPolicy":        {theOrganizationPolicy, (*AWS).listTargetsForPolicy},
		"organizations:DescribePolicy":              {theOrganizationPolicy, (*AWS).describeOrganizationPolicy},

		"dynamodb:GetItem":            {theItem, (*AWS).getItem},
		"dynamodb:PutItem":            {theItem, (*AWS).putItem},
		"dynamodb:DeleteItem":         {theItem, (*AWS).deleteItem},
		"dynamodb:Query":              {theQuery, (*AWS).query},
		"dynamodb:BatchGetItem":       {theTables, (*AWS).batchGetItem},
		"dynamodb:TransactWriteItems": {theWrites, (*AWS).transactWriteItems},
	}
}

func everything(_ *AWS, c *call) []demand { return []demand{on(c.action(), "*")} }

// ServeHTTP answers one request.
func (a *AWS) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c, fail := readCall(r)
	c.id = a.nextID()
	var answer any
	if fail == nil {
		a.announce(c)
		answer, fail = a.carryOut(c)
	}
	body := encode(c, answer, fail)
	if a.delay(r.Context(), body) != nil {
		return // the client has gone
	}
	if a.settings.dated != 0 {
		if asked, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date")); err == nil {
			w.Header().Set("Date", asked.Add(a.settings.dated).Format(http.TimeFormat))
		}
	}
	write(w, c, fail, body)
}

func (a *AWS) nextID() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.answered++
	return fmt.Sprintf("awstest-%06d", a.answered)
}

// announce counts the call and tells the hooks.
func (a *AWS) announce(c *call) {
	a.mu.Lock()
	a.calls[c.action()]++
	n := a.calls[c.action()]
	a.mu.Unlock()
	for _, hook := range a.settings.hooks {
		hook(c.action(), n)
	}
}

func (a *AWS) carryOut(c *call) (any, *failure) {
	a.mu.Lock()
	defer a.mu.Unlock()
	c.caller = a.caller()
	op, ok := a.operations[c.action()]
	if !ok {
		a.unknown = append(a.unknown, c.action())
		return nil, unknownAction(c)
	}
	if fail := a.due(c, false); fail != nil {
		return nil, fail
	}
	if fail := a.authorize(c, op.needs(a, c)); fail != nil {
		return nil, fail
	}
	answer, fail := op.answer(a, c)
	if fail != nil && fail.unknown != "" {
		a.unknown = append(a.unknown, fail.unknown)
	}
	if lost := a.due(c, true); lost != nil {
		return nil, lost
	}
	return answer, fail
}

// delay sleeps as long as the answer would take to come.
func (a *AWS) delay(ctx context.Context, body [][]byte) error {
	pause := a.settings.perCall + a.settings.perKB*time.Duration((size(body)+999)/1000)
	if pause <= 0 {
		return nil
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

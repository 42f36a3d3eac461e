package dynamo_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/smithy-go"

	"iamvigil/internal/awstest"
	"iamvigil/ledger"
	"iamvigil/ledger/dynamo"
	"iamvigil/scanner/account"
)

// answers are a DynamoDB of one function: what it answers to an operation, with
// what status.
type answers func(operation, body string) (status int, answer string)

func (a answers) Do(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	status, answer := a(operation, string(body))
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(answer))}, nil
}

// calling is a configuration of that DynamoDB. Its retries are not the adaptive
// mode's, which wait for no time at all where a bubble's clock stands still.
func calling(client aws.HTTPClient) aws.Config {
	return aws.Config{
		Region: "us-east-1", HTTPClient: client, RetryMode: aws.RetryModeStandard, RetryMaxAttempts: 8,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "ASIA", SecretAccessKey: "secret"}, nil
		}),
	}
}

func storeOf(client aws.HTTPClient) *dynamo.Store {
	now := func() time.Time { return start }
	return dynamo.New(dynamo.NewClient(calling(client), now), table, now)
}

// TestAttempts: what DynamoDB's "Error handling" has as to be retried is, as often
// as the configuration says, and nothing else. The clock is the bubble's.
func TestAttempts(t *testing.T) {
	for code, test := range map[string]struct{ status, calls int }{
		"ProvisionedThroughputExceededException": {400, 8},
		"RequestLimitExceeded":                   {400, 8},
		"ThrottlingException":                    {400, 8},
		"TransactionInProgressException":         {400, 8},
		"InternalServerError":                    {500, 8},
		"ServiceUnavailable":                     {503, 8},
		"AccessDeniedException":                  {400, 1},
		"ConditionalCheckFailedException":        {400, 1},
		"IdempotentParameterMismatchException":   {400, 1},
		"ResourceNotFoundException":              {400, 1},
		"ValidationException":                    {400, 1},
	} {
		t.Run(code, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				calls := 0
				s := storeOf(answers(func(string, string) (int, string) {
					calls++
					return test.status, `{"__type":"com.amazonaws.dynamodb.v20120810#` + code + `","message":"no"}`
				}))
				_, err := s.Load(t.Context(), identity.ID, ledger.Query{Whole: true})
				var refused smithy.APIError
				if !errors.As(err, &refused) || refused.ErrorCode() != code || !strings.Contains(err.Error(), "table ledger") {
					t.Errorf("got %v, want the table and %s", err, code)
				}
				if calls != test.calls {
					t.Errorf("%d calls, want %d", calls, test.calls)
				}
			})
		})
	}
}

// TestOneToken: all attempts at a transaction have one ClientRequestToken of 1 to
// 36 characters, and no other transaction has it.
func TestOneToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tokens []string
		s := storeOf(answers(func(_, body string) (int, string) {
			var in struct{ ClientRequestToken string }
			if err := json.Unmarshal([]byte(body), &in); err != nil || in.ClientRequestToken == "" || len(in.ClientRequestToken) > 36 {
				t.Errorf("token %q, %v", in.ClientRequestToken, err)
			}
			tokens = append(tokens, in.ClientRequestToken)
			if len(tokens)%3 != 0 {
				return http.StatusInternalServerError, `{}`
			}
			return http.StatusOK, `{}`
		}))
		for range 2 {
			if err := s.Save(t.Context(), identity.ID, puts(record(user("a", "AIDA1"), "r", ""))); err != nil {
				t.Fatal(err)
			}
		}
		if distinct := slices.Compact(slices.Clone(tokens)); len(tokens) != 6 || len(distinct) != 2 {
			t.Errorf("tokens %q", tokens)
		}
	})
}

// TestOddAnswers: what DynamoDB does not answer is an error that names table and
// operation or item, and no ledger is made of the rest.
func TestOddAnswers(t *testing.T) {
	item := func(attributes string) string {
		return `{"Items":[{"pk":{"S":"1"},"sk":{"S":"live#x"},"kind":{"S":"live"}` + attributes + `}]}`
	}
	for name, test := range map[string]struct{ answer, want string }{
		"no answer":             {``, "Query"},
		"no JSON":               {`<html>`, "Query"},
		"a list":                {`[]`, "Query"},
		"null":                  {`null`, "Query has no Items"},
		"no items":              {`{}`, "Query has no Items"},
		"null for items":        {`{"Items":null}`, "Query has no Items"},
		"items that are none":   {`{"Items":{"pk":1}}`, "Query"},
		"null for an item":      {`{"Items":[null]}`, "an item has no key"},
		"no key":                {`{"Items":[{"kind":{"S":"live"}}]}`, "an item has no key"},
		"half a key":            {`{"Items":[{"pk":{"S":"1"}}]}`, "an item has no key"},
		"a number for a key":    {`{"Items":[{"pk":{"S":"1"},"sk":{"N":"1"}}]}`, "an item has no key"},
		"bare attributes":       {`{"Items":[{"pk":"1"}]}`, "Query"},
		"a bare number":         {item(`,"at":{"N":1}`), "Query"},
		"a string for a number": {item(`,"at":{"S":"1"}`), `item "live#x": its attribute at is no number`},
		"null for a number":     {item(`,"ttl":{"NULL":true}`), `item "live#x": its attribute ttl is no number`},
		"a broken number":       {item(`,"rev":{"N":"1.5"}`), `item "live#x": its attribute rev is no whole number`},
		"a number out of range": {item(`,"rev":{"N":"1e400"}`), `item "live#x": its attribute rev is no whole number`},
		"binary for a document": {item(`,"doc":{"B":"eA=="}`), `item "live#x": its attribute doc is no string`},
		"a broken last key":     {`{"Items":[],"LastEvaluatedKey":[1]}`, "Query"},
	} {
		t.Run(name, func(t *testing.T) {
			s := storeOf(answers(func(string, string) (int, string) { return http.StatusOK, test.answer }))
			_, err := s.Load(t.Context(), identity.ID, ledger.Query{Whole: true})
			if err == nil || !strings.HasPrefix(err.Error(), "load the ledger of table ledger: ") || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

// TestOddBatches: as [TestOddAnswers], of items that are read by their keys.
func TestOddBatches(t *testing.T) {
	for answer, want := range map[string]string{
		``: "BatchGetItem", `{}`: "BatchGetItem has no Responses", `{"Responses":[]}`: "BatchGetItem",
		`{"Responses":{"ledger":[{}]}}`: "an item has no key", `{"Responses":{},"UnprocessedKeys":{"ledger":1}}`: "BatchGetItem",
	} {
		s := storeOf(answers(func(operation, _ string) (int, string) {
			if operation == "Query" {
				return http.StatusOK, `{"Items":[]}`
			}
			return http.StatusOK, answer
		}))
		_, err := s.Load(t.Context(), identity.ID, ledger.Query{Refs: []account.Ref{user("a", "AIDA1")}})
		if err == nil || !strings.HasPrefix(err.Error(), "load the ledger of table ledger: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", answer, err, want)
		}
	}
}

// TestOddCancellations: a transaction that is cancelled for no reason that can be
// read is neither raced nor saved.
func TestOddCancellations(t *testing.T) {
	for _, reasons := range []string{`[]`, `null`, `{}`, `[null]`, `["ConditionalCheckFailed"]`, `[{"Code":1}]`, `[{"Code":"None"},{"Code":"Unheard"}]`} {
		s := storeOf(answers(func(string, string) (int, string) {
			return http.StatusBadRequest, `{"__type":"x#TransactionCanceledException","Message":"Transaction cancelled","CancellationReasons":` + reasons + `}`
		}))
		err := s.Save(t.Context(), identity.ID, puts(record(user("a", "AIDA1"), "r", "")))
		if err == nil || errors.Is(err, ledger.ErrRaced) || !strings.HasPrefix(err.Error(), "save the ledger of table ledger: ") || !strings.Contains(err.Error(), "TransactionCanceledException: Transaction cancelled") {
			t.Errorf("%s: got %v", reasons, err)
		}
	}
}

// TestUnread: keys that BatchGetItem had no room for are asked for again, those
// alone and as consistently.
func TestUnread(t *testing.T) {
	var asked []string
	s := storeOf(answers(func(operation, body string) (int, string) {
		if operation == "Query" {
			return http.StatusOK, `{"Items":[]}`
		}
		if asked = append(asked, body); len(asked) == 1 {
			return http.StatusOK, `{"Responses":{},"UnprocessedKeys":{"ledger":{"Keys":[{"pk":{"S":"1"},"sk":{"S":"name#"}}]}}}`
		}
		return http.StatusOK, `{"Responses":{"ledger":[{"pk":{"S":"1"},"sk":{"S":"name#"},"kind":{"S":"name"},"doc":{"S":"acme"}}]},"UnprocessedKeys":{}}`
	}))
	known, err := s.Load(t.Context(), identity.ID, ledger.Query{Refs: []account.Ref{user("a", "AIDA1")}})
	if err != nil || known.Name != "acme" {
		t.Errorf("%q, %v", known.Name, err)
	}
	if want := `{"RequestItems":{"ledger":{"Keys":[{"pk":{"S":"1"},"sk":{"S":"name#"}}],"ConsistentRead":true}}}`; len(asked) != 2 || asked[1] != want {
		t.Errorf("asked %s, then not %s", asked, want)
	}
}

// TestLongAnswer: a page of 1 MB of items is longer as JSON.
func TestLongAnswer(t *testing.T) {
	doc, err := json.Marshal(strings.Repeat(`"`, 1<<20))
	if err != nil {
		t.Fatal(err)
	}
	s := storeOf(answers(func(string, string) (int, string) {
		return http.StatusOK, fmt.Sprintf(`{"Items":[{"pk":{"S":"1"},"sk":{"S":"name#"},"kind":{"S":"name"},"doc":{"S":%s}}]}`, doc)
	}))
	if known, err := s.Load(t.Context(), identity.ID, ledger.Query{Whole: true}); err != nil || len(known.Name) != 1<<20 {
		t.Errorf("%d bytes, %v", len(known.Name), err)
	}
}

// hosts are what a configuration's sources tell of hosts.
type hosts struct{ fips, dualStack bool }

func (h hosts) GetUseFIPSEndpoint(context.Context) (aws.FIPSEndpointState, bool, error) {
	return aws.FIPSEndpointStateEnabled, h.fips, nil
}

func (h hosts) GetUseDualStackEndpoint(context.Context) (aws.DualStackEndpointState, bool, error) {
	return aws.DualStackEndpointStateEnabled, h.dualStack, nil
}

// TestHosts: DynamoDB is called where the SDK's client would call it, in every
// partition and by every kind of host.
func TestHosts(t *testing.T) {
	for _, region := range []string{"us-east-1", "eu-central-2", "us-gov-west-1", "us-gov-east-1", "cn-north-1", "eusc-de-east-1",
		"us-iso-east-1", "us-isob-east-1", "us-isof-south-1", "eu-isoe-west-1"} {
		for _, h := range []hosts{{}, {fips: true}, {dualStack: true}, {fips: true, dualStack: true}} {
			want, err := dynamodb.NewDefaultEndpointResolverV2().ResolveEndpoint(t.Context(), dynamodb.EndpointParameters{
				Region: &region, UseFIPS: &h.fips, UseDualStack: &h.dualStack,
			})
			if err != nil {
				t.Fatal(err)
			}
			var got string
			cfg := calling(client(func(r *http.Request) (*http.Response, error) {
				got = r.URL.Scheme + "://" + r.URL.Host
				return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(`{}`))}, nil
			}))
			cfg.Region, cfg.ConfigSources = region, []any{"", h}
			if err := dynamo.NewClient(cfg, awstest.Epoch).Call(t.Context(), "Query", struct{}{}, &struct{}{}); err != nil || got != want.URI.String() {
				t.Errorf("%s %+v: %s, want %s: %v", region, h, got, want.URI.String(), err)
			}
		}
	}
}

// client is an HTTP client of one function.
type client func(*http.Request) (*http.Response, error)

func (c client) Do(r *http.Request) (*http.Response, error) { return c(r) }

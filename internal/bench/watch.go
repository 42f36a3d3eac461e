package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"text/tabwriter"
	"time"

	"iamvigil/internal/awstest"
	"iamvigil/internal/lambdatest"
)

// watches measures watch with hardly any latency of AWS's, whose time is not
// its own: from the start of the process to its first answer, and the next
// answers alone. With none at all, answers can overtake their requests, at which
// Go's transport closes the connection and the SDK tries again a second later.
func (t tools) watches(ctx context.Context, w *tabwriter.Writer) error {
	const topic = "arn:aws:sns:us-east-1:111122223333:email"
	s, err := serve(ctx, t.serve, "-users", "1000", "-roles", "50", "-call", "1ms", "-kilobyte", "0", "-tables", "ledger", "-topics", topic)
	if err != nil {
		return err
	}
	env := append(environment(s.url), "LEDGER_TABLE=ledger", "EMAIL_TOPIC_ARN="+topic,
		"OWN_ROLE_ARNS=arn:aws:iam::111122223333:role/iamvigil-watch", "AWS_LAMBDA_FUNCTION_NAME=watch", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=512")
	users := awstest.Large(awstest.Ordinary(1000, 50)).Users
	var cold, warm []time.Duration
	for n := range runs + 1 {
		first, next, err := t.watchTwice(ctx, env, batch(users[2*n].Name), batch(users[2*n+1].Name))
		if err != nil {
			_, _ = s.stop()
			return err
		}
		if n > 0 {
			cold, warm = append(cold, first), append(warm, next)
		}
	}
	slices.Sort(cold)
	slices.Sort(warm)
	fmt.Fprintln(w, "watch, one user of 1,000, 1 ms a call\tms\tat most")
	fmt.Fprintf(w, "process start to the first answer\t%d\t150\n", cold[len(cold)/2].Milliseconds())
	fmt.Fprintf(w, "each answer after that\t%d\t50\n", warm[len(warm)/2].Milliseconds())
	_, err = s.stop()
	return err
}

func (t tools) watchTwice(ctx context.Context, env []string, one, other []byte) (first, next time.Duration, err error) {
	started := time.Now()
	f, err := lambdatest.Start(ctx, t.watch, env, time.Minute)
	if err != nil {
		return 0, 0, err
	}
	defer func() { _, _ = f.Stop() }()
	if _, err := f.Invoke(ctx, one); err != nil {
		return 0, 0, err
	}
	first = time.Since(started)
	started = time.Now()
	_, err = f.Invoke(ctx, other)
	return first, time.Since(started), err
}

// batch is an SQS batch of one event about one user: somebody attached a policy.
func batch(user string) []byte {
	detail := map[string]any{
		"eventVersion": "1.10", "eventSource": "iam.amazonaws.com", "eventName": "AttachUserPolicy", "awsRegion": "us-east-1",
		"eventID": "of-" + user, "eventTime": awstest.Epoch().Format(time.RFC3339), "eventType": "AwsApiCall",
		"recipientAccountId": "111122223333",
		"userIdentity":       map[string]any{"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/ann", "userName": "ann", "accountId": "111122223333"},
		"requestParameters":  map[string]any{"userName": user, "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"},
	}
	envelope := map[string]any{"version": "0", "id": "x", "source": "aws.iam", "detail-type": "AWS API Call via CloudTrail",
		"account": "111122223333", "time": awstest.Epoch().Format(time.RFC3339), "region": "us-east-1", "detail": detail}
	body, _ := json.Marshal(envelope) // cannot fail: strings and maps of them
	event, _ := json.Marshal(map[string]any{"Records": []map[string]any{{"messageId": "1", "body": string(body), "eventSource": "aws:sqs"}}})
	return event
}

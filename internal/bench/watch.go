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
	"iamvigil/scanner/account"
)

// watches measures watch with hardly any latency of AWS's, whose time is not
// its own: from the start of the process to its first answer, and later answers
// alone, to an actor's first event, which all are told, and to the next, which
// email is not. With none at all, answers can overtake their requests, at which
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
	var cold, warm, held []time.Duration
	for n := range runs + 1 {
		answers, err := t.watchThrice(ctx, env, batches(users, n))
		if err != nil {
			_, _ = s.stop()
			return err
		}
		if n > 0 {
			cold, warm, held = append(cold, answers[0]), append(warm, answers[1]), append(held, answers[2])
		}
	}
	fmt.Fprintln(w, "watch, one user of 1,000, 1 ms a call\tms\tat most")
	fmt.Fprintf(w, "process start to the first answer\t%d\t150\n", middle(cold).Milliseconds())
	fmt.Fprintf(w, "each answer after that, an actor's first\t%d\t50\n", middle(warm).Milliseconds())
	fmt.Fprintf(w, "and more of that actor's, held for email\t%d\t50\n", middle(held).Milliseconds())
	_, err = s.stop()
	return err
}

func middle(of []time.Duration) time.Duration {
	slices.Sort(of)
	return of[len(of)/2]
}

// batches are those of one process: two actors' first, then the second's next.
func batches(users []account.User, n int) [][]byte {
	all := make([][]byte, 3)
	for i := range all {
		k := len(all)*n + i
		all[i] = batch(users[k].Name, fmt.Sprintf("ann-%d-%d", n, min(i, 1)), awstest.Epoch().Add(time.Duration(k)*time.Second))
	}
	return all
}

// watchThrice tells the time of each answer, of the first since the process was
// started.
func (t tools) watchThrice(ctx context.Context, env []string, batches [][]byte) (answers []time.Duration, err error) {
	started := time.Now()
	f, err := lambdatest.Start(ctx, t.watch, env, time.Minute)
	if err != nil {
		return nil, err
	}
	defer func() { _, _ = f.Stop() }()
	for _, one := range batches {
		if _, err := f.Invoke(ctx, one); err != nil {
			return nil, err
		}
		answers = append(answers, time.Since(started))
		started = time.Now()
	}
	return answers, nil
}

// batch is an SQS batch of one event about one user: somebody attached a policy.
func batch(user, actor string, at time.Time) []byte {
	detail := map[string]any{
		"eventVersion": "1.10", "eventSource": "iam.amazonaws.com", "eventName": "AttachUserPolicy", "awsRegion": "us-east-1",
		"eventID": "of-" + user, "eventTime": at.Format(time.RFC3339), "eventType": "AwsApiCall",
		"recipientAccountId": "111122223333",
		"userIdentity":       map[string]any{"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/" + actor, "userName": actor, "accountId": "111122223333"},
		"requestParameters":  map[string]any{"userName": user, "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"},
	}
	envelope := map[string]any{"version": "0", "id": "x", "source": "aws.iam", "detail-type": "AWS API Call via CloudTrail",
		"account": "111122223333", "time": at.Format(time.RFC3339), "region": "us-east-1", "detail": detail}
	body, _ := json.Marshal(envelope) // cannot fail: strings and maps of them
	event, _ := json.Marshal(map[string]any{"Records": []map[string]any{{"messageId": "1", "body": string(body), "eventSource": "aws:sqs"}}})
	return event
}

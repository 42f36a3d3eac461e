package pipeline_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sns"

	"iamvigil/internal/awstest"
	"iamvigil/internal/pipeline"
	"iamvigil/notify"
	"iamvigil/scanner/account"
)

// A Terraform run of 500 changes by one actor, delivered fifty at a time, is one
// mail when it begins and one when it is over, all of it in one thread.
func TestTerraformRunOf500Changes(t *testing.T) {
	s := start(t, awstest.Topics(emailTopic, chatTopic))
	s.runner.Notify = &notify.Publisher{SNS: sns.NewFromConfig(s.aws.Config()), EmailTopic: emailTopic, ChatTopic: chatTopic,
		Pause: func(context.Context, time.Duration) error { return nil }}
	s.run(t, audit)
	mails, chats := len(s.aws.Published(emailTopic)), len(s.aws.Published(chatTopic))

	const batches, size = 10, 50
	for batch := range batches {
		work := pipeline.Work{}
		s.aws.Change(func(a *account.Snapshot) {
			for n := batch * size; n < (batch+1)*size; n++ {
				name := fmt.Sprintf("svc-%03d", n)
				a.Users = append(a.Users, account.User{ARN: "arn:aws:iam::111122223333:user/" + name, ID: "AIDASVC" + name, Name: name, MFA: true,
					Created: awstest.Epoch(), Inline: []account.InlinePolicy{{Name: "own"}}})
				work.Bodies = append(work.Bodies, strings.ReplaceAll(event("tf"+name, "PutUserPolicy", fmt.Sprintf(`{"userName":%q,"policyName":"own"}`, name)),
					`"userAgent":"`, `"userAgent":"Terraform/1.9.8 `))
			}
		})
		s.run(t, work)
	}
	s.skip(10 * time.Minute)
	s.run(t, pipeline.Work{}) // what the schedule starts
	s.run(t, pipeline.Work{})

	told := s.aws.Published(emailTopic)[mails:]
	if len(told) != 2 || !strings.Contains(told[1].Subject, "summary") {
		t.Errorf("%d mails, want an alert and a summary", len(told))
	}
	all := told[0].Body + told[len(told)-1].Body
	if !strings.Contains(all, "50 new") || !strings.Contains(all, "450 new") {
		t.Errorf("the two mails do not account for 500:\n%s", all)
	}
	threads := map[string]int{}
	for _, m := range s.aws.Published(chatTopic)[chats:] {
		var n struct {
			Metadata struct {
				ThreadID string `json:"threadId"`
			} `json:"metadata"`
		}
		if err := json.Unmarshal([]byte(m.Body), &n); err != nil {
			t.Fatal(err)
		}
		threads[n.Metadata.ThreadID]++
	}
	if len(threads) != 1 {
		t.Errorf("chat threads %v, want one", threads)
	}
}

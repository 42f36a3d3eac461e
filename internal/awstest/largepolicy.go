package awstest

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"iamvigil/scanner/policy"
)

// actions are what the statements of a large account speak of: none of them
// makes anybody an administrator.
const actions = `s3:GetObject s3:PutObject s3:ListBucket s3:DeleteObject s3:GetBucketLocation s3:AbortMultipartUpload
	dynamodb:GetItem dynamodb:PutItem dynamodb:Query dynamodb:UpdateItem dynamodb:BatchGetItem dynamodb:DescribeTable
	sqs:SendMessage sqs:ReceiveMessage sqs:DeleteMessage sqs:GetQueueAttributes sns:Publish sns:Subscribe
	logs:CreateLogGroup logs:CreateLogStream logs:PutLogEvents logs:FilterLogEvents cloudwatch:PutMetricData
	cloudwatch:GetMetricData kms:Decrypt kms:GenerateDataKey kms:DescribeKey ec2:DescribeInstances ec2:DescribeVpcs
	ec2:StartInstances ec2:StopInstances rds:DescribeDBInstances rds-db:connect ecr:GetAuthorizationToken
	ecr:BatchGetImage events:PutEvents states:StartExecution states:DescribeExecution secretsmanager:GetSecretValue
	ssm:GetParameter ssm:GetParametersByPath lambda:InvokeFunction lambda:GetFunction athena:StartQueryExecution
	glue:GetTable glue:GetPartitions kinesis:PutRecord kinesis:GetRecords firehose:PutRecordBatch xray:PutTraceSegments`

// document makes a policy of so many bytes of text, different for each seed in
// its resources and in which actions go together.
func (l *large) document(bytes, seed int) policy.Document {
	if bytes == 0 {
		return policy.Document{}
	}
	r := rand.New(rand.NewPCG(uint64(seed), 7))
	names := strings.Fields(actions)
	const head, tail = `{"Version":"2012-10-17","Statement":[`, `]}`
	var b strings.Builder
	b.WriteString(head)
	for n := 0; ; n++ {
		statement := fmt.Sprintf(`{"Sid":"S%d","Effect":"Allow","Action":["%s","%s","%s"],"Resource":"arn:aws:s3:::app-%d-%d/*"%s},`, n,
			names[r.IntN(len(names))], names[r.IntN(len(names))], names[r.IntN(len(names))], seed, r.IntN(1000), conditionOf(r))
		if b.Len()+len(statement)+len(last(""))+len(tail) > bytes {
			break
		}
		b.WriteString(statement)
	}
	b.WriteString(last(strings.Repeat("x", max(0, bytes-b.Len()-len(last(""))-len(tail)))))
	b.WriteString(tail)
	return l.kept(b.String())
}

// last is a statement that fills up a document.
func last(name string) string {
	return `{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::` + name + `"}`
}

func conditionOf(r *rand.Rand) string {
	if r.IntN(4) > 0 {
		return ""
	}
	return `,"Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-abcdefgh"}}`
}

// trust makes a trust policy of a service and of as many roles of this account
// as fill its bytes.
func (l *large) trust(i int) policy.Document {
	const head = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}`
	const middle, tail = `,{"Effect":"Allow","Principal":{"AWS":[%s]},"Action":"sts:AssumeRole"}`, `]}`
	room := l.size.Trust - len(head) - len(middle) - len(tail) + len("%s")
	var arns []string
	for n, used := 0, 0; ; n++ {
		arn := `"` + l.arn("role", "/app/", fmt.Sprintf("role-%04d", (i+n)%max(1, l.size.Roles))) + `"`
		if used += len(arn) + 1; used > room+1 {
			break
		}
		arns = append(arns, arn)
	}
	if len(arns) == 0 {
		return l.kept(head + tail)
	}
	return l.kept(head + fmt.Sprintf(middle, strings.Join(arns, ",")) + tail)
}

// kept parses a text as the account keeps it, see canonical.
func (l *large) kept(plain string) policy.Document {
	return l.parser.Parse(text(l.parser.Parse(plain)))
}

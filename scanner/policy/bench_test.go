package policy_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"iamvigil/scanner/policy"
)

// The largest account of the budgets: managed policies at IAM's limits of five
// versions and 6,144 characters each.
const (
	corpusPolicies = 1500
	corpusVersions = 5
	corpusSize     = 6144
)

// BenchmarkParse reads that account with one Parser. In "edited" each version differs
// from the one before in two statements, as people edit them; in the others no version
// has anything to do with another, and hardly more than single actions repeats. It
// reports the live heap that the documents take per byte of text, once the Parser is
// gone.
func BenchmarkParse(b *testing.B) {
	for _, corpus := range []struct {
		name   string
		edited bool
		kind   func(*rand.Rand) string
	}{
		{"edited", true, anyStatement},
		{"unrelated", false, anyStatement},
		{"unrelated-short", false, shortStatement},
		{"unrelated-long", false, longStatement},
		{"unrelated-resources", false, sameStatement},
	} {
		b.Run(corpus.name, func(b *testing.B) {
			texts, size := generate(corpusPolicies, corpus.edited, corpus.kind)
			docs := make([]policy.Document, len(texts))
			b.SetBytes(int64(size))
			b.ReportAllocs()
			var live uint64
			for b.Loop() {
				clear(docs)
				before := heap()
				parser := policy.NewParser()
				for i, text := range texts {
					docs[i] = parser.Parse(text)
				}
				b.StopTimer()
				live = heap() - before
				b.StartTimer()
			}
			b.ReportMetric(float64(live)/float64(size), "live-B/text-B")
			runtime.KeepAlive(texts)
			runtime.KeepAlive(docs)
		})
	}
}

// BenchmarkParseOne reads one document without a Parser, as for a single event.
func BenchmarkParseOne(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 2))
	text := join(statements(random, anyStatement))
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		policy.Parse(text)
	}
}

func BenchmarkMatchAction(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if !policy.MatchAction("iam:*AccessKey*", "iam:UpdateAccessKey") {
			b.Fatal("no match")
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 2))
	text := strings.NewReplacer("%", "%25", "{", "%7B", "}", "%7D", `"`, "%22", ",", "%2C", ":", "%3A", "[", "%5B",
		"]", "%5D", "/", "%2F", "*", "%2A", "$", "%24").Replace(join(statements(random, anyStatement)))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := policy.Decode(text); err != nil {
			b.Fatal(err)
		}
	}
}

func heap() uint64 {
	var stats runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

func generate(policies int, edited bool, kind func(*rand.Rand) string) (texts []string, size int) {
	random := rand.New(rand.NewPCG(3, 5))
	for range policies {
		parts := statements(random, kind)
		for version := range corpusVersions {
			switch {
			case version == 0:
			case edited:
				parts[random.IntN(len(parts))] = kind(random)
				parts[random.IntN(len(parts))] = kind(random)
			default:
				parts = statements(random, kind)
			}
			texts = append(texts, join(parts))
			size += len(texts[len(texts)-1])
		}
	}
	return texts, size
}

func statements(random *rand.Rand, kind func(*rand.Rand) string) (parts []string) {
	for size := 40; ; {
		part := kind(random)
		if size += len(part) + 1; size > corpusSize {
			return parts
		}
		parts = append(parts, part)
	}
}

func join(parts []string) string {
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(parts, ",") + `]}`
}

func anyStatement(random *rand.Rand) string {
	if random.IntN(3) == 0 {
		return longStatement(random)
	}
	return shortStatement(random)
}

// shortStatement is some 200 characters, with a Sid and resources of its own.
func shortStatement(random *rand.Rand) string {
	var conditions string
	if random.IntN(4) == 0 {
		conditions = fmt.Sprintf(`,"Condition":{"StringEquals":{"aws:ResourceTag/team":"team-%d"}}`, random.IntN(50))
	}
	return fmt.Sprintf(`{"Sid":"Allow%x","Effect":"Allow","Action":[%s],"Resource":"arn:aws:%s:eu-west-1:123456789012:%s/%x"%s}`,
		random.Uint32(), actions(random, 1+random.IntN(3)), services[random.IntN(len(services))],
		nouns[random.IntN(len(nouns))], random.Uint32(), conditions)
}

// longStatement lists 20 to 60 actions, 500 to 1,500 characters.
func longStatement(random *rand.Rand) string {
	return fmt.Sprintf(`{"Effect":"Allow","Action":[%s],"Resource":"*"}`, actions(random, 20+random.IntN(40)))
}

// sameStatement is some 110 characters that differ in the resource alone.
func sameStatement(random *rand.Rand) string {
	return fmt.Sprintf(`{"Sid":"S%d","Effect":"Allow","Action":["s3:Get*","s3:List*"],"Resource":"arn:aws:s3:::bucket-%x/*"}`,
		random.IntN(100), random.Uint32())
}

func actions(random *rand.Rand, n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("%q", services[random.IntN(len(services))]+":"+
			verbs[random.IntN(len(verbs))]+nouns[random.IntN(len(nouns))])
	}
	return strings.Join(list, ",")
}

// Together they make some 6,000 actions, a third of what AWS has.
var (
	services = strings.Fields(`ec2 s3 iam sts kms sqs sns lambda dynamodb rds logs events cloudwatch ecs ecr eks
		apigateway cloudtrail config elasticloadbalancing autoscaling secretsmanager ssm route53 cloudfront glue athena`)
	verbs = strings.Fields(`Get List Describe Create Delete Update Put Attach Detach Tag Untag Start Stop`)
	nouns = strings.Fields(`Instance Bucket Role Key Queue Topic Function Table Cluster LogGroup Rule Alarm Service
		Repository NodeGroup RestApi Trail`)
)

// Command watch is the Lambda function of CloudTrail's events: it looks at what
// a batch of them touched.
package main

import (
	"context"
	"log/slog"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"iamvigil/internal/pipeline"
	"iamvigil/internal/wire"
)

func main() {
	log := slog.New(lambdacontext.NewLogHandler())
	runner, err := wire.Runner(context.Background(), time.Now)
	if err != nil {
		log.Error("watch cannot start", "error", err)
		os.Exit(1)
	}
	lambda.Start(func(ctx context.Context, batch events.SQSEvent) (pipeline.Counts, error) {
		bodies := make([]string, 0, len(batch.Records))
		for _, record := range batch.Records {
			bodies = append(bodies, record.Body)
		}
		counts, err := runner.Run(ctx, pipeline.Work{Bodies: bodies})
		if err == nil {
			log.InfoContext(ctx, "watch done", "counts", counts)
		}
		return counts, err
	})
}

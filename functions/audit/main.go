// Command audit is the Lambda function of the daily schedule: it looks at the
// whole account.
package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"iamvigil/internal/pipeline"
	"iamvigil/internal/wire"
)

func main() {
	wire.Thrift(0)
	log := slog.New(lambdacontext.NewLogHandler())
	runner, err := wire.Runner(context.Background(), time.Now)
	if err != nil {
		log.Error("audit cannot start", "error", err)
		os.Exit(1)
	}
	lambda.Start(func(ctx context.Context, _ map[string]json.RawMessage) (pipeline.Counts, error) {
		counts, err := runner.Run(ctx, pipeline.Work{Whole: true})
		if err == nil {
			log.InfoContext(ctx, "audit done", "counts", counts)
		}
		return counts, err
	})
}

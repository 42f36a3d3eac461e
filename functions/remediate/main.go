// Command remediate is the Lambda function that does what is due about open
// findings, on a schedule of its own. It is the only one whose role can write to
// IAM, and nobody gives it orders: what its event says is not read.
package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"iamvigil/internal/wire"
	"iamvigil/remediate"
)

func main() {
	wire.Thrift(0)
	log := slog.New(lambdacontext.NewLogHandler())
	runner, err := wire.Remediator(context.Background(), time.Now)
	if err != nil {
		log.Error("remediate cannot start", "error", err)
		os.Exit(1)
	}
	lambda.Start(func(ctx context.Context, _ map[string]json.RawMessage) (remediate.Counts, error) {
		counts, err := runner.Run(ctx)
		if err == nil {
			log.InfoContext(ctx, "remediate done", "counts", counts)
		}
		return counts, err
	})
}

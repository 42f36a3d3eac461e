// Command floor downloads what an audit has to, with nothing but the SDK, and
// discards it: no scanner can be faster or smaller.
package main

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	if err := download(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "floor:", err)
		os.Exit(1)
	}
}

func download(ctx context.Context) error {
	cfg, err := awsconfig.LoadDefaultConfig(ctx)
	if err != nil {
		return err
	}
	client := iam.NewFromConfig(cfg)
	var wg sync.WaitGroup
	errs := make([]error, 3)
	wg.Go(func() {
		errs[0] = pages(ctx, client, 1000, types.EntityTypeUser, types.EntityTypeGroup, types.EntityTypeRole)
	})
	wg.Go(func() {
		errs[1] = pages(ctx, client, 200, types.EntityTypeLocalManagedPolicy, types.EntityTypeAWSManagedPolicy)
	})
	wg.Go(func() { errs[2] = report(ctx, client) })
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func pages(ctx context.Context, client *iam.Client, size int32, kinds ...types.EntityType) error {
	p := iam.NewGetAccountAuthorizationDetailsPaginator(client,
		&iam.GetAccountAuthorizationDetailsInput{Filter: kinds, MaxItems: aws.Int32(size)})
	for p.HasMorePages() {
		if _, err := p.NextPage(ctx); err != nil {
			return err
		}
	}
	return nil
}

func report(ctx context.Context, client *iam.Client) error {
	for {
		made, err := client.GenerateCredentialReport(ctx, &iam.GenerateCredentialReportInput{})
		if err != nil {
			return err
		}
		if made.State == types.ReportStateTypeComplete {
			_, err = client.GetCredentialReport(ctx, &iam.GetCredentialReportInput{})
			return err
		}
		time.Sleep(200 * time.Millisecond)
	}
}

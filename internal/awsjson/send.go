package awsjson

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"strconv"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

func (c *Client) send(ctx context.Context, r Request, out any) error {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = json.Marshal(r.Body); err != nil {
			return fmt.Errorf("encode the input: %w", err)
		}
	}
	done, _, err := c.attempt.HandleFinalize(ctx, middleware.FinalizeInput{}, c.attempted(r, body))
	if err != nil {
		return err
	}
	answer, _ := done.Result.([]byte)
	return decode(answer, out)
}

// attempted is one attempt, as the SDK's retries make it.
func (c *Client) attempted(r Request, body []byte) middleware.FinalizeHandlerFunc {
	return func(ctx context.Context, _ middleware.FinalizeInput) (out middleware.FinalizeOutput, _ middleware.Metadata, err error) {
		out.Result, err = c.try(ctx, r, body)
		return out, middleware.Metadata{}, err
	}
}

func (c *Client) try(ctx context.Context, r Request, body []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, c.service.within())
	defer cancel()
	request, err := c.request(ctx, r, body)
	if err != nil {
		return nil, err
	}
	response, err := c.http.Do(request)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, unsent(err)
	}
	defer func() { _ = response.Body.Close() }() // it has been read as far as it is wanted
	answer, err := io.ReadAll(io.LimitReader(response.Body, c.service.MaxAnswer+1))
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, &smithyhttp.RequestSendError{Err: err}
	case int64(len(answer)) > c.service.MaxAnswer:
		return nil, fmt.Errorf("the answer is longer than %d bytes", c.service.MaxAnswer)
	case !intact(response.Header, answer):
		return nil, &smithyhttp.RequestSendError{Err: fmt.Errorf("the answer of %d bytes is not that of its checksum", len(answer))}
	case response.StatusCode/100 != 2:
		return nil, &awshttp.ResponseError{
			ResponseError: &smithyhttp.ResponseError{Response: &smithyhttp.Response{Response: response}, Err: refusal(response, answer)},
			RequestID:     response.Header.Get("X-Amzn-Requestid"),
		}
	}
	return answer, nil
}

// intact holds an answer against its checksum, which DynamoDB's have.
func intact(header http.Header, answer []byte) bool {
	sum := header.Get("X-Amz-Crc32")
	return sum == "" || sum == strconv.FormatUint(uint64(crc32.ChecksumIEEE(answer)), 10)
}

package awsjson

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// request is the call, signed.
func (c *Client) request(ctx context.Context, r Request, body []byte) (*http.Request, error) {
	address, err := c.endpoint(ctx)
	if err != nil {
		return nil, err
	}
	address += strings.TrimPrefix(r.Path, "/")
	if len(r.Query) > 0 {
		address += "?" + r.Query.Encode()
	}
	request, err := http.NewRequestWithContext(ctx, r.Method, address, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("address %s: %w", c.service.Name, err)
	}
	switch {
	case c.service.Target != "":
		request.Header.Set("Content-Type", "application/x-amz-json-"+c.service.Version)
		request.Header.Set("X-Amz-Target", c.service.Target+"."+r.Operation)
	case len(body) > 0:
		request.Header.Set("Content-Type", "application/json")
	}
	request.Header.Set("User-Agent", "iamvigil")
	// The checksum of an answer is that of its bytes as they are sent.
	request.Header.Set("Accept-Encoding", "identity")
	if c.cfg.Credentials == nil {
		return nil, errors.New("there are no credentials")
	}
	credentials, err := c.cfg.Credentials.Retrieve(ctx)
	if err != nil {
		return nil, fmt.Errorf("get credentials: %w", err)
	}
	sum := sha256.Sum256(body)
	err = c.signer.SignHTTP(ctx, credentials, request, hex.EncodeToString(sum[:]), c.service.Name, c.cfg.Region, c.now())
	if err != nil {
		return nil, fmt.Errorf("sign the request: %w", err)
	}
	return request, nil
}

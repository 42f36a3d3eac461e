package awsjson

import (
	"encoding/json"
	"errors"
	"fmt"
)

// decode decodes an answer. Its error names at most the place of a fault: what
// stands there is somebody's, and may be long.
func decode(answer []byte, out any) error {
	err := json.Unmarshal(answer, out)
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &syntax):
		return fmt.Errorf("the answer is no JSON from byte %d on", syntax.Offset)
	case errors.As(err, &kind):
		return fmt.Errorf("the answer is not of AWS's form from byte %d on", kind.Offset)
	}
	return errors.New("the answer holds a value that cannot be read")
}

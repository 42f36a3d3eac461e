package awstest

import (
	"net/http"
	"strings"
)

// Parameter creates a parameter of SSM's store, a plain string.
func Parameter(name, value string) Option {
	return func(a *AWS) { a.values[name] = value }
}

// SetParameter changes a parameter of SSM's store between two calls. SSM keeps no
// empty value: with that the parameter is deleted.
func (a *AWS) SetParameter(name, value string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.values[name] = value; value == "" {
		delete(a.values, name)
	}
}

type parameterInput struct {
	Name           string
	WithDecryption bool
}

// theParameter demands the action's permission on the parameter that the call
// names; in its ARN a leading slash is the one that is there anyway.
func theParameter(a *AWS, c *call) []demand {
	var in parameterInput
	if fail := c.decode(&in); fail != nil {
		return nil // said again when the call is answered
	}
	return []demand{on(c.action(), a.arn(c, "ssm", "parameter/"+strings.TrimPrefix(in.Name, "/")))}
}

func (a *AWS) getParameter(c *call) (any, *failure) {
	var in parameterInput
	if fail := c.decode(&in); fail != nil {
		return nil, fail
	}
	value, ok := a.values[in.Name]
	if !ok {
		return nil, &failure{status: http.StatusBadRequest, code: "ParameterNotFound"}
	}
	return map[string]any{"Parameter": map[string]any{
		"Name": in.Name, "Type": "String", "Value": value, "Version": 1, "DataType": "text",
		"LastModifiedDate": a.settings.clock().Unix(),
		"ARN":              a.arn(c, "ssm", "parameter/"+strings.TrimPrefix(in.Name, "/")),
	}}, nil
}

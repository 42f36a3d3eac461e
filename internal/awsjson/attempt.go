package awsjson

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
)

// attempts is how often a call of a service is tried that is not patient.
const attempts = 2

// within is the most time that one attempt may take: a host that takes no
// connections must not hold up all else.
func (s *Service) within() time.Duration {
	if s.Patient {
		return time.Minute
	}
	return 10 * time.Second
}

// attemptOf is the SDK's loop over attempts.
func attemptOf(cfg *aws.Config, service *Service) *retry.Attempt {
	retryer := hasty(cfg)
	if service.Patient {
		retryer = patient(cfg)
	}
	return retry.NewAttemptMiddleware(retryer, func(request any) any { return request })
}

func hasty(cfg *aws.Config) aws.Retryer {
	if cfg.Retryer != nil {
		return retry.AddWithMaxAttempts(cfg.Retryer(), attempts)
	}
	return retry.NewStandard(func(o *retry.StandardOptions) { o.MaxAttempts, o.MaxBackoff = attempts, time.Second })
}

// patient is what the SDK's clients make of the configuration.
func patient(cfg *aws.Config) aws.Retryer {
	var retryer aws.Retryer
	switch {
	case cfg.Retryer != nil:
		retryer = cfg.Retryer()
	case cfg.RetryMode == aws.RetryModeAdaptive:
		retryer = retry.NewAdaptiveMode()
	default:
		retryer = retry.NewStandard()
	}
	if cfg.RetryMaxAttempts == 0 {
		return retryer
	}
	return retry.AddWithMaxAttempts(retryer, cfg.RetryMaxAttempts)
}

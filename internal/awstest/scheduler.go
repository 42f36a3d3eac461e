package awstest

import "net/http"

// schedule is an EventBridge Scheduler schedule of the default group.
type schedule struct{ State, ScheduleExpression string }

// Schedule creates a schedule in a state, ENABLED or DISABLED, with an
// expression such as rate(1 day).
func Schedule(name, state, expression string) Option {
	return func(a *AWS) { a.schedules[name] = schedule{state, expression} }
}

// theSchedule demands the action's permission on the schedule that the call names.
func theSchedule(a *AWS, c *call) []demand {
	return []demand{on(c.action(), a.arn(c, "scheduler", "schedule/default/"+c.name))}
}

func (a *AWS) getSchedule(c *call) (any, *failure) {
	s, ok := a.schedules[c.name]
	if !ok {
		return nil, &failure{status: http.StatusNotFound, code: "ResourceNotFoundException",
			message: "Schedule " + c.name + " does not exist."}
	}
	return map[string]string{
		"Name": c.name, "GroupName": "default", "State": s.State, "ScheduleExpression": s.ScheduleExpression,
		"Arn": a.arn(c, "scheduler", "schedule/default/"+c.name),
	}, nil
}

package remediate

import "fmt"

// Check finds stages that would be skipped, that come too close, or that act on
// the first night.
func (s Schedule) Check() error {
	stages := fmt.Sprintf("warn %d, final %d, act %d", s.Warn, s.Final, s.Act)
	switch {
	case s.Warn < 0:
		return fmt.Errorf("%s: the warning would be before the finding; give it day 0 or later", stages)
	case s.Final <= s.Warn:
		return fmt.Errorf("%s: the final warning must be at least a day after the warning; give it day %d or later", stages, s.Warn+1)
	case s.Act <= s.Final:
		return fmt.Errorf("%s: the act must be at least a day after the final warning; give it day %d or later", stages, s.Final+1)
	case s.Act > MostDays:
		return fmt.Errorf("%s: day %d is the latest; act earlier, or switch the cure off", stages, MostDays)
	}
	return nil
}

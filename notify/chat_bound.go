package notify

import (
	"cmp"
	"slices"

	"iamvigil/internal/order"
	"iamvigil/internal/words"
	"iamvigil/ledger"
	"iamvigil/scanner"
)

// chatMessages is how many messages a chat channel gets at most of what is
// published at once. They are a second apart, and who publishes may have two
// minutes in all.
const chatMessages = 20

// conversation is what a chat channel is told of all of the tellings, in their
// order. Of what is too much the mildest are counted in one last message, and
// what follows on something told before is told there as long as there is room
// for messages, the worst tellings' first; then in its telling's own.
func conversation(tellings []*ledger.Telling) []Message {
	told, rest := loudest(tellings, chatMessages)
	spare := chatMessages - len(told)
	if len(rest) > 0 {
		spare--
	}
	by := map[*ledger.Telling][]talk{}
	for _, c := range gravest(told) {
		by[c] = talks(c, 1+spare)
		spare -= len(by[c]) - 1
	}
	var messages []Message
	for _, c := range told {
		for _, t := range by[c] {
			messages = append(messages, t.message())
		}
	}
	if len(rest) > 0 {
		messages = append(messages, inShort(rest).message())
	}
	return messages
}

// loudest takes out of what is told as much as has room, in its order. What is
// left, the worst first, needs the room of one.
func loudest(tellings []*ledger.Telling, room int) (told, rest []*ledger.Telling) {
	told = slices.DeleteFunc(slices.Clone(tellings), (*ledger.Telling).Quiet)
	if len(told) <= room {
		return told, nil
	}
	rest = gravest(told)[room-1:]
	return slices.DeleteFunc(told, func(c *ledger.Telling) bool { return slices.Contains(rest, c) }), rest
}

// gravest has first what tells of the worst that stands or was done, then of the
// worst that went.
func gravest(tellings []*ledger.Telling) []*ledger.Telling {
	tellings = slices.Clone(tellings)
	order.Stable(tellings, func(a, b *ledger.Telling) int {
		return cmp.Or(cmp.Compare(scanner.Severity(tone(a)).Rank(), scanner.Severity(tone(b)).Rank()),
			cmp.Compare(worst(a).Rank(), worst(b).Rank()))
	})
	return tellings
}

// inShort counts tellings, and says of the worst whose they are. It belongs to no
// burst.
func inShort(rest []*ledger.Telling) *talk {
	first := rest[0]
	all := &ledger.Telling{Kind: first.Kind, Account: first.Account, Time: first.Time, Unknown: map[string]int{}}
	for _, c := range rest {
		all.Events, all.Alerts, all.Gaps = append(all.Events, c.Events...), append(all.Alerts, c.Alerts...), append(all.Gaps, c.Gaps...)
		for as, list := range all.Records() {
			for also, more := range c.Records() {
				if as == also {
					*list = append(*list, *more...)
				}
			}
		}
		all.NewRules, all.Withdrawn = append(all.NewRules, c.NewRules...), append(all.Withdrawn, c.Withdrawn...)
		all.Rest, all.Exemptions = append(all.Rest, c.Rest...), append(all.Exemptions, c.Exemptions...)
		all.Steps, all.Notices = append(all.Steps, c.Steps...), append(all.Notices, c.Notices...)
		for name, n := range c.Unknown {
			all.Unknown[name] += n
		}
	}
	return &talk{Telling: all, shown: choose(all, 0), short: rest, acts: true}
}

// shortLines have one line for each telling that is only counted.
func shortLines(tellings []*ledger.Telling) []string {
	var lines []string
	most := min(chatItems, len(tellings))
	for _, c := range tellings[:most] {
		lines = append(lines, mark(tone(c))+capital(whose(c, chatValue))+": "+summary(c))
	}
	if more := len(tellings) - most; more > 0 {
		lines = append(lines, words.Plural(more, "other", "others")+" not shown")
	}
	return lines
}

// whose is by whom all of a telling was done, as far as it is known.
func whose(c *ledger.Telling, q quote) string {
	if c.Burst != nil {
		return burstActor(c.Burst, q)
	}
	calls := deeds(c)
	switch {
	case len(calls) == 0:
		return "nobody known"
	case doer(calls) == nil:
		return words.Who(*calls[0].Actor, q) + " and others"
	}
	return words.Who(*calls[0].Actor, q)
}

package notify

import (
	"cmp"
	"maps"
	"slices"

	"iamvigil/internal/order"
	"iamvigil/ledger"
)

// chatThreads is in how many threads beside its own one telling is told at most:
// a message each, and those are a second apart.
const chatThreads = 10

// talk is one chat message to be worded.
type talk struct {
	*ledger.Telling
	shown
	// whole is all of a run that remediates, which one message counts wherever it
	// is told; nil: of something else, or that message is another.
	whole *ledger.Telling
	// elsewhere counts by rule what is told in threads of its own, but for the steps
	// there, which are below.
	elsewhere []ledger.RuleCount
	below     []ledger.Step
	// short are tellings of which nothing is told but how much it is; none: it is
	// an ordinary message.
	short []*ledger.Telling
	// acts: it tells the calls; else another message of the same telling does.
	// counts: it tells what is open.
	acts, counts bool
}

// told is what the message counts.
func (t *talk) told() *ledger.Telling {
	if t.whole != nil {
		return t.whole
	}
	return t.Telling
}

// talks are the messages of a telling, at most so many but one in any case: what
// is new, and what has become of what was told in other threads. A summary ends
// its burst's thread in any case, and what is done about findings is counted where
// nobody has to look for it.
func talks(c *ledger.Telling, most int) []talk {
	main, replies := parted(c, min(most, chatThreads))
	speaks := func() bool {
		return !main.Quiet() || (c.Kind == ledger.Summary || c.Kind == ledger.Remediation) && !c.Quiet()
	}
	if len(replies) == most && speaks() {
		main, replies = parted(c, most-1)
	}
	var all []talk
	if speaks() {
		items := chatItems
		if c.Held {
			items = chatHeld
		}
		first := talk{Telling: main, shown: choose(main, items), elsewhere: followUps(replies), acts: true, counts: c.Kind != ledger.Summary && !c.Held}
		if c.Kind == ledger.Remediation {
			first.whole = c
			for _, reply := range replies {
				first.below = append(first.below, reply.Steps...)
			}
		}
		all = append(all, first)
	}
	alone := len(all) == 0
	for _, reply := range replies {
		if alone && c.Kind == ledger.Event {
			reply.Open, reply.Exempt, reply.Covered, reply.Contained = c.Open, c.Exempt, c.Covered, c.Contained
		}
		all = append(all, talk{Telling: reply, shown: choose(reply, chatItems), acts: alone || c.Kind == ledger.Remediation, counts: alone && c.Kind == ledger.Event})
	}
	return all
}

func followUps(replies []*ledger.Telling) []ledger.RuleCount {
	var told []ledger.Record
	for _, r := range replies {
		told = slices.Concat(told, r.Resolved, r.Silenced, r.Reranked)
	}
	return countRecords(told)
}

// parted takes out of a telling what is told in the threads in which it was told
// to stand, in the order of the worst, as far as those are so many.
func parted(c *ledger.Telling, most int) (main *ledger.Telling, replies []*ledger.Telling) {
	by := map[string]*ledger.Telling{}
	each(c, func(in string, put func(*ledger.Telling)) {
		if in == "" {
			return
		}
		if by[in] == nil {
			by[in] = reply(c, in)
		}
		put(by[in])
	})
	threads := slices.Collect(maps.Keys(by))
	order.By(threads, func(a, b string) int {
		return cmp.Or(cmp.Compare(urgency(by[a]), urgency(by[b])), cmp.Compare(worst(by[a]).Rank(), worst(by[b]).Rank()), cmp.Compare(a, b))
	})
	threads = threads[:min(most, len(threads))]
	for _, t := range threads {
		replies = append(replies, by[t])
	}
	rest := *c
	rest.Resolved, rest.Silenced, rest.Reranked, rest.Steps = nil, nil, nil, nil
	each(c, func(in string, put func(*ledger.Telling)) {
		if !slices.Contains(threads, in) {
			put(&rest)
		}
	})
	return &rest, replies
}

// each visits what follows on something told before: the other thread in which it
// was told, or empty, and what puts it into a telling.
func each(c *ledger.Telling, visit func(in string, put func(*ledger.Telling))) {
	for _, list := range []func(*ledger.Telling) *[]ledger.Record{
		func(c *ledger.Telling) *[]ledger.Record { return &c.Resolved },
		func(c *ledger.Telling) *[]ledger.Record { return &c.Silenced },
		func(c *ledger.Telling) *[]ledger.Record { return &c.Reranked },
	} {
		for _, r := range *list(c) {
			visit(followed(c, &r), func(to *ledger.Telling) { *list(to) = append(*list(to), r) })
		}
	}
	for _, s := range c.Steps {
		in := s.Record.Thread
		if in == thread(c) {
			in = ""
		}
		visit(in, func(to *ledger.Telling) { to.Steps = append(to.Steps, s) })
	}
}

// followed is the other thread in which the record was told to stand and is
// told of now, or empty. One that has become worse is news. What is held is told
// there by the summary, however many batches the burst has.
func followed(c *ledger.Telling, r *ledger.Record) string {
	worse := r.Was != "" && !milder(r)
	if c.Held || worse || r.Thread == thread(c) {
		return ""
	}
	return r.Thread
}

// reply is what is told in a thread, nothing yet.
func reply(c *ledger.Telling, in string) *ledger.Telling {
	return &ledger.Telling{Kind: c.Kind, Account: c.Account, Time: c.Time, Events: c.Events, Thread: in}
}

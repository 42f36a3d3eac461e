package notify

import (
	"cmp"
	"maps"
	"slices"

	"iamvigil/ledger"
)

// chatThreads is in how many threads beside its own one telling is told at most:
// a message each, and those are a second apart.
const chatThreads = 10

// talk is one chat message to be worded.
type talk struct {
	*ledger.Telling
	shown
	// elsewhere counts by rule what is told in threads of its own.
	elsewhere []ledger.RuleCount
	// short are tellings of which nothing is told but how much it is; none: it is
	// an ordinary message.
	short []*ledger.Telling
	// acts: it tells the calls; else another message of the same telling does.
	// counts: it tells what is open.
	acts, counts bool
}

// talks are the messages of a telling, at most so many but one in any case: what
// is new, and what has become of what was told in other threads. A summary ends
// its burst's thread in any case.
func talks(c *ledger.Telling, most int) []talk {
	main, replies := parted(c, min(most, chatThreads))
	speaks := func() bool { return !main.Quiet() || c.Kind == ledger.Summary && !c.Quiet() }
	if len(replies) == most && speaks() {
		main, replies = parted(c, most-1)
	}
	var all []talk
	if speaks() {
		items := chatItems
		if c.Held {
			items = chatHeld
		}
		all = append(all, talk{Telling: main, shown: choose(main, items), elsewhere: followUps(replies),
			acts: true, counts: c.Kind != ledger.Summary && !c.Held})
	}
	alone := len(all) == 0
	for _, reply := range replies {
		if alone && c.Kind == ledger.Event {
			reply.Open, reply.Exempt, reply.Covered = c.Open, c.Exempt, c.Covered
		}
		all = append(all, talk{Telling: reply, shown: choose(reply, chatItems), acts: alone, counts: alone && c.Kind == ledger.Event})
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
	each(c, func(r ledger.Record, list func(*ledger.Telling) *[]ledger.Record) {
		if t := followed(c, &r); t != "" {
			if by[t] == nil {
				by[t] = reply(c, t)
			}
			add(list(by[t]), r)
		}
	})
	threads := slices.SortedFunc(maps.Keys(by), func(a, b string) int {
		return cmp.Or(cmp.Compare(worst(by[a]).Rank(), worst(by[b]).Rank()), cmp.Compare(a, b))
	})
	threads = threads[:min(most, len(threads))]
	for _, t := range threads {
		replies = append(replies, by[t])
	}
	rest := *c
	rest.Resolved, rest.Silenced, rest.Reranked = nil, nil, nil
	each(c, func(r ledger.Record, list func(*ledger.Telling) *[]ledger.Record) {
		if !slices.Contains(threads, followed(c, &r)) {
			add(list(&rest), r)
		}
	})
	return &rest, replies
}

func add(list *[]ledger.Record, r ledger.Record) { *list = append(*list, r) }

// each visits what follows on something told before.
func each(c *ledger.Telling, visit func(ledger.Record, func(*ledger.Telling) *[]ledger.Record)) {
	for _, list := range []func(*ledger.Telling) *[]ledger.Record{
		func(c *ledger.Telling) *[]ledger.Record { return &c.Resolved },
		func(c *ledger.Telling) *[]ledger.Record { return &c.Silenced },
		func(c *ledger.Telling) *[]ledger.Record { return &c.Reranked },
	} {
		for _, r := range *list(c) {
			visit(r, list)
		}
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

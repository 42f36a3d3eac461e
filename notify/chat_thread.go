package notify

import (
	"cmp"
	"maps"
	"slices"

	"iamvigil/ledger"
	"iamvigil/scanner"
)

// chatThreads is in how many threads beside its own one telling is told at most:
// a message each, and those are a second apart.
const chatThreads = 10

// talk is one chat message to be worded.
type talk struct {
	*ledger.Changes
	shown
	// elsewhere counts by rule what is told in threads of its own.
	elsewhere []ledger.RuleCount
	// acts: it tells the calls; else another message of the same telling does.
	// counts: it tells what is open.
	acts, counts bool
}

// talks are the messages of a telling: what is new, and what has become of what
// was told in other threads.
func talks(c *ledger.Changes) []talk {
	main, replies := parted(c)
	var all []talk
	if !main.Quiet() {
		most := chatItems
		if c.Held {
			most = chatHeld
		}
		all = append(all, talk{Changes: main, shown: choose(main, most), elsewhere: followUps(replies),
			acts: true, counts: c.Kind != ledger.Summary && !c.Held})
	}
	alone := len(all) == 0
	for _, reply := range replies {
		if alone && c.Kind == ledger.Event {
			reply.Open, reply.Exempt, reply.Covered = c.Open, c.Exempt, c.Covered
		}
		all = append(all, talk{Changes: reply, shown: choose(reply, chatItems), acts: alone, counts: alone && c.Kind == ledger.Event})
	}
	return all
}

func followUps(replies []*ledger.Changes) []ledger.RuleCount {
	var told []ledger.Record
	for _, r := range replies {
		told = slices.Concat(told, r.Resolved, r.Silenced, r.Reranked)
	}
	_, counts := take(told, 0, func(r ledger.Record) (scanner.Severity, string) { return r.Severity, r.Rule })
	return counts
}

// parted takes out of a telling what is told in the threads in which it was told
// to stand, in the order of the worst.
func parted(c *ledger.Changes) (main *ledger.Changes, replies []*ledger.Changes) {
	by := map[string]*ledger.Changes{}
	each(c, func(r ledger.Record, list func(*ledger.Changes) *[]ledger.Record) {
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
	threads = threads[:min(chatThreads, len(threads))]
	for _, t := range threads {
		replies = append(replies, by[t])
	}
	rest := *c
	rest.Resolved, rest.Silenced, rest.Reranked = nil, nil, nil
	each(c, func(r ledger.Record, list func(*ledger.Changes) *[]ledger.Record) {
		if !slices.Contains(threads, followed(c, &r)) {
			add(list(&rest), r)
		}
	})
	return &rest, replies
}

func add(list *[]ledger.Record, r ledger.Record) { *list = append(*list, r) }

// each visits what follows on something told before.
func each(c *ledger.Changes, visit func(ledger.Record, func(*ledger.Changes) *[]ledger.Record)) {
	for _, list := range []func(*ledger.Changes) *[]ledger.Record{
		func(c *ledger.Changes) *[]ledger.Record { return &c.Resolved },
		func(c *ledger.Changes) *[]ledger.Record { return &c.Silenced },
		func(c *ledger.Changes) *[]ledger.Record { return &c.Reranked },
	} {
		for _, r := range *list(c) {
			visit(r, list)
		}
	}
}

// followed is the other thread in which the record was told to stand and is
// told of now, or empty. One that has become worse is news. What a summary sums
// up was told there at once.
func followed(c *ledger.Changes, r *ledger.Record) string {
	worse := r.Was != "" && !milder(r)
	if c.Kind == ledger.Summary || worse || r.Thread == thread(c) {
		return ""
	}
	return r.Thread
}

// reply is what is told in a thread, nothing yet.
func reply(c *ledger.Changes, in string) *ledger.Changes {
	return &ledger.Changes{Kind: c.Kind, Account: c.Account, Time: c.Time, Events: c.Events, Thread: in}
}

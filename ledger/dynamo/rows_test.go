package dynamo_test

import (
	"fmt"
	"strings"
	"time"

	"iamvigil/ledger"
	"iamvigil/scanner/account"
)

// contract is what each store is held to, a row each.
func contract() map[string]func(*bench) {
	alice, bob := user("Alice", "AIDA1"), user("bob", "AIDA2")
	a, b2 := record(alice, "r", "p"), record(bob, "r", "")
	root := record(identity.RootRef(), "root-mfa", "")
	return map[string]func(*bench){
		"nothing is known at first": func(b *bench) { b.holds(ledger.Known{}) },
		"all that is known is called that": func(b *bench) {
			if !b.whole().Whole {
				b.Error("not whole before the first save")
			}
			b.save(puts(a))
			if !b.whole().Whole {
				b.Error("not whole after it")
			}
		},
		"what is saved is loaded": func(b *bench) {
			resolved := record(bob, "s", "#x#")
			resolved.State, resolved.Told, resolved.ResolvedAt, resolved.How = ledger.Resolved, ledger.Resolved, b.now, ledger.Mended
			everything := ledger.Changes{
				Puts:       []ledger.Record{a, resolved, root},
				GapPuts:    []ledger.GapRecord{gap(account.MFA, nil), gap(account.Keys, &alice)},
				Live:       map[string]time.Time{"AIDA1": start},
				AlertsTold: map[string][]string{"e1": {"r1", "r2"}, "e2": {"r1"}},
				Rules:      map[string]time.Time{"r": start},
				Noted:      map[string]string{"e3": "NewThing"},
				Name:       "acme",
				BurstPuts:  []ledger.Burst{burst("t"), burst("u")},
				ExemptionPuts: map[string]ledger.ExemptionMark{
					"x1": {Since: start, Told: ledger.Expiring, ToldAt: start, Expires: start.Add(day)}, "x2": {Expires: start},
				},
				Heard:   &ledger.Heard{ID: "e1", Event: "CreateUser", Time: start, At: start.Add(time.Minute)},
				Audited: true,
			}
			b.save(everything)
			b.holds(ledger.Known{Records: everything.Puts, Gaps: everything.GapPuts, Live: everything.Live,
				AlertsTold: everything.AlertsTold, Rules: everything.Rules, Noted: everything.Noted, Name: "acme",
				Bursts: everything.BurstPuts, Exemptions: everything.ExemptionPuts, Heard: *everything.Heard, AuditedAt: b.now})
		},
		"nothing to save is no error": func(b *bench) { b.save(ledger.Changes{}) },
		"accounts are apart": func(b *bench) {
			b.save(puts(a))
			if k, err := b.store.Load(b.Context(), "210987654321", ledger.Query{Whole: true}); err != nil || len(k.Records) > 0 {
				b.Errorf("another account has %v, %v", k.Records, err)
			}
		},
		"a part: at least what was asked for": func(b *bench) {
			policy := account.Ref{Kind: account.KindPolicy, ARN: "arn:aws:iam::123456789012:policy/x/Deploy", ID: "ANPA1", Name: "Deploy"}
			b.save(ledger.Changes{
				Puts:       []ledger.Record{a, b2, root, record(policy, "r", ""), record(user("alicia", "AIDA3"), "r", "")},
				GapPuts:    []ledger.GapRecord{gap(account.MFA, nil), gap(account.Keys, &bob)},
				Live:       map[string]time.Time{"AIDA1": start},
				AlertsTold: map[string][]string{"e1": {"r1"}, "e2": {"r1"}},
				Name:       "acme",
				BurstPuts:  []ledger.Burst{burst("t")},
			})
			k := b.load(ledger.Query{EventIDs: []string{"e1", "e1", "e9"}, Refs: []account.Ref{{Kind: account.KindUser, Name: "ALICE"}, {Kind: account.KindUser, Name: "Alice"},
				{Kind: account.KindAccount, Name: identity.ID}, {Kind: account.KindPolicy, ARN: policy.ARN}}})
			b.has(k, a, root, record(policy, "r", ""))
			if len(k.Gaps) != 2 || !k.Live["AIDA1"].Equal(start) || len(k.AlertsTold["e1"]) != 1 || k.Name != "acme" || len(k.Bursts) != 1 {
				b.Errorf("gaps %v, live %v, told %v, bursts %v; want both, one, e1, one", k.Gaps, k.Live, k.AlertsTold, k.Bursts)
			}
			b.has(b.load(ledger.Query{Refs: []account.Ref{{Kind: account.KindUser, ID: "AIDA1"}, alice}}), a)
		},
		"many names": func(b *bench) {
			b.save(puts(a))
			q := ledger.Query{Refs: []account.Ref{alice}}
			for i := range 200 {
				q.Refs = append(q.Refs, user(fmt.Sprint("u", i), ""))
			}
			b.has(b.load(q), a)
		},
		"many events": func(b *bench) {
			q, c := ledger.Query{}, ledger.Changes{AlertsTold: map[string][]string{}}
			for i := range 250 {
				id := fmt.Sprint("e", i)
				q.EventIDs, c.AlertsTold[id] = append(q.EventIDs, id), []string{"r"}
			}
			b.save(c)
			if got := b.load(q).AlertsTold; len(got) != 250 {
				b.Errorf("%d events, want 250", len(got))
			}
		},
		"many records, and large ones": func(b *bench) {
			var want []ledger.Record
			for i := range 300 {
				want = append(want, record(user(fmt.Sprint("u", i), fmt.Sprint("AIDA", i)), "r", ""))
			}
			for i := range 90 {
				r := record(alice, "large", fmt.Sprint(i))
				r.Message = strings.Repeat("x", 50_000)
				want = append(want, r)
			}
			b.save(puts(want...))
			b.holds(ledger.Known{Records: want})
		},
		"a record again": func(b *bench) {
			b.save(puts(a))
			b.save(puts(b.whole().Records...))
			again := b.whole().Records
			again[0].Message = "other"
			b.save(puts(again...))
			b.holds(ledger.Known{Records: again})
		},
		"a record that another saved meanwhile is raced, its neighbours are saved": func(b *bench) {
			b.save(puts(a))
			mine, theirs := b.whole().Records[0], b.whole().Records[0]
			theirs.Message = "theirs"
			b.save(puts(theirs))
			mine.Message = "mine"
			b.raced(puts(mine, b2))
			b.holds(ledger.Known{Records: []ledger.Record{theirs, b2}})
		},
		"a new record that another made meanwhile is raced": func(b *bench) {
			b.save(puts(a))
			mine := a
			mine.Message = "mine"
			b.raced(puts(mine))
			b.holds(ledger.Known{Records: []ledger.Record{a}})
		},
		"a record that another deleted meanwhile is raced": func(b *bench) {
			b.save(puts(a))
			held := b.whole().Records
			b.save(ledger.Changes{Deletes: held})
			b.raced(puts(held...))
			b.raced(ledger.Changes{Deletes: held})
			b.holds(ledger.Known{})
		},
		"a deletion is raced by a save": func(b *bench) {
			b.save(puts(a))
			held := b.whole().Records
			b.save(puts(held...))
			b.raced(ledger.Changes{Deletes: held})
			b.holds(ledger.Known{Records: []ledger.Record{a}})
		},
		"a renamed record moves": func(b *bench) {
			b.save(puts(a))
			moved := b.whole().Records[0]
			moved.Resource.Name = "Zoe"
			b.save(puts(moved))
			b.holds(ledger.Known{Records: []ledger.Record{moved}})
			if got := b.whole().Records[0].StoredAs; got != moved.SortKey() {
				b.Errorf("stored as %s, want %s", got, moved.SortKey())
			}
		},
		"a move is raced whole": func(b *bench) {
			b.save(puts(a))
			moved := b.whole().Records[0]
			b.save(puts(b.whole().Records...))
			moved.Resource.Name = "Zoe"
			b.raced(puts(moved, b2))
			b.holds(ledger.Known{Records: []ledger.Record{a, b2}})
		},
		"a move to where there is one already is raced whole": func(b *bench) {
			there := a
			there.Resource.Name = "Zoe"
			b.save(puts(a))
			b.save(puts(there))
			moved := b.whole().Records[0]
			moved.Resource.Name = "Zoe"
			b.raced(puts(moved))
			b.holds(ledger.Known{Records: []ledger.Record{a, there}})
		},
		"gaps come, change and go, and are raced": func(b *bench) {
			b.save(ledger.Changes{GapPuts: []ledger.GapRecord{gap(account.MFA, nil)}})
			b.raced(ledger.Changes{GapPuts: []ledger.GapRecord{gap(account.MFA, nil)}})
			old := b.whole().Gaps
			changed := old[0]
			changed.Rules = []string{"c"}
			b.save(ledger.Changes{GapPuts: []ledger.GapRecord{changed}})
			b.holds(ledger.Known{Gaps: []ledger.GapRecord{changed}})
			b.raced(ledger.Changes{GapDeletes: old})
			b.save(ledger.Changes{GapDeletes: b.whole().Gaps})
			b.holds(ledger.Known{})
			b.raced(ledger.Changes{GapPuts: old})
		},
		"bursts come and go, and are raced": func(b *bench) {
			b.save(ledger.Changes{BurstPuts: []ledger.Burst{burst("t"), burst("u")}})
			b.raced(ledger.Changes{BurstPuts: []ledger.Burst{burst("t")}})
			held := b.whole().Bursts
			if len(held) != 2 {
				b.Fatalf("%d bursts, want 2", len(held))
			}
			b.save(ledger.Changes{BurstDeletes: held[:1]})
			b.holds(ledger.Known{Bursts: held[1:]})
			other := held[1]
			b.save(ledger.Changes{BurstPuts: []ledger.Burst{other}})
			b.raced(ledger.Changes{BurstDeletes: []ledger.Burst{other}})
			b.holds(ledger.Known{Bursts: held[1:]})
			b.save(ledger.Changes{BurstDeletes: append(held[:1:1], b.whole().Bursts...)})
			b.holds(ledger.Known{})
		},
		"that nobody hears is known until somebody does": func(b *bench) {
			for _, c := range []ledger.Changes{{Unheard: true}, {Unheard: true, Audited: true}, {HeardAgain: true}, {HeardAgain: true}} {
				b.save(c)
				if part := b.load(ledger.Query{}); part.Unheard != c.Unheard || b.whole().Unheard != c.Unheard {
					b.Errorf("known: %v, to a part: %v; want %v", b.whole().Unheard, part.Unheard, c.Unheard)
				}
			}
		},
		"the newest event is heard of, and no older one": func(b *bench) {
			heard := func(id string, at time.Time) ledger.Changes {
				return ledger.Changes{Heard: &ledger.Heard{ID: id, Event: "CreateUser", Time: at, At: b.now}, Puts: []ledger.Record{record(user(id, id), "r", "")}}
			}
			b.save(heard("e1", start))
			b.save(heard("e2", start.Add(-time.Nanosecond)))
			b.save(heard("e3", start))
			if part := b.load(ledger.Query{}); part.Heard.ID != "e1" {
				b.Errorf("a part has heard %v, want e1", part.Heard)
			}
			if k := b.whole(); k.Heard.ID != "e1" || len(k.Records) != 3 {
				b.Errorf("heard %v and %d records, want e1 and 3", k.Heard, len(k.Records))
			}
			b.save(heard("e4", start.Add(time.Nanosecond)))
			b.save(heard("e5", time.Time{}))
			if k := b.whole(); k.Heard.ID != "e4" || len(k.Records) != 5 {
				b.Errorf("heard %v and %d records, want e4 and 5", k.Heard, len(k.Records))
			}
		},
		"the last audit is known": func(b *bench) {
			b.save(ledger.Changes{Audited: true})
			b.now = start.Add(day)
			b.save(ledger.Changes{Audited: true})
			b.save(ledger.Changes{})
			b.holds(ledger.Known{AuditedAt: start.Add(day)})
		},
		"a look is raced by a later one": func(b *bench) {
			look := func(at time.Time) ledger.Changes {
				return ledger.Changes{Live: map[string]time.Time{"AIDA1": at}, Puts: []ledger.Record{record(alice, "r", at.String())}}
			}
			b.save(look(start.Add(time.Second)))
			b.raced(look(start))
			b.raced(ledger.Changes{Live: look(start.Add(time.Second)).Live})
			b.save(look(start.Add(time.Second + time.Nanosecond)))
			if k := b.whole(); !k.Live["AIDA1"].Equal(start.Add(time.Second+time.Nanosecond)) || len(k.Records) != 3 {
				b.Errorf("live %v and %d records, want the latest and 3", k.Live, len(k.Records))
			}
		},
		"marks are set and unset, and never raced": func(b *bench) {
			marks := ledger.Changes{AlertsTold: map[string][]string{"e1": {"r1"}}, Rules: map[string]time.Time{"r": start}, Noted: map[string]string{"e1": "NewThing"},
				ExemptionPuts: map[string]ledger.ExemptionMark{"x1": {Expires: start}, "x2": {Expires: start}}}
			b.save(marks)
			b.save(marks)
			renewed := map[string]ledger.ExemptionMark{"x2": {Expires: start.Add(day)}}
			b.save(ledger.Changes{AlertsTold: map[string][]string{"e1": {"r1", "r2"}}, RuleDeletes: []string{"r", "s"}, NotedDeletes: []string{"e1", "e2"},
				ExemptionPuts: renewed, ExemptionDeletes: []string{"x1", "x3"}})
			b.holds(ledger.Known{AlertsTold: map[string][]string{"e1": {"r1", "r2"}}, Exemptions: renewed})
		},
		"what is past its time is not there, and its place is free": func(b *bench) {
			done, believed := a, b2
			done.State, done.Told, done.ResolvedAt = ledger.Resolved, ledger.Resolved, b.now
			believed.State, believed.ResolvedAt = ledger.Resolved, b.now
			b.save(ledger.Changes{
				Puts: []ledger.Record{done, believed, root},
				Live: map[string]time.Time{"AIDA1": b.now}, AlertsTold: map[string][]string{"e1": {"r"}}, Noted: map[string]string{"e1": "NewThing"},
			})
			b.now = start.Add(day - time.Second)
			if k := b.whole(); len(k.Live) != 1 {
				b.Errorf("live %v within a day, want one", k.Live)
			}
			b.now = start.Add(30*day - time.Second)
			if k := b.whole(); len(k.Records) != 3 || len(k.Live) != 0 || len(k.AlertsTold) != 1 || len(k.Noted) != 1 {
				b.Errorf("within 30 days %d records, live %v, told %v, noted %v; want 3, none, one, one", len(k.Records), k.Live, k.AlertsTold, k.Noted)
			}
			b.now = start.Add(400*day - time.Second)
			b.holds(ledger.Known{Records: []ledger.Record{done, believed, root}})
			b.now = start.Add(400 * day)
			b.holds(ledger.Known{Records: []ledger.Record{believed, root}})
			b.save(ledger.Changes{Puts: []ledger.Record{a}, Live: map[string]time.Time{"AIDA1": b.now}})
			b.holds(ledger.Known{Records: []ledger.Record{a, believed, root}, Live: map[string]time.Time{"AIDA1": b.now}})
		},
		"an audit and two watches lose no update": concurrent,
	}
}

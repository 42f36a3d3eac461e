package order_test

import (
	"cmp"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"iamvigil/internal/order"
)

type pair struct{ key, place int }

func TestOrder(t *testing.T) {
	byKey := func(a, b pair) int { return cmp.Compare(a.key, b.key) }
	rapid.Check(t, func(t *rapid.T) {
		var list []pair
		for i, key := range rapid.SliceOf(rapid.IntRange(0, 5)).Draw(t, "keys") {
			list = append(list, pair{key, i})
		}
		want := slices.Clone(list)
		slices.SortStableFunc(want, byKey)
		stable := slices.Clone(list)
		if order.Stable(stable, byKey); !slices.Equal(stable, want) {
			t.Fatalf("%v, want %v", stable, want)
		}
		if order.By(list, byKey); !slices.IsSortedFunc(list, byKey) {
			t.Fatalf("%v is in no order", list)
		}
	})
}

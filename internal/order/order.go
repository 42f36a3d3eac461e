// Package order sorts slices of large structs. The sorts of package slices are
// compiled anew for each type, at some 20 KiB each: over the types that are
// sorted here, half a MiB of each function's program. These cost a few hundred
// bytes a type.
package order

import "sort"

// By sorts the list in ascending order as compare says; equal elements in any
// order.
func By[T any](list []T, compare func(a, b T) int) { sort.Sort(by[T]{list, compare}) }

// Stable is [By], but keeps equal elements in their order.
func Stable[T any](list []T, compare func(a, b T) int) { sort.Stable(by[T]{list, compare}) }

type by[T any] struct {
	list    []T
	compare func(a, b T) int
}

func (b by[T]) Len() int           { return len(b.list) }
func (b by[T]) Less(i, j int) bool { return b.compare(b.list[i], b.list[j]) < 0 }
func (b by[T]) Swap(i, j int)      { b.list[i], b.list[j] = b.list[j], b.list[i] }

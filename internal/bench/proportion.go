package main

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"syscall"
	"text/tabwriter"
	"time"

	"iamvigil/internal/awstest"
	"iamvigil/scanner"
	"iamvigil/scanner/account"
	"iamvigil/scanner/rules"
)

// proportion measures scans of accounts of one shape and several sizes: what a
// scan costs must grow no faster than the account.
func (t tools) proportion(ctx context.Context, w *tabwriter.Writer) error {
	fmt.Fprintln(w, "scan of an account\tcalls\twall s\town CPU s\tpeak MiB")
	sizes := []int{500, 1000, 2000, 4000}
	var calls []int
	var all []figures
	for _, users := range sizes {
		f, n, err := t.measureScan(ctx, []string{"-users", strconv.Itoa(users), "-roles", strconv.Itoa(users / 20)})
		if err != nil {
			return err
		}
		calls, all = append(calls, n), append(all, f)
		fmt.Fprintf(w, "%d users, %d roles\t%d\t%.2f\t%.2f\t%.0f\n", users, users/20, n, f.wall.Seconds(), f.cpu.Seconds(), mib(f.peak))
	}
	last := len(sizes) - 1
	fmt.Fprintf(w, "%d times the account\t%.1f times\t%.1f times\t%.1f times\t%.1f times\n\n", sizes[last]/sizes[0],
		float64(calls[last])/float64(calls[0]), float64(all[last].wall)/float64(all[0].wall),
		float64(all[last].cpu)/float64(all[0].cpu), float64(all[last].peak)/float64(all[0].peak))
	return nil
}

// rulesAlone measures all rules, opt-in ones among them, over the account at IAM's
// quotas on one core, collecting garbage included. What only opt-in rules read is
// not in it.
func rulesAlone(w *tabwriter.Writer) error {
	s := awstest.Large(awstest.Largest())
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	var all []time.Duration
	for range runs {
		runtime.GC()
		before, err := ownCPU()
		if err != nil {
			return err
		}
		scanner.Evaluate(s, account.Scope{Whole: true}, rules.All(), awstest.Epoch())
		after, err := ownCPU()
		if err != nil {
			return err
		}
		all = append(all, after-before)
	}
	slices.Sort(all)
	fmt.Fprintln(w, "all rules, permissions and paths, one core\tCPU s\tat most")
	fmt.Fprintf(w, "at IAM's quotas\t%.2f\t2\n\n", all[len(all)/2].Seconds())
	return nil
}

// ownCPU is what this process has used so far.
func ownCPU() (time.Duration, error) {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0, fmt.Errorf("read this process's CPU time: %w", err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()), nil
}

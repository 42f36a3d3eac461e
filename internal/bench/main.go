// Command bench measures the budgets of docs/design.md: whole processes against
// an emulated account that is served from a process of its own. It judges
// nothing; it prints what it measured, the floor beside it.
package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"iamvigil/internal/awstest"
)

// runs of each measurement, of which the median counts.
const runs = 5

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Minute)
	defer cancel()
	if err := bench(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func bench(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "iamvigil-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	tools, err := build(ctx, dir)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "%s, %d CPUs, %s; 30 ms a call and 1 ms per 20 KB; medians of %d runs after one more\n\n", runtime.Version(), runtime.NumCPU(), runtime.GOARCH, runs)
	if err := tools.sizes(w); err != nil {
		return err
	}
	if err := tools.scans(ctx, w); err != nil {
		return err
	}
	if err := tools.proportion(ctx, w); err != nil {
		return err
	}
	if err := rulesAlone(w); err != nil {
		return err
	}
	if err := tools.watches(ctx, w); err != nil {
		return err
	}
	return w.Flush()
}

// tools are the built programs.
type tools struct{ scan, floor, serve, audit, watch, remediate string }

func build(ctx context.Context, dir string) (tools, error) {
	bootstrap := func(function string) string { return filepath.Join(dir, "lambda", function, "bootstrap") }
	t := tools{
		scan: filepath.Join(dir, "iamvigil"), floor: filepath.Join(dir, "floor"), serve: filepath.Join(dir, "serve"),
		audit: bootstrap("audit"), watch: bootstrap("watch"), remediate: bootstrap("remediate"),
	}
	for _, args := range [][]string{
		{"make", "-s", "BIN=" + dir, t.scan, t.audit, t.watch, t.remediate}, // as they are deployed
		{"go", "build", "-o", t.floor, "-tags", "nethttpomithttp2", "-ldflags", "-s -w", "./internal/bench/floor"},
		{"go", "build", "-o", t.serve, "./internal/awstest/serve"},
	} {
		cmd := exec.CommandContext(ctx, args[0], args[1:]...)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if text, err := cmd.CombinedOutput(); err != nil {
			return t, fmt.Errorf("%s: %w: %s", strings.Join(args, " "), err, text)
		}
	}
	return t, nil
}

func (t tools) sizes(w *tabwriter.Writer) error {
	fmt.Fprintln(w, "bootstrap\tMiB\tat most")
	for _, file := range []string{t.audit, t.watch, t.remediate} {
		info, err := os.Stat(file)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s\t%.2f\t12\n", filepath.Base(filepath.Dir(file)), float64(info.Size())/(1<<20))
	}
	fmt.Fprintln(w)
	return nil
}

// figures are what a process came to.
type figures struct {
	wall, cpu time.Duration
	peak      int64 // bytes
}

func (t tools) scans(ctx context.Context, w *tabwriter.Writer) error {
	fmt.Fprintln(w, "scan of an account\tfloor s\tscan s\tat most\tfloor MiB\tscan MiB\tat most\tcalls, floor\tscan")
	for _, a := range []struct {
		name string
		args []string
		peak string
	}{
		{"1,000 users", []string{"-users", "1000", "-roles", "50"}, "96"},
		{"5,000 users", []string{"-users", "5000", "-roles", "50"}, "96"},
		{"at IAM's quotas", []string{"-largest"}, "128"},
	} {
		floor, floorCalls, err := t.measure(ctx, a.args, t.floor)
		if err != nil {
			return err
		}
		scan, scanCalls, err := t.measureScan(ctx, a.args)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s\t%.2f\t%.2f\t%.2f\t%.0f\t%.0f\t%s\t%d\t%d\n", a.name, floor.wall.Seconds(), scan.wall.Seconds(),
			1.2*floor.wall.Seconds()+0.3, mib(floor.peak), mib(scan.peak), a.peak, floorCalls, scanCalls)
	}
	fmt.Fprintln(w)
	return nil
}

func (t tools) measureScan(ctx context.Context, account []string) (figures, int, error) {
	return t.measure(ctx, account, t.scan, "scan", "--format", "json", "--now", awstest.Epoch().Format(time.RFC3339))
}

func mib(n int64) float64 { return float64(n) / (1 << 20) }

// measure runs a program against an account of its own, and tells its median
// figures and the calls of one run.
func (t tools) measure(ctx context.Context, account []string, program string, args ...string) (figures, int, error) {
	s, err := serve(ctx, t.serve, account...)
	if err != nil {
		return figures{}, 0, err
	}
	var all []figures
	for n := range runs + 1 {
		f, err := run(ctx, s.url, program, args...)
		if err != nil {
			_, _ = s.stop()
			return figures{}, 0, err
		}
		if n > 0 {
			all = append(all, f)
		}
	}
	calls, err := s.stop()
	return median(all), calls / (runs + 1), err
}

func median(all []figures) figures {
	middle := func(of func(figures) int64) int64 {
		slices.SortFunc(all, func(a, b figures) int { return cmp.Compare(of(a), of(b)) })
		return of(all[len(all)/2])
	}
	return figures{
		wall: time.Duration(middle(func(f figures) int64 { return int64(f.wall) })),
		cpu:  time.Duration(middle(func(f figures) int64 { return int64(f.cpu) })),
		peak: middle(func(f figures) int64 { return f.peak }),
	}
}

// run runs a program to its end. Exit status 3 and 4 of a scan are answers.
func run(ctx context.Context, url, program string, args ...string) (figures, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = environment(url)
	cmd.Stderr = os.Stderr
	started := time.Now()
	err := cmd.Run()
	wall := time.Since(started)
	if cmd.ProcessState == nil {
		return figures{}, fmt.Errorf("run %s: %w", program, err)
	}
	if code := cmd.ProcessState.ExitCode(); code != 0 && code != 3 && code != 4 {
		return figures{}, fmt.Errorf("run %s: %w", program, err)
	}
	return figures{wall, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), peak(cmd.ProcessState)}, nil
}

// peak is the largest resident set of a process that has ended; Linux counts it
// in KiB.
func peak(state *os.ProcessState) int64 {
	usage, ok := state.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	return usage.Maxrss * 1024
}

func environment(url string) []string {
	return []string{
		"AWS_ENDPOINT_URL=" + url, "AWS_REGION=" + awstest.Region, "AWS_ACCESS_KEY_ID=ASIABENCH",
		"AWS_SECRET_ACCESS_KEY=secret", "AWS_SESSION_TOKEN=token", "HOME=" + os.TempDir(), "AWS_EC2_METADATA_DISABLED=true",
	}
}

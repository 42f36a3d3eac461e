package remediate_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"iamvigil/scanner/account"
)

var update = flag.Bool("update", false, "write the golden files")

func throttled() error {
	return &smithy.GenericAPIError{Code: "Throttling", Message: "Rate exceeded"}
}

func denied() error {
	return &smithy.GenericAPIError{Code: "AccessDenied", Message: "User: remediate is not authorized"}
}

// fault is one way in which a call fails. The errors are those that IAM's API
// lists for its reads and for UpdateAccessKey and AttachUserPolicy, and those of
// every call.
type fault struct {
	name  string
	after bool // the call is carried out, and the answer says otherwise
	err   func() error
	// edit is what a person does at that moment.
	edit func(*play, string)
}

func (f fault) String() string {
	if f.after {
		return f.name + ", after"
	}
	return f.name
}

// killed is how a function ends that Lambda kills.
type killed struct{}

func kill() error { panic(killed{}) }

// faultsOf are the ways in which a call fails.
func faultsOf(name string) []fault {
	faults := map[string]func() error{"killed": kill}
	after := slices.Contains([]string{"take the lease", "save cases and round", "journal the intent", "journal the outcome", "tell"}, name)
	switch {
	case isWrite(name):
		after = true
		faults["ConcurrentModification"] = func() error { return &types.ConcurrentModificationException{Message: aws.String("retry")} }
		faults["EntityTemporarilyUnmodifiable"] = func() error { return &types.EntityTemporarilyUnmodifiableException{Message: aws.String("wait")} }
		faults["LimitExceeded"] = func() error {
			return &types.LimitExceededException{Message: aws.String("Cannot exceed quota for PoliciesPerUser: 10")}
		}
		fallthrough
	case isIAM(name):
		faults["Throttling"], faults["AccessDenied"] = throttled, denied
		faults["timeout"] = func() error { return context.DeadlineExceeded }
		faults["NoSuchEntity"] = func() error { return &types.NoSuchEntityException{Message: aws.String("cannot be found")} }
	default:
		faults["error"] = func() error { return errors.New("unreachable") }
	}
	var all []fault
	for _, name := range slices.Sorted(maps.Keys(faults)) {
		all = append(all, fault{name: name, err: faults[name]})
		if after {
			all = append(all, fault{name: name, after: true, err: faults[name]})
		}
	}
	if isWrite(name) {
		all = append(all,
			fault{name: "a person did it", edit: func(p *play, target string) { p.edit(target, account.Inactive) }},
			fault{name: "a person takes it back", after: true, edit: func(p *play, target string) { p.edit(target, account.Active) }},
			fault{name: "a person deletes the user", edit: func(p *play, _ string) { p.remove("ann") }},
			fault{name: "a person deletes the user", after: true, edit: func(p *play, _ string) { p.remove("ann") }})
	}
	return all
}

// edit is a person's change of the target, to what the act makes or made it.
func (p *play) edit(target, status string) {
	u := p.userOf("ann")
	if k := keyOf(u, target); k != nil {
		k.Status = status
		return
	}
	u.Attached = slices.DeleteFunc(u.Attached, func(a account.Attachment) bool { return a.ARN == target })
	if status == account.Inactive {
		u.Attached = append(u.Attached, account.Attachment{ARN: target})
	}
}

func (p *play) remove(name string) {
	p.iam.truth.Users = slices.DeleteFunc(p.iam.truth.Users, func(u account.User) bool { return u.Name == name })
}

func isWrite(name string) bool { return name == "UpdateAccessKey" || name == "AttachUserPolicy" }

func isIAM(name string) bool { return name[0] >= 'A' && name[0] <= 'Z' }

// cases are one act of each cure, with what it takes.
var cases = []struct {
	cure    string
	arrange func(*world)
	// targets are what is inactive or attached in the end.
	targets []string
}{
	{"deactivate-key", func(w *world) { w.keyUser("ann", "key-unused") }, []string{"AKIA1001"}},
	{"contain-console", func(w *world) { w.consoleUser("ann", "user-console-unused") }, []string{denyLogin}},
	{"contain-console (MFA)", func(w *world) {
		w.consoleUser("ann", "user-console-without-mfa").Attached = []account.Attachment{{ARN: enrolARN, Name: "enrol"}}
		w.account.Policies = append(w.account.Policies, enrolment())
	}, []string{denyMFA}},
	{"quarantine", func(w *world) {
		u := w.keyUser("ann")
		w.finding(u, "user-unused", "", map[string]string{"created": stamp(u.Created), "last_used": stamp(u.Keys[0].LastUsed)})
		for range 2 {
			w.keyUser("busy" + fmt.Sprint(len(w.account.Users)))
		}
	}, []string{denyAll, "AKIA1001"}},
}

// Every call of every cure fails in turn. Nothing is ever changed that the
// journal does not tell of, and the next run finishes it or finds it done.
func TestFaults(t *testing.T) {
	tried := map[row]map[string]map[string]bool{}
	for _, c := range cases {
		for _, trial := range trialsOf(t, c.arrange, c.targets) {
			t.Run(fmt.Sprintf("%s/%d %s/%s", c.cure, trial.n, trial.label, trial.fault), func(t *testing.T) {
				r := trial.play(t, c.arrange, c.targets)
				of := c.cure
				if len(c.targets) > 1 && trial.target != "" {
					of += map[bool]string{true: " (policy)", false: " (key)"}[trial.target == c.targets[0]]
				}
				if tried[r] == nil {
					tried[r] = map[string]map[string]bool{}
				}
				if tried[r][of] == nil {
					tried[r][of] = map[string]bool{}
				}
				tried[r][of][trial.fault.name] = true
			})
		}
	}
	var lines []string
	for r, byCure := range tried {
		lines = append(lines, r.lines(byCure)...)
	}
	slices.Sort(lines)
	golden(t, "testdata/faults.md", "| call | cure | fault | carried out | the run tells | the journal then has | the next run tells |\n|---|---|---|---|---|---|---|\n"+strings.Join(lines, "\n")+"\n")
}

// row is one of the table, about the act that a call belongs to, or all acts.
type row struct{ call, carriedOut, run, journal, next string }

// lines are one for all cures in which the same faults come to this.
func (r row) lines(byCure map[string]map[string]bool) []string {
	cures := map[string][]string{}
	for _, cure := range slices.Sorted(maps.Keys(byCure)) {
		faults := strings.Join(slices.Sorted(maps.Keys(byCure[cure])), ", ")
		cures[faults] = append(cures[faults], cure)
	}
	var lines []string
	for faults, of := range cures {
		whole := slices.Contains(of, "quarantine") || slices.Contains(of, "quarantine (key)") && slices.Contains(of, "quarantine (policy)")
		if whole && slices.Contains(of, "deactivate-key") && slices.Contains(of, "contain-console") && slices.Contains(of, "contain-console (MFA)") {
			of = []string{"every"}
		}
		lines = append(lines, fmt.Sprintf("| %s | %s | %s | %s | %s | %s | %s |", r.call, strings.Join(of, ", "), faults, r.carriedOut, r.run, r.journal, r.next))
	}
	return lines
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (-want +got); go test ./remediate -run TestFaults -update writes it:\n%s", path, diff)
	}
}

// trial is one call failing in one way on the night of the act.
type trial struct {
	n     int // of the calls of that night
	label string
	// target is that of the act which the call belongs to; empty: none.
	target string
	fault
}

func trialsOf(t *testing.T, arrange func(*world), targets []string) []trial {
	w := newWorld()
	arrange(w)
	p := begin(t, w)
	p.until(6)
	from := len(p.script.calls)
	if counts := p.night(7); counts.Done == 0 {
		t.Fatalf("nothing is done on the seventh night: %+v, %+v", counts, p.told.told[len(p.told.told)-1])
	}
	var all []trial
	acts, stage := 0, ""
	for n, name := range p.script.calls[from:] {
		switch {
		case name == "read the switch" && stage == "":
			stage = "plan"
		case name == "read the switch":
			stage = "exemption"
		case name == "journal the intent":
			stage = "live look"
		case isWrite(name):
			stage = "read back"
		case name == "tell":
			stage = ""
		}
		one := trial{n: n, label: name}
		if isIAM(name) && !isWrite(name) {
			one.label += " (" + stage + ")"
		}
		if stage != "" && stage != "plan" {
			one.target = targets[acts]
		}
		if name == "journal the outcome" {
			acts++
		}
		for _, f := range faultsOf(name) {
			one.fault = f
			all = append(all, one)
		}
	}
	return all
}

// play goes through the nights with the fault, and gives its row of the table.
func (trial trial) play(t *testing.T, arrange func(*world), targets []string) row {
	w := newWorld()
	arrange(w)
	p := begin(t, w)
	p.until(6)
	from, told := len(p.script.calls), len(p.told.told)
	p.script.befall = func(n int, _ string, after bool) error {
		switch {
		case n-from != trial.n || after != trial.after:
			return nil
		case trial.edit != nil:
			trial.edit(p, trial.target)
			return nil
		}
		return trial.err()
	}
	r := row{call: trial.label, carriedOut: map[bool]string{true: "yes", false: "no"}[trial.after]}
	r.run = p.faulty(7)
	p.script.befall = nil
	if trial.edit == nil {
		p.nothingUntold(targets)
	}
	r.journal = p.journalled(trial.target)
	if r.run == "" {
		r.run = p.toldSince(told, trial.target)
	}
	told = len(p.told.told)
	p.night(8)
	r.next = p.toldSince(told, trial.target)
	p.night(9)
	p.closed()
	if trial.edit == nil {
		p.finished(targets)
	}
	return r
}

// faulty runs on a night, and says how the run ended if not as it should.
func (p *play) faulty(n int) (how string) {
	p.next = n + 1
	p.clock.set(night.AddDate(0, 0, n))
	defer func() {
		if r := recover(); r != nil {
			if _, was := r.(killed); !was {
				panic(r)
			}
			how = "killed"
		}
	}()
	if _, err := p.runner.Run(p.Context()); err != nil {
		return "error"
	}
	return ""
}

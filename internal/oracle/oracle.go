// Package oracle holds answers of other evaluators of IAM policies, and the cases
// that they were given: what scanner/policy says of them is tried against these.
//
// The cases are drawn from a seed, so that only the answers are kept, a letter
// each. Command ask has them answered anew.
package oracle

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Case is one request by a user of [Account] and the policies of that user.
type Case struct {
	Policies []string `json:"policies"`
	// Boundary is a document, or empty: the user has none.
	Boundary string              `json:"boundary"`
	Action   string              `json:"action"`
	Resource string              `json:"resource"`
	Context  map[string][]string `json:"context"`
}

// Account and User are those that every case is about.
const (
	Account = "123456789012"
	User    = "arn:aws:iam::123456789012:user/staff/alice"
)

// Answer is what an evaluator says to a case.
type Answer byte

// The answers.
const (
	Allowed      Answer = 'a'
	ImplicitDeny Answer = 'i'
	ExplicitDeny Answer = 'e'
	// Refused: the evaluator does not take the case, for a reason of its own.
	Refused Answer = '-'
)

// Answers are those of one evaluator.
type Answers struct {
	// By names the evaluator and its version, On is the day on which it was asked,
	// such as 2026-11-23.
	By, On string
	// Seed and Count are of [Cases].
	Seed  uint64
	Count int
	// Digest is [Digest] of the cases: answers to other cases are none.
	Digest string
	Given  []Answer
}

// Digest tells cases apart from others that the same seed may give once the code
// that draws them has changed.
func Digest(cases []Case) (string, error) {
	sum := sha256.New()
	if err := json.NewEncoder(sum).Encode(cases); err != nil {
		return "", fmt.Errorf("digest the cases: %w", err)
	}
	return hex.EncodeToString(sum.Sum(nil)[:16]), nil
}

// perLine is how many answers are in a line.
const perLine = 100

// Write writes the answers as [Read] reads them.
func (a *Answers) Write(w io.Writer) error {
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "by: %s\non: %s\nseed: %d\ncount: %d\ncases: %s\n\n", a.By, a.On, a.Seed, a.Count, a.Digest)
	for i, answer := range a.Given {
		_ = b.WriteByte(byte(answer)) // Flush tells
		if (i+1)%perLine == 0 || i+1 == len(a.Given) {
			_ = b.WriteByte('\n')
		}
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("write answers: %w", err)
	}
	return nil
}

// Read reads answers. There must be as many as there are said to be.
func Read(r io.Reader) (*Answers, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("read answers: %w", err)
	}
	head, body, found := strings.Cut(string(text), "\n\n")
	if !found {
		return nil, errors.New("read answers: no empty line ends their head")
	}
	a := &Answers{}
	for line := range strings.Lines(head) {
		if err := a.field(strings.TrimSpace(line)); err != nil {
			return nil, err
		}
	}
	for _, letter := range []byte(strings.ReplaceAll(body, "\n", "")) {
		a.Given = append(a.Given, Answer(letter))
	}
	if len(a.Given) != a.Count {
		return nil, fmt.Errorf("read answers: there are %d, not %d", len(a.Given), a.Count)
	}
	return a, nil
}

func (a *Answers) field(line string) (err error) {
	name, value, _ := strings.Cut(line, ": ")
	switch name {
	case "by":
		a.By = value
	case "on":
		a.On = value
	case "seed":
		a.Seed, err = strconv.ParseUint(value, 10, 64)
	case "count":
		a.Count, err = strconv.Atoi(value)
	case "cases":
		a.Digest = value
	default:
		err = fmt.Errorf("%.40q is no field", line)
	}
	if err != nil {
		return fmt.Errorf("read answers: %w", err)
	}
	return nil
}

package client

import (
	"strings"

	"github.com/taxonhq/taxon/sdk/protocol"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
	"github.com/taxonhq/taxon/sdk/protocol/column"
)

const (
	maxText    = 4 << 10 // bytes of a text tag or argument
	maxReasons = 32      // of one customer
	maxProblem = 1 << 10 // bytes of a problem's message
)

// checker checks the answers of one Classify call. It reuses its memory and serves one goroutine.
type checker struct {
	client  *Client
	explain bool
	tags    []tagRule
	reader  column.Reader
	reasons []uint8 // scratch: reasons of each customer
	problem bool    // of the batch: there is a customer with a problem
	faulty  []bool  // scratch: customers with a problem
	bare    []int   // scratch: customers called unclassified
}

type tagRule struct {
	key     string
	kind    pb.ValueType
	options map[string]bool // nil: any value
}

func (c *Client) checker(tags []*pb.TagDefinition, explain bool) *checker {
	k := &checker{client: c, explain: explain}
	for _, t := range tags {
		rule := tagRule{key: t.GetKey(), kind: t.GetType()}
		for _, o := range t.GetOptions() {
			if rule.options == nil {
				rule.options = map[string]bool{}
			}
			rule.options[o.GetCode()] = true
		}
		k.tags = append(k.tags, rule)
	}
	return k
}

// answer checks the answer to a batch of n customers.
func (k *checker) answer(n int, a *pb.ClassifyResponse) error {
	if len(a.GetTags()) != len(k.tags) {
		return k.client.violation("it answers %d tags, the configuration emits %d", len(a.GetTags()), len(k.tags))
	}
	k.reasons = zeroed(k.reasons, n)
	k.faulty = zeroed(k.faulty, n)
	k.bare = k.bare[:0]
	k.problem = len(a.GetProblems()) > 0
	if err := k.problems(n, a.GetProblems()); err != nil {
		return err
	}
	for i, c := range a.GetTags() {
		if err := k.tag(n, &k.tags[i], c); err != nil {
			return err
		}
	}
	if err := k.explanations(n, a.GetReasons()); err != nil {
		return err
	}
	if !k.explain {
		return nil
	}
	for _, i := range k.bare {
		if k.reasons[i] == 0 {
			return k.client.violation("it calls a customer %s without a reason", protocol.Unclassified)
		}
	}
	return nil
}

func zeroed[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	s = s[:n]
	clear(s)
	return s
}

func (k *checker) problems(n int, problems []*pb.Problem) error {
	for _, p := range problems {
		i := p.GetCustomer()
		switch {
		case int(i) >= n:
			return k.client.violation("a problem is of customer %d in a batch of %d", i, n)
		case k.faulty[i]:
			return k.client.violation("a customer has two problems")
		case p.GetCode() == "" || len(p.GetCode()) > 64 || len(p.GetMessage()) > maxProblem:
			return k.client.violation("a problem has no code, or too long a text")
		}
		k.faulty[i] = true
	}
	return nil
}

// tag checks the column of one tag.
func (k *checker) tag(n int, rule *tagRule, c *pb.Column) error {
	if err := k.reader.Reset(c, rule.kind, false, n); err != nil {
		return k.client.violation("the column of the tag %s is not valid: %v", clip(rule.key), err)
	}
	text := rule.kind == column.Text
	if !text && !k.problem {
		return nil
	}
	for i := range n {
		if k.reader.Missing(i) {
			continue
		}
		if k.faulty[i] {
			return k.client.violation("a customer with a problem has the tag %s too", clip(rule.key))
		}
		if !text {
			continue
		}
		value := k.reader.Text(i)
		if rule.options != nil && !rule.options[value] {
			return k.client.violation("it answers the option %s of the tag %s, which is not declared", clip(value), clip(rule.key))
		}
		if rule.key == "" && value == protocol.Unclassified {
			k.bare = append(k.bare, i)
		}
		if err := k.text(value); err != nil {
			return err
		}
	}
	return nil
}

func (k *checker) text(value string) error {
	if len(value) > maxText || strings.IndexByte(value, 0) >= 0 {
		return k.client.violation("a text has more than %d bytes, or a zero byte", maxText)
	}
	return nil
}

// explanations checks the reasons.
func (k *checker) explanations(n int, all []*pb.Reasons) error {
	definitions := k.client.manifest.GetReasons()
	if len(all) > len(definitions) {
		return k.client.violation("it answers %d kinds of reasons, its manifest declares %d", len(all), len(definitions))
	}
	seen := make([]bool, len(definitions))
	for _, r := range all {
		d := int(r.GetDefinition())
		if d >= len(definitions) {
			return k.client.violation("it answers reason %d, its manifest declares %d", d, len(definitions))
		}
		if seen[d] {
			return k.client.violation("it answers the reason %s twice in a batch", definitions[d].GetCode())
		}
		seen[d] = true
		if err := k.reason(n, definitions[d], r); err != nil {
			return err
		}
	}
	return nil
}

func (k *checker) reason(n int, definition *pb.ReasonDefinition, r *pb.Reasons) error {
	code, count := definition.GetCode(), len(r.GetCustomers())
	if len(r.GetPlaces()) != count {
		return k.client.violation("the reason %s has %d places for %d customers", code, len(r.GetPlaces()), count)
	}
	for j, i := range r.GetCustomers() {
		if int(i) >= n {
			return k.client.violation("the reason %s is of customer %d in a batch of %d", code, i, n)
		}
		if k.reasons[i]++; k.reasons[i] > maxReasons || r.GetPlaces()[j] >= maxReasons {
			return k.client.violation("a customer has more than %d reasons", maxReasons)
		}
	}
	if len(r.GetArguments()) != len(definition.GetArguments()) {
		return k.client.violation("the reason %s has %d arguments, its manifest declares %d", code, len(r.GetArguments()), len(definition.GetArguments()))
	}
	for j, argument := range definition.GetArguments() {
		if err := k.reader.Reset(r.GetArguments()[j], argument.GetType(), false, count); err != nil {
			return k.client.violation("the argument %s of the reason %s is not valid: %v", argument.GetName(), code, err)
		}
		if argument.GetType() != column.Text {
			continue
		}
		for i := range count {
			if err := k.text(k.reader.Text(i)); err != nil {
				return err
			}
		}
	}
	return nil
}

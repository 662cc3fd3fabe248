package sdktest

import (
	"errors"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/taxonhq/taxon/sdk"
	"github.com/taxonhq/taxon/sdk/protocol"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
	"github.com/taxonhq/taxon/sdk/protocol/column"
)

// Result is what a plugin says about one customer, as text: integers, amounts (minor units) and numbers in
// decimal, dates as days since 1970-01-01, times in microseconds.
type Result struct {
	Tags    map[string]string // by key; a tag that was not set is not there
	Reasons []Reason          // in their order
	Problem string            // code of a problem; then there are no tags
}

// Class is the main tag.
func (r Result) Class() string { return r.Tags[""] }

// Reason is a reason with its arguments by name.
type Reason struct {
	Code string
	Args map[string]string
	Text string // English, arguments filled in
}

// String is everything in one line, for comparing.
func (r Result) String() string {
	var parts []string
	for key, v := range r.Tags {
		parts = append(parts, key+"="+strconv.Quote(v))
	}
	sort.Strings(parts)
	if r.Problem != "" {
		parts = append(parts, "problem "+r.Problem)
	}
	for _, reason := range r.Reasons {
		parts = append(parts, fmt.Sprint("because ", reason.Code, reason.Args))
	}
	return strings.Join(parts, " ")
}

// contract is what an instance may answer.
type contract struct {
	tags    []*pb.TagDefinition
	reasons []*pb.ReasonDefinition
}

// decode reads an answer and refuses everything that a host would refuse.
func (c contract) decode(b *pb.CustomerBatch, a *pb.ClassifyResponse) ([]Result, error) {
	n := len(b.GetKeys()) / protocol.KeyBytes
	if len(a.GetTags()) != len(c.tags) {
		return nil, fmt.Errorf("the answer has %d columns for %d tags", len(a.GetTags()), len(c.tags))
	}
	results := make([]Result, n)
	for i := range results {
		results[i].Tags = map[string]string{}
	}
	var reader column.Reader
	for i, t := range c.tags {
		if err := reader.Reset(a.GetTags()[i], t.GetType(), false, n); err != nil {
			return nil, fmt.Errorf("tag %q: %w", t.GetKey(), err)
		}
		for at := range n {
			if reader.Missing(at) {
				continue
			}
			text := textOf(&reader, at)
			if len(t.GetOptions()) > 0 && !t.GetOpen() && !hasOption(t, text) {
				return nil, fmt.Errorf("tag %q has the value %q, which is no option", t.GetKey(), text)
			}
			results[at].Tags[t.GetKey()] = text
		}
	}
	if err := c.problems(a, results); err != nil {
		return nil, err
	}
	return results, c.reasonsOf(a, results)
}

func hasOption(t *pb.TagDefinition, code string) bool {
	return slices.ContainsFunc(t.GetOptions(), func(o *pb.TagOption) bool { return o.GetCode() == code })
}

func textOf(r *column.Reader, i int) string {
	switch r.Type() {
	case column.Text:
		return r.Text(i)
	case column.Number:
		return strconv.FormatFloat(r.Float(i), 'f', -1, 64)
	case column.Boolean:
		return strconv.FormatBool(r.Bool(i))
	}
	return strconv.FormatInt(r.Int(i), 10)
}

func (c contract) problems(a *pb.ClassifyResponse, results []Result) error {
	for _, p := range a.GetProblems() {
		if int(p.GetCustomer()) >= len(results) {
			return fmt.Errorf("a problem names customer %d of %d", p.GetCustomer(), len(results))
		}
		r := &results[p.GetCustomer()]
		if p.GetCode() == "" || r.Problem != "" {
			return errors.New("a problem has no code, or a customer has two")
		}
		if len(r.Tags) > 0 {
			return fmt.Errorf("customer %d has a problem and tags", p.GetCustomer())
		}
		r.Problem = p.GetCode()
	}
	return nil
}

// placed is a reason with its place among those of its customer.
type placed struct {
	place  uint32
	reason Reason
}

func (c contract) reasonsOf(a *pb.ClassifyResponse, results []Result) error {
	found := make([][]placed, len(results))
	for _, group := range a.GetReasons() {
		if int(group.GetDefinition()) >= len(c.reasons) {
			return fmt.Errorf("reason %d is not declared", group.GetDefinition())
		}
		d := c.reasons[group.GetDefinition()]
		if len(group.GetPlaces()) != len(group.GetCustomers()) || len(group.GetArguments()) != len(d.GetArguments()) {
			return fmt.Errorf("reason %q has %d customers, %d places and %d arguments", d.GetCode(), len(group.GetCustomers()), len(group.GetPlaces()), len(group.GetArguments()))
		}
		readers := make([]column.Reader, len(d.GetArguments()))
		for i, arg := range d.GetArguments() {
			if err := readers[i].Reset(group.GetArguments()[i], arg.GetType(), false, len(group.GetCustomers())); err != nil {
				return fmt.Errorf("reason %q, argument %q: %w", d.GetCode(), arg.GetName(), err)
			}
		}
		for i, at := range group.GetCustomers() {
			if int(at) >= len(results) {
				return fmt.Errorf("reason %q names customer %d of %d", d.GetCode(), at, len(results))
			}
			r := Reason{Code: d.GetCode(), Args: map[string]string{}, Text: d.GetText().GetByLanguage()["en"]}
			for j, arg := range d.GetArguments() {
				text := ""
				if !readers[j].Missing(i) {
					text = textOf(&readers[j], i)
				}
				r.Args[arg.GetName()] = text
				if arg.GetType() == column.Date {
					text = sdk.Day(readers[j].Int(i)).String()
				}
				r.Text = strings.ReplaceAll(r.Text, "{"+arg.GetName()+"}", text)
			}
			found[at] = append(found[at], placed{group.GetPlaces()[i], r})
		}
	}
	for i, list := range found {
		sort.Slice(list, func(a, b int) bool { return list[a].place < list[b].place })
		for at, p := range list {
			if int(p.place) != at {
				return fmt.Errorf("the reasons of customer %d do not have the places 0, 1, 2 …", i)
			}
			results[i].Reasons = append(results[i].Reasons, p.reason)
		}
	}
	return nil
}

package sdk

import (
	"fmt"
	"math"
	"unicode/utf8"

	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
	"github.com/taxonhq/taxon/sdk/protocol/column"
)

// answer turns verdicts into the columns of a ClassifyResponse. Each stream has one.
type answer struct {
	tags     []tagColumn
	main     int // index of the main class tag, -1 when there is none
	reasons  []reasonColumn
	explain  bool
	problems []*pb.Problem
	given    []value // scratch: the values of one customer by tag
}

type tagColumn struct {
	key    string
	kind   Type
	codes  []string // allowed values; nil: any
	values *column.Builder
}

type reasonColumn struct {
	code      string
	kinds     []Type
	customers []uint32
	places    []uint32
	arguments []*column.Builder
}

func newAnswer(tags []*pb.TagDefinition, reasons []*pb.ReasonDefinition, explain bool) *answer {
	a := &answer{main: mainTag(tags), explain: explain, given: make([]value, len(tags))}
	for _, t := range tags {
		c := tagColumn{key: t.GetKey(), kind: t.GetType(), values: column.NewBuilder(t.GetType(), false)}
		if !t.GetOpen() {
			for _, o := range t.GetOptions() {
				c.codes = append(c.codes, o.GetCode())
			}
		}
		a.tags = append(a.tags, c)
	}
	for _, r := range reasons {
		c := reasonColumn{code: r.GetCode()}
		for _, arg := range r.GetArguments() {
			c.kinds = append(c.kinds, arg.GetType())
			c.arguments = append(c.arguments, column.NewBuilder(arg.GetType(), false))
		}
		a.reasons = append(a.reasons, c)
	}
	return a
}

// mainTag is the tag that Unclassified sets: the one with key "" if it is a class, else the first class.
func mainTag(tags []*pb.TagDefinition) int {
	first := -1
	for i, t := range tags {
		if len(t.GetOptions()) == 0 {
			continue
		}
		if t.GetKey() == "" {
			return i
		}
		if first < 0 {
			first = i
		}
	}
	return first
}

// add appends the verdict on one customer. An error is a mistake of the author: something undeclared.
func (a *answer) add(customer int, v *Verdict) error {
	clear(a.given)
	fault := v.problem
	for i := 0; fault == nil && i < v.count+len(v.more); i++ {
		s := &v.tags[min(i, len(v.tags)-1)]
		if i >= v.count {
			s = &v.more[i-v.count]
		}
		at, err := a.tag(s)
		if err != nil {
			return err
		}
		if a.given[at], err = a.tags[at].check(s.value); err != nil {
			return err
		}
		fault = unfit(a.given[at])
	}
	if fault != nil {
		clear(a.given)
		a.problems = append(a.problems, &pb.Problem{Customer: uint32(customer), Code: fault.code, Message: fault.message})
	}
	for i := range a.tags {
		appendValue(a.tags[i].values, a.given[i])
	}
	if fault == nil && a.explain {
		return a.because(customer, v)
	}
	return nil
}

func (a *answer) tag(s *setting) (int, error) {
	if s.key == mainKey {
		if a.main < 0 {
			return 0, fmt.Errorf("the plugin has no class tag that could be unclassified")
		}
		return a.main, nil
	}
	for i := range a.tags {
		if a.tags[i].key == s.key {
			return i, nil
		}
	}
	return 0, fmt.Errorf("the tag %q is not declared", s.key)
}

func (c *tagColumn) check(v value) (value, error) {
	v, ok := v.as(c.kind)
	if !ok {
		return v, fmt.Errorf("the tag %q has type %s and was set to another", c.key, c.kind)
	}
	if c.codes == nil {
		return v, nil
	}
	for _, code := range c.codes {
		if code == v.text {
			return v, nil
		}
	}
	return v, fmt.Errorf("the tag %q has no option %q", c.key, v.text)
}

// unfit says why a value cannot be sent although it has the right type: that is the fault of one customer's data.
func unfit(v value) *problem {
	switch v.kind {
	case Number:
		if f := math.Float64frombits(v.bits); math.IsNaN(f) || math.IsInf(f, 0) {
			return &problem{"not_finite", "the computed number is not finite"}
		}
	case Date:
		if d := int64(v.bits); d != int64(int32(d)) {
			return &problem{"out_of_range", "the computed date is out of range"}
		}
	case String:
		if !utf8.ValidString(v.text) {
			return &problem{"not_utf8", "the computed text is not UTF-8"}
		}
	}
	return nil
}

func appendValue(b *column.Builder, v value) {
	switch v.kind {
	case 0:
		b.Missing()
	case String:
		b.Text(v.text)
	case Number:
		b.Float(math.Float64frombits(v.bits))
	case Boolean:
		b.Bool(v.bits != 0)
	default:
		b.Int(int64(v.bits))
	}
}

func (a *answer) because(customer int, v *Verdict) error {
	args := v.args
	for place := range v.because + len(v.further) {
		r := &v.reasons[min(place, len(v.reasons)-1)]
		if place >= v.because {
			r = &v.further[place-v.because]
		}
		if err := a.reason(customer, place, r.code, args[:r.args]); err != nil {
			return err
		}
		args = args[r.args:]
	}
	return nil
}

func (a *answer) reason(customer, place int, code string, args []value) error {
	at := -1
	for i := range a.reasons {
		if a.reasons[i].code == code {
			at = i
			break
		}
	}
	if at < 0 {
		return fmt.Errorf("the reason %q is not declared", code)
	}
	c := &a.reasons[at]
	if len(args) != len(c.kinds) {
		return fmt.Errorf("the reason %q has %d arguments, %d are declared", code, len(args), len(c.kinds))
	}
	for i, kind := range c.kinds {
		x, ok := args[i].as(kind)
		if !ok {
			return fmt.Errorf("argument %d of the reason %q has type %s and was given another", i, code, kind)
		}
		if unfit(x) != nil {
			x = value{}
		}
		appendValue(c.arguments[i], x)
	}
	c.customers = append(c.customers, uint32(customer))
	c.places = append(c.places, uint32(place))
	return nil
}

// response is the answer to a batch; a is empty again.
func (a *answer) response(sequence uint64) *pb.ClassifyResponse {
	m := &pb.ClassifyResponse{Sequence: sequence, Tags: make([]*pb.Column, len(a.tags)), Problems: a.problems}
	for i := range a.tags {
		m.Tags[i] = a.tags[i].values.Column()
	}
	for i := range a.reasons {
		c := &a.reasons[i]
		if len(c.customers) == 0 {
			continue
		}
		r := &pb.Reasons{Definition: uint32(i), Customers: c.customers, Places: c.places}
		for _, b := range c.arguments {
			r.Arguments = append(r.Arguments, b.Column())
		}
		m.Reasons = append(m.Reasons, r)
		c.customers, c.places = make([]uint32, 0, len(c.customers)), make([]uint32, 0, len(c.places))
	}
	a.problems = nil
	return m
}

package need

import (
	"encoding/binary"
	"errors"
	"slices"

	"github.com/taxonhq/taxon/plugins/internal/textfold"
	"github.com/taxonhq/taxon/sdk"
)

// The axes.
const (
	price = iota
	quality
	service
	fashion
	axes
)

var axisCodes = [axes]string{"price", "quality", "service", "fashion"}

// The signals.
const (
	discount = iota
	priceWords
	series
	qualityWords
	tickets
	serviceWords
	kind
	fashionWords
	signals
)

var signalNames = [signals]string{"discount", "price_words", "series", "quality_words", "tickets", "service_words", "kind", "fashion_words"}

// axisSignals are the signals of each axis: its own one, and words.
var axisSignals = [axes][2]int{{discount, priceWords}, {series, qualityWords}, {tickets, serviceWords}, {kind, fashionWords}}

// most is what a signal has at most: all of it, in thousandths.
const most = 1000

// signal is a share in thousandths, of so many deals or texts.
type signal struct {
	known     bool
	value, of int64
}

// evidence is what a customer shows.
type evidence struct {
	signals  [signals]signal
	texts    int64 // that say anything of an axis; deals that gave money back say something of quality
	returned int64 // deals that gave money back
	answered int   // the axis that a survey names, or -1
}

// known is how many signals are.
func (e *evidence) known() (n int64) {
	for i := range e.signals {
		if e.signals[i].known {
			n++
		}
	}
	return n
}

// gather reads a customer.
func (cfg *config) gather(_ sdk.Run, r sdk.Row) (e evidence) {
	c := &cfg.at
	e.answered = -1
	if c.answer >= 0 && !r.Missing(c.answer) {
		e.answered = cfg.axisNamed(r.Text(c.answer))
	}
	var mentions [axes]int64
	if e.returned = cfg.deals(r, &e); cfg.has[quality] {
		mentions[quality], e.texts = e.returned, e.returned
	}
	say := func(text string) (about uint8) {
		about = cfg.about.Of(text)
		if about != 0 {
			e.texts++
		}
		for a := range axes {
			if about&(1<<a) != 0 {
				mentions[a]++
			}
		}
		return about
	}
	for _, column := range c.texts {
		for j := range r.ListLen(column) {
			if !r.ListMissing(column, j) {
				say(r.ListText(column, j))
			}
		}
	}
	var opened int64
	for j := range r.ListLen(c.kind) {
		about := uint8(0)
		if c.topic >= 0 && j < r.ListLen(c.topic) && !r.ListMissing(c.topic, j) {
			about = say(r.ListText(c.topic, j))
		}
		if !r.ListMissing(c.kind, j) && r.ListText(c.kind, j) == "ticket" && about&^(1<<service) == 0 {
			opened++
		}
	}
	if cfg.has[service] {
		won := int64(r.ListLen(c.amount)) - e.returned
		if e.signals[tickets] = (signal{won >= cfg.MinDeals, 0, won}); won > 0 && opened > 1 { // one ticket is noise
			e.signals[tickets].value = min(opened*most/won, most)
		}
	}
	for _, a := range cfg.axes {
		if e.texts >= cfg.MinTexts && e.texts > 0 {
			e.signals[axisSignals[a][1]] = signal{true, mentions[a] * most / e.texts, e.texts}
		}
	}
	return e
}

// deals are the signals of what was bought; it answers how many deals gave money back, each of which speaks of quality as a word does.
func (cfg *config) deals(r sdk.Row, e *evidence) (returned int64) {
	c := &cfg.at
	var off []int64
	var upper, graded, fashionable, named int64
	text := func(column, j int) string {
		if column < 0 || j >= r.ListLen(column) || r.ListMissing(column, j) {
			return ""
		}
		return r.ListText(column, j)
	}
	for j := range r.ListLen(c.amount) {
		if !r.ListMissing(c.amount, j) && r.ListAmount(c.amount, j) < 0 {
			returned++
			continue
		}
		if c.list >= 0 && j < r.ListLen(c.list) && !r.ListMissing(c.list, j) && !r.ListMissing(c.amount, j) {
			if list, paid := int64(r.ListAmount(c.list, j)), int64(r.ListAmount(c.amount, j)); list > 0 && paid >= 0 {
				off = append(off, most-min(most, share(paid, list)))
			}
		}
		if s := text(c.series, j); s != "" {
			graded++
			if cfg.upper[textfold.Fold(s)] {
				upper++
			}
		}
		if what := text(c.category, j) + " " + text(c.product, j); what != " " {
			named++
			if cfg.about.Of(what)&(1<<fashion) != 0 {
				fashionable++
			}
		}
	}
	if cfg.has[price] && int64(len(off)) >= cfg.MinDeals && len(off) > 0 {
		e.signals[discount] = signal{true, median(off), int64(len(off))}
	}
	if cfg.has[quality] && graded >= cfg.MinDeals && graded > 0 {
		e.signals[series] = signal{true, upper * most / graded, graded}
	}
	if cfg.has[fashion] && named >= cfg.MinDeals && named > 0 {
		e.signals[kind] = signal{true, fashionable * most / named, named}
	}
	return returned
}

// share is paid of list in thousandths, rounded; both are not below zero and list is above.
func share(paid, list int64) int64 {
	if paid >= list {
		return most
	}
	for list > 1<<50 { // amounts that large need no digits
		paid, list = paid/2, list/2
	}
	return (paid*most + list/2) / list
}

// median of an odd number is the middle one, of an even number the mean of two, rounded down. It sorts the list.
func median(list []int64) int64 {
	slices.Sort(list)
	n := len(list)
	if n%2 == 1 {
		return list[n/2]
	}
	return (list[n/2-1] + list[n/2]) / 2
}

// axisScore is where a customer stands on an axis.
type axisScore struct {
	known bool
	score int64 // millionths of 1
	speak int   // how many signals speak for it
}

func (cfg *config) score(m *model, e *evidence) (out [axes]axisScore) {
	for _, a := range cfg.axes {
		var sum, n int64
		for _, i := range axisSignals[a] {
			s := e.signals[i]
			if !s.known {
				continue
			}
			n++
			if s.value > 0 {
				out[a].speak++
				sum += m.percentile(i, s.value)
			}
		}
		if n > 0 {
			out[a].known, out[a].score = true, sum/n
		}
	}
	return out
}

// state counts the customers by what they have of each signal: Counts has most+1 numbers for each, or none while it is empty.
type state struct {
	Customers int64 // who show anything
	Counts    []int64
}

const width = most + 1

func (s *state) add(e *evidence) {
	s.room()
	shows := false
	for i, v := range e.signals {
		if v.known {
			s.Counts[int64(i)*width+v.value]++
			shows = true
		}
	}
	if shows {
		s.Customers++
	}
}

func (s *state) room() {
	if s.Counts == nil {
		s.Counts = make([]int64, signals*width)
	}
}

func (s *state) merge(other *state) {
	s.room()
	s.Customers += other.Customers
	for i, count := range other.Counts {
		s.Counts[i] += count
	}
}

// MarshalBinary writes the counts as varints.
func (s *state) MarshalBinary() ([]byte, error) {
	out := binary.AppendUvarint(nil, uint64(s.Customers))
	s.room()
	for _, count := range s.Counts {
		out = binary.AppendUvarint(out, uint64(count))
	}
	return out, nil
}

// UnmarshalBinary reads what MarshalBinary wrote.
func (s *state) UnmarshalBinary(data []byte) error {
	next := func() (int64, error) {
		v, n := binary.Uvarint(data)
		if n <= 0 || v > 1<<53 { // sums of it stay far from the end of an int64
			return 0, errors.New("the counts are damaged")
		}
		data = data[n:]
		return int64(v), nil
	}
	s.room()
	var err error
	if s.Customers, err = next(); err != nil {
		return err
	}
	for i := range s.Counts {
		if s.Counts[i], err = next(); err != nil {
			return err
		}
	}
	if len(data) > 0 {
		return errors.New("the counts are too long")
	}
	return nil
}

// model is a state that knows ranks.
type model struct {
	state
	below []int64 // customers with less of a signal than that, but some
}

func newModel(s state) *model {
	s.room()
	m := &model{state: s}
	m.index()
	return m
}

func (m *model) index() {
	m.below = make([]int64, signals*(width+1))
	for i := range signals {
		for v := 1; v < width; v++ {
			m.below[i*(width+1)+v+1] = m.below[i*(width+1)+v] + m.Counts[i*width+v]
		}
	}
}

// UnmarshalBinary reads a state and ranks it.
func (m *model) UnmarshalBinary(data []byte) error {
	err := m.state.UnmarshalBinary(data)
	if err == nil {
		m.index()
	}
	return err
}

// positive is how many customers have anything of a signal.
func (m *model) positive(i int) int64 { return m.below[i*(width+1)+width] }

// percentile is the mid-rank of a value above zero among those above zero, in millionths. One that nobody had stands between its
// neighbours, and in the middle where nobody has anything.
func (m *model) percentile(i int, value int64) int64 {
	all := m.positive(i)
	if all == 0 {
		return 500_000
	}
	return (2*m.below[int64(i*(width+1))+value] + m.Counts[int64(i*width)+value]) * 500_000 / all
}

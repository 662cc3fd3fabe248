package writeback

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/plugin/client"
)

// Summary is what a person reads of a plan.
type Summary struct {
	Changes int `json:"changes"` // field values
	Records int `json:"records"` // records that get them
	Kept    int `json:"kept"`    // values of somebody else that stay
	// Since is the plan after which only what can have changed was compared; 0 when everything was.
	Since       int64                         `json:"since,omitempty"`
	Rates       string                        `json:"rates,omitempty"` // identifies the exchange rates of the tags
	Classifiers map[string]*ClassifierSummary `json:"classifiers"`
}

// ClassifierSummary counts customers of one classifier, except Changes, Kept, Barred and Causes, which count field
// values. Customers are counted on their own records, or on contacts when the classifier writes to these only.
type ClassifierSummary struct {
	Customers int `json:"customers"` // looked at
	Changes   int `json:"changes"`
	First     int `json:"first"`          // class written where there was none
	Changed   int `json:"changed"`        // class replaced by another one
	Cleared   int `json:"cleared"`        // class taken away
	Kept      int `json:"kept"`           // somebody else's values that stay
	Barred    int `json:"barred"`         // values that the mode does not let us write, and values from before us without a tag
	Held      int `json:"held,omitempty"` // customers whose class a rule of stability holds back, of all
	// Before and After are the class sizes in the CRM: now, and once the plan is applied. "" counts customers without
	// a class. Empty for a main tag that is no class.
	Before map[string]int `json:"before,omitempty"`
	After  map[string]int `json:"after,omitempty"`
	// Moves is the matrix of class changes, the largest first.
	Moves []Move `json:"moves,omitempty"`
	// Revenue is the measure that the caller gave, by class after the plan, in minor units, and its share.
	Revenue map[string]Share  `json:"revenue,omitempty"`
	Causes  map[crm.Cause]int `json:"causes,omitempty"`
	// Examples are a few changes of the class, of different moves first.
	Examples []Change `json:"examples,omitempty"`
	// KeptExamples are the first of the values that somebody else put there and that stay.
	KeptExamples []Kept `json:"kept_examples,omitempty"`
	Guard        Guard  `json:"guard"`
	Plugin       string `json:"plugin,omitempty"` // hash
	Config       string `json:"config,omitempty"` // hash

	moves map[[2]string]int // nil when the main tag is no class
}

// Kept is somebody else's value that stays. Values are canonical texts.
type Kept struct {
	Kind    crm.Kind `json:"kind"`
	Record  string   `json:"record"`
	Field   string   `json:"field"`
	Current string   `json:"current"` // what the CRM shows; "" when somebody emptied the field
	Wanted  string   `json:"wanted"`  // what we would write; "" would clear it
}

// Move counts customers that go from one class to another; "" is no class.
type Move struct {
	From      string `json:"from"`
	To        string `json:"to"`
	Customers int    `json:"customers"`
}

// Share is a part of a total.
type Share struct {
	Minor int64   `json:"minor"`
	Share float64 `json:"share"`
}

// Guard compares what would change with what may. Of several kinds of records it is that of the worst.
type Guard struct {
	Affected int     `json:"affected"` // customers whose value would be replaced or taken away
	Of       int     `json:"of"`       // customers that have a value
	Limit    float64 `json:"limit"`    // share allowed
}

// Stops tells that more would change than is allowed.
func (g Guard) Stops() bool { return float64(g.Affected) > g.Limit*float64(g.Of)+1e-9 }

// Share is the share of customers affected, 0 when nobody has a value yet.
func (g Guard) Share() float64 {
	if g.Of == 0 {
		return 0
	}
	return float64(g.Affected) / float64(g.Of)
}

// worse reports whether a larger share is affected than in the other one.
func (g Guard) worse(than Guard) bool {
	return g.Affected*max(than.Of, 1) > than.Affected*max(g.Of, 1) || g.Affected == than.Affected && g.Of > than.Of
}

// exampleCount is the number of examples shown for each classifier.
const exampleCount = 5

// customer counts one customer's class: what its record shows now and what it will show.
func (s *ClassifierSummary) customer(before, after string, revenue int64, hasRevenue bool) {
	s.Customers++
	switch {
	case before == after:
	case before == "":
		s.First++
	case after == "":
		s.Cleared++
	default:
		s.Changed++
	}
	if before != after && s.moves != nil {
		s.moves[[2]string{before, after}]++
	}
	if s.Before != nil {
		s.Before[before]++
		s.After[after]++
	}
	if hasRevenue && s.Revenue != nil {
		sum := s.Revenue[after]
		sum.Minor = addSaturated(sum.Minor, revenue)
		s.Revenue[after] = sum
	}
}

// example keeps a change of the class when its move is new, or while there is room.
func (s *ClassifierSummary) example(c Change) {
	known := slices.ContainsFunc(s.Examples, func(e Change) bool { return e.Old == c.Old && e.New == c.New })
	if len(s.Examples) < exampleCount {
		s.Examples = append(s.Examples, c)
		return
	}
	if known {
		return
	}
	// Make room: the last example whose move is shown twice goes.
	for i := len(s.Examples) - 1; i > 0; i-- {
		e := s.Examples[i]
		if slices.ContainsFunc(s.Examples[:i], func(x Change) bool { return x.Old == e.Old && x.New == e.New }) {
			s.Examples[i] = c
			return
		}
	}
}

// keep counts a kept value, and shows it while there is room.
func (s *ClassifierSummary) keep(k Kept) {
	s.Kept++
	if len(s.KeptExamples) < exampleCount {
		s.KeptExamples = append(s.KeptExamples, k)
	}
}

// finish computes what follows from the counts.
func (s *ClassifierSummary) finish() {
	for m, n := range s.moves {
		s.Moves = append(s.Moves, Move{From: m[0], To: m[1], Customers: n})
	}
	slices.SortFunc(s.Moves, func(a, b Move) int {
		return cmp.Or(b.Customers-a.Customers, cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
	total := 0.0
	for _, r := range s.Revenue {
		total += float64(r.Minor)
	}
	for class, r := range s.Revenue {
		if total != 0 {
			r.Share = float64(r.Minor) / total
		}
		s.Revenue[class] = r
	}
	slices.SortStableFunc(s.Examples, func(a, b Change) int {
		return cmp.Or(cmp.Compare(a.Old, b.Old), cmp.Compare(a.New, b.New))
	})
}

func newClassifierSummary(c *Classifier, revenue bool) *ClassifierSummary {
	s := &ClassifierSummary{Causes: map[crm.Cause]int{}, Guard: Guard{Limit: c.Guard}, Plugin: c.Plugin, Config: c.Config, Held: c.Held}
	if d := c.tag(client.MainTag(c.Tags)); d != nil && len(d.Options) > 0 {
		s.moves, s.Before, s.After = map[[2]string]int{}, map[string]int{}, map[string]int{}
		if revenue {
			s.Revenue = map[string]Share{}
		}
	}
	return s
}

// partial leaves out what needs all customers.
func (s *ClassifierSummary) partial() { s.Before, s.After, s.Revenue = nil, nil, nil }

// guard is the error of the first classifier whose guard stops the plan, nil when none does.
func (s *Summary) guard(allow float64) error {
	for _, name := range sortedKeys(s.Classifiers) {
		g := s.Classifiers[name].Guard
		g.Limit = max(g.Limit, allow)
		if !g.Stops() {
			continue
		}
		return &crm.Error{
			Code: crm.CodeGuard, Pointer: "/classifiers/" + name,
			Message: fmt.Sprintf("%d of %d customers (%s) would lose or change their value of %s; the limit is %s",
				g.Affected, g.Of, percent(g.Share()), name, percent(g.Limit)),
			Suggestion: "look at the plan; if the change is meant, allow it once with --allow, or raise the classifier's guard",
		}
	}
	return nil
}

func percent(share float64) string {
	return fmt.Sprintf("%g %%", math.Round(share*1000)/10)
}

func addSaturated(a, b int64) int64 {
	if b > 0 && a > math.MaxInt64-b {
		return math.MaxInt64
	}
	if b < 0 && a < math.MinInt64-b {
		return math.MinInt64
	}
	return a + b
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

package tree

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/taxonhq/taxon/plugins/internal/cart"
	"github.com/taxonhq/taxon/sdk"
)

// model answers for every customer: the tree, and the class of each of the target's values.
type model struct {
	State    string    `json:"state,omitempty"` // why nothing is applied: a code of a reason
	Labelled int64     `json:"labelled"`        // customers that people have classified
	Needed   int64     `json:"needed,omitempty"`
	Classes  []class   `json:"classes,omitempty"` // of all values, best first
	Learned  []int     `json:"learned,omitempty"` // places in Classes of those that the tree knows
	Tree     cart.Tree `json:"tree,omitempty"`
	Rules    []string  `json:"rules,omitempty"` // the conditions of each leaf, by its place in the tree
	Accuracy float64   `json:"accuracy"`        // in cross-validation
	Majority float64   `json:"majority"`        // share of the largest class
}

// class is a value of the target.
type class struct {
	Value string `json:"value"`
	Code  string `json:"code"`
	Count int    `json:"count"` // customers in the sample
}

func (m *model) class(value string) (class, bool) {
	for _, c := range m.Classes {
		if c.Value == value {
			return c, true
		}
	}
	return class{}, false
}

const (
	mostClasses = 30   // that are learned
	mostValues  = 200  // that are options
	tooGood     = 0.99 // accuracy from which a feature probably says what the target says
)

func fit(run sdk.Run, cfg *config, _ int, s state) (*model, sdk.Report, error) {
	m := &model{Labelled: s.Counts.Count(labelled)}
	metrics := map[string]float64{"labelled": float64(m.Labelled), "open": float64(s.Counts.Count(unknown))}
	r := sdk.Report{Customers: m.Labelled, Metrics: metrics}
	var labels []string
	var rows [][]cart.Value
	counts := map[string]int{}
	for _, e := range s.Sample.Entries() {
		label, row, ok := cfg.decode(e.Values)
		if !ok {
			return nil, r, fmt.Errorf("the summary is of another configuration")
		}
		labels, rows = append(labels, label), append(rows, row)
		counts[label]++
	}
	m.Classes = cfg.classes(counts)
	m.learn(cfg, labels, rows, &r)
	for _, c := range m.Classes {
		if m.State == "" && c.Count > 0 && c.Count < cfg.MinClass {
			r.Diagnostics.Warnf("/min_class", "small_class", "%s has only %d customers and is not learned", cfg.name(c.Value), c.Count)
		}
	}
	m.Rules = m.ruleTexts(run, cfg)
	r.Tags = tags(m.options(cfg), m.describe(cfg))
	return m, r, nil
}

// learn grows, prunes and judges the tree.
func (m *model) learn(cfg *config, labels []string, rows [][]cart.Value, r *sdk.Report) {
	place := map[string]int{}
	d := cart.Data{Words: make([]bool, len(cfg.features))}
	for i := range cfg.features {
		d.Words[i] = cfg.features[i].Texts()
	}
	for i, c := range m.Classes {
		if c.Count >= cfg.MinClass && c.Count > 0 {
			place[c.Value] = len(m.Learned)
			m.Learned = append(m.Learned, i)
		}
	}
	d.Classes = len(m.Learned)
	largest := 0
	for i, label := range labels {
		if k, ok := place[label]; ok {
			d.Rows, d.Labels = append(d.Rows, rows[i]), append(d.Labels, k)
		}
	}
	n := len(d.Rows)
	switch {
	case m.Labelled < int64(cfg.MinLabelled) || n == 0:
		m.State, m.Needed = tooFew, int64(cfg.MinLabelled)
		r.Diagnostics.Warnf("/min_labelled", tooFew, "only %d customers have been classified by people, %d are needed", m.Labelled, cfg.MinLabelled)
		return
	case d.Classes < 2:
		m.State = oneClass
		r.Diagnostics.Warnf("/target", oneClass, "all customers that people have classified are %s: there is nothing to tell apart", cfg.name(m.Classes[m.Learned[0]].Value))
		return
	case d.Classes > mostClasses:
		m.State = tooMany
		r.Diagnostics.Errorf("/target", tooMany, "the target has %d values with %d customers or more: %d are the most; is it a class?", d.Classes, cfg.MinClass, mostClasses)
		return
	}
	for _, i := range m.Learned {
		largest = max(largest, m.Classes[i].Count)
	}
	leaf := max(cfg.Leaf, int(math.Ceil(cfg.LeafShare/100*float64(n))))
	v := cart.Validate(d, cart.Limits{Depth: cfg.Depth, Leaf: leaf}, cfg.Folds)
	m.Tree, m.Accuracy, m.Majority = v.Tree, v.Accuracy, float64(largest)/float64(n)
	quality := (m.Accuracy - m.Majority) / (1 - m.Majority)
	m.figures(cfg, r.Metrics, v, n, quality)
	if m.Accuracy >= tooGood {
		r.Diagnostics.Warnf("/features", "too_good", "the tree is right for %.1f %%: does a feature follow from the target?", 100*m.Accuracy)
	}
	if 100*quality < cfg.MinQuality || 100*m.Accuracy < cfg.MinAccuracy {
		m.State = poor
		pointer, asked := "/min_quality", fmt.Sprintf("it avoids %.1f %% of those mistakes, %v %% are asked for", 100*quality, cfg.MinQuality)
		if 100*quality >= cfg.MinQuality {
			pointer, asked = "/min_accuracy", fmt.Sprintf("%v %% are asked for", cfg.MinAccuracy)
		}
		r.Diagnostics.Errorf(pointer, poor, "what was learned is not applied: on customers that it had not seen it is right for %.1f %%, to say %s of everybody for %.1f %%; %s",
			100*m.Accuracy, cfg.name(m.Classes[m.Learned[m.Tree[0].Class()]].Value), 100*m.Majority, asked)
	}
}

// figures are the metrics of the report.
func (m *model) figures(cfg *config, metrics map[string]float64, v cart.Validation, n int, quality float64) {
	metrics["learned_from"], metrics["accuracy"], metrics["training_accuracy"] = float64(n), v.Accuracy, v.Training
	metrics["majority"], metrics["quality"], metrics["alpha"] = m.Majority, quality, v.Alpha
	metrics["rules"] = float64(len(v.Tree.Leaves()))
	for i, share := range v.Tree.Importances(len(cfg.features)) {
		metrics["importance_"+cfg.features[i].Name] = share
	}
	for _, t := range v.Tried {
		metrics[fmt.Sprintf("accuracy_%d_rules", t.Leaves)] = t.Accuracy
	}
	for a, row := range v.Confusion {
		of, said := 0, 0
		for b, k := range row {
			of, said = of+k, said+v.Confusion[b][a]
			metrics[fmt.Sprintf("confusion_%s_%s", m.Classes[m.Learned[a]].Code, m.Classes[m.Learned[b]].Code)] = float64(k)
		}
		code := m.Classes[m.Learned[a]].Code
		metrics["recall_"+code] = float64(row[a]) / float64(max(of, 1))
		metrics["precision_"+code] = float64(row[a]) / float64(max(said, 1))
	}
}

// classes are those that the configuration names, then the field's options that customers have, then other values,
// the most frequent first. Each has a code.
func (cfg *config) classes(counts map[string]int) []class {
	var list []class
	taken := map[string]bool{uncertain.Code: true, "unclassified": true}
	have := map[string]bool{}
	add := func(value, code string) {
		if !have[value] && len(list) < mostValues {
			have[value], taken[code] = true, true
			list = append(list, class{Value: value, Code: code, Count: counts[value]})
		}
	}
	for _, c := range cfg.Classes {
		add(c.Value, c.Code)
	}
	var values []string
	for value := range counts {
		if !have[value] {
			values = append(values, value)
		}
	}
	slices.Sort(values) // codes must not hang on frequencies
	codes := map[string]string{}
	for _, value := range values {
		codes[value] = codeOf(value, taken)
		taken[codes[value]] = true
	}
	slices.SortFunc(values, func(a, b string) int {
		return cmp.Or(cmp.Compare(cfg.rank(a), cfg.rank(b)), cmp.Compare(counts[b], counts[a]), strings.Compare(a, b))
	})
	for _, value := range values {
		add(value, codes[value])
	}
	return list
}

// rank is the place of a value among the field's options.
func (cfg *config) rank(value string) int {
	if i := slices.Index(cfg.order, value); i >= 0 {
		return i
	}
	return len(cfg.order)
}

var (
	codePattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]*$`)
	wordsOnly   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9 _/&.-]*$`)
	notInCode   = regexp.MustCompile(`[^a-z0-9]+`)
)

// codeOf is the value itself where it can be a code, else its words, else a hash.
func codeOf(value string, taken map[string]bool) string {
	if codePattern.MatchString(value) && !taken[value] {
		return value
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(value))
	hash := fmt.Sprintf("%08x", h.Sum32())
	if wordsOnly.MatchString(value) {
		code := strings.Trim(notInCode.ReplaceAllString(strings.ToLower(value), "_"), "_")
		if !taken[code] {
			return code
		}
		return code + "_" + hash
	}
	return "v_" + hash
}

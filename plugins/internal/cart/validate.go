package cart

import (
	"math"
	"slices"
)

// Validation is what a cross-validation found.
type Validation struct {
	Tree      Tree    // learned from all rows, pruned as the rule says
	Alpha     float64 // the price per leaf that it was pruned with
	Accuracy  float64 // share of rows that were right when they were not learned from
	Training  float64 // share of rows that are right among those learned from: flatters
	Confusion [][]int // rows by true class and by the class said when they were not learned from
	Tried     []Trial // each tree of the pruning path, the largest first
}

// Trial is a tree of the pruning path and its cross-validated accuracy.
type Trial struct {
	Alpha    float64
	Leaves   int
	Accuracy float64
}

// Validate learns a tree and prunes it by stratified cross-validation with the rule of one standard error: the
// smallest tree whose error is at most that of the best plus its standard error. The rows of each class are dealt to
// the folds in turn.
func Validate(d Data, l Limits, folds int) Validation {
	all := make([]int, len(d.Rows))
	for i := range all {
		all[i] = i
	}
	whole := Grow(d, all, l)
	path := whole.PruningPath()
	// Equal prices are one tree: the last.
	path = slices.DeleteFunc(slices.Clone(path), func(s Step) bool { return len(at(path, s.Alpha)) != len(s.Tree) })
	prices := make([]float64, len(path))
	for i := range path { // in the middle of where a tree is the best one
		prices[i] = math.Inf(1)
		if i+1 < len(path) {
			prices[i] = math.Sqrt(path[i].Alpha * path[i+1].Alpha)
		}
	}
	fold := deal(d, folds)
	said := make([][]int, len(path)) // by tree, of each row
	for p := range said {
		said[p] = make([]int, len(d.Rows))
	}
	for f := range folds {
		var learn, test []int
		for i, k := range fold {
			if k == f {
				test = append(test, i)
			} else {
				learn = append(learn, i)
			}
		}
		if len(test) == 0 || len(learn) == 0 {
			continue
		}
		grown := Grow(d, learn, l).PruningPath()
		for p, price := range prices {
			t := at(grown, price)
			for _, i := range test {
				said[p][i] = t[t.Leaf(d.Rows[i])].Class()
			}
		}
	}
	n := float64(len(d.Rows))
	v := Validation{}
	best := 0
	for p := range path {
		right := 0
		for i, class := range said[p] {
			if class == d.Labels[i] {
				right++
			}
		}
		v.Tried = append(v.Tried, Trial{path[p].Alpha, len(path[p].Tree.Leaves()), float64(right) / n})
		if v.Tried[p].Accuracy > v.Tried[best].Accuracy {
			best = p
		}
	}
	e := 1 - v.Tried[best].Accuracy
	allowed := e + math.Sqrt(e*(1-e)/n)
	chosen := best
	for p := range path {
		if 1-v.Tried[p].Accuracy <= allowed {
			chosen = p
		}
	}
	v.Alpha, v.Accuracy, v.Tree = path[chosen].Alpha, v.Tried[chosen].Accuracy, path[chosen].Tree.Merged()
	v.Confusion = make([][]int, d.Classes)
	for k := range v.Confusion {
		v.Confusion[k] = make([]int, d.Classes)
	}
	for i, class := range said[chosen] {
		v.Confusion[d.Labels[i]][class]++
	}
	right := 0
	for i, row := range d.Rows {
		if v.Tree[v.Tree.Leaf(row)].Class() == d.Labels[i] {
			right++
		}
	}
	v.Training = float64(right) / n
	return v
}

// deal gives each row a fold: the rows of a class in turn.
func deal(d Data, folds int) []int {
	next := make([]int, d.Classes)
	out := make([]int, len(d.Rows))
	for i, class := range d.Labels {
		out[i] = next[class] % folds
		next[class]++
	}
	return out
}

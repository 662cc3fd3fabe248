package cart

import "math"

// Step is a tree of the pruning path: it is the best one for a price per leaf from Alpha on.
type Step struct {
	Alpha    float64
	Impurity float64 // of the leaves, weighted by rows
	Tree     Tree
}

// PruningPath cuts the weakest link again and again, from the whole tree (alpha 0) to the root alone: the split whose
// branch lowers the impurity least for each leaf that it adds. Of equally weak ones the first in preorder goes first.
func (t Tree) PruningPath() []Step {
	total := float64(t[0].Rows())
	path := []Step{{0, t.impurity(total), t}}
	for alpha := 0.0; t[0].Kind != ""; {
		weakest, least := -1, math.Inf(1)
		for i := range t {
			if t[i].Kind == "" {
				continue
			}
			below, leaves := t.branch(i, total)
			if price := (t[i].Impurity()*float64(t[i].Rows())/total - below) / float64(leaves-1); price < least {
				weakest, least = i, price
			}
		}
		alpha = max(alpha, least)
		t = t.without(weakest)
		path = append(path, Step{alpha, t.impurity(total), t})
	}
	return path
}

// Prune is the smallest tree that is best for a price per leaf.
func (t Tree) Prune(alpha float64) Tree { return at(t.PruningPath(), alpha) }

// at is the last tree of a path whose alpha is at most the given one.
func at(path []Step, alpha float64) Tree {
	out := path[0].Tree
	for _, s := range path {
		if s.Alpha <= alpha {
			out = s.Tree
		}
	}
	return out
}

func (t Tree) impurity(total float64) float64 {
	sum, _ := t.branch(0, total)
	return sum
}

// branch is the impurity of the leaves below a node, weighted, and their number.
func (t Tree) branch(i int, total float64) (impurity float64, leaves int) {
	n := &t[i]
	if n.Kind == "" {
		return n.Impurity() * float64(n.Rows()) / total, 1
	}
	a, l := t.branch(n.Left, total)
	b, r := t.branch(n.Right, total)
	return a + b, l + r
}

// without makes a leaf of a node.
func (t Tree) without(cut int) Tree {
	var out Tree
	var copy func(i int) int
	copy = func(i int) int {
		at := len(out)
		n := t[i]
		if i == cut {
			n = Node{Counts: n.Counts}
		}
		out = append(out, n)
		if n.Kind != "" {
			n.Left = copy(n.Left)
			n.Right = copy(n.Right)
			out[at] = n
		}
		return at
	}
	copy(0)
	return out
}

// Importances are by how much the splits of each column lower the impurity, as shares of the whole decrease; all 0 of a
// tree without splits.
func (t Tree) Importances(columns int) []float64 {
	out, sum := make([]float64, columns), 0.0
	for i := range t {
		if n := &t[i]; n.Kind != "" {
			l, r := &t[n.Left], &t[n.Right]
			gain := float64(n.Rows())*n.Impurity() - float64(l.Rows())*l.Impurity() - float64(r.Rows())*r.Impurity()
			out[n.Column] += gain
			sum += gain
		}
	}
	for c := range out {
		if sum > 0 {
			out[c] /= sum
		}
	}
	return out
}

// Leaves are the places of the leaves, in preorder.
func (t Tree) Leaves() []int {
	var list []int
	for i := range t {
		if t[i].Kind == "" {
			list = append(list, i)
		}
	}
	return list
}

// Merged makes a leaf of each split under which all leaves have the same class: it says nothing more about it.
func (t Tree) Merged() Tree {
	for i := range t {
		if t[i].Kind == "" {
			continue
		}
		if class, one := t.one(i); one && class == t[i].Class() {
			return t.without(i).Merged()
		}
	}
	return t
}

// one reports whether all leaves below a node have one class.
func (t Tree) one(i int) (class int, ok bool) {
	n := &t[i]
	if n.Kind == "" {
		return n.Class(), true
	}
	a, l := t.one(n.Left)
	b, r := t.one(n.Right)
	return a, l && r && a == b
}

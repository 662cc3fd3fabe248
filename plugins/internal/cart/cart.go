// Package cart learns decision trees that people can read: binary splits chosen by Gini impurity, cut back by cost and
// complexity, and judged by cross-validation (L. Breiman, J. Friedman, R. Olshen, C. Stone, Classification and
// Regression Trees, 1984).
//
// A split is "number <= t" with t in the middle of two neighbouring values (the lower one, where the middle is not
// below the upper in floating point), "word is w", or "missing". Customers without the value go to the side where the
// split is better; where nobody lacked it, to the larger side. Gains are compared exactly, in whole numbers. Of equal
// gains the first column wins, then the lowest threshold or word, then missing values on the left.
//
// What rows and classes mean is left to others. Invariant: a tree depends on the rows as a set, only the folds of the
// cross-validation on their order; callers give them in an order that means nothing.
package cart

import (
	"math"
	"math/bits"
	"slices"
	"strings"
)

// Value is one cell: a number or a word, or missing.
type Value struct {
	Number  float64
	Word    string
	Missing bool
}

// Data are labelled rows, at most some 100,000.
type Data struct {
	Words   []bool // for each column: whether it holds words
	Rows    [][]Value
	Labels  []int // the class of each row, from 0
	Classes int
}

// Limits bound a tree.
type Limits struct {
	Depth int // most splits from root to leaf
	Leaf  int // fewest rows of a leaf
}

// The kinds of a split; "" is a leaf.
const (
	AtMost    = "at_most" // left when the number is at most At
	Is        = "is"      // left when the word is Word
	IsMissing = "missing" // left when there is no value
)

// Node is a leaf or a split.
type Node struct {
	Kind        string  `json:"kind,omitempty"`
	Column      int     `json:"column,omitempty"`
	At          float64 `json:"at,omitempty"`
	Word        string  `json:"word,omitempty"`
	MissingLeft bool    `json:"missing_left,omitempty"`
	Left        int     `json:"left,omitempty"` // places in the tree
	Right       int     `json:"right,omitempty"`
	Counts      []int   `json:"counts"` // rows of each class
}

// Rows is the number of rows in a node.
func (n *Node) Rows() int {
	sum := 0
	for _, c := range n.Counts {
		sum += c
	}
	return sum
}

// Class is the most frequent class, the first of equally frequent ones.
func (n *Node) Class() int {
	best := 0
	for c, k := range n.Counts {
		if k > n.Counts[best] {
			best = c
		}
	}
	return best
}

// Impurity is Gini's: the chance that two rows drawn with replacement differ in class.
func (n *Node) Impurity() float64 {
	rows := float64(n.Rows())
	if rows == 0 {
		return 0
	}
	return 1 - float64(squares(n.Counts))/(rows*rows)
}

// GoesLeft says to which side of a split a value goes.
func (n *Node) GoesLeft(v Value) bool {
	switch {
	case v.Missing:
		return n.MissingLeft || n.Kind == IsMissing
	case n.Kind == AtMost:
		return v.Number <= n.At
	case n.Kind == Is:
		return v.Word == n.Word
	}
	return false
}

// Tree is nodes in preorder; the first is the root.
type Tree []Node

// Path are the places of the nodes that a row passes, from the root to its leaf.
func (t Tree) Path(row []Value) []int {
	path := []int{0}
	for at := 0; t[at].Kind != ""; path = append(path, at) {
		if n := &t[at]; n.GoesLeft(row[n.Column]) {
			at = n.Left
		} else {
			at = n.Right
		}
	}
	return path
}

// Leaf is the place of a row's leaf.
func (t Tree) Leaf(row []Value) int {
	at := 0
	for t[at].Kind != "" {
		if n := &t[at]; n.GoesLeft(row[n.Column]) {
			at = n.Left
		} else {
			at = n.Right
		}
	}
	return at
}

// Grow learns a tree of the rows with these indices. There is at least one.
func Grow(d Data, rows []int, l Limits) Tree {
	g := &grower{Data: d, Limits: l}
	sorted := make([][]int, len(d.Words))
	for c := range d.Words {
		sorted[c] = slices.Clone(rows)
		slices.SortStableFunc(sorted[c], func(a, b int) int { return compare(d.Rows[a][c], d.Rows[b][c]) })
	}
	g.grow(rows, sorted, 0)
	return g.tree
}

// compare orders values of a column, missing ones last.
func compare(a, b Value) int {
	switch {
	case a.Missing || b.Missing:
		if a.Missing == b.Missing {
			return 0
		} else if a.Missing {
			return 1
		}
		return -1
	case a.Number < b.Number:
		return -1
	case a.Number > b.Number:
		return 1
	}
	return strings.Compare(a.Word, b.Word)
}

type grower struct {
	Data
	Limits
	tree Tree
}

// grow adds the node of some rows and those below it. sorted has the rows by each column.
func (g *grower) grow(rows []int, sorted [][]int, depth int) int {
	at := len(g.tree)
	node := Node{Counts: g.count(rows)}
	g.tree = append(g.tree, node)
	if depth >= g.Depth || len(rows) < 2*g.Leaf {
		return at
	}
	split, ok := g.best(node.Counts, sorted)
	if !ok {
		return at
	}
	split.Counts = node.Counts
	left, right := partition(&g.Data, &split, rows)
	var l, r [][]int
	for c := range sorted {
		a, b := partition(&g.Data, &split, sorted[c])
		l, r = append(l, a), append(r, b)
	}
	split.Left = g.grow(left, l, depth+1)
	split.Right = g.grow(right, r, depth+1)
	g.tree[at] = split
	return at
}

func partition(d *Data, split *Node, rows []int) (left, right []int) {
	for _, i := range rows {
		if split.GoesLeft(d.Rows[i][split.Column]) {
			left = append(left, i)
		} else {
			right = append(right, i)
		}
	}
	return left, right
}

func (g *grower) count(rows []int) []int {
	counts := make([]int, g.Classes)
	for _, i := range rows {
		counts[g.Labels[i]]++
	}
	return counts
}

// best is the split with the largest gain, ok is false when none gains.
func (g *grower) best(counts []int, sorted [][]int) (best Node, ok bool) {
	s := search{leaf: g.Leaf, all: counts}
	for _, n := range counts {
		s.rows += n
	}
	// A split that gains nothing scores as much as the node does.
	s.score = score{uint64(squares(counts)), uint64(s.rows)}
	for c, rows := range sorted {
		s.column(&g.Data, c, rows)
	}
	return s.best, s.best.Kind != ""
}

// search finds the best split of a node.
type search struct {
	leaf, rows int
	all        []int
	best       Node
	score      score
}

// score is the sum over the two sides of the squared class counts over the rows: the impurity after the split is 1 -
// score / rows. It is an exact fraction.
type score struct{ top, bottom uint64 }

func (s score) above(t score) bool {
	ah, al := bits.Mul64(s.top, t.bottom)
	bh, bl := bits.Mul64(t.top, s.bottom)
	return ah > bh || ah == bh && al > bl
}

func squares(counts []int) int {
	sum := 0
	for _, c := range counts {
		sum += c * c
	}
	return sum
}

// column tries the splits of one column. rows are sorted by it, those without a value last.
func (s *search) column(d *Data, c int, rows []int) {
	known := len(rows)
	for known > 0 && d.Rows[rows[known-1]][c].Missing {
		known--
	}
	missing := make([]int, len(s.all))
	for _, i := range rows[known:] {
		missing[d.Labels[i]]++
	}
	side := make([]int, len(s.all)) // of the rows so far: numbers up to here, or this word
	for at := 0; at < known; {
		if d.Words[c] {
			clear(side)
		}
		v := d.Rows[rows[at]][c]
		for at < known && compare(v, d.Rows[rows[at]][c]) == 0 {
			side[d.Labels[rows[at]]]++
			at++
		}
		if d.Words[c] {
			s.offer(Node{Kind: Is, Column: c, Word: v.Word}, side, missing, len(rows)-known)
		} else if at < known {
			s.offer(Node{Kind: AtMost, Column: c, At: middle(v.Number, d.Rows[rows[at]][c].Number)}, side, missing, len(rows)-known)
		}
	}
	if known > 0 && known < len(rows) {
		s.try(Node{Kind: IsMissing, Column: c}, missing)
	}
}

// middle is between two neighbouring values, and below the upper one.
func middle(a, b float64) float64 {
	if m := a/2 + b/2; m < b && m >= a && !math.IsInf(m, 0) {
		return m
	}
	return a
}

// offer tries a split with the rows without a value on either side; where there is none, such rows will go to the
// larger side.
func (s *search) offer(n Node, side, missing []int, lacking int) {
	if lacking > 0 {
		both := slices.Clone(side)
		for k, m := range missing {
			both[k] += m
		}
		n.MissingLeft = true
		s.try(n, both)
		n.MissingLeft = false
		s.try(n, side)
		return
	}
	left := 0
	for _, k := range side {
		left += k
	}
	n.MissingLeft = 2*left >= s.rows
	s.try(n, side)
}

// try keeps a split when it is better than the best so far. left are the classes on its left side.
func (s *search) try(n Node, left []int) {
	l, a, b := 0, 0, 0
	for k, c := range left {
		l += c
		a += c * c
		b += (s.all[k] - c) * (s.all[k] - c)
	}
	r := s.rows - l
	if l < max(s.leaf, 1) || r < max(s.leaf, 1) {
		return
	}
	if x := (score{uint64(a)*uint64(r) + uint64(b)*uint64(l), uint64(l) * uint64(r)}); x.above(s.score) {
		s.best, s.score = n, x
	}
}

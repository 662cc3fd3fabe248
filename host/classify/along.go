package classify

import (
	"maps"
	"math"
	"math/big"

	"github.com/taxonhq/taxon/host/crm"
)

// Along is a value that changes with another one, since both are sums of the same things.
type Along struct {
	Path     string
	From, To crm.Value
}

// complete adds to the values of a probe what follows from them: what is changed are things in the world, so a sum (or count) of more of them
// changes by as much, and one of some of them in the same proportion. Values that the probe changes itself stay so.
func (p *prober) complete(q probe) probe {
	if len(q.values) == 0 {
		return q
	}
	var out map[spot]crm.Value
	for i := range p.t.reads {
		at := whole(i)
		if _, given := q.values[at]; given || p.t.reads[i].withheld {
			continue
		}
		if v, ok := p.follows(i, q); ok {
			if out == nil {
				out = maps.Clone(q.values)
			}
			out[at] = v
		}
	}
	if out != nil {
		q.values = out
	}
	return q
}

// follows is the value that a read takes when others change; ok is false when it stays.
func (p *prober) follows(i int, q probe) (v crm.Value, ok bool) {
	old := p.of(q).base[i]
	var added, scaled *big.Rat
	narrowest := -1
	for at, to := range q.values {
		from := p.value(at)
		if at.item >= 0 || from.Missing() || to.Missing() || old.Missing() {
			continue
		}
		switch {
		case p.partOf(at.read, i):
			if p.inAnother(at.read, i, q) {
				continue // it is counted there
			}
			if added == nil {
				added = new(big.Rat)
			}
			added.Add(added, new(big.Rat).Sub(exact(to), exact(from)))
		case p.partOf(i, at.read) && exact(from).Sign() != 0 && (narrowest < 0 || p.partOf(at.read, narrowest)):
			narrowest = at.read
			scaled = new(big.Rat).Quo(exact(to), exact(from))
		}
	}
	switch was := exact(old); {
	case added != nil:
		return valued(old, was.Add(was, added))
	case scaled != nil:
		return valued(old, was.Mul(was, scaled))
	}
	return v, false
}

// inAnother reports whether a changed part of a sum is a part of another one that is changed as well.
func (p *prober) inAnother(part, sum int, q probe) bool {
	for at := range q.values {
		if at.item < 0 && at.read != part && p.partOf(part, at.read) && p.partOf(at.read, sum) {
			return true
		}
	}
	return false
}

func (p *prober) partOf(part, wider int) bool {
	return p.t.reads[part].column.PartOf(p.t.reads[wider].column, p.r.AsOf)
}

// same reports whether a read sums all that a wider one sums: a change of the one is a change of the other. Where both
// are nothing, a part that comes about is no smaller a change: for that there is one more item.
func (p *prober) same(i int) bool {
	for j := range p.t.reads {
		if p.t.reads[j].withheld || p.base[i].Missing() || p.base[j].Missing() || !p.partOf(i, j) || p.partOf(j, i) && i < j {
			continue
		}
		if sum := exact(p.base[j]); (sum.Sign() != 0 || p.t.reads[i].column.Aggregate == "sum") && sum.Cmp(exact(p.base[i])) == 0 {
			return true
		}
	}
	return false
}

// exact is a sum or count as it is.
func exact(v crm.Value) *big.Rat {
	if v.Type() == crm.Number {
		x := new(big.Rat)
		x.SetFloat64(v.Float())
		return x
	}
	return new(big.Rat).SetInt64(v.Int())
}

// valued is a number as a value like another one: whole, halves away from zero, where that is whole.
func valued(like crm.Value, x *big.Rat) (v crm.Value, ok bool) {
	if like.Type() == crm.Number {
		f, _ := x.Float64()
		return crm.NumberValue(f), !math.IsInf(f, 0)
	}
	x.Add(x, big.NewRat(int64(x.Sign()), 2))
	n := new(big.Int).Quo(x.Num(), x.Denom())
	if !n.IsInt64() {
		return v, false
	}
	if like.Type() == crm.Amount {
		return crm.AmountValue(crm.Money{Minor: n.Int64(), Currency: like.Money().Currency}), true
	}
	return crm.IntegerValue(n.Int64()), true
}

// along are the values that change with those of a probe, in order of reads.
func (p *prober) along(values map[spot]crm.Value) []Along {
	var out []Along
	completed := p.complete(probe{values: values}).values
	for i := range p.t.reads {
		to, changed := completed[whole(i)]
		if _, given := values[whole(i)]; changed && !given && to != p.base[i] {
			out = append(out, Along{Path: p.path(whole(i)), From: p.base[i], To: to})
		}
	}
	return out
}

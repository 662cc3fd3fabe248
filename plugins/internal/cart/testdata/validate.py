#!/usr/bin/env python3
"""The second computation of the cross-validated tree for the test: CART with exact fractions, weakest-link pruning and the
rule of one standard error, on the channel of the wholesale customers; the rows of each class are dealt to ten folds in
turn. Plain Python, recursive, without any of Taxon's shortcuts.

    python3 validate.py ../../../../examples/data/wholesale_customers/wholesale_customers.csv > validate.json
"""
import csv, json, math, sys
from fractions import Fraction as F

lines = list(csv.reader(open(sys.argv[1])))
names, data = lines[0][2:], [([float(v) for v in r[2:]], int(r[0]) - 1) for r in lines[1:]]


def counts(rows):
    return [sum(1 for _, y in rows if y == k) for k in (0, 1)]


def risk(rows):
    """Gini impurity times rows."""
    c = counts(rows)
    return len(rows) - F(c[0] ** 2 + c[1] ** 2, len(rows))


def grow(rows, depth, leaf):
    node = {"n": counts(rows), "risk": risk(rows)}
    best = None
    if depth > 0:
        for j in range(len(names)):
            values = sorted({x[j] for x, _ in rows})
            for a, b in zip(values, values[1:]):
                left, right = [r for r in rows if r[0][j] <= a], [r for r in rows if r[0][j] > a]
                if min(len(left), len(right)) < leaf:
                    continue
                gain = node["risk"] - risk(left) - risk(right)
                if gain > 0 and (best is None or gain > best[0]):
                    best = gain, j, (a + b) / 2, left, right
    if best:
        _, node["j"], node["t"], left, right = best
        node["l"], node["r"] = grow(left, depth - 1, leaf), grow(right, depth - 1, leaf)
    return node


def leaves(t):
    return leaves(t["l"]) + leaves(t["r"]) if "j" in t else [t]


def inner(t):
    return [t] + inner(t["l"]) + inner(t["r"]) if "j" in t else []


def cut(t, node):
    if t is node or "j" not in t:
        return {"n": t["n"], "risk": t["risk"]}
    out = dict(t)
    out["l"], out["r"] = cut(t["l"], node), cut(t["r"], node)
    return out


def path(t, total):
    steps, alpha = [(F(0), t)], F(0)
    while "j" in t:
        price = lambda s: (s["risk"] - sum(x["risk"] for x in leaves(s))) / total / (len(leaves(s)) - 1)
        weakest = min(inner(t), key=price)
        alpha = max(alpha, price(weakest))
        t = cut(t, weakest)
        steps.append((alpha, t))
    return steps


def at(steps, alpha):
    return [t for a, t in steps if a <= alpha][-1]


def say(t, x):
    while "j" in t:
        t = t["l"] if x[t["j"]] <= t["t"] else t["r"]
    return 0 if t["n"][0] >= t["n"][1] else 1


def rules(t):
    return [names[t["j"]], t["t"], rules(t["l"]), rules(t["r"])] if "j" in t else t["n"]


out = []
for depth, leaf in ((4, 5), (4, 20), (3, 10)):
    whole = path(grow(data, depth, leaf), len(data))
    steps = [(a, t) for i, (a, t) in enumerate(whole) if i + 1 == len(whole) or whole[i + 1][0] > a]
    prices = [math.sqrt(steps[i][0] * steps[i + 1][0]) if i + 1 < len(steps) else math.inf for i in range(len(steps))]
    seen, fold = [0, 0], []
    for _, y in data:
        fold.append(seen[y] % 10)
        seen[y] += 1
    right = [0] * len(steps)
    for f in range(10):
        learn = [r for r, k in zip(data, fold) if k != f]
        grown = path(grow(learn, depth, leaf), len(learn))
        for p, price in enumerate(prices):
            t = at(grown, price)
            right[p] += sum(say(t, x) == y for (x, y), k in zip(data, fold) if k == f)
    n = len(data)
    e = 1 - max(right) / n
    chosen = max(p for p in range(len(steps)) if 1 - right[p] / n <= e + math.sqrt(e * (1 - e) / n) + 1e-12)
    out.append({"depth": depth, "leaf": leaf, "leaves": [len(leaves(t)) for _, t in steps], "right": right, "chosen": len(leaves(steps[chosen][1])),
                "tree": rules(steps[chosen][1])})
json.dump(out, sys.stdout, indent=1)

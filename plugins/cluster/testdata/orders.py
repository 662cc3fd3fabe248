#!/usr/bin/env python3
"""The second computation of clusters for the test: recency, number and value of the orders of examples/data/rfm_orders as
of 2007-01-01, logarithms, cut at 0.5 and 99.5 % (type 7), z-scores, k-means by Lloyd and single moves from random starts,
silhouettes over all pairs. Plain Python, no libraries; the seeds and the search are not those of Taxon.

    python3 orders.py ../../../examples/data/rfm_orders/rfm_data_orders.csv orders_expected.json orders_expected.csv
"""
import csv, datetime, json, math, random, sys

by = {}
for r in csv.DictReader(open(sys.argv[1])):
    day = datetime.date.fromisoformat(r["order_date"])
    last, n, money = by.get(r["customer_id"], (datetime.date.min, 0, 0.0))
    by[r["customer_id"]] = (max(last, day), n + 1, money + float(r["revenue"]))
ids = sorted(by)
raw = [[(datetime.date(2007, 1, 1) - by[i][0]).days, by[i][1], by[i][2]] for i in ids]
cols = list(zip(*[[math.log1p(v) for v in r] for r in raw]))


def quantile(s, p):
    at = (len(s) - 1) * p
    lo = int(at)
    return s[lo] + (at - lo) * (s[min(lo + 1, len(s) - 1)] - s[lo])


out = []
for c in cols:
    s = sorted(c)
    lo, hi = quantile(s, 0.005), quantile(s, 0.995)
    c = [min(max(v, lo), hi) for v in c]
    m = math.fsum(c) / len(c)
    sd = math.sqrt(math.fsum((v - m) ** 2 for v in c) / len(c))
    out.append([(v - m) / sd for v in c])
z = list(zip(*out))
n = len(z)


def sq(a, b):
    return (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2


def lloyd(k, rng):
    centres = rng.sample(z, k)
    labels = None
    while True:
        new = [min(range(k), key=lambda c: sq(x, centres[c])) for x in z]
        if new == labels:
            return math.fsum(sq(x, centres[c]) for x, c in zip(z, labels)), labels, centres
        labels = new
        for c in range(k):
            members = [x for x, l in zip(z, labels) if l == c]
            if not members:
                return math.inf, labels, centres
            centres[c] = tuple(math.fsum(v) / len(members) for v in zip(*members))


def polish(labels, centres):
    """Moves single customers as long as that lowers the inertia: local minima of Lloyd end here."""
    k = len(centres)
    count = [labels.count(c) for c in range(k)]
    moved = True
    while moved:
        moved = False
        for i, x in enumerate(z):
            a = labels[i]
            if count[a] == 1:
                continue
            cost = [count[c] / (count[c] + 1) * sq(x, centres[c]) for c in range(k)]
            cost[a] = count[a] / (count[a] - 1) * sq(x, centres[a])
            b = min(range(k), key=cost.__getitem__)
            if cost[b] < cost[a] - 1e-9:
                labels[i], moved = b, True
                for c, sign in ((a, -1), (b, 1)):
                    count[c] += sign
                    centres[c] = tuple(m + sign * (v - m) / count[c] for m, v in zip(centres[c], x))
    return math.fsum(sq(x, centres[c]) for x, c in zip(z, labels)), labels, centres


rng = random.Random(4711)
best = {k: min((polish(*r[1:]) for r in sorted((lloyd(k, rng) for _ in range(200)), key=lambda r: r[0])[:60]), key=lambda r: r[0]) for k in range(2, 6)}
width = {k: 0.0 for k in best}
for i, x in enumerate(z):
    dist = [math.sqrt(sq(x, y)) for y in z]
    for k, (_, labels, _) in best.items():
        sums, count = [0.0] * k, [0] * k
        for d, l in zip(dist, labels):
            sums[l] += d
            count[l] += 1
        own = labels[i]
        if count[own] == 1:
            continue
        a = sums[own] / (count[own] - 1)
        b = min(sums[c] / count[c] for c in range(k) if c != own)
        width[k] += (b - a) / max(a, b) / n
json.dump({str(k): {"inertia": round(best[k][0], 6), "silhouette": round(width[k], 6)} for k in best}, open(sys.argv[2], "w"), indent=1)
with open(sys.argv[3], "w") as f:
    w = csv.writer(f, lineterminator="\n")
    w.writerow(["customer", "k2", "k3", "k4", "k5"])
    rows = []
    for k, (_, labels, centres) in best.items():
        order = sorted(range(k), key=lambda c: -centres[c][2])
        rows.append([order.index(l) + 1 for l in labels])
    for i, name in enumerate(ids):
        w.writerow([name] + [r[i] for r in rows])

#!/usr/bin/env python3
"""The second computation of factors for the test: correlations, eigenvalues by Jacobi's rotations, and the varimax
angle of two factors by trying angles instead of by Kaiser's formula. Plain Python, no libraries.

    python3 factor.py ../../../../examples/data/wholesale_customers/wholesale_customers.csv > wholesale.json
"""
import csv, json, math, sys

rows = [[math.log1p(float(v)) for v in line[2:]] for line in list(csv.reader(open(sys.argv[1])))[1:]]
n, d = len(rows), len(rows[0])
mean = [math.fsum(r[j] for r in rows) / n for j in range(d)]
sd = [math.sqrt(math.fsum((r[j] - mean[j]) ** 2 for r in rows) / n) for j in range(d)]
z = [[(r[j] - mean[j]) / sd[j] for j in range(d)] for r in rows]
c = [[math.fsum(r[a] * r[b] for r in z) / n for b in range(d)] for a in range(d)]
v = [[float(a == b) for b in range(d)] for a in range(d)]
for _ in range(100):
    for p in range(d):
        for q in range(p + 1, d):
            if abs(c[p][q]) < 1e-15:
                continue
            t = math.atan2(2 * c[p][q], c[q][q] - c[p][p]) / 2
            s, k = math.sin(t), math.cos(t)
            for m in (c, v):
                for i in range(d):
                    x, y = m[i][p], m[i][q]
                    m[i][p], m[i][q] = k * x - s * y, s * x + k * y
            for i in range(d):
                x, y = c[p][i], c[q][i]
                c[p][i], c[q][i] = k * x - s * y, s * x + k * y
order = sorted(range(d), key=lambda j: -c[j][j])
values = [c[j][j] for j in order]
load = [[v[i][order[f]] * math.sqrt(values[f]) for f in range(2)] for i in range(d)]
h = [math.sqrt(a * a + b * b) for a, b in load]


def turned(t):
    return [[a * math.cos(t) + b * math.sin(t), b * math.cos(t) - a * math.sin(t)] for a, b in load]


def criterion(t):
    total = 0.0
    for f in range(2):
        s = [(row[f] / h[i]) ** 2 for i, row in enumerate(turned(t))]
        total += math.fsum(x * x for x in s) / d - (math.fsum(s) / d) ** 2
    return total


step, best = math.pi / 2 / 2000, 0.0
best = max((i * step for i in range(2000)), key=criterion)
while step > 1e-14:
    best = max((best - step, best, best + step), key=criterion)
    step *= 0.7
out = turned(best)
columns = [[row[f] for row in out] for f in range(2)]
columns.sort(key=lambda col: -sum(x * x for x in col))
columns = [[x * (1 if max(col, key=abs) > 0 else -1) for x in col] for col in columns]
json.dump({"eigenvalues": [round(x, 9) for x in values], "loadings": [[round(col[j], 7) for col in columns] for j in range(d)],
           "explained": [round(sum(x * x for x in col) / d, 9) for col in columns]}, sys.stdout, indent=1)

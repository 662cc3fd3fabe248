"""A second computation of the profit classes, in exact fractions, written from the definition and not from the Go code.

Makes invented customers (synthetic, seeded) and what they must get: python3 reference.py > reference.csv
Amounts are in minor units. cost is the cost of the deals whose cost is known, covered their revenue; tickets cost 12.50 each.
"""
import csv, random, sys
from fractions import Fraction as F

random.seed(7)
rows = []
for i in range(300):
    revenue = random.choice([0, 0, random.randrange(1, 10**6), random.randrange(1, 10**8)])
    covered = random.choice([revenue] * 6 + [revenue * 95 // 100, revenue * 90 // 100, revenue * 89 // 100, 0])
    cost = round(covered * random.choice([F(1, 2), F(4, 5), F(95, 100), F(995, 1000), F(999, 1000), F(1), F(13, 10)]))
    if revenue == 0 and random.random() < 0.3:
        cost = random.randrange(1, 1000)
    rows.append([revenue, covered, cost, random.choice([0, 0, 0, 1, 2, 50])])

def half_away(x):
    n = int(abs(x) + F(1, 2))
    return n if x >= 0 else -n

def contribution(revenue, covered, cost, tickets):
    gross = covered - cost
    if covered != revenue:
        if revenue <= 0 or covered <= 0 or covered * 10 < revenue * 9:
            return None
        gross = half_away(F(gross * revenue, covered))
    return gross - tickets * 1250

results = [contribution(*r) for r in rows]
positive = [c for c in results if c is not None and c > 0]
peak = sum(positive)

out = csv.writer(sys.stdout, lineterminator="\n")
out.writerow(["revenue", "covered", "cost", "tickets", "class", "contribution", "rank", "low"])
for row, c in zip(rows, results):
    revenue = row[0]
    if c is None:
        out.writerow(row + ["unclassified", "", "", ""])
        continue
    larger = [p for p in positive if p > c]
    if revenue > 0 and abs(c) * 100 < revenue:
        kind = "break_even"
    elif c < 0:
        kind = "loss"
    elif c == 0:
        kind = "none"
    else:
        kind = "high" if 100 * sum(larger) < 80 * peak else "contributing"
    rank = len(larger) + 1 if c > 0 else ""
    low = ("true" if c * 10 < revenue else "false") if revenue > 0 else ""
    out.writerow(row + [kind, c, rank, low])

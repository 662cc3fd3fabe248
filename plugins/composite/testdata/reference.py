"""A second computation of the composite grade, in exact fractions, written from the definition and not from the Go code.

Makes invented customers (synthetic, seeded) and what they must get: python3 reference.py > reference.csv
Criteria: credit 20 (points A 100 ... E 0), amount 30 (above_zero), margin 30 (rank), recency 12.5 (rank, low is good),
staff 7.5 (range 10 to 500). Missing criteria are skipped. Veto: credit E is at most C.
"""
import csv, random, sys
from fractions import Fraction as F
from math import floor

random.seed(20261127)
N = 300
POINTS = {"A": F(1), "B": F(3, 4), "C": F(1, 2), "D": F(1, 4), "E": F(0)}
WEIGHTS = {"credit": F(20), "amount": F(30), "margin": F(30), "recency": F(25, 2), "staff": F(15, 2)}

rows = []
for i in range(N):
    rows.append({
        "credit": random.choice(["A", "B", "C", "D", "E", "unclassified", ""]),
        "amount": random.choice([0, 0, -500, random.randrange(1, 40) * 1000, random.randrange(1, 10**7)]),
        "margin": random.choice(["", "", random.randrange(-20, 60), random.randrange(-20, 60)]),
        "recency": random.choice(["", random.randrange(1, 60), random.randrange(1, 365)]),
        "staff": random.choice(["", random.randrange(1, 30), random.randrange(1, 900)]),
    })

def midrank(value, values):
    below = sum(1 for v in values if v < value)
    equal = sum(1 for v in values if v == value)
    return F(2 * below + equal, 2 * len(values))

known = {k: [r[k] for r in rows if r[k] != ""] for k in WEIGHTS}
positive = [v for v in known["amount"] if v > 0]

def s(row, name):
    v = row[name]
    if name == "credit":
        return POINTS.get(v)
    if v == "":
        return None
    if name == "amount":
        return midrank(v, positive) if v > 0 else F(0)
    if name == "margin":
        return midrank(v, known[name])
    if name == "recency":
        return 1 - midrank(v, known[name])
    return max(F(0), min(F(1), F(v - 10, 490)))

out = csv.writer(sys.stdout, lineterminator="\n")
out.writerow(["credit", "amount", "margin", "recency", "staff", "known", "score", "class", "contributions"])
for row in rows:
    marks = {k: s(row, k) for k in WEIGHTS}
    have = [k for k in WEIGHTS if marks[k] is not None]
    total = sum(WEIGHTS[k] for k in have)
    parts = {k: 100 * WEIGHTS[k] * marks[k] / total for k in have}
    score = sum(parts.values())
    hundredths = floor(score * 100)
    share = F(100) * total / sum(WEIGHTS.values())
    if share < 60:
        grade = "provisional"
    else:
        grade = "A" if score >= 80 else "B" if score >= 60 else "C" if score >= 40 else "D"
        if row["credit"] == "E" and grade < "C":
            grade = "C"
    cut = {k: floor(parts[k] * 100) for k in have}
    order = sorted(have, key=lambda k: -(parts[k] * 100 - cut[k]))  # sorted keeps the order of equals
    for k in order[:hundredths - sum(cut.values())]:
        cut[k] += 1
    out.writerow([row["credit"], row["amount"], row["margin"], row["recency"], row["staff"], floor(share * 10) / 10,
                  "%d.%02d" % divmod(hundredths, 100), grade, " + ".join("%s %d.%02d" % ((k,) + divmod(cut[k], 100)) for k in have)])

"""A second computation of the steadiness (XYZ) of the 85 accounts of the B2B sales pipeline over the 12 months, and over the 4
quarters, of 2017, in exact fractions, written from the definition and not from the Go code:

    python3 xyz.py PATH/TO/sales_pipeline.csv > xyz.csv
"""
import csv, sys
from datetime import date
from fractions import Fraction as F
from math import sqrt

months = {}
for row in csv.DictReader(open(sys.argv[1], encoding="utf-8")):
    if row["account"] and row["deal_stage"] == "Won":
        closed = date.fromisoformat(row["close_date"])
        assert closed.year == 2017
        months.setdefault(row["account"], [0] * 12)[closed.month - 1] += int(row["close_value"])

def judge(values):
    while values and values[0] == 0:  # before the first purchase
        values = values[1:]
    n, mean = len(values), F(sum(values), len(values))
    variance = sum((v - mean) ** 2 for v in values) / n
    kind = "X" if variance <= F(1, 4) * mean ** 2 else "Y" if variance <= mean ** 2 else "Z"
    return kind, "%.2f" % sqrt(variance / mean ** 2), n

out = csv.writer(sys.stdout, lineterminator="\n")
out.writerow(["account"] + ["m%d" % m for m in range(1, 13)] + ["xyz", "variation", "periods", "quarter_xyz", "quarter_variation", "quarters"])
for account in sorted(months):
    m = months[account]
    out.writerow([account] + m + list(judge(m)) + list(judge([sum(m[q:q + 3]) for q in (0, 3, 6, 9)])))

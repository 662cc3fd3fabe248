"""A second computation of the value classes of the 85 accounts of the B2B sales pipeline, in exact fractions, written
from the definition and not from the Go code: python3 reference.py PATH/TO/sales_pipeline.csv > reference.csv

History: amount 70, orders 30; potential: number of open deals; loyalty: purchase days 70, days since the first purchase 30
(rank); weights 50, 20, 30. As of 2018-01-01. The set gives open deals no amount, so they are counted.
"""
import csv, sys
from datetime import date
from fractions import Fraction as F
from math import floor

AS_OF = date(2018, 1, 1)
accounts = {}
for row in csv.DictReader(open(sys.argv[1], encoding="utf-8")):
    if not row["account"]:
        continue
    a = accounts.setdefault(row["account"], {"amount": 0, "orders": 0, "open": 0, "days": set()})
    closed = date.fromisoformat(row["close_date"]) if row["close_date"] else None
    if row["deal_stage"] == "Won" and closed < AS_OF:
        a["amount"] += int(row["close_value"])
        a["orders"] += 1
        a["days"].add(closed)
    elif row["deal_stage"] in ("Engaging", "Prospecting"):
        a["open"] += 1
for a in accounts.values():
    a["first"] = (AS_OF - min(a["days"])).days if a["days"] else None
    a["days"] = len(a["days"])

def midrank(v, values):
    return F(2 * sum(x < v for x in values) + sum(x == v for x in values), 2 * len(values))

def above_zero(name, a):
    return midrank(a[name], [x[name] for x in accounts.values() if x[name] > 0]) if a[name] > 0 else F(0)

def cut(x):
    return "%d.%02d" % divmod(floor(x * 100), 100)

amounts = [a["amount"] for a in accounts.values() if a["amount"] > 0]
out = csv.writer(sys.stdout, lineterminator="\n")
out.writerow("account amount orders open days first score history potential loyalty three two potential_levels vip cultivate".split())
for name in sorted(accounts):
    a = accounts[name]
    history = 70 * above_zero("amount", a) + 30 * above_zero("orders", a)
    potential = 100 * above_zero("open", a)
    tenure = F(0) if a["first"] is None else midrank(a["first"], [x["first"] for x in accounts.values() if x["first"] is not None])
    loyalty = 70 * above_zero("days", a) + 30 * tenure
    score = (50 * history + 20 * potential + 30 * loyalty) / 100
    three = "high" if score >= F("66.67") else "mid" if score >= F("33.33") else "low"
    ripe = potential >= F("66.67")
    levels = "high" if score >= F("66.67") else "potential" if ripe else "ordinary"
    vip = a["amount"] > 0 and 100 * sum(x > a["amount"] for x in amounts) < 5 * len(amounts)
    out.writerow([name, a["amount"], a["orders"], a["open"], a["days"], a["first"], cut(score), cut(history), cut(potential), cut(loyalty),
                  three, "high" if score >= 50 else "low", levels, str(vip).lower(), str(three != "high" and ripe).lower()])

"""Stages of every customer of two data sets, computed apart from the plugin: plain Python 3, fractions.

    python3 plugins/lifecycle/testdata/stages.py

writes stages.csv beside itself: data set, as-of day, customer, stage by each settings, interval in days.
"""
import csv
import datetime as dt
import pathlib
import statistics
from fractions import Fraction

HERE = pathlib.Path(__file__).resolve().parent
DATA = HERE.parents[2] / "examples" / "data"


def cdnow():
    bought = {}
    for line in open(DATA / "cdnow" / "CDNOW_sample.txt"):
        _, customer, day, _, _ = line.split()
        bought.setdefault(int(customer), []).append(dt.datetime.strptime(day, "%Y%m%d").date())
    return bought


def pipeline():
    bought = {}
    for row in csv.DictReader(open(DATA / "crm_sales_opportunities" / "sales_pipeline.csv")):
        if row["deal_stage"] == "Won" and row["account"]:
            bought.setdefault(row["account"], []).append(dt.date.fromisoformat(row["close_date"]))
    return bought


def gaps(days):
    return [Fraction((b - a).days) for a, b in zip(days, days[1:])]


def interval(days, base):
    if len(days) >= 3:
        return max(statistics.median(gaps(days)), Fraction(7))
    return base


def stage(days, as_of, base, s):
    """s: new, active, dormant, back as functions of days and interval, plus churned_after"""
    if not days:
        return "prospect", None
    g = interval(days, base)
    since = (as_of - days[-1]).days

    def churned(n, g):
        return n > 90 and n > s["dormant"](g)

    for i in range(1, len(days)):
        if churned((days[i] - days[i - 1]).days, interval(days[:i], base)) and (as_of - days[i]).days <= s["back"](g):
            return "reactivated", g
    if len(days) == 1 and since <= s["new"](g) and not churned(since, g):
        return "new", g
    if churned(since, g):
        return "churned", g
    if since > s["active"](g):
        return "dormant", g
    if len(days) - 1 >= 3 and (as_of - days[0]).days >= 365:
        return "loyal", g
    return "active", g


SETTINGS = {
    "own_interval": {"new": lambda g: 90, "active": lambda g: g * Fraction(3, 2), "dormant": lambda g: g * 3, "back": lambda g: g},
    "days_30_60_90": {"new": lambda g: 30, "active": lambda g: 60, "dormant": lambda g: 90, "back": lambda g: 30},
}


def main():
    rows = []
    for name, bought, dates in (
        ("cdnow", cdnow(), ("1997-04-01", "1997-10-01", "1998-07-01")),
        ("pipeline", pipeline(), ("2017-10-01", "2018-01-01")),
    ):
        for date in dates:
            as_of = dt.date.fromisoformat(date)
            known = {c: sorted({d for d in days if d < as_of}) for c, days in bought.items()}
            medians = [statistics.median(gaps(d)) for d in known.values() if len(d) >= 2]
            base = max(statistics.median(medians), Fraction(7))
            for customer in sorted(known):
                days = known[customer]
                g = interval(days, base) if days else ""
                rows.append([name, date, customer] + [stage(days, as_of, base, s)[0] for s in SETTINGS.values()] + [g and float(g)])
    with open(HERE / "stages.csv", "w", newline="") as f:
        w = csv.writer(f, lineterminator="\n")
        w.writerow(["data", "as_of", "customer", *SETTINGS, "interval"])
        w.writerows(rows)


main()

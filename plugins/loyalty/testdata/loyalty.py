"""Classes of every customer of two data sets, computed apart from the plugin: plain Python 3, fractions.

    python3 plugins/loyalty/testdata/loyalty.py

writes loyalty.csv (data set, as-of day, customer, class in three schemes, present and complete quarters)
and measures.csv (data set, as-of day, base interval, repeat-purchase rate, retention rates) beside itself.
Of the pipeline every second account, by name, has no open deal.
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


def quarter(day):
    return day.year * 4 + (day.month - 1) // 3


def judge(days, opened, as_of, base):
    now = quarter(as_of)
    tenure = (as_of - days[0]).days if days else 0
    complete = [q for q in range(now - 8, now) if days and q >= quarter(days[0])]
    k, m = len({quarter(d) for d in days} & set(complete)), len(complete)
    loyal = len(days) >= 3 and m and Fraction(k, m) >= Fraction(3, 4)
    if len(days) < 2:
        if opened:
            begin = "potential"
        elif not days:
            begin = "none"
        else:
            begin = "potential" if (as_of - days[0]).days <= base else "occasional"
        behaviour = long = begin
    else:
        behaviour = "unclassified" if not m else "loyal" if loyal else "drifting"
        long = "long_term" if loyal and tenure >= 730 else "regular"
    if not days:
        level = "none"
    elif not m:
        level = "unclassified"
    elif loyal:
        level = "high"
    else:
        level = "mid" if len(days) >= 2 and Fraction(k, m) >= Fraction(1, 4) else "low"
    return behaviour, level, long, k, m


def main():
    rows, measures = [], []
    for name, bought, dates in (
        ("cdnow", cdnow(), ("1997-03-20", "1997-10-01", "1998-07-01")),
        ("pipeline", pipeline(), ("2017-05-10", "2018-01-01", "2019-03-02")),
    ):
        for date in dates:
            as_of = dt.date.fromisoformat(date)
            known = {c: sorted({d for d in days if d < as_of}) for c, days in bought.items()}
            medians = [statistics.median((b - a).days for a, b in zip(d, d[1:])) for d in known.values() if len(d) >= 2]
            base = max(Fraction(statistics.median(medians)), Fraction(7))
            for i, customer in enumerate(sorted(known)):
                opened = name == "pipeline" and i % 2 == 0
                rows.append([name, date, customer, int(opened), *judge(known[customer], opened, as_of, base)])
            now = quarter(as_of)
            active = {q: {c for c, d in known.items() if q in {quarter(x) for x in d}} for q in range(now - 8, now)}
            here = [(len(active[q]), len(active[q] & active[q + 1])) for q in range(now - 8, now - 1)]
            buyers = [d for d in known.values() if d]
            repeat = Fraction(sum(len(d) >= 2 for d in buyers), len(buyers))
            total = sum(a for a, _ in here)
            measures.append([name, date, float(base), float(repeat), here[-1][0] and here[-1][1] / here[-1][0],
                             total and sum(b for _, b in here) / total])
    for path, head, body in (
        ("loyalty.csv", "data as_of customer open behaviour levels tenure present complete", rows),
        ("measures.csv", "data as_of base_interval repeat_purchase_rate retention_rate_latest retention_rate", measures),
    ):
        with open(HERE / path, "w", newline="") as f:
            w = csv.writer(f, lineterminator="\n")
            w.writerow(head.split())
            w.writerows(body)


main()

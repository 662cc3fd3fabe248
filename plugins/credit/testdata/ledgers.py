#!/usr/bin/env python3
"""Synthetic ledgers and what they come to, computed in another way than the plugin does: python3 ledgers.py

Nothing in them is about anybody. Writes ledgers.csv (one record a line) and expected.csv (one customer a line) beside itself. Money in
cents, days as days before the as-of day (negative: after it). Payments and credit notes settle the oldest invoice first: on a line of
cents, invoices lie end to end, payments lie end to end, and a part is where one overlaps another.
"""
import csv, os, random

HERE = os.path.dirname(os.path.abspath(__file__))
POINTS = [(-30, 100), (-20, 90), (0, 80), (15, 70), (22, 60), (30, 50), (60, 40), (90, 30), (120, 20)]


def points(d):
    d = min(max(d, -30), 120)
    for (a, p), (b, q) in zip(POINTS, POINTS[1:]):
        if a <= d <= b:
            return p + (q - p) * (d - a) / (b - a)


def judge(parts, invoices):
    """parts: (invoice index, cents, days from due day to settlement or as-of day)"""
    total = sum(c for _, c, _ in parts)
    if not total:
        return ["", "", "0"]
    late = sum(c * max(0, d) for _, c, d in parts) / total
    score = sum(c * points(d) for _, c, d in parts) / total
    return ["%.6f" % late, "%.6f" % score, str(len({i for i, _, _ in parts}))]


def main():
    r = random.Random(20260101)
    records, expected = [], []
    for customer in range(400):
        invoices, payments, notes = [], [], []
        for _ in range(r.randrange(0, 12)):
            issued = r.randrange(1, 500)
            due = issued - r.choice([0, 14, 30, 30, 60])
            status = r.choice(["open", "paid", "paid", "paid", "paid", "disputed", "Draft"])
            paid = due - r.randrange(-20, 100) if status == "paid" and r.random() < .9 else None
            invoices.append([r.choice([100, 5000, 12345, 99999, 1000000]), issued, due, paid, status])
        invoices.sort(key=lambda i: (-i[2], -i[1], i[0]))
        if len({i[2] for i in invoices}) < len(invoices):  # ties are another test's
            invoices = []
        for _ in range(r.randrange(0, 10)):
            payments.append([r.choice([100, 7000, 50000, 400000]), r.randrange(-5, 450)])
        if r.random() < .3:
            notes.append([r.choice([50, 2500]), r.randrange(1, 300)])
        for a, issued, due, paid, status in invoices:
            records.append([customer, "invoice", a, issued, due, "" if paid is None else paid, status])
        for a, day in notes:
            records.append([customer, "invoice", -a, day, "", "", "posted"])
        for a, day in payments:
            records.append([customer, "payment", a, day, "", "", ""])
        row = [customer]
        for mode in ("invoices", "payments"):
            claims = [i for i in invoices if i[4] not in ("disputed", "Draft")]
            if mode == "invoices":
                claims = [i for i in claims if not (i[4] == "paid" and i[3] is None)]
            money = [(day, a) for a, day in notes if day > 0]
            if mode == "payments":
                money += [(day, a) for a, day in payments if day > 0]
            money.sort(key=lambda m: (-m[0], m[1]))
            own = {n: i[3] for n, i in enumerate(claims) if mode == "invoices" and i[3] is not None and i[3] > 0}
            parts, open_cents, at = [], 0, 0
            spans, begin = [], 0
            for day, a in money:
                spans.append((begin, begin + a, day))
                begin += a
            for n, (a, issued, due, paid, status) in enumerate(claims):
                inside = 0 < due <= 365
                if n in own:
                    if inside:
                        parts.append((n, a, due - own[n]))
                    continue
                left = a
                for lo, hi, day in spans:
                    cents = min(hi, at + a) - max(lo, at)
                    if cents > 0:
                        left -= cents
                        if inside:
                            parts.append((n, cents, due - day))
                at += a
                if left > 0 and due > 0:
                    parts.append((n, left, due))
                    open_cents += left
            row += judge(parts, claims) + [open_cents]
        expected.append(row)
    for name, header, rows in (("ledgers.csv", ["customer", "kind", "cents", "issued", "due", "paid", "status"], records),
                               ("expected.csv", ["customer", "late", "score", "invoices", "overdue", "p_late", "p_score", "p_invoices", "p_overdue"], expected)):
        with open(os.path.join(HERE, name), "w", newline="") as f:
            w = csv.writer(f, lineterminator="\n")
            w.writerow(header)
            w.writerows(rows)


if __name__ == "__main__":
    main()

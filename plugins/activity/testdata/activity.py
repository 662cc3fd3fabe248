"""Classes of synthetic customers, computed apart from the plugin: plain Python 3.

    python3 plugins/activity/testdata/activity.py

makes customers by a fixed rule (no data of anybody), writes them to customers.json and their classes to
classes.csv beside itself: customer, class, index in millionths, own acts, kinds of acts, channel, trend.
"""
import bisect
import csv
import json
import pathlib
import random
import statistics
from collections import Counter

HERE = pathlib.Path(__file__).resolve().parent
WEIGHTS = {"meeting": 3, "call": 3, "mail": 3, "ticket": 3, "survey": 3, "visit": 1, "quote": 0, "invoice": 0, "payment": 0, "order": 3}
KINDS = list(WEIGHTS)
WINDOW, HALF_LIFE, RECENT = 180, 30, 30


def make(n):
    r = random.Random(13)
    out = []
    for i in range(n):
        acts = []
        style = r.choice(["busy", "even", "rare", "ours", "none", "buyer", "odd"])
        if style == "busy":
            acts = [[r.choice(KINDS[:6]), r.randint(1, 200), r.choice(["INBOUND", "inbound", "OUTBOUND", ""])] for _ in range(r.randint(5, 40))]
        elif style == "even":
            step, at = r.randint(10, 50), r.randint(1, 60)
            while at < 220:
                acts.append(["call", at, "inbound"])
                at += max(1, step + r.randint(-step // 2, step // 2))
        elif style == "rare":
            acts = [[r.choice(["mail", "visit", "survey"]), r.randint(1, 300), ""] for _ in range(r.randint(1, 4))]
        elif style == "ours":
            acts = [[r.choice(["mail", "call"]), r.randint(1, 180), "outbound"] for _ in range(r.randint(1, 9))]
        elif style == "buyer":
            acts = [["order", r.randint(1, 200), ""] for _ in range(r.randint(1, 6))] + [["invoice", r.randint(1, 200), ""]]
        elif style == "odd":
            acts = [["quote", 5, ""], ["payment", 7, ""], ["visit", r.choice([180, 181, 0, -4]), "in"]]
        out.append([a for a in acts if a[1] <= 400])
    return out


def gather(acts):
    events = [a for a in acts if 1 <= a[1] <= WINDOW and WEIGHTS[a[0]]]
    orders = sorted({a[1] for a in events if a[0] == "order"})
    talks = [a for a in events if a[0] != "order"]
    own = [(k, age) for k, age, d in talks if d.lower() not in ("outbound", "outgoing", "out", "email")] + [("order", age) for age in orders]
    sums = Counter()
    for kind, age in own:
        # millionths of a fresh act, times thousandths of a weight
        sums[kind] += 1000 * WEIGHTS[kind] * round(1e6 * 2 ** (-age / HALF_LIFE))
    return len(talks) + len(orders), own, sums, sum(sums.values()) // 1000


def main():
    customers = make(700)
    gathered = [gather(acts) for acts in customers]
    indices = sorted(g[3] for g in gathered if g[0])
    n = len(indices)

    def third(index):
        below, upto = bisect.bisect_left(indices, index), bisect.bisect_right(indices, index)
        return 3 * (2 * below + upto - below) // (2 * n) + 1

    rows = []
    for i, (events, own, sums, index) in enumerate(gathered):
        days = sorted({age for _, age in own})
        gaps = [b - a for a, b in zip(days, days[1:])]
        regular = len(days) >= 4 and statistics.pstdev(gaps) / statistics.mean(gaps) < 0.6
        if not events:
            what = "silent"
        elif not own:
            what = "passive"
        elif third(index) == 3 and min(days) <= RECENT:
            what = "active"
        elif third(index) >= 2 or regular:
            what = "steady"
        else:
            what = "passive"
        channel = trend = ""
        if own:
            channel = min(sums, key=lambda k: (-sums[k], KINDS.index(k)))
            newer = sum(age <= 90 for _, age in own)
            older = len(own) - newer
            trend = "rising" if newer >= 2 and newer >= 1.5 * older else "falling" if older >= 2 and older >= 1.5 * newer else "level"
        rows.append([i, what, index, len(own), len(sums), channel, trend])
    with open(HERE / "customers.json", "w") as f:
        f.write("[\n" + ",\n".join(json.dumps(c, separators=(",", ":")) for c in customers) + "\n]\n")
    with open(HERE / "classes.csv", "w", newline="") as f:
        w = csv.writer(f, lineterminator="\n")
        w.writerow(["customer", "class", "index", "own", "breadth", "channel", "trend"])
        w.writerows(rows)
    print(Counter(r[1] for r in rows))


main()

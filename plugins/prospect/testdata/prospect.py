"""Stages and scores of made-up customers, computed apart from the plugin: plain Python 3.

    python3 plugins/prospect/testdata/prospect.py

makes customers by a fixed rule (no data of anybody), writes them to customers.json and what the default rule says of
them to expected.csv beside itself: customer, stage, score, fit, engagement, temperature, potential, kept reason.
"""
import csv
import json
import math
import pathlib
import random
from collections import defaultdict

HERE = pathlib.Path(__file__).resolve().parent
POINTS = {"meeting": (20, 40), "call": (12, 30), "mail": (6, 18), "visit": (3, 12), "survey": (3, 6), "quote": (5, 10), "lost": (-20, 40)}
OWN = ["meeting", "call", "mail", "ticket", "survey", "visit"]
NO_CLOSE = 1 << 20


def make(n):
    r = random.Random(29)
    out = []
    for _ in range(n):
        span = r.choice([10, 30, 100, 420])
        acts = []
        for _ in range(r.choice([0, 0, 1, 2, 4, 12])):
            kind = r.choice(OWN + ["quote", "quote", "invoice"])
            if kind == "quote":
                acts.append([kind, r.randint(0, span), r.choice(["", "SENT", "Draft", "accepted", "DENIED", "closed-lost"]), r.choice([None, r.randint(1, 10**7)])])
            else:
                acts.append([kind, r.randint(0, span), r.choice(["", "inbound", "Outbound", "EMAIL"]), r.choice([None, None, "price", "Demo", "下單"])])
        deals = []
        for _ in range(r.choice([0, 0, 1, 1, 2, 3])):
            state = r.choice(["won", "lost", "lost", "open", "open"])
            closed = r.randint(1, span) if state != "open" else r.choice([NO_CLOSE, r.randint(-200, 40)])
            deals.append([state, r.randint(0, 200) + (closed if state != "open" else 0), closed, r.choice(["", "price", "Later", "no_budget", "duplicate"]) if state != "won" else ""])
        out.append({"acts": acts, "deals": deals, "employees": r.choice([None, r.randint(0, 900)]), "judgement": r.choice([None, None, r.randint(1, 5)])})
    return out


def norm(word):
    return " ".join(word.lower().replace("_", " ").replace("-", " ").split())


def judge(c):
    own, intent, quotes, settled, refusals, later = [], [], [], [], [], []
    sums = defaultdict(float)
    for kind, age, how, what in c["acts"]:
        if not 1 <= age <= 365 or kind == "invoice":
            continue
        if kind == "quote":
            status = norm(how)
            if status == "draft":
                continue
            if status == "accepted":
                intent.append(age)
                settled.append(age)
            elif status in ("denied", "closed lost"):
                refusals.append((age, ""))
                settled.append(age)
            else:
                quotes.append(age)
        elif norm(how) in ("outbound", "email"):
            continue
        else:
            own.append(age)
            if kind in ("meeting", "call") or what and norm(what) in ("demo", "下單"):
                intent.append(age)
        if kind in POINTS:
            sums[kind] += POINTS[kind][0] * 0.5 ** (age / 30)
    living, won = [], []
    for state, created, closed, reason in c["deals"]:
        if state == "won":
            won.append(closed)
        elif state == "lost" and 1 <= closed <= 365:
            settled.append(closed)
            if norm(reason) in ("later", "no budget"):
                later.append(closed)
            elif norm(reason) != "duplicate":
                refusals.append((closed, reason))
                sums["lost"] += POINTS["lost"][0] * 0.5 ** (closed / 30)
        elif state == "open" and created >= 1 and (created <= 180 or closed <= 0):
            living.append(closed < -90 or norm(reason) in ("later", "no budget"))
    least = lambda ages: min(ages, default=math.inf)
    engagement = min(50, max(0, sum(max(-POINTS[k][1], min(POINTS[k][1], v)) for k, v in sums.items())))
    parts = [(1, min(1, sum(a[0] == "quote" for a in c["acts"]) / 2)), (1, min(1, sum(a[0] == "meeting" for a in c["acts"]) / 3))]
    if c["employees"] is not None:
        parts.append((2, min(1, c["employees"] / 500)))
    fit = 100 * sum(w * s for w, s in parts) / sum(w for w, _ in parts)
    score = fit / 2 + engagement
    no = least([a for a, _ in refusals])
    last = lambda age: age < math.inf and least(own) >= age and least(won) > age and not living
    quote = least(quotes)
    if last(no) and no <= least(later):
        stage = "not_interested"
    elif 7 < quote <= 90 and least(own) >= quote and least(won) > quote and least(settled) > quote:
        stage = "quoted_silent"
    elif living and all(living) or last(least(later)):
        stage = "not_now"
    elif least(intent) <= 14 or score >= 70:
        stage = "interested"
    elif least(own) <= 60 or living:
        stage = "considering"
    else:
        stage = "unknown"
    judged = None if c["judgement"] is None else 25 * (c["judgement"] - 1)
    of = fit if judged is None else judged
    potential = "" if judged is None and fit == 0 else "high" if of >= 70 else "medium" if of >= 40 else "low"
    why = min((reason for age, reason in refusals if age == no and reason), default="")
    return [stage, f"{score:.3f}", f"{fit / 2:.3f}", f"{engagement:.3f}", potential, why]


def main():
    customers = make(1500)
    (HERE / "customers.json").write_text("[\n" + ",\n".join(json.dumps(c, ensure_ascii=False, separators=(",", ":")) for c in customers) + "\n]\n")
    with open(HERE / "expected.csv", "w", newline="") as f:
        w = csv.writer(f, lineterminator="\n")
        w.writerow(["customer", "stage", "score", "fit", "engagement", "potential", "refusal_reason"])
        w.writerows([i, *judge(c)] for i, c in enumerate(customers))


main()

"""The second computation of need: what the default rule says of invented customers, in exact fractions and with no code of the plugin.

    python3 need.py > customers.json

Seeded; nothing here is about anybody. Texts have one key word each, so that what is compared is the rule and not the search for words.
"""
import json
import random
from fractions import Fraction

WORDS = {"price": "too expensive", "quality": "bad quality", "service": "late delivery", "": "hello"}
SIGNALS = ["discount", "price_words", "series", "quality_words", "tickets", "service_words"]
AXES = {"price": ("discount", "price_words"), "quality": ("series", "quality_words"), "service": ("tickets", "service_words")}


def invent(rng):
    need = rng.choice(["price", "quality", "service", "mixed"])
    orders = []
    for _ in range(rng.choice([0, 1, 2, 3, 3, 4, 5, 8, 12])):
        off = rng.randint(*{"price": (10, 40), "quality": (0, 5), "service": (0, 10), "mixed": (0, 20)}[need])
        upper = rng.random() < {"price": 0.1, "quality": 0.9}.get(need, 0.5)
        orders.append([100 - off, "premium" if upper else "basic"])
    about = lambda: need if need != "mixed" and rng.random() < 0.7 else rng.choice(["price", "quality", "service", ""])
    tickets = [about() for _ in range(rng.randint(0, 4))]
    lost = [about() for _ in range(rng.randint(0, 2))]
    return {"orders": orders, "tickets": tickets, "lost": lost}


def signals(c):
    """Shares in thousandths, rounded down; what is not known is absent."""
    out = {}
    n = len(c["orders"])
    if n >= 3:
        off = sorted(1000 - paid * 10 for paid, _ in c["orders"])
        out["discount"] = off[n // 2] if n % 2 else (off[n // 2 - 1] + off[n // 2]) // 2
        out["series"] = sum(s == "premium" for _, s in c["orders"]) * 1000 // n
        opened = sum(t in ("service", "") for t in c["tickets"])
        out["tickets"] = min(opened * 1000 // n, 1000) if opened > 1 else 0
    said = [t for t in c["tickets"] + c["lost"] if t]
    if said:
        for axis in AXES:
            out[axis + "_words"] = said.count(axis) * 1000 // len(said)
    return out


def main():
    rng = random.Random(20261127)
    customers = [invent(rng) for _ in range(600)]
    shown = [signals(c) for c in customers]
    positive = {s: sorted(x[s] for x in shown if x.get(s, 0) > 0) for s in SIGNALS}

    def percentile(s, v):
        every = positive[s]
        below, equal = sum(x < v for x in every), sum(x == v for x in every)
        return (Fraction(2 * below + equal, 2 * len(every)) * 1000000).__floor__()

    out = []
    for c, x in zip(customers, shown):
        score, speak = {}, {}
        for axis, pair in AXES.items():
            known = [s for s in pair if s in x]
            speak[axis] = sum(x[s] > 0 for s in known)
            score[axis] = sum(percentile(s, x[s]) for s in known if x[s] > 0) // len(known) if known else 0
        first, second = sorted(AXES, key=lambda a: -score[a])[:2]
        if len(x) < 2:
            verdict = "unclassified"
        elif score[first] - score[second] < 150000:
            verdict = "mixed"
        elif speak[first] < 2:
            verdict = "unclassified"
        else:
            verdict = first
        c["tickets"], c["lost"] = [WORDS[t] for t in c["tickets"]], [WORDS[t] for t in c["lost"]]
        out.append({**c, "class": verdict, "scores": {a: score[a] for a in AXES}, "discount": x.get("discount")})
    print(json.dumps(out, separators=(",", ":")))


main()

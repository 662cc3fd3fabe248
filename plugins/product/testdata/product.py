"""An independent second computation of the plugin product: python3 product.py writes customers.json and classes.csv.

What the texts mean is labelled by hand here; shares, ties, breadth and the favourite are computed with exact fractions.
"""

import csv
import json
import random
import unicodedata
from collections import Counter
from fractions import Fraction

# text: (category that its spellings share, kind; "" is not understood)
TEXTS = {
    "Machines": ("machine", "durable"),
    "machine": ("machine", "durable"),
    "MACHINE": ("machine", "durable"),
    "Office furniture": ("office furniture", "durable"),
    "家電": ("家电", "durable"),
    "家电": ("家电", "durable"),
    "Groceries": ("grocery", "non_durable"),
    "办公耗材": ("办公耗材", "non_durable"),
    "Non-durable goods": ("non durable good", "non_durable"),
    "Machine maintenance": ("machine maintenance", "service"),
    "汽車維修": ("汽车维修", "service"),
    "Car insurance": ("car insurance", "financial"),
    "信用貸款": ("信用贷款", "financial"),
    "Unobtainium": ("unobtainium", ""),
    "XY-200": ("xy 200", ""),
}
ORDER = ["durable", "non_durable", "service", "financial"]


def percent(a, b):
    """Two digits, half away from zero, as floating point has it."""
    value = 10000 * float(a) / float(b)
    return int(value + 0.5) / 100 if value == value else None


def show(x):
    return repr(int(x)) if x == int(x) else repr(x)


def classify(deals, by):
    """The class and the parts of a list of (text or None, amount in minor units or None)."""
    said = [(t, a) for t, a in deals if t]
    weighed = [(t, 1 if by == "deals" else max(0, a or 0)) for t, a in said]
    weighed = [(t, w) for t, w in weighed if w]
    total = sum(w for _, w in weighed)
    kinds, categories, spellings = Counter(), Counter(), Counter()
    for t, w in weighed:
        key, kind = TEXTS[t]
        categories[key] += w
        spellings[key, t] += w
        if kind:
            kinds[kind] += w
    known = sum(kinds.values())
    parts = {"breadth": str(len(categories))}
    if total:
        best = min(categories, key=lambda k: (-categories[k], k.encode()))
        text = min((t for k, t in spellings if k == best), key=lambda t: (-spellings[best, t], t.encode()))
        parts["favourite"], parts["favourite_share"] = text, show(percent(categories[best], total))
    ranked = sorted(kinds, key=lambda k: (-kinds[k], ORDER.index(k)))
    if ranked:
        parts["kinds"], parts["share"] = ", ".join(ranked), show(percent(kinds[ranked[0]], known))
    if not deals:
        return "none", parts
    if not said or not total or Fraction(known, total) < Fraction(1, 2):
        return "unclassified", parts
    if sum(kinds[k] == kinds[ranked[0]] for k in kinds) > 1 or Fraction(kinds[ranked[0]], known) < Fraction(1, 2):
        return "mixed", parts
    return ranked[0], parts


def main():
    assert all(unicodedata.is_normalized("NFC", t) for t in TEXTS)
    dice = random.Random(25)
    customers, rows = [], []
    for i in range(500):
        few = dice.sample(list(TEXTS), dice.randint(1, len(TEXTS)))
        deals = []
        for _ in range(dice.choice([0, 1, 2, 3, 4, 5, 8, 13, 40])):
            amount = dice.choice([None, -500, 0, 100, 100, 200, 250, dice.randint(1, 10**7)])
            deals.append([None if dice.random() < 0.1 else dice.choice(few), amount])
        customers.append(deals)
        for by in ("deals", "amount"):
            code, parts = classify(deals, by)
            rows.append([i, by, code] + [parts.get(k, "") for k in ("kinds", "share", "breadth", "favourite", "favourite_share")])
    with open("customers.json", "w", encoding="utf-8") as f:
        json.dump(customers, f, ensure_ascii=False)
        f.write("\n")
    with open("classes.csv", "w", encoding="utf-8", newline="") as f:
        w = csv.writer(f, lineterminator="\n")
        w.writerow(["customer", "by", "class", "kinds", "share", "breadth", "favourite", "favourite_share"])
        w.writerows(rows)


if __name__ == "__main__":
    main()

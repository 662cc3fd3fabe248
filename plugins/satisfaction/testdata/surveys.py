#!/usr/bin/env python3
"""Invented answers to surveys, and what NPS, CSAT and CES say of each customer by the rules of docs/classifiers/satisfaction.md: plain
Python in exact fractions, no code of the plugin.

    python3 surveys.py > surveys.json
"""
import json, random
from fractions import Fraction as F

CASES = [  # configurations, as an administrator writes them
    {"kind": "nps", "person_field": "person"},
    {"kind": "nps", "person_field": "person", "decimals": "floor", "minimum_answers": 2},
    {"kind": "csat", "person_field": "person", "use": "average"},
    {"kind": "csat", "use": "each", "scale": {"min": 1, "max": 10, "best_from": 8, "worst_to": 4}},
    {"kind": "ces", "use": "each", "statistic": "effort_index"},
    {"kind": "ces", "person_field": "person", "scale": {"min": 1, "max": 5, "direction": "low"}},
    {"kind": "nps", "source": "fields"},
    {"kind": "csat", "source": "fields", "decision_maker_weight": 3, "decision_maker_veto": False},
]
CLASSES = {"nps": ["promoter", "passive", "detractor"], "csat": ["satisfied", "neutral", "dissatisfied"], "ces": ["low_effort", "neutral", "high_effort"]}
USUAL = {"nps": (0, 10), "csat": (1, 5), "ces": (1, 7)}


def cuts(c, lo, hi):
    """First mark of the best class and last of the worst, with high as good."""
    if c["kind"] == "nps":
        return 9, 6
    s = c.get("scale", {})
    return (s["best_from"], s["worst_to"]) if "best_from" in s else (F(lo + hi, 2) + 1, F(lo + hi, 2) - 1)


def judge(c, answers):
    s = c.get("scale", {})
    lo, hi = (s["min"], s["max"]) if "max" in s else USUAL[c["kind"]]
    best, worst = cuts(c, lo, hi)
    turn = (lambda v: lo + hi - v) if s.get("direction") == "low" else (lambda v: v)
    valid = []  # person, value with high as good, age in days, decides
    for person, value, age, decides in answers:
        v = turn(F(value))
        if lo <= F(value) <= hi and (v.denominator == 1 or c.get("decimals") == "floor") and (age is None or age <= 365):
            valid.append((person, F(v.numerator // v.denominator), age, decides))
    if len(valid) < max(1, c.get("minimum_answers", 1)):
        return {"class": "unclassified", "answers": len(valid)}
    people = {}
    for i, (person, v, age, decides) in enumerate(valid):
        people.setdefault(i if c.get("use") == "each" else person, []).append((v, age, decides))
    total = weights = 0
    values, spoken, vetoed = [], [], False
    for mine in people.values():
        mean = sum(v for v, _, _ in mine) / len(mine)
        v = mean if c.get("use") == "average" else min(mine, key=lambda a: a[1] or 0)[0]
        stands = 1 if v >= best else -1 if v.numerator // v.denominator <= worst else 0
        decides = any(d for _, _, d in mine)
        vetoed |= decides and stands < 0
        w = c.get("decision_maker_weight", 2) if decides else 1
        total, weights = total + w * stands, weights + w
        values.append(v)
        spoken.append(stands)
    n = len(values)
    stands = 1 if F(total, weights) > F(1, 3) else -1 if F(total, weights) < F(-1, 3) else 0
    if vetoed and n > 1 and c.get("decision_maker_veto", True):
        stands = -1
    if c.get("statistic") == "effort_index":  # the two best marks less the worst class
        index = F(100 * sum(1 if v >= hi - 1 else -1 if t < 0 else 0 for v, t in zip(values, spoken)), n)
    elif c["kind"] == "nps":
        index = F(100 * sum(spoken), n)
    else:
        index = F(100 * spoken.count(1), n)
    return {"class": CLASSES[c["kind"]][1 - stands], "answers": len(valid), "score": float(turn(sum(values) / n)), "index": float(index)}


dice = random.Random(4)
out = []
for c in CASES:
    lo, hi = (c["scale"]["min"], c["scale"]["max"]) if "scale" in c else USUAL[c["kind"]]
    customers = []
    for _ in range(120):
        mood, answers = dice.uniform(lo, hi), []
        for j in range(dice.choice([0, 1, 1, 2, 3, 4, 6, 9])):
            value = round(dice.gauss(mood, (hi - lo) / 4))
            value = dice.choice([lo - 1, hi + 1, value + 0.5]) if dice.random() < 0.08 else min(max(value, lo), hi)
            age = None if c.get("source") == "fields" else len(answers) + 10 * dice.randint(0, 39) + 1  # no two on one day
            answers.append([str(j) if age is None else dice.choice("abc"), value, age, age is None and dice.random() < 0.3])
        customers.append({"answers": answers, "expected": judge(c, answers)})
    out.append({"config": c, "customers": customers})
print("[" + ",\n".join('{"config": %s, "customers": [\n%s]}' % (json.dumps(c["config"]), ",\n".join(json.dumps(x) for x in c["customers"])) for c in out) + "]")

"""Hand-size boundary cases with exact (Fraction / integer) expected values.  Writes edge_cases.json; after rfm.py."""
import json, os, sys, itertools
sys.path.insert(0, os.path.dirname(__file__))
from fractions import Fraction as Fr
import numpy as np, pandas as pd
from rfm_rules import scoreB, scoreD, scoreE
os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))   # paths are those of the folder of the data
out = {}
# ---- ABC
def abc(vals, cuts=(80, 95), rule='before'):
    pos = sorted([(v, i) for i, v in enumerate(vals) if v > 0], key=lambda t: (-t[0], t[1])); tot = sum(v for v, _ in pos); r = ['N'] * len(vals); run = 0
    for j, (v, i) in enumerate(pos):
        start = sum(w for w, _ in pos if w > v); run += v
        s = start if rule == 'before' else run
        lt = (lambda a, b: a < b) if rule == 'before' else (lambda a, b: a <= b)
        r[i] = 'A' if lt(s * 100, cuts[0] * tot) else 'B' if lt(s * 100, cuts[1] * tot) else 'C'
    return r
SC = [('10286', 90000), ('11526', 77000), ('12760', 26350), ('10867', 15001), ('10500', 12500), ('12572', 8502), ('14075', 1200), ('01036', 850), ('01307', 504), ('10572', 150)]
out['abc_textbook_silicon_chips'] = dict(source='Heizer & Render, Operations Management, ch. 12 example 1', items=SC, total=sum(v for _, v in SC), textbook='A A B B B C C C C C (72% / 23% / 5%, judgemental)', before_80_95=''.join(abc([v for _, v in SC])), through_80_95=''.join(abc([v for _, v in SC], rule='through')), cum_share_pct=[round(100 * float(Fr(sum(v for _, v in SC[:i + 1]), 232057)), 4) for i in range(10)])
cases = {'exactly_on_cuts': [80, 15, 5], 'tie_across_cut': [50, 30, 10, 5, 5], 'single': [100], 'all_equal_5': [10] * 5, 'all_equal_20': [5] * 20, 'zero_and_negative': [100, 50, 0, -30], 'no_positive': [0, 0, -5], 'empty': [], 'one_whale': [990, 5, 3, 2], 'float_trap_tenths': [7, 1, 1, 1]}
out['abc_cases'] = {k: dict(values=v, before=abc(v), through=abc(v, rule='through')) for k, v in cases.items()}
out['abc_float_trap'] = 'cumulating 0.7+0.1 in binary gives 0.7999999999999999 (< 0.80), the exact share is 0.80: %r' % (0.7 + 0.1)
# ---- quintile ties
q = {'six_distinct': [1, 2, 3, 4, 5, 6], 'frequency_many_ones': [1, 1, 1, 1, 2, 3], 'all_equal': [4, 4, 4, 4], 'single': [9], 'two': [1, 2], 'best_tied': [1, 2, 3, 9, 9, 9, 9], 'ten_distinct': list(range(1, 11)), 'pairs': [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]}
out['quintiles'] = {k: dict(values=v, mid=scoreE(v).tolist(), min=scoreD(v).tolist(), max=scoreB(v).tolist(), mid_reversed=scoreE(v, True).tolist()) for k, v in q.items()}
GRID = {'Champions': ('5', '45'), 'Loyal Customers': ('34', '45'), 'Potential Loyalists': ('45', '23'), 'New Customers': ('5', '1'), 'Promising': ('4', '1'), 'Needs Attention': ('3', '3'), 'About To Sleep': ('3', '12'), 'At Risk': ('12', '34'), "Can't Lose Them": ('12', '5'), 'Hibernating': ('12', '12')}
cell = {(r, f): [k for k, (a, b) in GRID.items() if str(r) in a and str(f) in b] for r in range(1, 6) for f in range(1, 6)}
assert all(len(v) == 1 for v in cell.values())
out['rf_grid'] = {'%d%d' % k: v[0] for k, v in cell.items()}
t = pd.read_csv('rfm_orders/expected_rfm.csv')
out['rf_grid_counts'] = {'rfm_orders_ruleE': pd.Series([cell[(a, b)][0] for a, b in zip(t.RE, t.FE)]).value_counts().to_dict(), 'rfm_orders_ruleA': pd.Series([cell[(a, b)][0] for a, b in zip(t.RA, t.FA)]).value_counts().to_dict()}
# Chinese 8-type: each of R, F, M above (>=) / below the mean (recency: days <= mean is 'high')
EIGHT = {'111': '重要价值客户', '101': '重要发展客户', '011': '重要保持客户', '001': '重要挽留客户', '110': '一般价值客户', '100': '一般发展客户', '010': '一般保持客户', '000': '一般挽留客户'}
def eight(R, F, M, c): return pd.Series(['%d%d%d' % (r <= c[0], f >= c[1], m >= c[2]) for r, f, m in zip(R, F, M)]).map(EIGHT).value_counts().to_dict()
out['eight_types'] = dict(code='R F M, 1 = better or equal to the cut', names=EIGHT, rfm_orders_mean_cut=eight(t.recency_days, t.n, t.amount, (t.recency_days.mean(), t.n.mean(), t.amount.mean())), rfm_orders_median_cut=eight(t.recency_days, t.n, t.amount, (t.recency_days.median(), t.n.median(), t.amount.median())))
# ---- NPS / CSAT / CES
def nps(s): n = len(s); p, d = sum(x >= 9 for x in s), sum(x <= 6 for x in s); return None if n == 0 else dict(n=n, promoters=p, passives=n - p - d, detractors=d, nps=round(100 * (p - d) / n, 6), se_points=round(100 * ((p + d) / n - ((p - d) / n) ** 2) ** .5 / n ** .5, 6))
out['nps'] = {'zero_to_ten_once_each': nps(list(range(11))), 'sauro_100_30_80': nps([9] * 100 + [7] * 30 + [0] * 80), 'all_seven': nps([7] * 5), 'boundaries_6_7_8_9': nps([6, 7, 8, 9]), 'empty': nps([]), 'single_10': nps([10])}
ces = [80, 210, 140, 110, 160, 180, 120]; n = sum(ces)
out['ces2'] = dict(counts_1_to_7=ces, mean=sum((i + 1) * c for i, c in enumerate(ces)) / n, positive_5_7_pct=100 * sum(ces[4:]) / n, index_67_minus_123=100 * (sum(ces[5:]) - sum(ces[:3])) / n, published_mean=4.08)
cs = [5, 5, 15, 45, 30]; out['csat'] = dict(counts_1_to_5=cs, top2box_pct=100 * (cs[3] + cs[4]) / sum(cs), mean=sum((i + 1) * c for i, c in enumerate(cs)) / sum(cs))
# ---- Gini / Lorenz / PSI
def gini(v): v = sorted(v); n = len(v); return float(Fr(sum((2 * (i + 1) - n - 1) * x for i, x in enumerate(v)), n * sum(v)))
out['gini'] = {str(v): gini(v) for v in ([1, 1, 1, 1], [0, 0, 0, 1], [1, 2, 3, 4], [90000, 77000, 26350, 15001, 12500, 8502, 1200, 850, 504, 150])}
def psi(a, b): return float(sum((y - x) * np.log(y / x) for x, y in zip(a, b)))
out['psi'] = dict(identical=psi([.2] * 5, [.2] * 5), shift=round(psi([.1, .2, .4, .2, .1], [.12, .22, .36, .2, .1]), 10), big=round(psi([.25, .25, .25, .25], [.1, .2, .3, .4]), 10), swap_symmetric=round(psi([.1, .2, .3, .4], [.25] * 4), 10), zero_bin='undefined: smooth with (count + 0.5) / (n + 0.5 k) and say so')
def psis(a, b): k = len(a); x = [(c + .5) / (sum(a) + .5 * k) for c in a]; y = [(c + .5) / (sum(b) + .5 * k) for c in b]; return psi(x, y)
out['psi']['counts_smoothed_[50,30,20,0]_vs_[40,30,20,10]'] = round(psis([50, 30, 20, 0], [40, 30, 20, 10]), 10)
# ---- days beyond terms
inv = [dict(amount=100, due='2024-01-31', paid='2024-01-31'), dict(amount=300, due='2024-02-29', paid='2024-03-10'), dict(amount=100, due='2024-03-31', paid=None)]; asof = pd.Timestamp('2024-04-30')
d = [((pd.Timestamp(i['paid']) if i['paid'] else asof) - pd.Timestamp(i['due'])).days for i in inv]; a = [i['amount'] for i in inv]
out['days_beyond_terms'] = dict(invoices=inv, as_of='2024-04-30', days=d, weighted=float(Fr(sum(max(x, 0) * y for x, y in zip(d, a)), sum(a))), weighted_paid_only=float(Fr(sum(max(x, 0) * y for x, y in zip(d[:2], a[:2])), sum(a[:2]))), note='open overdue invoices count as late up to the as-of date, otherwise the worst payer looks best')
json.dump(out, open('edge_cases.json', 'w'), indent=1, ensure_ascii=False, default=lambda o: o.item())

"""RFM referee (pandas): rfm_orders/expected*, and what plugins/rfm compares besides, in its testdata:
presets.csv (the segments of the presets) and customers_expected.csv.gz (scores of the customer-level file).
Rule A 'quantile+1' = the rule of the R package rfm 0.3.0 (type-7 quantiles, +1, left-closed bins).
Rule B 'rank'       = tie-safe quintile: score = ceil(5 * max_rank / n)  (max_rank = number of customers with value <= own);
                      recency uses the number of customers with recency >= own, so that all equal values share one score.
Rule D 'min-rank', rule E 'mid-rank' (recommended): see rfm_rules.py.
Rule C 'ntile'      = equal-count quintiles, ties split by customer_id order (dplyr::ntile / SQL NTILE)."""
import gzip, io, json, os, sys
sys.path.insert(0, os.path.dirname(__file__))
import numpy as np, pandas as pd
from rfm_rules import scoreB, scoreD, scoreE
os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))   # paths are those of the folder of the data
D, TO = 'rfm_orders/', '../../plugins/rfm/testdata/'
def bins(v, n=5):
    return np.quantile(v, np.linspace(0, 1, n + 1)[1:-1]) + 1
def scoreA(v, cut, rev=False):
    lo = np.r_[v.min(), cut]; hi = np.r_[cut, v.max() + 1]; k = len(lo); s = np.full(len(v), -1)
    for i in range(k): s[(v >= lo[i]) & (v < hi[i])] = (k - i) if rev else (i + 1)   # later bin wins where bins overlap
    return s
def scoreC(v, ids, rev=False, k=5):
    n = len(v); o = np.lexsort((ids, -v if rev else v)); s = np.empty(n, int)
    q, m = divmod(n, k); sizes = [q + (i < m) for i in range(k)]; i = 0
    for b, z in enumerate(sizes): s[o[i:i + z]] = b + 1; i += z
    return s
def segs(t, names, R, F, M):
    s = np.full(len(t), 'Others', object)
    for i in reversed(range(len(names))):
        h = t.R.between(R[0][i], R[1][i]) & t.F.between(F[0][i], F[1][i]) & t.M.between(M[0][i], M[1][i]); s[h.values] = names[i]
    return s
README = (["Champions", "Potential Loyalist", "Loyal Customers", "Promising", "New Customers", "Can't Lose Them", "At Risk", "Need Attention", "About To Sleep", "Lost"],
          ([5,3,2,3,4,1,1,1,2,1], [5,5,4,4,5,2,2,3,3,1]), ([5,3,2,1,1,3,2,3,1,1], [5,5,4,3,3,4,5,5,3,5]), ([5,2,2,3,1,4,4,3,1,1], [5,5,4,5,5,5,5,5,4,5]))
TEST = (["Champions", "Loyal Customers", "Potential Loyalist", "New Customers", "Promising", "Need Attention", "About To Sleep", "At Risk", "Can't Lose Them", "Lost"],
        ([4,2,3,4,3,2,2,1,1,1], [5,5,5,5,4,3,3,2,1,2]), ([4,3,1,1,1,2,1,2,4,1], [5,5,3,1,1,3,2,5,5,2]), ([4,3,1,1,1,2,1,2,4,1], [5,5,3,1,1,3,2,5,5,2]))
def summ(t, s):
    g = t.assign(segment=s).groupby('segment').agg(customers=('n', 'size'), orders=('n', 'sum'), revenue=('amount', 'sum')); g['aov'] = (g.revenue / g.orders).round(2); return g
d = pd.read_csv(D + 'rfm_data_orders.csv', parse_dates=['order_date'])
ad = pd.Timestamp('2006-12-31')
t = d.groupby('customer_id').agg(last=('order_date', 'max'), n=('revenue', 'size'), amount=('revenue', 'sum')).reset_index()
t['recency_days'] = (ad - t['last']).dt.days
out = {'analysis_date': '2006-12-31', 'rows': len(d), 'customers': len(t), 'orders': int(t.n.sum()), 'revenue': int(t.amount.sum()), 'order_dates': [str(d.order_date.min().date()), str(d.order_date.max().date())]}
cR, cF, cM = bins(t.recency_days), bins(t.n), bins(t.amount)
out['ruleA_thresholds'] = dict(recency=cR.tolist(), frequency=cF.tolist(), monetary=cM.tolist())
for nm in 'ABCDE':
    if nm == 'A': t['R'], t['F'], t['M'] = scoreA(t.recency_days.values, cR, True), scoreA(t.n.values, cF), scoreA(t.amount.values, cM)
    if nm == 'B': t['R'], t['F'], t['M'] = scoreB(t.recency_days, True), scoreB(t.n), scoreB(t.amount)
    if nm == 'C': t['R'], t['F'], t['M'] = (scoreC(t[c].values, t.customer_id.values, r) for c, r in (('recency_days', True), ('n', False), ('amount', False)))
    if nm in 'DE': f_ = scoreD if nm == 'D' else scoreE; t['R'], t['F'], t['M'] = f_(t.recency_days, True), f_(t.n), f_(t.amount)
    for c in 'RFM': t[c + nm] = t[c]
    sR, sT = segs(t, *README), segs(t, *TEST); t['segREADME_' + nm] = sR; t['segTEST_' + nm] = sT
    out['rule' + nm] = {'score_counts': {c: t[c].value_counts().sort_index().to_dict() for c in 'RFM'}, 'unscored': int((t[['R', 'F', 'M']] < 0).any(axis=1).sum()),
        'cells_used_of_125': int((t.R * 100 + t.F * 10 + t.M).nunique()),
        'segments_README': summ(t, sR).reset_index().to_dict('records'), 'segments_TEST': summ(t, sT).reset_index().to_dict('records')}
t.drop(columns=['R', 'F', 'M']).to_csv(D + 'expected_rfm.csv', index=False)
# ------------------------------------------------------------ the presets ten and eight, every customer
GRID = {'champions': ('5', '45'), 'loyal': ('34', '45'), 'potential_loyalist': ('45', '23'), 'new': ('5', '1'), 'promising': ('4', '1'), 'needs_attention': ('3', '3'),
        'about_to_sleep': ('3', '12'), 'at_risk': ('12', '34'), 'cant_lose': ('12', '5'), 'hibernating': ('12', '12')}
def ten(R, F): return [next(k for k, (a, b) in GRID.items() if str(r) in a and str(f) in b) for r, f in zip(R, F)]
EIGHT = {'111': 'important_value', '101': 'important_develop', '011': 'important_keep', '001': 'important_retain',
         '110': 'general_value', '100': 'general_develop', '010': 'general_keep', '000': 'general_retain'}
def eight(R, F, M, c): return [EIGHT['%d%d%d' % (r <= c[0], f >= c[1], m >= c[2])] for r, f, m in zip(R, F, M)]
v = (t.recency_days, t.n, t.amount)
pd.DataFrame({'customer_id': t.customer_id, 'ten_mid_rank': ten(t.RE, t.FE), 'ten_package': ten(t.RA, t.FA), 'eight_mean': eight(*v, [x.mean() for x in v]),
              'eight_median': eight(*v, [x.median() for x in v])}).to_csv(TO + 'presets.csv', index=False)
# ------------------------------------------------------------ customer-level file
c = pd.read_csv(TO + 'rfm_data_customer.csv.gz')
R, F, M = (bins(c[k]) for k in ('recency_days', 'number_of_orders', 'revenue'))
c['R'], c['F'], c['M'] = scoreA(c.recency_days.values, R, True), scoreA(c.number_of_orders.values, F), scoreA(c.revenue.values, M)
c['n'], c['amount'] = c.number_of_orders, c.revenue
out['customer_level'] = dict(rows=len(c), orders=int(c.n.sum()), revenue=float(c.amount.sum()), thresholds=dict(recency=R.tolist(), frequency=F.tolist(), monetary=M.tolist()),
    score_counts={k: c[k].value_counts().sort_index().to_dict() for k in 'RFM'}, segments_README=summ(c, segs(c, *README)).reset_index().to_dict('records'))
c['package'] = c.R * 100 + c.F * 10 + c.M; c['segment'] = segs(c, *README)
for nm, f_ in (('max_rank', scoreB), ('min_rank', scoreD), ('mid_rank', scoreE)):
    c[nm] = f_(c.recency_days, True) * 100 + f_(c.number_of_orders) * 10 + f_(c.revenue)
with open(TO + 'customers_expected.csv.gz', 'wb') as o, gzip.GzipFile('', 'wb', 9, o, 0) as z, io.TextIOWrapper(z) as w:
    c[['package', 'segment', 'max_rank', 'min_rank', 'mid_rank']].to_csv(w, index=False)
json.dump(out, open(D + 'expected.json', 'w'), indent=1, default=lambda o: o.item() if hasattr(o, 'item') else str(o))

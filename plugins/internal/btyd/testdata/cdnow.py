"""CDNOW: builds the calibration/holdout summary from the raw log, fits BG/NBD, Pareto/NBD and Gamma-Gamma to it, and writes
cdnow_per_customer.csv, cdnow_tracking.csv and cdnow_conditional.csv, and the summary beside the log."""
import sys, os
sys.path.insert(0, os.path.dirname(__file__))
import numpy as np, pandas as pd
from btyd_core import *
os.chdir(os.path.dirname(os.path.abspath(__file__)))   # paths are those of this folder
D = '../../../../examples/data/cdnow/'
ev = pd.read_csv(D + 'CDNOW_sample.txt', sep=r'\s+', header=None, names=['master_id', 'id', 'date', 'cds', 'usd'], dtype={'master_id': int, 'id': int})
ev['date'] = pd.to_datetime(ev['date'].astype(str), format='%Y%m%d')
cal_end, obs_end = pd.Timestamp('1997-09-30'), pd.Timestamp('1998-06-30')
day = ev.groupby(['id', 'date'], as_index=False)[['cds', 'usd']].sum()
first = day.groupby('id').date.min()
cal = day[day.date <= cal_end]; hold = day[day.date > cal_end]
g = cal.groupby('id')
cbs = pd.DataFrame({'x': g.size() - 1, 't_x': (g.date.max() - first).dt.days / 7, 'T': (cal_end - first).dt.days / 7})
rep = cal[cal.date > cal.id.map(first)]
cbs['m_x'] = rep.groupby('id').usd.mean(); cbs['m_x'] = cbs.m_x.fillna(0)
cbs['x_star'] = hold.groupby('id').size(); cbs['x_star'] = cbs.x_star.fillna(0).astype(int)
cbs['hold_usd'] = hold.groupby('id').usd.sum(); cbs['hold_usd'] = cbs.hold_usd.fillna(0)
cbs['first_usd'] = cal[cal.date == cal.id.map(first)].groupby('id').usd.sum()
cbs['x_all78'] = day.groupby('id').size() - 1
cbs.round(6).to_csv(D + 'expected_cbs_39w.csv')
x, tx, T, m = (cbs[c].values.astype(float) for c in ('x', 't_x', 'T', 'm_x'))
st4 = [(1, 1, 1, 1), (.3, 5, .8, 2.5), (.5, 10, .6, 12), (2, 20, 1, 3)]
bg, bgll = fit(bgnbd_ll_i, st4, x, tx, T)
pn, pnll = fit(pnbd_ll_i, st4, x, tx, T)
ix = x > 0
gg, ggll = fit(gg_ll_i, [(1, 2, 10), (6, 4, 15), (2, 3, 30)], x[ix], m[ix])
print('BG/NBD r, alpha, a, b', bg, bgll); print('Pareto/NBD r, alpha, s, beta', pn, pnll); print('Gamma-Gamma p, q, gamma', gg, ggll)
# holdout
b39, p39 = bgnbd_cet(bg, x, tx, T, 39.0), pnbd_cet(pn, x, tx, T, 39.0)
xs = cbs.x_star.values
binx = np.minimum(x, 7).astype(int)
tab = pd.DataFrame({'x_bin': binx, 'n': 1, 'actual': xs, 'bgnbd': b39, 'pnbd': p39}).groupby('x_bin').agg(n=('n', 'sum'), actual=('actual', 'mean'), bgnbd=('bgnbd', 'mean'), pnbd=('pnbd', 'mean'))
tab.round(4).to_csv('cdnow_conditional.csv')
pc = cbs[['x', 't_x', 'T', 'm_x', 'x_star']].copy()
pc['bg_palive'] = bgnbd_palive(bg, x, tx, T); pc['bg_cet39'] = b39; pc['pn_palive'] = pnbd_palive(pn, x, tx, T); pc['pn_cet39'] = p39
pc['gg_mean'] = gg_cond_mean(gg, x, m); pc['bg_ll'] = bgnbd_ll_i(bg, x, tx, T); pc['pn_ll'] = pnbd_ll_i(pn, x, tx, T)
# DERT-free CLV over 12 months at 1%/month (sum of monthly increments, 4.345 weeks per month as in the lifetimes package)
def clv(cet, months=12, d=.01, wk=4.345):
    prev = 0; v = 0
    for i in range(1, months + 1):
        c = cet(i * wk); v = v + (c - prev) * pc.gg_mean.values / (1 + d) ** i; prev = c
    return v
pc['bg_clv12m_1pct'] = clv(lambda t: bgnbd_cet(bg, x, tx, T, t))
pc['pn_clv12m_1pct'] = clv(lambda t: pnbd_cet(pn, x, tx, T, t))
pc.round(6).to_csv('cdnow_per_customer.csv')
# tracking: expected cumulative repeat transactions of the cohort, weekly to week 78
wk = np.arange(1, 79); born = (first - pd.Timestamp('1997-01-01')).dt.days.values / 7
d0 = (day.date - pd.Timestamp('1997-01-01')).dt.days.values; isrep = (day.date > day.id.map(first)).values
act = [int(((d0 < 7 * w) & isrep).sum()) for w in wk]
bw = [float(np.where(w > born, bgnbd_expect(bg, np.maximum(w - born, 0)), 0).sum()) for w in wk]
pw = [float(np.where(w > born, pnbd_expect(pn, np.maximum(w - born, 0)), 0).sum()) for w in wk]
pd.DataFrame({'week': wk, 'actual_cum': act, 'bgnbd_cum': bw, 'pnbd_cum': pw}).round(3).to_csv('cdnow_tracking.csv', index=False)

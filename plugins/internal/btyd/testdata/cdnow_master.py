"""The full CDNOW cohort (23,570 customers): counts its grouped (x, t_x, T) cells into cdnow_cohort.csv, and prints the BG/NBD and
Pareto/NBD optimum on them. Its log is not in this project for its size: python3 cdnow_master.py CDNOW_master.txt"""
import os, sys
sys.path.insert(0, os.path.dirname(__file__))
import numpy as np, pandas as pd
from btyd_core import *
ev = pd.read_csv(sys.argv[1], sep=r'\s+', header=0, names=['id', 'date', 'cds', 'usd']); ev['date'] = pd.to_datetime(ev.date.astype(str), format='%Y%m%d')
ce = pd.Timestamp('1997-09-30'); day = ev.groupby(['id', 'date'], as_index=False).usd.sum(); f = day.groupby('id').date.min(); cal = day[day.date <= ce]; g = cal.groupby('id')
s = pd.DataFrame({'x': g.size() - 1, 't_x': (g.date.max() - f).dt.days, 'T': (ce - f).dt.days}); c = s.groupby(['x', 't_x', 'T']).size().reset_index(name='n')
x, tx, T, n = c.x.values.astype(float), c.t_x.values / 7, c['T'].values / 7, c.n.values
c.rename(columns={'n': 'customers'}).to_csv(os.path.join(os.path.dirname(__file__), 'cdnow_cohort.csv'), index=False)
bg, ll = fit(bgnbd_ll_i, [(.25, 5, .8, 2.5)], x, tx, T, w=n); pn, pll = fit(pnbd_ll_i, [(.5, 10, .6, 12)], x, tx, T, w=n)
print('BG/NBD', bg, ll); print('Pareto/NBD', pn, pll)

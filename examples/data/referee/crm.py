"""CRM Sales Opportunities referee (pandas, exact integer money).  Writes crm_sales_opportunities/expected*."""
import json, os, sys
sys.path.insert(0, os.path.dirname(__file__))
import numpy as np, pandas as pd
from rfm_rules import scoreE
os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))   # paths are those of the folder of the data
D = 'crm_sales_opportunities/'
p = pd.read_csv(D + 'sales_pipeline.csv', parse_dates=['engage_date', 'close_date']); a = pd.read_csv(D + 'accounts.csv'); pr = pd.read_csv(D + 'products.csv').set_index('product').sales_price
p['product'] = p['product'].replace('GTXPro', 'GTX Pro'); a['sector'] = a.sector.replace('technolgy', 'technology')
J = lambda o: o.item() if hasattr(o, 'item') else str(o)
w = p[p.deal_stage == 'Won'].copy(); w['v'] = w.close_value.astype(int); l = p[p.deal_stage == 'Lost']
out = dict(rows=len(p), stages=p.deal_stage.value_counts().to_dict(), missing_account=int(p.account.isna().sum()), missing_account_by_stage=p[p.account.isna()].deal_stage.value_counts().to_dict(), won_value=int(w.v.sum()), closed=len(w) + len(l), win_rate=round(len(w) / (len(w) + len(l)), 8),
           engage=[str(p.engage_date.min().date()), str(p.engage_date.max().date())], close=[str(p.close_date.min().date()), str(p.close_date.max().date())], won_cycle_days=dict(mean=round(float((w.close_date - w.engage_date).dt.days.mean()), 6), median=float((w.close_date - w.engage_date).dt.days.median()), max=int((w.close_date - w.engage_date).dt.days.max())),
           lost_cycle_days_mean=round(float((l.close_date - l.engage_date).dt.days.mean()), 6), duplicate_day_account_won=int(w.duplicated(['account', 'close_date']).sum()))
ad = pd.Timestamp('2018-01-01')
g = w.groupby('account').agg(n=('v', 'size'), days=('close_date', 'nunique'), amount=('v', 'sum'), first=('close_date', 'min'), last=('close_date', 'max'))
g['recency_days'] = (ad - g['last']).dt.days; g['lost'] = l.groupby('account').size(); g['open'] = p[p.deal_stage.isin(['Engaging', 'Prospecting'])].groupby('account').size(); g = g.fillna({'lost': 0, 'open': 0}).astype({'lost': int, 'open': int})
g['win_rate'] = g.n / (g.n + g.lost)
g['list_value'] = w.assign(q=w['product'].map(pr)).groupby('account').q.sum(); g['price_realisation'] = g.amount / g.list_value
def abc(v, cuts=(80, 95)):
    tot = int(v.sum()); s = {x: int(v[v > x].sum()) for x in v.unique()}; return v.map(lambda x: 'A' if s[x] * 100 < cuts[0] * tot else 'B' if s[x] * 100 < cuts[1] * tot else 'C')
g['abc'] = abc(g.amount); g['abc_70_90'] = abc(g.amount, (70, 90))
g['r'], g['f'], g['m'] = scoreE(g.recency_days, True), scoreE(g.n), scoreE(g.amount)
h = np.sort(g.amount.values.astype(float)); n = len(h); out['gini_accounts'] = round(float((2 * np.arange(1, n + 1) - n - 1).dot(h) / (n * h.sum())), 8)
out['abc'] = {k: dict(accounts=int((g.abc == k).sum()), revenue=int(g.amount[g.abc == k].sum()), share=round(100 * g.amount[g.abc == k].sum() / g.amount.sum(), 4)) for k in 'ABC'}
out['abc_70_90'] = {k: dict(accounts=int((g.abc_70_90 == k).sum()), revenue=int(g.amount[g.abc_70_90 == k].sum())) for k in 'ABC'}
out['rfm_score_counts'] = {k: g[k].value_counts().sort_index().to_dict() for k in 'rfm'}; out['tied_amounts'] = int(g.amount.duplicated().sum()); out['tied_recency'] = int(g.recency_days.duplicated().sum())
s = a.set_index('account').sector; q = w.assign(sector=w.account.map(s)); lq = l.assign(sector=l.account.map(s))
out['by_sector'] = {k: dict(accounts=int((s == k).sum()), won=int((q.sector == k).sum()), revenue=int(q.v[q.sector == k].sum()), win_rate=round(float((q.sector == k).sum() / ((q.sector == k).sum() + (lq.sector == k).sum())), 6)) for k in sorted(s.unique())}
c = a.set_index('account').office_location; out['by_country'] = w.assign(c=w.account.map(c)).groupby('c').v.agg(['size', 'sum']).astype(int).to_dict('index')
w['qtr'] = w.close_date.dt.to_period('Q').astype(str); act = w.groupby('qtr').account.apply(set); qs = sorted(act.index); out['active_accounts_by_quarter'] = {x: len(act[x]) for x in qs}; out['retention_quarter_on_quarter'] = {qs[i + 1]: round(len(act[qs[i]] & act[qs[i + 1]]) / len(act[qs[i]]), 6) for i in range(len(qs) - 1)}
h1, h2 = (w[w.close_date < '2017-07-01'].groupby('account').v.sum(), w[w.close_date >= '2017-07-01'].groupby('account').v.sum()); idx = sorted(set(h1.index) | set(h2.index)); A1, A2 = abc(h1).reindex(idx).fillna('-'), abc(h2).reindex(idx).fillna('-'); out['abc_migration_H1_H2'] = {i: r.to_dict() for i, r in pd.crosstab(A1, A2).iterrows()}
b1, b2 = A1[A1 != '-'].value_counts(normalize=True), A2[A2 != '-'].value_counts(normalize=True); out['psi_abc_H1_H2'] = round(float(((b2 - b1) * np.log(b2 / b1)).sum()), 8)
out['h1_h2_rank_corr'] = round(float(h1.reindex(idx).rank().corr(h2.reindex(idx).rank())), 6)
op = p[p.deal_stage == 'Engaging'].copy(); op['age'] = (ad - op.engage_date).dt.days; out['open_engaging_age_days'] = {k: float(v) for k, v in op.age.describe().items()}
out['price_realisation'] = {k: float(v) for k, v in (w.v / w['product'].map(pr)).describe().items()}
out['price_realisation_by_product'] = (w.v / w['product'].map(pr)).groupby(w['product']).agg(['size', 'mean', 'std']).round(6).to_dict('index')
wr = pd.concat([w.assign(y=1), l.assign(y=0)]); out['win_rate_by_product'] = wr.groupby('product').y.agg(['size', 'mean']).round(6).to_dict('index'); out['win_rate_by_month_of_close'] = wr.groupby(wr.close_date.dt.strftime('%Y-%m')).y.agg(['size', 'mean']).round(6).to_dict('index')
g['first'] = g['first'].dt.date; g['last'] = g['last'].dt.date; g.round(8).to_csv(D + 'expected_accounts.csv')
json.dump(out, open(D + 'expected.json', 'w'), indent=1, default=J)

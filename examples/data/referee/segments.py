"""k-means and decision trees (pandas / scikit-learn 1.2.1): wholesale_customers/expected.json and labelled_segments/expected.json.
Takes some minutes: the gap statistic and 200 starts for each number of clusters."""
import json, sys, os
import numpy as np, pandas as pd
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score, silhouette_samples, calinski_harabasz_score, davies_bouldin_score, confusion_matrix
from sklearn.tree import DecisionTreeClassifier, export_text
from sklearn.model_selection import StratifiedKFold, cross_val_predict
J = lambda o: o.item() if hasattr(o, 'item') else str(o)
def kmeans_table(Z, ks, n_init=200, names=None, back=None, order=0):
    t = {}
    for k in ks:
        m = KMeans(k, n_init=n_init, random_state=0, tol=1e-12, max_iter=2000).fit(Z)
        s = silhouette_samples(Z, m.labels_)
        c = m.cluster_centers_; o = np.lexsort(tuple(-np.round(c[:, j], 9) for j in range(c.shape[1] - 1, -1, -1)))
        rk = np.empty(k, int); rk[o] = range(k)
        t[k] = dict(inertia=round(float(m.inertia_), 6), silhouette=round(float(s.mean()), 6), calinski_harabasz=round(float(calinski_harabasz_score(Z, m.labels_)), 5), davies_bouldin=round(float(davies_bouldin_score(Z, m.labels_)), 6),
                    sizes=np.bincount(rk[m.labels_], minlength=k).tolist(), centres=np.round(c[o], 6).tolist())
    return t
def gap(Z, ks, B=50, seed=1):
    """Tibshirani-Walther-Hastie gap statistic, uniform box reference (own k-means reference draws are seeded; Monte-Carlo, compare loosely)"""
    rng = np.random.default_rng(seed); lo, hi = Z.min(0), Z.max(0); r = {}
    for k in ks:
        w = np.log(KMeans(k, n_init=20, random_state=0).fit(Z).inertia_)
        b = [np.log(KMeans(k, n_init=3, random_state=i).fit(rng.uniform(lo, hi, Z.shape)).inertia_) for i in range(B)]
        r[k] = dict(gap=round(float(np.mean(b) - w), 4), s=round(float(np.std(b) * np.sqrt(1 + 1 / B)), 4))
    return r
os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))   # paths are those of the folder of the data
# ------------------------------------------------------------ Wholesale customers
D = 'wholesale_customers/'; w = pd.read_csv(D + 'wholesale_customers.csv'); f = ['Fresh', 'Milk', 'Grocery', 'Frozen', 'Detergents_Paper', 'Delicassen']
X = np.log1p(w[f].values); Z = (X - X.mean(0)) / X.std(0); Zr = (w[f].values - w[f].values.mean(0)) / w[f].values.std(0)
out = dict(rows=len(w), features=f, log1p_z=dict(mean=X.mean(0).tolist(), sd=X.std(0).tolist(), by_k=kmeans_table(Z, range(2, 11)), gap=gap(Z, range(1, 9))), raw_z=dict(by_k=kmeans_table(Zr, range(2, 11))))
m2 = KMeans(2, n_init=200, random_state=0, tol=1e-12).fit(Z); out['k2_vs_channel'] = pd.crosstab(m2.labels_, w.Channel).values.tolist()
def gini_imp(y): p = np.bincount(y) / len(y); return 1 - (p ** 2).sum()
def ent(y): p = np.bincount(y) / len(y); p = p[p > 0]; return float(-(p * np.log2(p)).sum())
def root_splits(F, y, crit):
    r = {}
    for j, n in enumerate(F.columns):
        v = F[n].values; u = np.unique(v); best = None
        for a, b in zip(u[:-1], u[1:]):
            t = (a + b) / 2; l = v <= t; g = crit(y) - (l.mean() * crit(y[l]) + (1 - l.mean()) * crit(y[~l]))
            if best is None or g > best[1] + 1e-15: best = (float(t), float(g), int(l.sum()))
        r[n] = dict(threshold=best[0], gain=round(best[1], 10), left=best[2])
    return r
y = w.Channel.values
out['tree_channel'] = dict(target='Channel (1 Horeca 298, 2 Retail 142)', root_gini=round(float(gini_imp(y)), 10), root_entropy=round(ent(y), 10), best_split_per_feature_gini=root_splits(w[f], y, gini_imp), best_split_per_feature_entropy=root_splits(w[f], y, ent))
for d, leaf in ((1, 1), (2, 10), (3, 10), (4, 5)):
    t = DecisionTreeClassifier(max_depth=d, min_samples_leaf=leaf, random_state=0).fit(w[f], y)
    cv = cross_val_predict(DecisionTreeClassifier(max_depth=d, min_samples_leaf=leaf, random_state=0), w[f], y, cv=StratifiedKFold(10, shuffle=True, random_state=0))
    out['tree_channel']['depth%d_leaf%d' % (d, leaf)] = dict(rules=export_text(t, feature_names=f, decimals=3, show_weights=True), train_confusion=confusion_matrix(y, t.predict(w[f])).tolist(), train_accuracy=round(float((t.predict(w[f]) == y).mean()), 6), cv10_accuracy=round(float((cv == y).mean()), 6), importances=dict(zip(f, t.feature_importances_.round(6).tolist())))
path = DecisionTreeClassifier(min_samples_leaf=5, random_state=0).cost_complexity_pruning_path(w[f], y); out['tree_channel']['ccp_path_leaf5'] = dict(alphas=np.round(path.ccp_alphas, 8).tolist(), impurities=np.round(path.impurities, 8).tolist())
json.dump(out, open(D + 'expected.json', 'w'), indent=1, default=J)
# ------------------------------------------------------------ labelled sets
D = 'labelled_segments/'; o = pd.read_csv(D + 'online_shoppers_intention.csv.gz'); num = ['Administrative', 'Administrative_Duration', 'Informational', 'Informational_Duration', 'ProductRelated', 'ProductRelated_Duration', 'BounceRates', 'ExitRates', 'PageValues', 'SpecialDay']
y = o.Revenue.astype(int).values; res = dict(rows=len(o), positives=int(y.sum()), base_rate=round(float(y.mean()), 6), best_split_per_feature_gini=root_splits(o[num], y, gini_imp))
for d in (1, 2, 3):
    t = DecisionTreeClassifier(max_depth=d, min_samples_leaf=50, random_state=0).fit(o[num], y); p = t.predict_proba(o[num])[:, 1]; r = pd.Series(p).rank(); auc = (r[y == 1].sum() - y.sum() * (y.sum() + 1) / 2) / (y.sum() * (len(y) - y.sum()))
    res['depth%d_leaf50' % d] = dict(rules=export_text(t, feature_names=num, decimals=6, show_weights=True), train_accuracy=round(float((t.predict(o[num]) == y).mean()), 6), auc=round(float(auc), 6), confusion=confusion_matrix(y, t.predict(o[num])).tolist())
json.dump(dict(online_shoppers=res), open(D + 'expected.json', 'w'), indent=1, default=J)

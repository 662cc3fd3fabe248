"""Which cluster each of the Wholesale customers is in, for 2 to 8 clusters of log1p z-scores: scikit-learn's Lloyd from 400 random
starts, each polished by moving single customers as long as that lowers the inertia (Lloyd alone ends in local minima), the best
kept. It must be the best known inertia (kmeans_best_known.csv). Writes wholesale_customers/expected_clusters.csv, a line a
customer; the numbers of clusters mean nothing, only who is with whom does."""
import os
import numpy as np, pandas as pd
from sklearn.cluster import KMeans
os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))   # paths are those of the folder of the data
D = 'wholesale_customers/'
X = np.log1p(pd.read_csv(D + 'wholesale_customers.csv').iloc[:, 2:8].values)
Z = (X - X.mean(0)) / X.std(0)
known = pd.read_csv(D + 'kmeans_best_known.csv').query("set == 'wholesale_log1p_z'").set_index('k').best_known
def polish(lab, k):
    n = np.bincount(lab, minlength=k).astype(float); c = np.array([Z[lab == j].mean(0) for j in range(k)]); moved = True
    while moved:
        moved = False
        for i, x in enumerate(Z):
            a = lab[i]
            if n[a] == 1: continue
            d = ((c - x) ** 2).sum(1); cost = d * n / (n + 1); cost[a] = d[a] * n[a] / (n[a] - 1); b = cost.argmin()
            if cost[b] < cost[a] - 1e-9:
                c[a] += (c[a] - x) / (n[a] - 1); n[a] -= 1; c[b] += (x - c[b]) / (n[b] + 1); n[b] += 1; lab[i] = b; moved = True
    return float(sum(((Z[lab == j] - Z[lab == j].mean(0)) ** 2).sum() for j in range(k))), lab
out = {}
for k in range(2, 9):
    runs = (KMeans(k, init='random', n_init=1, random_state=s).fit(Z) for s in range(400))
    best, lab = min((polish(m.labels_.copy(), k) for m in sorted(runs, key=lambda m: m.inertia_)[:100]), key=lambda r: r[0])
    assert abs(best - known[k]) < 1e-4, (k, best, known[k])
    out['k%d' % k] = lab
pd.DataFrame(out).to_csv(D + 'expected_clusters.csv', index=False)

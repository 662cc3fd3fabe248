// Package cluster is the first-party classifier "cluster": groups of alike customers that nobody defined before
// (segmentation by cluster analysis), each described by what its members share.
//
// Definition. Each feature is taken as log1p (sign kept) or as it is, cut at the 0.5th and 99.5th percentile
// (winsorised) and turned into population z-scores; constant features are left out. Optionally the z-scores become
// scores of a few factors (principal components with varimax). Then k-means: internal/kmeans. k is given, or that of 2 to
// max_k with the largest mean silhouette among those whose smallest cluster has max(20, 2 %) customers. A customer is
// in the cluster of the nearest centre; farther from it than 99 % of its members it is an outlier. A mean silhouette
// below 0.25 is weak structure, which is said with every tag.
//
// The fit sees a uniform sample of 10,000 customers (the smallest keyed hashes), which is everybody in most
// accounts. In larger ones two more passes over all customers move the centres to the exact means of their members.
//
// Cluster n stays cluster n: centres are matched with those of the model before, nearest pairs first, and what has no
// earlier one gets a number that was never used. At first numbers follow the value, the largest first.
//
// Sources: P. J. Rousseeuw, Silhouettes (1987); R. Tibshirani, G. Walther, T. Hastie (2001) for the gap; see also
// internal/kmeans and internal/factor. Reports: silhouette, Calinski-Harabasz, Davies-Bouldin, gap and inertia of each k.
//
// Invariant: the model depends on the customers, the configuration and the numbers given before, not on order or parts;
// fitted again to the same customers it gives everybody the same tag.
package cluster

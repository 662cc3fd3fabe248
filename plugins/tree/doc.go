// Package tree is the first-party classifier "tree": rules learned from customers whom people have classified already,
// applied to those whom nobody has (supervised classification by a decision tree, CART).
//
// Definition. The target is a field or another classifier's class. A tree is learned from up to 10,000 customers that
// have one: binary splits by Gini impurity, at most 4 deep, leaves of at least max(20, 2 %) of them. It is
// pruned by cost and complexity with stratified 10-fold cross-validation and the rule of one standard error, and judged by
// the customers that were left out in learning. Where it avoids less than 20 % of the mistakes of "everybody is in the
// largest class", the fit is refused: nothing is applied, earlier tags stay. A customer is in the class that most
// customers of its leaf have; uncertain where that is less than 60 % of them. Whom people have classified keeps that class,
// unless asked otherwise.
//
// Splits, missing values, ties and pruning are those of internal/cart. Sources: L. Breiman, J. Friedman, R. Olshen, C.
// Stone, Classification and Regression Trees (1984).
//
// Never give a feature that follows from the target: the tree then repeats it. Invariant: the model depends on the
// customers and the configuration, not on order or parts.
package tree

// Package composite is the first-party classifier "composite": one weighted grade from several criteria.
//
// Definition. A criterion is another classifier's tag, a measure or a field, and its value becomes s from 0 to 1
// (points of a code, percentile among customers, or linear). The score is 100 * sum(w s) / sum(w) over the
// criteria with data, cut to two decimals; the grade is the first whose lower bound, inclusive, it reaches: A from
// 80, B from 60, C from 40, else D. So 79.996 is shown as 79.99 and is B. When less than 60 % of the weight is known
// the class is provisional, with the grade that it would be in the reason. A veto rule caps the grade, never the
// score: a late payer is at most C however much it buys.
//
// Contributions, in hundredths of a point, add up to the score exactly.
//
// With two groups of criteria instead of one, fit and engagement, the class is a cell of a matrix: a letter for
// fit, a digit for engagement (A1 is best), each by the score of its group.
//
// Weights are those of the administrator. Neither AHP nor entropy weights are computed, and no weight is learned.
//
// Sources: weighted scoring as in C. T. Fornell and every points table since; the default weights (credit 20, order
// amount 30, profit 30, prospects 20) come from the demand that started this classifier; the matrix with letter and digit
// is the one of HubSpot's lead scores. The arithmetic is that of plugins/internal/scoring.
//
// Invariant: equal values have equal grades, and raising one criterion never lowers the grade while the same
// criteria are known.
package composite

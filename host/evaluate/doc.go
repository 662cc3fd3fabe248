// Package evaluate is the mathematics of how good a classification is: concentration, class tables, migration between two
// days, drift, lift, calibration, agreement, and what the members of a class have in common.
//
// It knows no CRM, no classifier and no file: it is given numbers and codes, and answers numbers. What is measured, as of
// when, and how it is told to a person is decided in host/run and host/cli.
//
// Invariants: a result depends on the customers, never on their order; equal predictions share what falls to them; nothing
// is NaN or infinite: what cannot be computed is told by ok being false, or left out and counted.
package evaluate

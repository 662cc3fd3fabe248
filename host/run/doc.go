// Package run is one run of a connection from pull to apply, and the schedule of runs.
//
// It decides the order of the stages, holds the account's lease while they work, keeps the ledger of runs and
// says how each ended. What a stage does is left to sync, classify and writeback. Invariant: two runs of one
// account never work at once, in one process or in several; a run that is killed anywhere needs no manual step.
//
// Beside runs stand the looks back: backtest, report and picture classify as of past days in a temporary copy of the
// mirror (replay) and compare. They hold no lease, ask no CRM, and leave everything stored as it was.
package run

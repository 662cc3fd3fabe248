// Package run is one run of a connection from pull to apply, and the schedule of runs.
//
// It decides the order of the stages, holds the account's lease while they work, keeps the ledger of runs and
// says how each ended. What a stage does is left to sync, classify and writeback. Invariant: two runs of one
// account never work at once, in one process or in several; a run that is killed anywhere needs no manual step.
package run

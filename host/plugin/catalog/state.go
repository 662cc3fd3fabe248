package catalog

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

const (
	stateName   = "plugins.state.json"
	maxState    = 1 << 20
	maxFailures = 3         // within failureSpan disable a plugin
	failureSpan = time.Hour // how long a failure counts
)

// Disabled says since when and why a plugin is not started any more.
type Disabled struct {
	Since  time.Time `json:"since"`
	Reason string    `json:"reason"` // the last failure
}

// health is what is known about one plugin's failures.
type health struct {
	Hash     string      `json:"hash"` // of what failed; another version starts afresh
	Failures []time.Time `json:"failures,omitempty"`
	Disabled *Disabled   `json:"disabled,omitempty"`
}

// fail notes a failure and disables the plugin at the third within an hour.
func (h *health) fail(hash string, now time.Time, reason string) {
	if h.Hash != hash {
		*h = health{Hash: hash}
	}
	recent := h.Failures[:0]
	for _, at := range h.Failures {
		if now.Sub(at) < failureSpan {
			recent = append(recent, at)
		}
	}
	h.Failures = append(recent, now)
	if len(h.Failures) >= maxFailures && h.Disabled == nil {
		h.Disabled = &Disabled{Since: now, Reason: reason}
	}
}

// readState reads what is known about all plugins. It is only a memory of failures: a file that cannot be
// read is none.
func readState(dir string) map[string]*health {
	state := map[string]*health{}
	data, err := readSmall(filepath.Join(dir, stateName), maxState)
	if err != nil || json.Unmarshal(data, &state) != nil {
		return map[string]*health{}
	}
	for id, h := range state {
		if h == nil {
			delete(state, id)
		}
	}
	return state
}

// updateState changes what is known, against all other processes.
func updateState(dir string, change func(map[string]*health)) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	release, err := Exclusive(dir, ".state.lock")
	if err != nil {
		return err
	}
	defer release()
	state := readState(dir)
	change(state)
	return writeJSON(filepath.Join(dir, stateName), state)
}

// Enable forgets the failures of a plugin.
func Enable(dir, id string) error {
	if _, err := readSmall(filepath.Join(dir, stateName), maxState); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return updateState(dir, func(state map[string]*health) { delete(state, id) })
}

package cli

import (
	"fmt"
	"sync"
	"time"

	"github.com/taxonhq/taxon/host/run"
)

// progress shows how a run gets on, one line for each stage, on a terminal; elsewhere nothing.
type progress struct {
	e     *environment
	mu    sync.Mutex
	stage string
	shown time.Time
	open  bool
}

// redraw is the shortest time between two states of a line.
const redraw = 100 * time.Millisecond

// progress answers what shows the steps, nil when nobody watches, and what ends the last line.
func (e *environment) progress() (show func(run.Progress), end func()) {
	if e.quiet || !isTerminal(e.stderr) {
		return nil, func() {}
	}
	p := &progress{e: e}
	return p.show, p.end
}

// end ends a line that a failure left open.
func (p *progress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open {
		fmt.Fprintln(p.e.stderr)
		p.open = false
	}
}

// show draws a step. The last step of a stage has Finished set.
func (p *progress) show(s run.Progress) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open && s.Stage != p.stage {
		fmt.Fprintln(p.e.stderr)
		p.open = false
	}
	now := time.Now()
	if !s.Finished && s.Stage == p.stage && now.Sub(p.shown) < redraw {
		return
	}
	p.stage, p.shown = s.Stage, now
	text := fmt.Sprintf("  %-9s %s", s.Stage, s.Detail)
	if s.Count > 0 {
		text += " " + thousands(int64(s.Count))
	}
	fmt.Fprintf(p.e.stderr, "\r\033[K%s", text)
	p.open = true
	if s.Finished {
		fmt.Fprintln(p.e.stderr)
		p.open = false
	}
}

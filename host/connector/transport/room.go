package transport

import (
	"context"

	"github.com/taxonhq/taxon/host/connector/manifest"
)

// Room is a rate bucket as it applies to a call.
type Room struct {
	Name    string
	Spec    *manifest.Limit
	Size    int  // as the manifest or the settings say, corrected by answers
	Settled bool // the settings say the size
	Used    int  // of a day, as far as is known
	Cost    int  // of the call
}

// Room tells which rate buckets a call takes room in. It takes none.
func (c *Client) Room(call *Call) []Room {
	l := c.Limiters
	l.mu.Lock()
	defer l.mu.Unlock()
	var rooms []Room
	now := c.Clock.Now()
	for name, spec := range c.limitsOf(call) {
		b := l.bucket(name, spec)
		used := 0
		if spec.Daily != "" {
			l.quotaRoom(context.Background(), b, now, 0, c.Budget) // reads what is kept
			used = b.used(now, l.zone)
		}
		rooms = append(rooms, Room{Name: name, Spec: spec, Size: b.size, Settled: b.settled, Used: used, Cost: cost(call.Costs, name)})
	}
	return rooms
}

package run

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/store"
)

const (
	// lease is how long an account stays locked after its holder's last sign of life.
	lease = 2 * time.Minute
	// again is how often a waiting run asks for the lease.
	again = 2 * time.Second
)

// process tells this process from an earlier one with the same number; runs tells its runs apart.
var (
	process = nonce()
	runs    atomic.Int64
)

func nonce() string {
	var b [4]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// owner names a run of this process in leases and in the ledger.
func owner() string {
	return fmt.Sprintf("process %d on %s, %s.%d", os.Getpid(), hostname(), process, runs.Add(1))
}

func hostname() string {
	if name, err := os.Hostname(); err == nil {
		return name
	}
	return "an unnamed host"
}

// dead tells that an owner was a process of this machine that is no more. Of another machine's nothing is known.
func dead(owner string) bool {
	var pid int
	before, rest, ok := strings.Cut(owner, " on ")
	if !ok {
		return false
	}
	if _, err := fmt.Sscanf(before, "process %d", &pid); err != nil {
		return false
	}
	host, run, ok := strings.Cut(rest, ", ")
	switch {
	case !ok || host != hostname():
		return false
	case pid == os.Getpid():
		return !strings.HasPrefix(run, process+".")
	}
	return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
}

// lock takes the account's lease, that of a process of this machine that died too, and waits for that of a
// living one as long as the order says.
func (c *Connection) lock(ctx context.Context, account, owner string, wait time.Duration) (*store.Lease, error) {
	until := c.Clock.Now().Add(wait)
	for {
		held, err := c.Store.Lock(ctx, account, owner, lease)
		var holder *store.Holder
		if errors.As(err, &holder) && dead(holder.Owner) {
			held, err = c.Store.TakeOver(ctx, account, holder, owner, lease)
		}
		if crm.CodeOf(err) != crm.CodeLocked || !c.Clock.Now().Before(until) {
			return held, err
		}
		if !c.Clock.Sleep(ctx.Done(), again) {
			return nil, ctx.Err()
		}
	}
}

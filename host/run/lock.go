package run

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"
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

// self tells this process from every other one that ever was; runs tells its runs apart.
var (
	self = identify()
	runs atomic.Int64
)

// identity is where a process runs and which it is. Machine (the boot) and namespace are empty where they
// cannot be known.
type identity struct{ machine, namespace, nonce string }

func identify() identity {
	var b [4]byte
	_, _ = rand.Read(b[:]) // never fails
	id := identity{nonce: hex.EncodeToString(b[:])}
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil || len(boot) < 8 {
		return id
	}
	namespace, err := os.Readlink("/proc/self/ns/pid")
	if err != nil {
		return id
	}
	id.machine, id.namespace = string(boot[:8]), strings.Trim(namespace, "pid:[]")
	return id
}

// owner names a run of this process in leases and in the ledger.
func owner() string {
	host, err := os.Hostname()
	if err != nil {
		host = "an unnamed host"
	}
	return fmt.Sprintf("process %d on %s (%s.%s.%s.%d)", os.Getpid(), host, self.machine, self.namespace, self.nonce, runs.Add(1))
}

var ownerPattern = regexp.MustCompile(`^process (\d+) on .+ \((\w*)\.(\w*)\.(\w+)\.\d+\)$`)

// dead tells that an owner was a process that is no more. That can be known of processes of this boot of this
// machine in this namespace of process numbers only; every other lease has to expire.
func dead(owner string) bool {
	m := ownerPattern.FindStringSubmatch(owner)
	if m == nil || self.machine == "" || m[2] != self.machine || m[3] != self.namespace {
		return false
	}
	pid, err := strconv.Atoi(m[1])
	if err != nil {
		return false
	}
	if pid == os.Getpid() {
		return m[4] != self.nonce
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

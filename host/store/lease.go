package store

import (
	"context"
	"time"

	"github.com/taxonhq/taxon/host/crm"
)

// Lease is the right to work on a CRM account, across processes, until it expires. Its token rises with
// each new holder: writes of a Fenced connection compare it, so a holder that slept too long cannot write.
type Lease struct {
	store   *Store
	account string
	owner   string
	token   int64
	ttl     time.Duration
}

// Holder is the cause of an error of Lock: who holds the lease, and until when unless renewed.
type Holder struct {
	Owner string
	Until time.Time
}

// Error names the holder.
func (h *Holder) Error() string {
	return h.Owner + " holds the account until " + h.Until.Format(time.RFC3339)
}

// Lock takes the lease of an account for ttl. While another owner holds it the error has code locked and
// the cause *Holder. An expired lease, and the owner's own, are taken over.
func (s *Store) Lock(ctx context.Context, account, owner string, ttl time.Duration) (*Lease, error) {
	return s.lock(ctx, account, owner, owner, ttl)
}

// TakeOver is Lock where the holder is known to be dead: its lease counts as expired, that of anybody else does not.
func (s *Store) TakeOver(ctx context.Context, account string, dead *Holder, owner string, ttl time.Duration) (*Lease, error) {
	return s.lock(ctx, account, dead.Owner, owner, ttl)
}

// lock takes a lease that is free, expired, or held by from.
func (s *Store) lock(ctx context.Context, account, from, owner string, ttl time.Duration) (*Lease, error) {
	l := &Lease{store: s, account: account, owner: owner, ttl: ttl}
	now := s.clock.Now()
	err := s.write(ctx, "lock the account", func(tx Querier) error {
		ok, err := found(tx.QueryRowContext(ctx, `insert into lease (account, owner, token, expires_at) values ($1, $2, 1, $3)
			on conflict (account) do update set owner = excluded.owner, token = lease.token + 1, expires_at = excluded.expires_at
			where lease.expires_at <= $4 or lease.owner = $5 returning token`,
			account, owner, now.Add(ttl).UnixMicro(), now.UnixMicro(), from).Scan(&l.token))
		if ok || err != nil {
			return err
		}
		var holder Holder
		var until int64
		if err := tx.QueryRowContext(ctx, `select owner, expires_at from lease where account = $1`, account).Scan(&holder.Owner, &until); err != nil {
			return err
		}
		holder.Until = instant(until)
		return &crm.Error{Code: crm.CodeLocked, Message: "another run works on this account: " + holder.Owner, Cause: &holder,
			Suggestion: "wait until it ends; the lock of a process that died ends by itself at " + holder.Until.Format(time.RFC3339)}
	})
	if err != nil {
		return nil, err
	}
	return l, nil
}

// Token is the fencing token.
func (l *Lease) Token() int64 { return l.token }

// Renew extends the lease by its ttl from now; an error of code locked means that it is lost.
func (l *Lease) Renew(ctx context.Context) error {
	return l.store.write(ctx, "renew the lock", func(tx Querier) error {
		result, err := tx.ExecContext(ctx, `update lease set expires_at = $3 where account = $1 and token = $2`,
			l.account, l.token, l.store.clock.Now().Add(l.ttl).UnixMicro())
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return l.lost(err)
		}
		return nil
	})
}

// Release gives the lease back; a lost one is left alone. The token stays, so that it never comes again.
func (l *Lease) Release(ctx context.Context) error {
	return l.store.write(ctx, "release the lock", func(tx Querier) error {
		_, err := tx.ExecContext(ctx, `update lease set expires_at = 0, token = token + 1 where account = $1 and token = $2`, l.account, l.token)
		return err
	})
}

// held fails when the lease is lost. In the transaction it keeps others from taking the lease before the end.
func (l *Lease) held(ctx context.Context, tx Querier) error {
	var token int64
	ok, err := found(tx.QueryRowContext(ctx, `select token from lease where account = $1`+l.store.share, l.account).Scan(&token))
	if err == nil && (!ok || token != l.token) {
		return l.lost(nil)
	}
	return err
}

func (l *Lease) lost(err error) error {
	if err != nil {
		return err
	}
	return &crm.Error{Code: crm.CodeLocked, Message: "another process has taken over the account, because this one did not answer for too long",
		Suggestion: "start the run again"}
}

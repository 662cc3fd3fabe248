package run

import (
	"context"
	"errors"
)

// Forget removes everything that the store holds of the connection: records, tags, plans, runs. The CRM is not
// touched: fields that were written stay as they are (Retire clears them first).
func (c *Connection) Forget(ctx context.Context) error {
	account, ok, err := c.remembered(ctx)
	if err != nil {
		return err
	}
	if !ok {
		return c.Mirror.Forget(ctx)
	}
	held, err := c.lock(ctx, c.Config.CRM+":"+account.ID, owner(), 0)
	if err != nil {
		return err
	}
	err = c.Mirror.Forget(ctx)
	return errors.Join(err, held.Release(context.WithoutCancel(ctx)))
}

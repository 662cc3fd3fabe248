// Package transport carries requests to a CRM.
package transport

// Limiters hold the rate buckets of one account.
type Limiters struct{}

// NewLimiters makes the rate buckets of one account.
func NewLimiters() *Limiters { return &Limiters{} }

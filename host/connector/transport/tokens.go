package transport

import "context"

// TokenStore keeps tokens that rotate. Save replaces atomically and durably: it has returned before a new token is used.
// Load of a name that was never saved answers nil without an error. Lock waits until nobody else has locked the name, in
// any process: a refresh token may be good for one exchange only.
type TokenStore interface {
	Lock(ctx context.Context, name string) (release func(), err error)
	Load(name string) ([]byte, error)
	Save(name string, token []byte) error
}

// FileTokens keeps each token in a file of its own (0600) in this directory (0700, made when missing).
type FileTokens string

// Lock locks a file beside the token's. The kernel releases it when its holder dies.
func (dir FileTokens) Lock(ctx context.Context, name string) (release func(), err error) {
	return files{string(dir), ".token"}.lock(ctx, name)
}

// Load reads a token.
func (dir FileTokens) Load(name string) ([]byte, error) {
	return files{string(dir), ".token"}.load(name)
}

// Save replaces a token: written beside, synced, renamed, directory synced.
func (dir FileTokens) Save(name string, token []byte) error {
	return files{string(dir), ".token"}.save(name, token)
}

// FileQuotas keeps what is used of each account's quotas in a file, as FileTokens does.
type FileQuotas string

// Lock locks a file beside the account's. The kernel releases it when its holder dies.
func (dir FileQuotas) Lock(ctx context.Context, name string) (release func(), err error) {
	return files{string(dir), ".json"}.lock(ctx, name)
}

// Load reads what is kept of an account.
func (dir FileQuotas) Load(name string) ([]byte, error) {
	return files{string(dir), ".json"}.load(name)
}

// Save replaces what is kept of an account.
func (dir FileQuotas) Save(name string, quotas []byte) error {
	return files{string(dir), ".json"}.save(name, quotas)
}

package writeback

import (
	"errors"
	"iter"
)

// errStopped ends a walk whose caller asks for no more.
var errStopped = errors.New("stopped")

// pull turns a walk with a callback into one that is asked for the next item: item, error, and whether there was one.
// stop ends the walk.
func pull[T any](walk func(each func(T) error) error) (next func() (T, error, bool), stop func()) {
	return iter.Pull2(func(yield func(T, error) bool) {
		err := walk(func(item T) error {
			if !yield(item, nil) {
				return errStopped
			}
			return nil
		})
		if err != nil && !errors.Is(err, errStopped) {
			var zero T
			yield(zero, err)
		}
	})
}

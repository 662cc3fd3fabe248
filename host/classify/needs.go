package classify

import (
	"context"
	"slices"
)

// Closure is the given classifiers and all whose tags they read, directly or through others, in the order of the input: what
// must be classified for the given ones. Classifiers that cannot be prepared count as reading nothing.
func Closure(ctx context.Context, in Input, names []string) ([]string, error) {
	r := newRunner(in)
	defer r.close()
	if err := r.prepare(ctx); err != nil {
		return nil, err
	}
	wanted := slices.Clone(names)
	for i := 0; i < len(wanted); i++ { // it grows
		if t := r.task(wanted[i]); t != nil {
			for _, name := range t.needs {
				if !slices.Contains(wanted, name) {
					wanted = append(wanted, name)
				}
			}
		}
	}
	var out []string
	for _, c := range in.Classifiers {
		if slices.Contains(wanted, c.Name) {
			out = append(out, c.Name)
		}
	}
	return out, nil
}

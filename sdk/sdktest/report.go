package sdktest

import "context"

// Report is Run for programs that are no test: it calls each with the name and the outcome of every case, nil
// when the plugin passes it. An error means that the plugin could not be started or does not describe itself.
func Report(ctx context.Context, target Target, each func(name string, err error), options ...Options) error {
	s, err := newSuite(target, options...)
	if err != nil {
		return err
	}
	defer s.conn.stop()
	for _, c := range s.cases() {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		bounded, cancel := context.WithTimeout(ctx, s.patience)
		each(c.name, c.run(bounded, s))
		cancel()
	}
	return nil
}

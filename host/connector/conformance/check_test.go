package conformance

// anUntouchedAccountHasNoProblems: of an account as the vendor gives it, with credentials that may do everything, a check
// says nothing. Who reads a false warning first does not read the true one later.
func anUntouchedAccountHasNoProblems(t T, d *Dialect) {
	for _, way := range d.Ways {
		w := newWorld(t, d, options{way: way.Name})
		problems, err := w.connect(t).Check(t.Context())
		w.said.note(problems, err)
		if err != nil {
			t.Errorf("%s: the check ends with %v", way.Name, err)
		}
		for _, p := range problems {
			t.Errorf("%s: of an untouched account the check says %q at %s", way.Name, p.Message, p.Pointer)
		}
	}
}

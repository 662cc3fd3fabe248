package conformance

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/taxonhq/taxon/examples/sandbox"
	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/crm"
)

// definable is the object whose fields the checks make.
func (w *world) definable(t T) (crm.Kind, string, bool) {
	t.Helper()
	kind, object := w.target()
	if object == "" || w.m.Objects[object].Define == nil {
		w.absent(t, crm.Company, "create_field")
		return "", "", false
	}
	return kind, object, true
}

// fieldsAreMadeOnce: two processes that provision at the same time, several connections of one process, and one after the other
// get one field each, and the same.
func fieldsAreMadeOnce(t T, d *Dialect) {
	w := newWorld(t, d, options{})
	kind, object, ok := w.definable(t)
	if !ok {
		return
	}
	specs := w.specs(object)
	def := w.m.Objects[object].Define
	if !w.connect(t).Capabilities()[kind].CreateField { // the connection's release may lack what the manifest has
		w.provision(t, w.connect(t), kind, object, specs)
	}
	shared := connector.NewLimiters()
	open := func() *connector.Connector { // of a connection of the same account
		if def.Name == nil { // the CRM chooses keys and knows no duplicates: processes take turns by the lock of the account
			return w.connect(t, func(o *connector.Options) { o.Limiter = shared })
		}
		return w.connect(t)
	}
	states := make([][]connector.FieldState, 4)
	errs := make([]error, 4)
	var wait sync.WaitGroup
	for i := range states {
		c := open()
		wait.Go(func() { states[i], errs[i] = c.Provision(t.Context(), kind, specs) })
	}
	wait.Wait()
	again, err := w.connect(t).Provision(t.Context(), kind, specs)
	states, errs = append(states, again), append(errs, err)
	for i := range states {
		if errs[i] != nil {
			w.said.note(errs[i])
			t.Fatalf("provisioning the %d. time: %v", i+1, errs[i])
		}
		for k, state := range states[i] {
			if state.Missing || state.Error != nil || state.Name == "" || state.Name != again[k].Name {
				t.Errorf("the %d. time %s stands as %+v, at last as %+v", i+1, state.Key, state, again[k])
			}
			if i == len(states)-1 && (state.Created || state.Extended) {
				t.Errorf("provisioning again changes %s", state.Key)
			}
		}
	}
	for k, spec := range specs {
		if n := w.count(object, again[k].Name, spec.Label); n != 1 {
			t.Errorf("%s has %d fields %s, want one", object, n, spec.Label)
		}
	}
	if codec := again[0].Codec; def.Options != nil && len(codec) != 3 {
		t.Errorf("the codec of the class is %v", codec)
	}
	problems, err := w.own(t, kind, again, specs).Check(t.Context())
	w.said.note(problems, err)
	if err != nil || slices.ContainsFunc(problems, func(p crm.Problem) bool { return p.Pointer == object+"/fields" }) {
		t.Errorf("of fields that are there and ours a check says %v, %v", problems, err)
	}
}

// count is how many custom fields of an object have that name or label.
func (w *world) count(object, name, label string) int {
	n := 0
	for _, f := range w.Defined(object) {
		if f.Name == name || f.Label == label {
			n++
		}
	}
	return n
}

// optionsAreExtendedAndNeverLost: options that classifiers ask for are added, by two at the same time too, and those that
// are there stay: a person's own as well.
func optionsAreExtendedAndNeverLost(t T, d *Dialect) {
	w := newWorld(t, d, options{})
	kind, object, ok := w.definable(t)
	if !ok {
		return
	}
	specs := w.specs(object)[:1]
	first := w.provision(t, w.connect(t), kind, object, specs)
	if w.m.Objects[object].Define.Options == nil { // the CRM does not tell options
		w.absent(t, kind, "extend_options")
		return
	}
	const persons = "Of a person"
	if d.NewOption != nil {
		d.NewOption(w.Server, object, first[0].Name, persons)
	} else {
		_, ok := w.Store.EditField(d.Objects[object].Store, first[0].Name, func(f *sandbox.Field) {
			f.Options = append(slices.Clone(f.Options), sandbox.Option{Value: persons, Label: persons, Order: len(f.Options)})
		})
		if !ok {
			t.Fatalf("the store has no field %s: the adapter needs NewOption and Defined", first[0].Name)
		}
	}
	// The lock of the account, which all connections of a process share, keeps replacements of a whole list apart.
	shared := connector.NewLimiters()
	errs := make([]error, 3)
	states := make([][]connector.FieldState, 3)
	var wait sync.WaitGroup
	for i := range errs {
		spec := specs[0]
		spec.Options = append(slices.Clone(spec.Options), connector.Option{Code: fmt.Sprintf("X%d", i), Label: fmt.Sprintf("Extra %d", i)})
		c := w.connect(t, func(o *connector.Options) { o.Limiter = shared })
		c.RecallFields(kind, first)
		wait.Go(func() { states[i], errs[i] = c.Provision(t.Context(), kind, []connector.FieldSpec{spec}) })
	}
	wait.Wait()
	want := []string{persons} // labels; a CRM whose options have none shows their values
	for _, o := range specs[0].Options {
		want = append(want, o.Label)
	}
	for i, err := range errs {
		if err != nil {
			t.Fatalf("an option cannot be added: %v", err)
		}
		if state := states[i][0]; w.connect(t).Capabilities()[kind].ExtendOptions {
			want = append(want, fmt.Sprintf("Extra %d", i))
			if state.Codec[fmt.Sprintf("X%d", i)] == "" || state.Missing {
				t.Errorf("after its option was added the field stands as %+v", state)
			}
		} else if w.absent(t, kind, "extend_options"); !state.Missing || state.Instructions == "" {
			t.Errorf("a person has to add an option, and the field stands as %+v", state)
		}
	}
	var have []string
	for _, f := range w.Defined(object) {
		if f.Name == first[0].Name {
			for _, o := range f.Options {
				have = append(have, o.Label)
			}
		}
	}
	for i, label := range want {
		if i > 0 && !slices.Contains(have, label) {
			label = code(specs[0], label)
		}
		if n := len(slices.DeleteFunc(slices.Clone(have), func(s string) bool { return s != label })); n != 1 {
			t.Errorf("the option %q is there %d times, among %s", label, n, strings.Join(have, ", "))
		}
	}
	for code, value := range first[0].Codec {
		for _, state := range states {
			if state[0].Codec[code] != value {
				t.Errorf("%s was stored as %q, and is as %q after options were added", code, value, state[0].Codec[code])
			}
		}
	}
}

// code is the code of the option with a label: one of the specification or an added one.
func code(spec connector.FieldSpec, label string) string {
	for _, o := range spec.Options {
		if o.Label == label {
			return o.Code
		}
	}
	return "X" + strings.TrimPrefix(label, "Extra ")
}

// wanted is a field as an administrator is asked for it.
func wanted(spec connector.FieldSpec) sandbox.Wanted {
	w := sandbox.Wanted{Key: spec.Key, Label: spec.Label, Type: spec.Type.String()}
	for _, o := range spec.Options {
		w.Type, w.Options = "class", append(w.Options, sandbox.Option{Value: o.Code, Label: o.Label})
	}
	return w
}

// made is the name of a field that was made.
func made(name string, err error) string {
	if err != nil {
		panic(err)
	}
	return name
}

package main

import (
	"slices"
	"strings"
	"testing"

	sandboxdata "github.com/taxonhq/taxon/examples/sandbox/demo"
)

// No header of Dynamics tells what is used of the day, so processes have to tell each other.
func TestCommandsShareTheQuotaOfADay(t *testing.T) {
	t.Parallel()
	at := slices.IndexFunc(sandboxdata.Dialects, func(d sandboxdata.Dialect) bool { return d.Name == "dynamics" })
	d := sandboxdata.Dialects[at]
	account := d.Open(false)
	listener, err := account.Listen("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	i := &installation{t: t, dir: t.TempDir(), url: listener.URL}
	args := []string{"init", "--crm", d.Name, "--base-url", listener.URL, "--set", "requests_a_day=40"}
	for name, value := range d.Settings {
		args = append(args, "--set", name+"="+value)
	}
	for name, value := range d.Secrets {
		i.write(name, value)
		args = append(args, "--secret", name+"=file:"+i.path(name))
	}
	i.must(0, args...)
	pulls, refused := 0, ""
	for ; pulls < 20 && refused == ""; pulls++ {
		if code, _, said := i.taxon("pull", "--full"); code != 0 {
			refused = said
		}
	}
	if !strings.Contains(refused, "the entitlement quota is used up until") {
		t.Fatalf("pull %d ends with %q", pulls, refused)
	}
	sent := account.Log.Counts()
	for range 3 {
		if code, _, said := i.taxon("pull", "--full"); code == 0 || !strings.Contains(said, "is used up until") {
			t.Errorf("%d: %s", code, said)
		}
	}
	sum := 0
	for kind, n := range account.Log.Counts() {
		if kind != "token" { // the identity platform counts for itself
			sum += n
		}
		if n != sent[kind] {
			t.Errorf("%d more requests for %s were sent although nothing is left", n-sent[kind], kind)
		}
	}
	if pulls < 3 || sum > 32 || sum < 24 {
		t.Errorf("%d requests were sent in %d pulls; 32 of 40 may be", sum, pulls)
	}
}
